package dev.cairn.cli.demo;

import dev.cairn.asl.model.NodeId;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.sync.SyncReport;
import java.util.Collections;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;

/** What the syncs that one node began came to, all together. One owner. */
final class Traffic {
  private final TreeSet<NodeId> peers = new TreeSet<>();
  private long syncs;
  private long sent;
  private long received;
  private long bytes;
  private long conflicts;
  private long nanos;

  void add(SyncReport report) {
    NodeId peer = report.session().peer();
    if (peer != null) {
      peers.add(peer);
    }
    syncs++;
    sent += report.sent().records();
    received += report.received().records();
    bytes += report.sent().bytes() + report.received().bytes();
    conflicts += report.conflicts();
    nanos += report.elapsedNanos();
  }

  /** The nodes that answered. */
  Set<NodeId> peers() {
    return Collections.unmodifiableSortedSet(peers);
  }

  long conflicts() {
    return conflicts;
  }

  String toText(String name) {
    return String.format(
        Locale.ROOT,
        "%s began %d syncs: %,d records sent, %,d received, %,d bytes; records: %s",
        name,
        syncs,
        sent,
        received,
        bytes,
        Tour.rate(sent + received, nanos));
  }

  JsonObject toJson() {
    return new JsonObject()
        .add("syncs", syncs)
        .add("sent", sent)
        .add("received", received)
        .add("bytes", bytes)
        .add("recordsPerSecond", Tour.perSecond(sent + received, nanos))
        .addSeconds("seconds", nanos);
  }
}
