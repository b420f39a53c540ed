package dev.cairn.federation.audit;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.Position;
import dev.cairn.asl.note.Checkpoint;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.RecordCursor;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.audit.AuditReport.Divergence;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Finds where two stores differ first, by halving over the roots of their logs: no log is read
 * through. One owner.
 */
final class Divergences {
  private static final String NOTHING = "nothing";
  private static final String UNREADABLE = "what cannot be read";
  private static final int CHECKPOINT_PAGE = 256;

  private final Store left;
  private final Store right;

  private final LogDamage leftDamage;
  private final LogDamage rightDamage;

  Divergences(Store left, Store right) {
    this(left, right, new LogDamage(), new LogDamage());
  }

  /** As known to be damaged: there the records are read themselves, and not their stored roots. */
  Divergences(Store left, Store right, LogDamage leftDamage, LogDamage rightDamage) {
    this.left = left;
    this.right = right;
    this.leftDamage = leftDamage;
    this.rightDamage = rightDamage;
  }

  /** Two sources, with what is known of their damage. */
  static Divergences between(ComparedSource left, ComparedSource right) {
    return new Divergences(left.store(), right.store(), left.damage(), right.damage());
  }

  private record Candidate(Position position, Divergence divergence) {}

  /**
   * The proof that a node signed two logs.
   *
   * @param index of the first record that differs
   * @param text both signed notes, in words
   */
  record Fork(long index, String text) {
    /** With both signed notes shown. */
    static Fork of(long index, Bytes left, Bytes right) {
      return new Fork(
          index,
          "record "
              + index
              + " differs, and both logs are signed:\n"
              + left.toUtf8()
              + "\n"
              + right.toUtf8());
    }
  }

  /** Every origin that one of the two holds records of, in order. */
  SortedSet<Origin> origins() {
    TreeSet<Origin> origins = new TreeSet<>();
    left.heads().forEach(head -> origins.add(head.origin()));
    right.heads().forEach(head -> origins.add(head.origin()));
    return origins;
  }

  /** The first record in the total order that not both hold: that one lags counts too. */
  Optional<Divergence> first() {
    return first(true);
  }

  /** The first record in the total order in which the two contradict each other. */
  Optional<Divergence> firstContradiction() {
    return first(false);
  }

  private Optional<Divergence> first(boolean orLag) {
    Candidate first = null;
    for (Origin origin : origins()) {
      Candidate next = first(origin, orLag);
      if (next != null && (first == null || next.position.compareTo(first.position) < 0)) {
        first = next;
      }
    }
    return Optional.ofNullable(first).map(Candidate::divergence);
  }

  /** The first record that both should hold and do not hold alike; empty if there is none. */
  OptionalLong parts(Origin origin) {
    long both = Math.min(size(left, origin), size(right, origin));
    long equal = firstInSuspects(origin, equalRecords(origin, both));
    return equal < both ? OptionalLong.of(equal) : OptionalLong.empty();
  }

  /** How many leading records of a log are the same on both sides. */
  long equalRecords(Origin origin) {
    return equalRecords(origin, Math.min(size(left, origin), size(right, origin)));
  }

