package dev.cairn.asl.store;

import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;

/**
 * A record with its origin.
 *
 * @param origin whose log
 * @param record the record
 */
public record HistoryEntry(Origin origin, LogRecord record) {}
