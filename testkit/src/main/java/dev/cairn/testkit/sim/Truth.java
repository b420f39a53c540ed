package dev.cairn.testkit.sim;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.merkle.CompactRange;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.note.Checkpoint;
import dev.cairn.asl.note.NoteSignature;
import dev.cairn.asl.note.SignedNote;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.RecordCursor;
import dev.cairn.asl.store.Store;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Every origin's log as the origin itself wrote it, read at the moment of writing; what it lost
 * before anybody was told is cut off again. Of a log that was forked there are two, which agree up
 * to some place.
 */
final class Truth implements TrueLogs {
  /** Name of the federation that is simulated. */
  static final String FEDERATION = "simulation";

  private final TreeMap<Origin, TrueLog> logs = new TreeMap<>();
  private final TreeMap<Origin, List<TrueLog>> forks = new TreeMap<>();
  private final Map<Origin, NaiveState> states = new TreeMap<>();

  /** One origin's log. */
  static final class TrueLog {
    private final Origin origin;
    private final PublicKey key;
    private final List<LogRecord> records = new ArrayList<>();
    private final List<Bytes> encoded = new ArrayList<>();
    private CompactRange range = new CompactRange();
    private final TreeMap<Long, Bytes> rootsAtCommitEnds = new TreeMap<>();
    private final Map<Long, Bytes> unsigned = new HashMap<>();

    private TrueLog(Origin origin, PublicKey key) {
      this.origin = origin;
      this.key = key;
    }

    int size() {
      return records.size();
    }

    LogRecord record(int index) {
      return records.get(index);
    }

    Bytes encoded(int index) {
      return encoded.get(index);
    }

    Origin origin() {
      return origin;
    }

    PublicKey publicKey() {
      return key;
    }

    /** True if the first {@code size} records are those of the other log too. */
    boolean agrees(TrueLog other, long size) {
      return encoded.subList(0, (int) size).equals(other.encoded.subList(0, (int) size));
    }

    /** True if a commit ends there, and the tree has that root then. */
    boolean hasRoot(long size, Bytes root) {
      Bytes known = rootsAtCommitEnds.get(size);
      return known != null && known.equals(root);
    }

    boolean endsCommit(long size) {
      return size == 0 || rootsAtCommitEnds.containsKey(size);
    }

    Bytes rootAt(long size) {
      Bytes root = rootsAtCommitEnds.get(size);
      if (root == null) {
        throw new AssertionError("no commit of " + origin + " ends at " + size);
      }
      return root;
    }

    /** The checkpoint at a commit's end, with a signature that is none. */
    Bytes unsignedCheckpoint(long size) {
      return unsigned.computeIfAbsent(size, this::newUnsignedCheckpoint);
    }

    private Bytes newUnsignedCheckpoint(long size) {
      Checkpoint checkpoint =
          new Checkpoint(
              FEDERATION, origin, size, rootAt(size), records.get((int) (size - 1)).logseq());
      NoteSignature none =
          new NoteSignature(
              checkpoint.keyName(),
              SignedNote.keyHash(checkpoint.keyName(), key),
              Bytes.wrap(new byte[PublicKey.SIGNATURE_BYTES]));
      return new SignedNote(checkpoint.text(), List.of(none)).encode();
    }

    private void cut(int size) {
      records.subList(size, records.size()).clear();
      encoded.subList(size, encoded.size()).clear();
      rootsAtCommitEnds.tailMap((long) size, false).clear();
      unsigned.clear();
      range = new CompactRange();
      encoded.forEach(bytes -> range.append(TreeHasher.leaf(bytes)));
    }

    private void append(LogRecord record, Bytes bytes) {
      records.add(record);
      encoded.add(bytes);
      range.append(TreeHasher.leaf(bytes));
    }
  }

  /** Reads what a node's own log gained; how many records that is. */
  int absorb(Store store) {
    return absorb(store, logs.computeIfAbsent(store.origin(), any -> newLog(store)));
  }

  /** The log that a store of a forger has written; whoever forks has several of one origin. */
  TrueLog side(Store store) {
    TrueLog log = newLog(store);
    forks.computeIfAbsent(store.origin(), any -> new ArrayList<>()).add(log);
    int unused = absorb(store, log);
    return log;
  }

  private static TrueLog newLog(Store store) {
    return new TrueLog(store.origin(), store.signingKey().publicKey());
  }

  /** Reads what a store's own log gained over what is known of it. */
  int absorb(Store store, TrueLog log) {
    int before = log.size();
    try (RecordCursor cursor = store.records(store.origin(), before, Long.MAX_VALUE)) {
      long logseq = -1;
      while (cursor.next()) {
        if (logseq >= 0 && cursor.record().logseq() != logseq) {
          log.rootsAtCommitEnds.put((long) log.size(), log.range.root());
        }
        logseq = cursor.record().logseq();
        log.append(cursor.record(), cursor.encoded());
      }
    }
    if (log.size() > before) {
      log.rootsAtCommitEnds.put((long) log.size(), log.range.root());
    }
    return log.size() - before;
  }

  /** Forgets the relaxed commits that a node's own log has lost; how many records those were. */
  int forgetLost(Store store) {
    TrueLog log = logs.get(store.origin());
    int held = (int) store.head(store.origin()).map(LogHead::treeSize).orElse(0L).longValue();
    int lost = log == null ? 0 : Math.max(0, log.size() - held);
    if (log != null && lost > 0) {
      log.cut(held);
      states.clear();
    }
    return lost;
  }

  /** A node has come up: it may hold less than before. */
  void restarted(SimNode node) {
    if (!forks.isEmpty()) {
      states.remove(node.origin());
    }
  }

  /** The logs of which there are two. */
  Set<Origin> forked() {
    return Collections.unmodifiableSet(forks.keySet());
  }

  /** What there is of a log: one, two of one that was forked, none of one that nobody wrote. */
  List<TrueLog> all(Origin origin) {
    List<TrueLog> sides = forks.get(origin);
    TrueLog only = logs.get(origin);
    return sides != null
        ? Collections.unmodifiableList(sides)
        : only == null ? List.of() : List.of(only);
  }

  /** The logs as a node holds them: of each that was forked the one that it has. */
  TrueLogs heldBy(SimNode node) {
    if (forks.isEmpty()) {
      return this;
    }
    TreeMap<Origin, TrueLog> sides = new TreeMap<>();
    forks.forEach(
        (origin, both) ->
            node.store()
                .head(origin)
                .map(
                    head ->
                        both.stream()
                            .filter(side -> side.hasRoot(head.treeSize(), head.root()))
                            .findFirst())
                .ifPresent(side -> sides.put(origin, side.orElse(both.get(0)))));
    return origin -> {
      TrueLog side = sides.get(origin);
      return side == null ? logs.get(origin) : side;
    };
  }

  /** What the definition makes of what a node holds. Good until the next call for that node. */
  NaiveState state(SimNode node) {
    SortedMap<Origin, Long> sizes = node.sizes();
    NaiveState known = states.get(node.origin());
    TrueLogs held = heldBy(node);
    if (known == null || !known.advance(held, sizes)) {
      known = NaiveState.of(held, sizes);
      states.put(node.origin(), known);
    }
    return known;
  }

  /** All logs of which there is one, in order of origins. */
  NavigableMap<Origin, TrueLog> logs() {
    return logs;
  }

  @Override
  public @Nullable TrueLog find(Origin origin) {
    return logs.get(origin);
  }

  long records() {
    return logs.values().stream().mapToLong(TrueLog::size).sum();
  }
}
