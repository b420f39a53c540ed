package dev.cairn.federation.peers;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.Row;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.note.Checkpoint;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.protocol.AppliedStretch;
import dev.cairn.federation.protocol.ConflictSeen;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import dev.cairn.federation.protocol.ReplicationListener;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * What each peer brought of each log, and how much of it the peer holds.
 *
 * <p>Its rows follow the facts and may lag behind them by a crash: what was applied is always in
 * the store, and the next sync says again what the peer holds. There are at most {@link
 * PeerBook#NODES_MAX} peers times the origins of this store. Safe for any thread.
 */
public final class FederationLog {
  private final Store store;
  private final PeerBook book;
  private final WallClock clock;

  FederationLog(Store store, PeerBook book, WallClock clock) {
    this.store = store;
    this.book = book;
    this.clock = clock;
  }

  /** Enters every stretch and conflict that a session brings: give it to whatever runs sessions. */
  public ReplicationListener recorder() {
    return new ReplicationListener() {
      @Override
      public void applied(NodeId peer, AppliedStretch stretch) {
        FederationLog.this.applied(peer, stretch);
      }

      @Override
      public void conflict(NodeId peer, ConflictSeen seen) {
        book.conflicts().add(seen, peer);
      }
    };
  }

  /** All entries, by peer, then by origin. */
  public List<FederationLogEntry> entries() {
    return scan(Bytes.EMPTY);
  }

  /** The entries of one peer, by origin. */
  public List<FederationLogEntry> of(NodeId peer) {
    return scan(peer.digest());
  }

  /** Records held here that a peer is not known to hold, over all logs. */
  public long lagRecords(NodeId peer) {
    Map<Origin, Long> held = new TreeMap<>();
    of(peer).forEach(entry -> held.put(entry.origin(), entry.heldSize()));
    long lag = 0;
    for (LogHead head : store.heads()) {
      lag += Math.max(0, head.treeSize() - held.getOrDefault(head.origin(), 0L));
    }
    return lag;
  }

  /**
   * Notes the snapshot that was taken after a sync with a peer: of every log that the peer brought
   * something of.
   */
  public void noteSnapshot(NodeId peer, ArtifactKey snapshot) {
    synchronized (book) {
      write(
          of(peer).stream()
              .filter(entry -> entry.appliedSize() > 0)
              .map(entry -> PeerRows.put(entry.at(snapshot)))
              .toList());
    }
  }

  /** Notes what a peer said that it holds; logs that are not held here are left out. */
  void holds(NodeId peer, List<CursorEntry> cursor) {
    synchronized (book) {
      book.seen(peer);
      Map<Origin, CursorEntry> said = new TreeMap<>();
      cursor.forEach(entry -> said.put(entry.origin(), entry));
      List<RowChange> changes = new ArrayList<>();
      for (LogHead head : store.heads()) {
        CursorEntry entry = said.get(head.origin());
        if (entry != null) {
          changes.add(
              PeerRows.put(entry(peer, head.origin()).held(entry.treeSize(), entry.lastLogseq())));
        }
      }
      write(changes);
    }
  }

  static RowChange deletion(FederationLogEntry entry) {
    return RowChange.delete(PeerRows.LOG, PeerRows.key(entry.peer(), entry.origin()));
  }

  private void applied(NodeId peer, AppliedStretch stretch) {
    long logseq = Checkpoint.unverified(stretch.checkpoint()).lastLogseq();
    synchronized (book) {
      book.seen(peer);
      FederationLogEntry entry =
          entry(peer, stretch.origin())
              .applied(
                  stretch.treeSize(),
                  logseq,
                  stretch.records(),
                  Bytes.wrap(stretch.checkpoint().toArray()),
                  Math.max(0, clock.millis()));
      write(List.of(PeerRows.put(entry)));
    }
  }

  private FederationLogEntry entry(NodeId peer, Origin origin) {
    Bytes key = PeerRows.key(peer, origin);
    Bytes value = store.rows().get(PeerRows.LOG, key);
    return value == null
        ? FederationLogEntry.none(peer, origin)
        : PeerRows.entry(new Row(key, value));
  }

  private void write(List<RowChange> changes) {
    if (!changes.isEmpty()) {
      store.writeLocal(changes, Durability.RELAXED);
    }
  }

  private List<FederationLogEntry> scan(Bytes prefix) {
    List<FederationLogEntry> all = new ArrayList<>();
    try (RowCursor rows = store.rows().scanPrefix(PeerRows.LOG, prefix)) {
      while (rows.next()) {
        all.add(PeerRows.entry(new Row(rows.key(), rows.value())));
      }
    }
    return Collections.unmodifiableList(all);
  }
}
