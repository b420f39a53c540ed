package dev.cairn.federation.sync;

import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.protocol.LivePart;
import dev.cairn.federation.protocol.PeerSession;
import dev.cairn.federation.transport.PeerLink;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/**
 * The handle of a conversation that goes on behind its first delta: tells it that there is news,
 * asks it to end, and shows how it is.
 *
 * <p>{@link #headsChanged} and {@link #leave} are for any thread and never wait; that there is news
 * is one flag, however often it is said. The observer is called by the thread that leads the
 * conversation, and may wait only briefly.
 */
public final class LiveControl {
  /** How long a conversation that was asked to end may go on. */
  public static final long LEAVE_MILLIS_MAX = 3_000;

  private final LivePart part;
  private final Observer observer;
  private final AtomicBoolean news = new AtomicBoolean();
  private volatile boolean leaving;
  private volatile @Nullable PeerLink link;
  private long leavingSinceMillis = -1;

  /** Looks at a conversation, on the thread that leads it. */
  @FunctionalInterface
  public interface Observer {
    /** Called at every turn, at least once a second. */
    void look(LiveControl control, PeerSession session, LivePart part, long nowMillis);
  }

  /** For one conversation. */
  public LiveControl(WallClock clock, Observer observer) {
    this.part = new LivePart(true, clock);
    this.observer = observer;
  }

  /** The store's logs have grown. */
  public void headsChanged() {
    news.set(true);
    wake();
  }

  /** Ends the conversation in order, or after {@link #LEAVE_MILLIS_MAX} as it is. */
  public void leave() {
    leaving = true;
    wake();
  }

  /** True if it was asked to end. */
  public boolean isLeaving() {
    return leaving;
  }

  LivePart part() {
    return part;
  }

  void attach(PeerLink to) {
    link = to;
  }

  void step(PeerSession session, long nowMillis) {
    if (news.getAndSet(false)) {
      session.headsChanged();
    }
    if (leaving) {
      leavingSinceMillis = leavingSinceMillis < 0 ? nowMillis : leavingSinceMillis;
      session.leave();
      if (nowMillis - leavingSinceMillis >= LEAVE_MILLIS_MAX) {
        session.transportClosed();
      }
    }
    observer.look(this, session, part, nowMillis);
  }

  private void wake() {
    PeerLink to = link;
    if (to != null) {
      to.wake();
    }
  }
}
