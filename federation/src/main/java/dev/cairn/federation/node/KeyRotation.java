package dev.cairn.federation.node;

import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.ClosedLog;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.time.Ticker;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.sync.StoreSync;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Gives a node's key up for that of a successor (docs/format/closing.md): the successor's store is
 * made first, with its key, and holds all that the old one does; then the old log is closed with
 * the successor's name, and the closing is brought over. Whatever breaks off in between is done
 * again from where it stopped, by the same call. No object.
 */
public final class KeyRotation {
  private KeyRotation() {}

  /**
   * Rotates. Both stores must be open nowhere else.
   *
   * @param from the store whose key is given up; it is never written again
   * @param to where the successor's store is made, or is already
   * @return the log that is closed
   * @throws RefusedException if {@code to} is no store of the same federation, or the log was
   *     closed in favour of another node, or of none
   */
  public static ClosedLog rotate(Path from, Path to, WallClock clock) {
    if (!StoreDirectory.isStore(to)) {
      if (Files.exists(to)) {
        throw new RefusedException(to + " is there and is no store");
      }
      checkNotClosed(from, clock);
      StoreCopies.clone(from, to, clock);
    }
    try (CairnNode old = StoreDirectory.open(from, clock);
        CairnNode next = StoreDirectory.open(to, clock)) {
      return rotate(old.store(), next.store());
    }
  }

  private static void checkNotClosed(Path from, WallClock clock) {
    try (CairnNode old = StoreDirectory.open(from, clock)) {
      Optional<ClosedLog> closed = closed(old.store());
      if (closed.isPresent()) {
        throw closedBefore(closed.get(), null);
      }
    }
  }

  /**
   * The same for open stores.
   *
   * @param next of the successor: only what is missing there is brought
   */
  public static ClosedLog rotate(Store old, Store next) {
    NodeId successor = next.origin().node();
    if (!old.federation().equals(next.federation()) || successor.equals(old.origin().node())) {
      throw new RefusedException(
          "node "
              + successor
              + " of federation "
              + next.federation()
              + " cannot succeed node "
              + old.origin().node()
              + " of federation "
              + old.federation());
    }
    Optional<ClosedLog> nextClosed = closed(next);
    if (nextClosed.isPresent()) {
      throw closedBefore(nextClosed.get(), successor);
    }
    Optional<ClosedLog> before = closed(old);
    if (before.isPresent() && !successor.equals(before.get().successor())) {
      throw closedBefore(before.get(), successor);
    }
    ClosedLog closed = before.isPresent() ? before.get() : old.closeLog(next.signingKey());
    new StoreSync(old, SessionOptions.DEFAULT, ReplicationListener.NONE, Ticker.system())
        .with(next, List.of(), true, false)
        .orThrow();
    if (!next.closedLogs().contains(closed)) {
      throw new RefusedException(
          "node "
              + old.origin().node()
              + " is closed, but node "
              + successor
              + " did not take the end of its log: see 'cairn conflicts list' and 'cairn key list'"
              + " there, then rotate again");
    }
    return closed;
  }

  /** The log of a store's own node that is closed, if one is. */
  public static Optional<ClosedLog> closed(Store store) {
    NodeId self = store.origin().node();
    return store.closedLogs().stream().filter(log -> log.origin().node().equals(self)).findFirst();
  }

  private static RefusedException closedBefore(ClosedLog log, @Nullable NodeId wanted) {
    Origin origin = log.origin();
    NodeId next = log.successor();
    return new RefusedException(
        "node "
            + origin.node()
            + " gave its key up before"
            + (next != null
                ? ", and node " + next + " goes on"
                : log.closing() == null
                    ? ", and whether anybody goes on is not known here"
                    : ", and nobody goes on")
            + (wanted == null ? "" : ", not " + wanted));
  }
}
