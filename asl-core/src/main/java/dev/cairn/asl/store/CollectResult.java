package dev.cairn.asl.store;

/**
 * What a collection took, or would take.
 *
 * @param payloads payloads of artifacts that are removed
 * @param payloadBytes their bytes; chunks that other payloads share stay
 * @param arrivals payloads and chunks that came for a commit which never followed
 * @param kept payloads of removed artifacts that something still needs: a snapshot, a lease, a
 *     root, a reader, or their age
 */
public record CollectResult(long payloads, long payloadBytes, long arrivals, long kept) {}
