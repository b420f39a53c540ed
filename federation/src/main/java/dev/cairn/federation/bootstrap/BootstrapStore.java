package dev.cairn.federation.bootstrap;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.store.ContentCursor;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.RecordCursor;
import dev.cairn.asl.store.Store;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;

/** What is asked of a store, and no more. Safe for any thread. */
public interface BootstrapStore {
  /** What there is now, each log up to a checkpoint and durable; logs that are frozen left out. */
  Snapshot snapshot();

  /** Where a log durably ends. */
  Optional<LogHead> head(Origin origin);

  /** Who a node is, if a log of it is held. */
  Optional<PublicKey> key(NodeId node);

  /** Checkpoints held with {@code treeSize > after}, by tree size; at most {@code limit}. */
  NavigableMap<Long, Bytes> checkpoints(Origin origin, long after, int limit);

  /** Records {@code [from, to)} of a log; must be closed. */
  RecordCursor records(Origin origin, long from, long to);

  /** Records {@code [from, to)} of a log with their payloads; must be closed. */
  ContentCursor contents(Origin origin, long from, long to);

  /** A real store. */
  static BootstrapStore of(Store store) {
    return new BootstrapStore() {
      @Override
      public Snapshot snapshot() {
        var unused = store.signHead();
        List<Snapshot.Head> heads = new ArrayList<>();
        TreeMap<Origin, Long> logseqs = new TreeMap<>();
        for (LogHead head : store.durableHeads()) {
          if (head.treeSize() > 0 && !store.frozen().contains(head.origin())) {
            heads.add(
                new Snapshot.Head(head.origin(), head.lastLogseq(), head.treeSize(), head.root()));
            logseqs.put(head.origin(), head.lastLogseq());
          }
        }
        return new Snapshot(store.federation(), heads, store.stateTree(new Cut(logseqs)).root());
      }

      @Override
      public Optional<LogHead> head(Origin origin) {
        return store.durableHeads().stream()
            .filter(head -> head.origin().equals(origin))
            .findFirst();
      }

      @Override
      public Optional<PublicKey> key(NodeId node) {
        return store.heads().stream()
            .filter(head -> head.origin().node().equals(node))
            .map(LogHead::key)
            .findFirst();
      }

      @Override
      public NavigableMap<Long, Bytes> checkpoints(Origin origin, long after, int limit) {
        return store.checkpoints(origin, after, limit);
      }

      @Override
      public RecordCursor records(Origin origin, long from, long to) {
        return store.records(origin, from, to);
      }

      @Override
      public ContentCursor contents(Origin origin, long from, long to) {
        return store.contents(origin, from, to);
      }
    };
  }
}
