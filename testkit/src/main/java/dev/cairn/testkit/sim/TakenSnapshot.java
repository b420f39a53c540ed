package dev.cairn.testkit.sim;

import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.Snapshot;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;

/** A snapshot that a node acknowledged, and what it could then read under it. */
final class TakenSnapshot {
  private final SimNode node;
  private final Snapshot snapshot;
  private final List<PayloadDigest> payloads;
  private boolean dropped;

  TakenSnapshot(SimNode node, Snapshot snapshot, List<PayloadDigest> payloads) {
    this.node = node;
    this.snapshot = snapshot;
    this.payloads = List.copyOf(payloads);
  }

  SimNode node() {
    return node;
  }

  Snapshot snapshot() {
    return snapshot;
  }

  /** Records of each origin within its cut. */
  SortedMap<Origin, Long> sizes() {
    TreeMap<Origin, Long> sizes = new TreeMap<>();
    snapshot.heads().forEach(head -> sizes.put(head.origin(), head.treeSize()));
    return sizes;
  }

  List<PayloadDigest> payloads() {
    return payloads;
  }

  boolean isDropped() {
    return dropped;
  }

  void drop() {
    dropped = true;
  }
}
