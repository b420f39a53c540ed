package dev.cairn.federation.peers;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.Row;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.protocol.ConflictSeen;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * The recent conflicts, with what shows them: a bounded ring of the node's own rows.
 *
 * <pre>
 *   fed.conflict   u64 number -> [1, kind, subject, message, left, right, peer | null,
 *                                 first seen, last seen, times, resolution]
 * </pre>
 *
 * <p>What is met again while it is open is counted, not kept twice. Beyond {@link #CONFLICTS_MAX}
 * the oldest that is resolved makes room, else the oldest; evidence of equivocation stays in the
 * store all the same. Durable when a call returns. Safe for any thread.
 */
public final class ConflictLog {
  /** Most conflicts kept. */
  public static final int CONFLICTS_MAX = 1_024;

  /** Of each side's bytes, so many are kept. */
  public static final int SIDE_BYTES_MAX = 16 << 10;

  private static final int TEXT_CHARS_MAX = 4_096;
  static final Table TABLE = new Table("fed.conflict", Table.Scope.LOCAL);
  private static final int VERSION = 1;
  private static final int FIELDS = 11;

  private final Store store;
  private final WallClock clock;

  ConflictLog(Store store, WallClock clock) {
    this.store = store;
    this.clock = clock;
  }

  /**
   * Keeps what was met, or counts it if it is known and open.
   *
   * @param peer who brought it; null if no one did
   */
  public synchronized Conflict add(ConflictSeen seen, @Nullable NodeId peer) {
    long now = Math.max(0, clock.millis());
    List<Conflict> all = list();
    Optional<Conflict> known =
        all.stream().filter(conflict -> conflict.isOf(seen, peer)).findFirst();
    List<RowChange> changes = new ArrayList<>();
    if (known.isEmpty() && all.size() >= CONFLICTS_MAX) {
      Conflict forgotten =
          all.stream().filter(conflict -> !conflict.isOpen()).findFirst().orElse(all.get(0));
      changes.add(RowChange.delete(TABLE, Bytes.u64(forgotten.number())));
    }
    long next = all.isEmpty() ? 1 : all.get(all.size() - 1).number() + 1;
    Conflict kept =
        known
            .map(conflict -> conflict.again(now))
            .orElseGet(
                () ->
                    new Conflict(next, bounded(seen), peer, now, now, 1, Conflict.Resolution.OPEN));
    changes.add(put(kept));
    store.writeLocal(changes, Durability.SYNCED);
    store.metrics().conflict(seen.kind().text());
    return kept;
  }

  /** All that are kept, oldest first. */
  public List<Conflict> list() {
    List<Conflict> all = new ArrayList<>();
    try (RowCursor rows = store.rows().scan(TABLE, Bytes.EMPTY, Bytes.EMPTY)) {
      while (rows.next()) {
        all.add(read(new Row(rows.key(), rows.value())));
      }
    }
    return Collections.unmodifiableList(settled(all));
  }

  /** Those about logs that are not held back any more are open no longer. */
  private List<Conflict> settled(List<Conflict> all) {
    if (all.stream().noneMatch(ConflictLog::isOpenClock)) {
      return all;
    }
    Set<String> held =
        store.heldBack().stream().map(log -> log.origin().toString()).collect(Collectors.toSet());
    return all.stream()
        .map(
            conflict ->
                isOpenClock(conflict) && !held.contains(conflict.seen().subject())
                    ? conflict.resolved(Conflict.Resolution.SETTLED)
                    : conflict)
        .toList();
  }

  private static boolean isOpenClock(Conflict conflict) {
    return conflict.isOpen() && conflict.seen().kind() == ConflictSeen.Kind.CLOCK;
  }

  /** How many are open. */
  public long open() {
    return list().stream().filter(Conflict::isOpen).count();
  }

  /**
   * One conflict.
   *
   * @throws NotFoundException if it is not kept, or not any more
   */
  public Conflict get(long number) {
    Bytes key = Bytes.u64(number);
    Bytes value = store.rows().get(TABLE, key);
    if (value == null) {
      throw new NotFoundException("conflict " + number + " is not known");
    }
    return settled(List.of(read(new Row(key, value)))).get(0);
  }

  /**
   * Notes what a person decided. A log that is held back is let in if what came counts.
   *
   * @throws NotFoundException if it is not kept, or not any more
   * @throws dev.cairn.asl.error.RefusedException if a log cannot be let in
   */
  public synchronized Conflict resolve(long number, Conflict.Resolution decided) {
    Conflict conflict = get(number);
    if (isOpenClock(conflict) && decided == Conflict.Resolution.KEEP_B) {
      store.admit(Origin.parse(conflict.seen().subject()));
    }
    Conflict resolved = conflict.resolved(decided);
    store.writeLocal(List.of(put(resolved)), Durability.SYNCED);
    return resolved;
  }

  private static ConflictSeen bounded(ConflictSeen seen) {
    return new ConflictSeen(
        seen.kind(),
        text(seen.subject()),
        text(seen.message()),
        Conflict.first(seen.left()),
        Conflict.first(seen.right()));
  }

  private static String text(String text) {
    int end = Math.min(text.length(), TEXT_CHARS_MAX);
    if (end > 0 && Character.isHighSurrogate(text.charAt(end - 1))) {
      end--;
    }
    return CborWriter.normalise(text.substring(0, end));
  }

  private static RowChange put(Conflict conflict) {
    ConflictSeen seen = conflict.seen();
    CborWriter out =
        new CborWriter()
            .array(FIELDS)
            .uint(VERSION)
            .uint(seen.kind().code())
            .text(seen.subject())
            .text(seen.message())
            .bytes(seen.left())
            .bytes(seen.right());
    NodeId peer = conflict.peer();
    if (peer == null) {
      out.nul();
    } else {
      out.bytes(peer.digest());
    }
    out.uint(conflict.firstMillis())
        .uint(conflict.lastMillis())
        .uint(conflict.times())
        .uint(code(conflict.resolution()));
    return RowChange.put(TABLE, Bytes.u64(conflict.number()), out.toBytes());
  }

  /** Reads a row; a {@link DamagedException} if it is none. */
  static void check(Bytes key, Bytes value) {
    var unused = read(new Row(key, value));
  }

  private static Conflict read(Row row) {
    return TABLE.read(row.key(), row.value(), ConflictLog::decode);
  }

  private static Conflict decode(Bytes key, Bytes value) {
    long number = Table.number(key, key);
    CborReader in = new CborReader("conflict row", value);
    in.structure(VERSION, FIELDS);
    ConflictSeen.Kind kind = kind(in.uint(ConflictSeen.Kind.values().length));
    ConflictSeen seen = new ConflictSeen(kind, in.text(), in.text(), in.bytes(), in.bytes());
    @Nullable NodeId peer = in.nul() ? null : new NodeId(in.bytes(NodeId.BYTES));
    Conflict conflict =
        new Conflict(number, seen, peer, in.uint(), in.uint(), in.uint(), resolution(in.uint(3)));
    in.end();
    return conflict;
  }

  private static int code(Conflict.Resolution resolution) {
    return switch (resolution) {
      case OPEN -> 0;
      case KEEP_A -> 1;
      case KEEP_B -> 2;
      case SETTLED -> 3;
    };
  }

  private static Conflict.Resolution resolution(int code) {
    return switch (code) {
      case 0 -> Conflict.Resolution.OPEN;
      case 1 -> Conflict.Resolution.KEEP_A;
      case 2 -> Conflict.Resolution.KEEP_B;
      default -> Conflict.Resolution.SETTLED;
    };
  }

  private static ConflictSeen.Kind kind(long code) {
    for (ConflictSeen.Kind kind : ConflictSeen.Kind.values()) {
      if (kind.code() == code) {
        return kind;
      }
    }
    throw new MalformedException("conflict row: unknown kind " + code);
  }
}
