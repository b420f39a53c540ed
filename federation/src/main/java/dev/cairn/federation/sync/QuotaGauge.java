package dev.cairn.federation.sync;

import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.federation.access.QuotaLedger;
import dev.cairn.federation.protocol.PeerSession;
import dev.cairn.federation.transport.LinkUse;
import dev.cairn.federation.transport.PeerLink;
import org.jspecify.annotations.Nullable;

/**
 * Charges a conversation to the node at the other end, from the moment on when that is known: the
 * transport has proved it, or its hello was believed. One owner.
 */
final class QuotaGauge implements SyncDriver.Gauge, AutoCloseable {
  private final QuotaLedger ledger;
  private QuotaLedger.@Nullable Meter meter;

  QuotaGauge(QuotaLedger ledger) {
    this.ledger = ledger;
  }

  @Override
  public void look(PeerSession session, PeerLink link, long nowMillis) {
    NodeId node = link.authenticatedPeer();
    if (node == null) {
      node = session.peer().orElse(null);
    }
    if (node == null || session.isOver()) {
      return;
    }
    try {
      if (meter == null) {
        meter = ledger.open(node, nowMillis);
      }
      LinkUse use = link.use();
      String over = meter.look(use.frames(), use.bytes(), nowMillis);
      if (over != null) {
        session.endForQuota(over);
      }
    } catch (RefusedException e) {
      session.endForQuota(String.valueOf(e.getMessage()));
    }
  }

  @Override
  public void close() {
    if (meter != null) {
      meter.close();
    }
  }
}
