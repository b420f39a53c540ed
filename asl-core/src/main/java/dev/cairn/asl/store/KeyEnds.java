package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.engine.Row;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.TableReader;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.RevokedException;
import dev.cairn.asl.model.LogClosing;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * Up to where the keys of nodes are believed: what nodes closed themselves, which follows from
 * their logs, and what a person revoked here, rows of {@link StoreTables#META}.
 *
 * <pre>
 *   "revoked|" node id -> [1, [[epoch, tree size], ...]]
 * </pre>
 *
 * <p>At most {@link #REVOKED_MAX} nodes are revoked. Read by any thread, changed under the
 * sequencer's lock.
 */
final class KeyEnds {
  /** Most nodes that are revoked here. */
  static final int REVOKED_MAX = 4_096;

  private static final Bytes PREFIX = Bytes.utf8("revoked|");
  private static final int VERSION = 1;
  private static final int FIELDS = 2;

  private final NavigableMap<Origin, ClosedLog> closed = new ConcurrentSkipListMap<>();
  private final NavigableMap<NodeId, SortedMap<Integer, Long>> revoked =
      new ConcurrentSkipListMap<>();

  KeyEnds(TableReader rows) {
    try (RowCursor all = rows.scanPrefix(StoreTables.META, PREFIX)) {
      while (all.next()) {
        load(new Row(all.key(), all.value()));
      }
    }
  }

  private void load(Row row) {
    revoked.put(nodeOf(row.key()), sizes(row.key(), row.value()));
  }

  /** Reads a row of {@link StoreTables#META}: of a revoked key, or it is left alone. */
  static void check(Bytes key, Bytes value) {
    if (key.startsWith(PREFIX)) {
      var unused = nodeOf(key);
      var unusedSizes = sizes(key, value);
    }
  }

  /**
   * What a damaged row of a revoked key becomes: nothing that the key signed is believed, until a
   * person says up to where, or that it is. Null if it does not say which key it was.
   */
  static @Nullable Bytes safe(Bytes key) {
    return key.startsWith(PREFIX) && key.length() == PREFIX.length() + NodeId.BYTES
        ? encode(Collections.emptySortedMap())
        : null;
  }

  private static NodeId nodeOf(Bytes key) {
    if (key.length() != PREFIX.length() + NodeId.BYTES) {
      throw StoreTables.META.damaged(key, null);
    }
    return new NodeId(key.slice(PREFIX.length()));
  }

  private static SortedMap<Integer, Long> sizes(Bytes key, Bytes value) {
    return StoreTables.META.read(key, value, (row, sizes) -> decode(sizes));
  }

  private static SortedMap<Integer, Long> decode(Bytes value) {
    CborReader in = new CborReader("row of a revoked key", value);
    in.structure(VERSION, FIELDS);
    TreeMap<Integer, Long> sizes = new TreeMap<>();
    for (int left = in.array(); left > 0; left--) {
      in.array(2);
      sizes.put(in.uint(Integer.MAX_VALUE), in.uint());
    }
    in.end();
    return Collections.unmodifiableSortedMap(sizes);
  }

  /** Takes note of a log that its node closed. */
  void closed(ClosedLog log) {
    closed.put(log.origin(), log);
  }

  /** The logs that their nodes closed, in order. */
  List<ClosedLog> closed() {
    return List.copyOf(closed.values());
  }

  boolean isClosed(Origin origin) {
    return closed.containsKey(origin);
  }

  /** What is revoked here: of each node how many records of each epoch are believed. */
  SortedMap<NodeId, SortedMap<Integer, Long>> revoked() {
    return Collections.unmodifiableSortedMap(new TreeMap<>(revoked));
  }

  /** The row that revokes a key. */
  RowChange row(NodeId node, SortedMap<Integer, Long> sizes) {
    if (!revoked.containsKey(node) && revoked.size() >= REVOKED_MAX) {
      throw new RefusedException("the keys of " + REVOKED_MAX + " nodes are revoked already");
    }
    return RowChange.put(StoreTables.META, PREFIX.plus(node.digest()), encode(sizes));
  }

  private static Bytes encode(SortedMap<Integer, Long> sizes) {
    CborWriter out = new CborWriter().array(FIELDS).uint(VERSION).array(sizes.size());
    sizes.forEach((epoch, size) -> out.array(2).uint(epoch).uint(size));
    return out.toBytes();
  }

  /** The row that is to go so that a key is believed again. */
  static RowChange noRow(NodeId node) {
    return RowChange.delete(StoreTables.META, PREFIX.plus(node.digest()));
  }

  /** Once the row is durable; null once it is gone. */
  void revoke(NodeId node, @Nullable SortedMap<Integer, Long> sizes) {
    if (sizes == null) {
      revoked.remove(node);
    } else {
      revoked.put(node, Collections.unmodifiableSortedMap(new TreeMap<>(sizes)));
    }
  }

  /** How many records of a log are believed; {@link Long#MAX_VALUE} if there is no bound. */
  long limit(Origin origin) {
    SortedMap<Integer, Long> here = revoked.get(origin.node());
    long limit = here == null ? Long.MAX_VALUE : here.getOrDefault(origin.epoch(), 0L);
    for (ClosedLog log : closed.values()) {
      if (!log.origin().node().equals(origin.node())) {
        continue;
      }
      if (log.origin().equals(origin)) {
        limit = Math.min(limit, log.index() + 1);
      } else {
        LogClosing closing = log.closing();
        if (closing != null && log.isOwn()) {
          limit = Math.min(limit, closing.others().getOrDefault(origin.epoch(), 0L));
        }
      }
    }
    return limit;
  }

  /**
   * Refuses a log that goes further than its node's key is believed.
   *
   * @param size how many records would be held
   */
  void check(Origin origin, long size) {
    long limit = limit(origin);
    if (size > limit) {
      throw new RevokedException(
          "log "
              + origin
              + ": its node's key is believed up to record "
              + limit
              + ", not "
              + size
              + ": nothing behind that is taken");
    }
  }

  /** Refuses to write a log of a node whose key was given up. */
  void requireOpen(NodeId node) {
    for (ClosedLog log : closed.values()) {
      if (log.origin().node().equals(node)) {
        NodeId next = log.successor();
        throw new RevokedException(
            "node "
                + node
                + " has given its key up with record "
                + log.index()
                + " of "
                + log.origin()
                + ": nothing more is written here"
                + (next == null ? "" : "; node " + next + " goes on"));
      }
    }
  }
}
