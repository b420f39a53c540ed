package dev.cairn.asl.engine;

import dev.cairn.asl.bytes.Bytes;

/**
 * A row as read.
 *
 * @param key row key
 * @param value row value
 */
public record Row(Bytes key, Bytes value) {}
