package dev.cairn.federation.sync;

import dev.cairn.federation.protocol.PeerSession;
import dev.cairn.federation.transport.PeerLink;
import dev.cairn.federation.wire.FrameLimits;

/**
 * Ends a conversation once its store takes more room than it may. Looks at the store when frames
 * have come that could have filled what was left. One owner.
 */
final class RoomGauge implements SyncDriver.Gauge {
  /** What a frame may come to in a store: short records have many rows for each byte. */
  private static final long BYTES_A_FRAME = 16L * FrameLimits.FRAME_BYTES_MAX;

  private final Room room;
  private long nextLook;

  RoomGauge(Room room) {
    this.room = room;
  }

  @Override
  public void look(PeerSession session, PeerLink link, long nowMillis) {
    long frames = link.use().frames();
    if (frames < nextLook) {
      return;
    }
    long left = room.left();
    nextLook = frames + Math.max(1, left / BYTES_A_FRAME);
    if (left < 0) {
      session.endForLimit(
          "what it sends takes more room than the " + room.bytesMax() + " bytes that it may");
    }
  }
}
