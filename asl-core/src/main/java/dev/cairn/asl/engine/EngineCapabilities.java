package dev.cairn.asl.engine;

/**
 * What an engine can do, so that the core can adapt and the conformance suite asks accordingly.
 *
 * @param valueBytesMax longest row value
 * @param batchBytesMax most bytes of keys and values in one append or write
 * @param atomicMultiKey whether derived rows go atomically with the records
 * @param durableOnAck whether a {@link Durability#SYNCED} call survives a crash of the machine
 */
public record EngineCapabilities(
    int valueBytesMax, long batchBytesMax, boolean atomicMultiKey, boolean durableOnAck) {}
