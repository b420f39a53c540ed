package dev.cairn.cli.command;

import dev.cairn.federation.audit.AuditCheck;
import dev.cairn.federation.audit.AuditReport;
import dev.cairn.federation.audit.PeerComparison;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.node.StoreDirectory;
import dev.cairn.federation.transport.LinkUse;
import java.util.Collection;
import java.util.EnumSet;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A store and a peer of which nothing is asked but whether they contradict each other: that takes
 * no copy of what the peer holds.
 *
 * @param store the store
 * @param peer the peer
 */
record ComparedPeer(Source.StoreAt store, Source.Peer peer) {
  /** The pair that sources are; empty if they are another thing, or more checks are asked. */
  static Optional<ComparedPeer> of(Collection<Source> sources, AuditPlanner planner) {
    if (sources.size() != 2
        || !planner.checks().equals(EnumSet.of(AuditCheck.OPENING, AuditCheck.COMPARISON))) {
      return Optional.empty();
    }
    Source.@Nullable StoreAt store = null;
    Source.@Nullable Peer peer = null;
    for (Source source : sources) {
      if (source instanceof Source.StoreAt at) {
        store = at;
      } else if (source instanceof Source.Peer listening) {
        peer = listening;
      }
    }
    return store == null || peer == null
        ? Optional.empty()
        : Optional.of(new ComparedPeer(store, peer));
  }

  /** Whether the store is of that federation; logs of two have nothing to do with each other. */
  boolean isOf(String federation) {
    return federation.equals(FederationOption.of(store));
  }

  /**
   * Compares them.
   *
   * @throws dev.cairn.asl.error.CairnException if the store does not open, the peer cannot be had,
   *     or what it answers does not verify
   */
  AuditReport compare(CairnCommand cairn, PeerPlaces.Place place) {
    try (CairnNode node =
            StoreDirectory.openReadOnly(store.directory(), cairn.environment().clock());
        TargetStore caller = TargetStore.temporary(cairn, node.store().federation())) {
      PeerComparison comparison = new PeerComparison(store.name(), node.store(), peer.name());
      LinkUse use = caller.compare(cairn, place, comparison);
      cairn
          .console()
          .note(
              "exchanged "
                  + use.bytes()
                  + " bytes in "
                  + use.frames()
                  + " frames with "
                  + Text.safe(peer.name()));
      return comparison.report();
    }
  }
}
