package dev.cairn.federation.protocol;

import dev.cairn.asl.time.HybridClock;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.protocol.LiveMessage.CursorAnswer;
import dev.cairn.federation.protocol.LiveMessage.Pulse;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import dev.cairn.federation.protocol.PeerMessage.Hello;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a conversation open behind the first delta: {@code live/1}. If both sides want to follow,
 * each pushes what it gains as further deltas, one at a time and the next one when the last was
 * acknowledged; what is committed meanwhile goes together. So a slow peer gets fewer and larger
 * deltas, and nothing queues for it.
 *
 * <pre>
 *   resting --- heads changed, and the last push began long enough ago ---&gt; pushing
 *   pushing --- acknowledged ---&gt; resting          either --- leave, or the peer has ---&gt; idle
 * </pre>
 *
 * <p>Of the peer's pulses it keeps the clock, and reports one that runs too far ahead. Thread rule
 * as {@link SessionPart}.
 */
public final class LivePart implements SessionPart {
  /** The feature. */
  public static final String FEATURE = "live/1";

  /** A push begins no sooner than this after the one before, so that a burst goes together. */
  public static final long PUSH_SPACING_MILLIS = 5;

  /** A peer's clock that runs further ahead of ours is not plausible. */
  public static final long CLOCK_AHEAD_MILLIS_MAX = 300_000;

  /** Most answers about cursors kept or sent in one conversation; more are dropped. */
  public static final int ANSWERS_MAX = 256;

  private final boolean follows;
  private final WallClock clock;
  private final ArrayDeque<CursorAnswer> out = new ArrayDeque<>();
  private final Set<CursorAnswer> answered = new HashSet<>();
  private final List<CursorAnswer> heard = new ArrayList<>();

  private boolean open;
  private boolean left;
  private boolean peerLeft;
  private boolean news = true;
  private boolean pushing;
  private long nowMillis;
  private long nextPushMillis;
  private long pushes;
  private long peerHlc;
  private long clockAheadMillis;

  /**
   * @param follows whether to go on behind the first delta, if the peer wants to as well
   * @param clock tells what is too far ahead, and goes into pulses
   */
  public LivePart(boolean follows, WallClock clock) {
    this.follows = follows;
    this.clock = clock;
  }

  @Override
  public String feature() {
    return FEATURE;
  }

  @Override
  public Class<? extends PartMessage> messages() {
    return LiveMessage.class;
  }

  @Override
  public List<PartGreeting> greetings() {
    return follows ? List.of(new Follow()) : List.of();
  }

  @Override
  public void agreed(Hello theirs) {
    open = follows && theirs.greeting(Follow.class).isPresent();
  }

  @Override
  public void receive(PartMessage message) {
    if (message instanceof Pulse pulse) {
      peerHlc = Math.max(peerHlc, pulse.hlc());
      long ahead = HybridClock.millisOf(pulse.hlc()) - clock.millis();
      clockAheadMillis = Math.max(clockAheadMillis, ahead > CLOCK_AHEAD_MILLIS_MAX ? ahead : 0);
    } else if (message instanceof CursorAnswer answer && heard.size() < ANSWERS_MAX) {
      heard.add(answer);
    }
  }

  @Override
  public @Nullable PeerMessage poll() {
    return out.poll();
  }

  @Override
  public boolean hasOutput() {
    return !out.isEmpty();
  }

  @Override
  public void tick(long millis) {
    nowMillis = millis;
  }

  @Override
  public void headsChanged() {
    news = true;
  }

  @Override
  public boolean wantsDelta() {
    return isFollowing() && news && nowMillis >= nextPushMillis;
  }

  @Override
  public long dueMillis() {
    return isFollowing() && news ? nextPushMillis : Long.MAX_VALUE;
  }

  @Override
  public void deltaBegun(boolean first, boolean empty, List<CursorAnswer> answers) {
    // Behind the first delta it is looked once whether anything came meanwhile.
    news = first;
    if (!first && !empty) {
      pushes++;
      pushing = true;
      nextPushMillis = nowMillis + PUSH_SPACING_MILLIS;
    }
    for (CursorAnswer answer : answers) {
      if (answered.size() < ANSWERS_MAX && answered.add(answer)) {
        out.add(answer);
      }
    }
  }

  @Override
  public boolean takesDeltas() {
    return open && !peerLeft;
  }

  @Override
  public @Nullable PeerMessage beat(long latestHlc, List<CursorEntry> grown) {
    return new Pulse(Math.max(latestHlc, HybridClock.fromMillis(clock.millis())), grown);
  }

  @Override
  public void deltaGiven() {
    pushing = false;
  }

  @Override
  public void leave() {
    left = true;
  }

  @Override
  public void peerFinished() {
    peerLeft = true;
  }

  @Override
  public boolean isIdle() {
    // Who has heard that we have finished expects no delta that has not begun.
    return !isFollowing() && !pushing;
  }

  @Override
  public void close() {
    out.clear();
  }

  /** True while both sides push what they gain. */
  public boolean isFollowing() {
    return open && !left && !peerLeft;
  }

  /** True if both sides wanted to follow, whether they still do or not. */
  public boolean hasFollowed() {
    return open;
  }

  /** Deltas with records that were begun behind the first. */
  public long pushes() {
    return pushes;
  }

  /** The greatest clock that the peer has said; 0 if none. */
  public long peerHlc() {
    return peerHlc;
  }

  /** How far ahead of ours the peer's clock ran, if that was not plausible; else 0. */
  public long clockAheadMillis() {
    return clockAheadMillis;
  }

  /** Logs that the peer cannot send from where ours end, and why; in the order heard. */
  public List<CursorAnswer> cursorAnswers() {
    return Collections.unmodifiableList(heard);
  }
}
