package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.TableReader;
import dev.cairn.asl.model.ArtifactKey;
import java.util.EnumMap;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Walks {@link StoreTables#HISTORY} beside a walk over live rows, for one who asks of ids in the
 * order of their digests. Rows between them are passed over, many of them with a leap; so whoever
 * asks of every id reads each row once. Ids may be asked of again, and in any order, which costs a
 * leap. Reads nothing before the first question, so that what left a live row that was read before
 * is found here. One owner; must be closed.
 */
final class HistoryWalk implements AutoCloseable {
  /** A leap costs about as much as so many rows. */
  private static final int STEPS_MAX = 8;

  private final TableReader rows;

  /** The rows of each hash function stand together, in the order of digests. */
  private final Map<HashAlgorithm, Part> parts = new EnumMap<>(HashAlgorithm.class);

  HistoryWalk(TableReader rows) {
    this.rows = rows;
  }

  /** Hands on the records of an id that its live row does not show, in the total order. */
  void forEach(ArtifactKey id, Consumer<Fact> action) {
    parts.computeIfAbsent(id.algorithm(), any -> new Part(id.bytes())).forEach(id.bytes(), action);
  }

  @Override
  public void close() {
    parts.values().forEach(part -> part.cursor.close());
  }

  private final class Part {
    private final RowCursor cursor;

    /** The row that the cursor is on; null at the end. */
    private @Nullable Bytes at;

    /** The id asked of last: the cursor is behind its rows. */
    private Bytes asked = Bytes.EMPTY;

    /** Of the ids of one hash function, from this one. */
    Part(Bytes id) {
      Bytes function = id.slice(0, ArtifactKey.BYTES - HashAlgorithm.DIGEST_BYTES);
      this.cursor = rows.scanPrefix(StoreTables.HISTORY, function);
      leap(id);
    }

    void forEach(Bytes id, Consumer<Fact> action) {
      if (id.compareTo(asked) <= 0) {
        leap(id);
      }
      asked = id;
      for (int steps = 0; at != null && at.compareTo(id) < 0; steps++) {
        if (steps < STEPS_MAX) {
          step();
        } else {
          leap(id);
        }
      }
      while (at != null && at.startsWith(id)) {
        action.accept(Facts.hidden(at, cursor.value()));
        step();
      }
    }

    private void leap(Bytes id) {
      cursor.seek(id);
      step();
    }

    private void step() {
      at = cursor.next() ? cursor.key() : null;
    }
  }
}
