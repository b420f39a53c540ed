package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.merkle.CompactRange;
import dev.cairn.asl.merkle.SubtreeSink;
import dev.cairn.asl.merkle.SubtreeSource;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.RecordKind;
import java.nio.ByteBuffer;
import java.util.Optional;
import java.util.function.Function;

/**
 * The logs that a store holds, as records and as Merkle trees.
 *
 * <p>Of the trees only the roots of complete subtrees of 256, 65,536, ... leaves are stored, 0.13
 * bytes a record; what is below is computed from the records. Safe for any thread.
 */
final class Logs {
  private static final int TILE_LEVELS = 8;

  private final StorageEngine engine;

  Logs(StorageEngine engine) {
    this.engine = engine;
  }

  long size(Origin origin) {
    return engine.head(origin.bytes());
  }

  RecordCursor cursor(Origin origin, long from, long to) {
    return cursor(origin, engine.records(origin.bytes(), from, to));
  }

  /** For one who reads them to the end, once. */
  RecordCursor cursorAhead(Origin origin, long from, long to) {
    return cursor(origin, engine.recordsAhead(origin.bytes(), from, to));
  }

  private static RecordCursor cursor(Origin origin, RowCursor rows) {
    return new RecordCursor() {
      @Override
      public boolean next() {
        return rows.next();
      }

      @Override
      public long place() {
        return rows.key().u64At(0);
      }

      @Override
      public LogRecord record() {
        return decode(origin, place(), rows.value());
      }

      @Override
      public RecordKind kind() {
        return decode(origin, place(), rows.value(), LogRecord::kindOf);
      }

      @Override
      public Bytes encoded() {
        return rows.value();
      }

      @Override
      public void close() {
        rows.close();
      }
    };
  }

  Optional<LogRecord> record(Origin origin, long index) {
    try (RecordCursor cursor = cursor(origin, index, index + 1)) {
      return cursor.next() ? Optional.of(cursor.record()) : Optional.empty();
    }
  }

  Optional<Bytes> encoded(Origin origin, long index) {
    try (RecordCursor cursor = cursor(origin, index, index + 1)) {
      return cursor.next() ? Optional.of(cursor.encoded()) : Optional.empty();
    }
  }

  /**
   * The least index of a log whose record has a logseq above {@code logseq}; the log's size if
   * there is none.
   */
  long firstIndexAfter(Origin origin, long logseq) {
    long low = 0;
    long high = size(origin);
    while (low < high) {
      long middle = (low + high) >>> 1;
      if (require(origin, middle).logseq() > logseq) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low;
  }

  /** The record that a history row speaks of, which must be there. */
  LogRecord require(Origin origin, long index) {
    return record(origin, index)
        .orElseThrow(
            () -> new DamagedException("log " + origin + ": record " + index + " is missing"));
  }

  /** Subtrees of a log's tree: stored ones read, others computed. */
  SubtreeSource subtrees(Origin origin) {
    return (level, index) -> subtree(origin, level, index);
  }

  /** Writes the subtrees that are stored as they become complete. */
  static SubtreeSink tileWriter(Origin origin, RowWriter rows) {
    return (level, index, hash) -> {
      if (isStored(level)) {
        rows.put(StoreTables.TILE, tileKey(origin, level, index), hash);
      }
    };
  }

  static boolean isStored(int level) {
    return level > 0 && level % TILE_LEVELS == 0;
  }

  private Bytes subtree(Origin origin, int level, long index) {
    if (isStored(level)) {
      Bytes key = tileKey(origin, level, index);
      Bytes hash = engine.get(StoreTables.TILE, key);
      if (hash == null) {
        throw new DamagedException(
            "log " + origin + ": subtree " + index + " of level " + level + " is missing");
      }
      if (hash.length() != HashAlgorithm.DIGEST_BYTES) {
        throw StoreTables.TILE.damaged(key, null);
      }
      return hash;
    }
    if (level > TILE_LEVELS) {
      return TreeHasher.node(
          subtree(origin, level - 1, index * 2), subtree(origin, level - 1, index * 2 + 1));
    }
    long from = index << level;
    CompactRange range = new CompactRange();
    try (RowCursor rows = engine.records(origin.bytes(), from, (index + 1) << level)) {
      while (rows.next() && rows.key().u64At(0) == from + range.size()) {
        range.append(TreeHasher.leaf(rows.value()));
      }
    }
    if (range.size() != 1L << level) {
      throw new DamagedException(
          "log " + origin + ": records are missing from " + (from + range.size()));
    }
    return range.root();
  }

  static Bytes tileKey(Origin origin, int level, long index) {
    return Bytes.wrap(
        ByteBuffer.allocate(Origin.BYTES + 1 + Long.BYTES)
            .put(origin.bytes().toByteBuffer())
            .put((byte) level)
            .putLong(index)
            .array());
  }

  private static LogRecord decode(Origin origin, long index, Bytes encoded) {
    LogRecord record = decode(origin, index, encoded, LogRecord::decode);
    if (record.index() != index) {
      throw new DamagedException(
          "log " + origin + ": record " + index + " says it is " + record.index());
    }
    return record;
  }

  private static <T> T decode(
      Origin origin, long index, Bytes encoded, Function<Bytes, T> decoder) {
    try {
      return decoder.apply(encoded);
    } catch (MalformedException | UnsupportedVersionException e) {
      throw new DamagedException("log " + origin + ": record " + index + " is damaged", e);
    }
  }
}
