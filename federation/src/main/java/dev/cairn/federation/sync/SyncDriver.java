package dev.cairn.federation.sync;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.time.Ticker;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerSession;
import dev.cairn.federation.transport.PeerLink;
import dev.cairn.federation.transport.PeerLink.Activity;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Pumps one session over one link on the calling thread, until the session is over.
 *
 * <p>It sends only when the link takes a message without waiting, and receives otherwise, so two
 * peers that push large deltas at each other never both wait to send. What goes wrong on the link
 * becomes the session's failure; nothing is thrown for it. Safe for any thread; each run belongs to
 * one.
 */
public final class SyncDriver {
  /** Longest wait between two ticks of a session. */
  public static final long TICK_MILLIS = 1_000;

  /** How long a finished session tries to say goodbye to a peer that does not listen. */
  public static final long GOODBYE_MILLIS_MAX = 5_000;

  private final Ticker ticker;

  /** A driver that tells sessions the time of {@code ticker}. */
  public SyncDriver(Ticker ticker) {
    this.ticker = ticker;
  }

  /** Runs the session to its end. Closes neither; the caller owns both. */
  public void run(PeerSession session, PeerLink link) {
    run(session, link, null);
  }

  /** As {@link #run(PeerSession, PeerLink)}, with whatever {@code control} wants meanwhile. */
  void run(PeerSession session, PeerLink link, @Nullable LiveControl control) {
    run(session, link, control, Gauge.NONE);
  }

  void run(PeerSession session, PeerLink link, @Nullable LiveControl control, Gauge gauge) {
    long terminalSince = -1;
    long quiet = millis();
    while (!session.isOver()) {
      long now = millis();
      session.tick(now, quiet);
      gauge.look(session, link, now);
      if (control != null) {
        control.step(session, now);
      }
      if (isTerminal(session)) {
        terminalSince = terminalSince < 0 ? now : terminalSince;
        if (now - terminalSince >= GOODBYE_MILLIS_MAX) {
          session.transportClosed();
        }
      }
      try {
        quiet = step(session, link, quiet);
      } catch (CairnException e) {
        session.transportFailed(e);
      }
    }
  }

  /** Watches what a conversation costs, at every turn of it, and may end the session. */
  @FunctionalInterface
  interface Gauge {
    Gauge NONE = (session, link, nowMillis) -> {};

    void look(PeerSession session, PeerLink link, long nowMillis);
  }

  private static boolean isTerminal(PeerSession session) {
    return session.state() == PeerSession.State.DONE || session.state() == PeerSession.State.FAILED;
  }

  private long millis() {
    return TimeUnit.NANOSECONDS.toMillis(ticker.nanos());
  }

  /** Returns when nothing was there to be received, last. */
  private long step(PeerSession session, PeerLink link, long before) {
    long waitMillis = Math.max(1, Math.min(TICK_MILLIS, session.restMillis()));
    Activity activity = link.await(session.hasOutput(), waitMillis);
    if (activity == Activity.RECEIVABLE) {
      PeerMessage message = link.receive(TICK_MILLIS);
      if (message == null) {
        session.transportClosed();
      } else {
        session.receive(message);
      }
      return before;
    }
    long quiet = millis();
    if (activity == Activity.SENDABLE) {
      PeerMessage message = session.poll();
      if (message != null) {
        send(session, link, message);
      }
    }
    return quiet;
  }

  /** Sends; if the peer takes no more, what it said before that counts first: its goodbye. */
  private static void send(PeerSession session, PeerLink link, PeerMessage message) {
    try {
      link.send(message);
    } catch (UnavailableException e) {
      while (!isTerminal(session) && link.await(false, 0) == Activity.RECEIVABLE) {
        PeerMessage last = link.receive(0);
        if (last == null) {
          throw e;
        }
        session.receive(last);
      }
      throw e;
    }
  }
}
