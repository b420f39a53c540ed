package dev.cairn.federation.sync;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.MisbehaviourException;
import dev.cairn.asl.error.OtherFederationException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.StaleEpochException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.federation.protocol.PeerMessage.Reason;
import dev.cairn.federation.protocol.PeerSession;
import dev.cairn.federation.protocol.SessionReport;
import dev.cairn.federation.protocol.Tally;

/**
 * What became of a sync, as one side saw it.
 *
 * @param session the session
 * @param elapsedNanos how long it took
 */
public record SyncReport(SessionReport session, long elapsedNanos) {
  /** True if all that was agreed on is done. */
  public boolean isDone() {
    return session.state() == PeerSession.State.DONE;
  }

  /** What this side sent. */
  public Tally sent() {
    return session.sent();
  }

  /** What this side took. */
  public Tally received() {
    return session.received();
  }

  /** Logs of which the two sides hold different records. */
  public int conflicts() {
    return session.contradictions().size();
  }

  /** How often this side had to wait for an answer. */
  public int roundTrips() {
    return session.roundTrips();
  }

  /**
   * Gives this back if the sync is done.
   *
   * @throws CairnException that says why it is not; what was applied stays
   */
  public SyncReport orThrow() {
    if (isDone()) {
      return this;
    }
    throw failure();
  }

  private CairnException failure() {
    Reason reason = session.reason() == null ? Reason.UNAVAILABLE : session.reason();
    String text =
        session.peer() == null ? session.text() : "peer " + session.peer() + ": " + session.text();
    CairnException cause = session.failure();
    if (cause instanceof StaleEpochException) {
      return cause;
    }
    if (cause instanceof MisbehaviourException) {
      return new MisbehaviourException(text, cause);
    }
    String said = session.endedByPeer() ? "the peer ended the sync (" + reason + "): " : "";
    return switch (reason) {
      case MALFORMED, UNVERIFIED ->
          session.endedByPeer()
              ? new RefusedException(said + text, cause)
              : new MalformedException(text, cause);
      case FEDERATION -> new OtherFederationException(said + text, cause);
      case VERSION, UNTRUSTED, LIMIT -> new RefusedException(said + text, cause);
      case DONE, UNAVAILABLE, QUOTA -> new UnavailableException(said + text, cause);
    };
  }
}