  /**
   * The proof that an origin signed two logs: a record that differs, and on each side a checkpoint
   * that covers it, verifies, and signs what is held there. Empty if the logs agree, if not both
   * are signed as far as the difference, or if they are of two federations.
   */
  Optional<Fork> fork(Origin origin) {
    if (!left.federation().equals(right.federation())) {
      return Optional.empty();
    }
    long equal = equalRecords(origin, Math.min(size(left, origin), size(right, origin)));
    Optional<Bytes> ofLeft = signed(left, origin, equal);
    Optional<Bytes> ofRight = signed(right, origin, equal);
    if (ofLeft.isEmpty() || ofRight.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(Fork.of(equal, ofLeft.get(), ofRight.get()));
  }

  /** The first checkpoint that covers a record and holds. */
  static Optional<Bytes> signed(Store store, Origin origin, long index) {
    Optional<LogHead> head = store.head(origin);
    if (head.isEmpty()) {
      return Optional.empty();
    }
    NavigableMap<Long, Bytes> page = store.checkpoints(origin, index, CHECKPOINT_PAGE);
    while (!page.isEmpty()) {
      for (Map.Entry<Long, Bytes> held : page.entrySet()) {
        if (held.getKey() > head.get().treeSize()) {
          return Optional.empty();
        }
        if (holds(store, head.get(), held.getValue())) {
          return Optional.of(held.getValue());
        }
      }
      page = store.checkpoints(origin, page.lastKey(), CHECKPOINT_PAGE);
    }
    return Optional.empty();
  }

  /** How many records the last checkpoint signs that holds; 0 if none does. */
  static long lastSigned(Store store, Origin origin) {
    LogHead head = store.head(origin).orElseThrow();
    long last = 0;
    NavigableMap<Long, Bytes> page = store.checkpoints(origin, 0, CHECKPOINT_PAGE);
    while (!page.isEmpty()) {
      for (Map.Entry<Long, Bytes> held : page.headMap(head.treeSize(), true).entrySet()) {
        last = holds(store, head, held.getValue()) ? held.getKey() : last;
      }
      page = store.checkpoints(origin, page.lastKey(), CHECKPOINT_PAGE);
    }
    return last;
  }

  static boolean holds(Store store, LogHead head, Bytes note) {
    try {
      Checkpoint checkpoint =
          Checkpoint.verify(note, head.origin(), store.federation(), head.key());
      return checkpoint.treeSize() <= head.treeSize()
          && checkpoint.root().equals(store.logRoot(head.origin(), checkpoint.treeSize()));
    } catch (MalformedException e) {
      // Reported by the audit of the log; it proves nothing about the node.
      return false;
    }
  }

  private @Nullable Candidate first(Origin origin, boolean orLag) {
    long leftSize = size(left, origin);
    long rightSize = size(right, origin);
    long equal = firstInSuspects(origin, equalRecords(origin, Math.min(leftSize, rightSize)));
    boolean same = equal == leftSize && equal == rightSize;
    boolean lags = equal == leftSize || equal == rightSize;
    if (same || (lags && !orLag)) {
      return null;
    }
    Held leftRecord = held(left, origin, equal);
    Held rightRecord = held(right, origin, equal);
    LogRecord named = earlier(origin, equal, leftRecord.record, rightRecord.record);
    return new Candidate(
        named.position(origin),
        new Divergence(
            origin,
            equal,
            named.logseq(),
            named.id(),
            leftRecord.text(equal),
            rightRecord.text(equal),
            null,
            ""));
  }

  /**
   * What stands at a place of a log: a record, wherever it says to stand itself, nothing, or what
   * cannot be read.
   */
  record Held(Optional<LogRecord> record, boolean readable) {
    /** Nothing stands there. */
    static final Held NONE = new Held(Optional.empty(), true);

    /** True if one of the two is a record and the other is not the same. */
    boolean differs(Held other) {
      return (record.isPresent() || other.record.isPresent()) && !equals(other);
    }

    /**
     * In words.
     *
     * @param index of the place
     */
    String text(long index) {
      if (!readable) {
        return UNREADABLE;
      }
      return Divergences.text(record)
          + record
              .filter(r -> r.index() != index)
              .map(r -> ", that says to be record " + r.index())
              .orElse("");
    }
  }

  static Held held(Store store, Origin origin, long index) {
    try (RecordCursor records = store.records(origin, index, index + 1)) {
      // As it is read: in rows that were moved it says to stand elsewhere.
      return records.next()
          ? new Held(Optional.of(LogRecord.decode(records.encoded())), true)
          : Held.NONE;
    } catch (DamagedException | MalformedException | UnsupportedVersionException e) {
      // Reported by the audit of the log.
      return new Held(Optional.empty(), false);
    }
  }

  /** The first record below {@code equal} that differs in a tile known to be damaged on a side. */
  private long firstInSuspects(Origin origin, long equal) {
    TreeSet<Long> tiles = new TreeSet<>(leftDamage.suspects(origin));
    tiles.addAll(rightDamage.suspects(origin));
    for (long tile : tiles) {
      long end = Math.min(equal, (tile + 1) * LogAudit.TILE);
      for (long index = tile * LogAudit.TILE; index < end; index++) {
        if (held(left, origin, index).differs(held(right, origin, index))) {
          return index;
        }
      }
    }
    return equal;
  }

  static LogRecord earlier(
      Origin origin, long index, Optional<LogRecord> left, Optional<LogRecord> right) {
    LogRecord some =
        left.or(() -> right)
            .orElseThrow(
                () ->
                    new DamagedException(
                        "the copies part at record "
                            + index
                            + " of "
                            + origin
                            + ", and neither can be read there"));
    LogRecord other = right.orElse(some);
    return other.position(origin).compareTo(some.position(origin)) < 0 ? other : some;
  }

  private static long size(Store store, Origin origin) {
    return store.head(origin).map(LogHead::treeSize).orElse(0L);
  }

  /** The greatest number of leading records, at most {@code max}, that are the same. */
  private long equalRecords(Origin origin, long max) {
    long equal = 0;
    long differ = max + 1;
    while (differ - equal > 1) {
      long middle = differ - equal == max + 1 ? max : (equal + differ) >>> 1;
      if (left.logRoot(origin, middle).equals(right.logRoot(origin, middle))) {
        equal = middle;
      } else {
        differ = middle;
      }
    }
    return equal;
  }

  private static String text(Optional<LogRecord> record) {
    return record
        .map(
            r ->
                r.kind()
                    + " "
                    + r.id()
                    + " at logseq "
                    + r.logseq()
                    + ", hlc "
                    + r.hlc()
                    + ", payload "
                    + r.payloadDigest())
        .orElse(NOTHING);
  }
}
