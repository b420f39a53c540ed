package dev.cairn.federation.protocol;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import java.util.List;

/** What nodes that follow each other say beside deltas: the messages of {@code live/1}. */
public sealed interface LiveMessage extends PartMessage {
  /**
   * A heartbeat that says where its sender stands.
   *
   * @param hlc the sender's hybrid clock now
   * @param cursor logs that have grown at the sender since it said so last, in order of origins
   */
  record Pulse(long hlc, List<CursorEntry> cursor) implements LiveMessage {
    public Pulse {
      cursor = List.copyOf(cursor);
      if (hlc < 0) {
        throw new MalformedException("pulse: a negative clock");
      }
      CursorEntry.checkOrder(cursor);
    }
  }
}
