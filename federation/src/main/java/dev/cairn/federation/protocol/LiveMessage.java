package dev.cairn.federation.protocol;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.Origin;
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

  /**
   * Why a log cannot be sent from where the receiver's cursor says that it ends.
   *
   * @param origin whose log
   * @param problem what is wrong with the cursor
   * @param treeSize records of the log that the sender of this answer holds; 0 for none
   * @param lastLogseq of the last of them; 0 for none
   */
  record CursorAnswer(Origin origin, CursorProblem problem, long treeSize, long lastLogseq)
      implements LiveMessage {
    public CursorAnswer {
      if (treeSize < 0 || lastLogseq < 0) {
        throw new MalformedException("cursor answer: a negative size or logseq");
      }
    }
  }

  /** What is wrong with a cursor. */
  enum CursorProblem {
    /** The record at the cursor differs: one of the two nodes holds a fork. */
    DIVERGED,
    /** What lies behind the cursor is not held any more: the asker must begin from a snapshot. */
    PRUNED,
    /** It names an epoch of the sender's own that the sender has never been in. */
    UNKNOWN_EPOCH,
    /** It lies beyond the end of the sender's own log: the sender has lost what it wrote. */
    FUTURE_CURSOR
  }
}
