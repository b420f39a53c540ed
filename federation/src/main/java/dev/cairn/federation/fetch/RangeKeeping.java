package dev.cairn.federation.fetch;

import dev.cairn.asl.model.NodeId;
import dev.cairn.federation.shard.HashRange;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks one peer, round after round, for what is missing of the range that this node holds: behind
 * each of its deltas, and again after a while for what it did not have then, since other nodes may
 * have given it that meanwhile. A round is a {@link FetchPlan} with one source. One owner.
 */
final class RangeKeeping {
  /** The first pause before a peer is asked again for what it did not have; then twice as long. */
  static final long PAUSE_MILLIS_MIN = 30_000;

  /** The longest pause. */
  static final long PAUSE_MILLIS_MAX = 3_600_000;

  private final FetchStore store;
  private final Supplier<Optional<HashRange>> range;
  private final int goalsMax;
  private @Nullable NodeId peer;
  private @Nullable FetchPlan plan;
  private FetchPlan.@Nullable Source source;
  private long nextNumber;
  private boolean full;
  private boolean again;
  private boolean over;
  private long nowMillis;
  private long dueMillis = Long.MAX_VALUE;
  private long pauseMillis = PAUSE_MILLIS_MIN;

  /**
   * @param range which payloads this node holds now; empty if it never said so, and keeps nothing
   *     up
   */
  RangeKeeping(FetchStore store, Supplier<Optional<HashRange>> range) {
    this(store, range, FetchPlan.GOALS_MAX);
  }

  /** One whose rounds have room for so many payloads. */
  RangeKeeping(FetchStore store, Supplier<Optional<HashRange>> range, int goalsMax) {
    this.store = store;
    this.range = range;
    this.goalsMax = goalsMax;
  }

  /** What this node holds now, if it declared something. */
  Optional<HashRange> range() {
    return range.get();
  }

  void meet(NodeId node) {
    peer = node;
  }

  /** Where answers go and wants come from; null between two rounds. */
  FetchPlan.@Nullable Source source() {
    return source;
  }

  /** The peer's delta is here, with records whose payloads are not. */
  void deltaTaken() {
    pauseMillis = PAUSE_MILLIS_MIN;
    again = true;
    turn();
  }

  void tick(long millis) {
    nowMillis = millis;
    again |= millis >= dueMillis;
    turn();
  }

  /** When it wants to be told the time. */
  long dueMillis() {
    return over ? Long.MAX_VALUE : dueMillis;
  }

  /** Ends a round that is done, and begins another if there is reason to. */
  void turn() {
    if (source != null && source.isIdle()) {
      endRound();
    }
    if (source == null && again && !over) {
      begin();
    }
  }

  private void begin() {
    again = false;
    dueMillis = Long.MAX_VALUE;
    Optional<HashRange> now = range.get();
    if (peer == null || now.isEmpty()) {
      return;
    }
    FetchPlan round = new FetchPlan(store, goalsMax);
    full = round.wantAbsent(now.get(), null) != null;
    if (!round.isDone()) {
      plan = round;
      source = round.join(peer, nextNumber);
    } else {
      round.close();
    }
  }

  private void endRound() {
    FetchPlan round = plan;
    if (round == null) {
      return;
    }
    boolean missing = !round.isDone();
    close();
    boolean came = round.kept() > 0;
    again |= full && came;
    if (missing && !again) {
      long pause = came ? PAUSE_MILLIS_MIN : pauseMillis;
      dueMillis = nowMillis + pause;
      pauseMillis = Math.min(2 * pause, PAUSE_MILLIS_MAX);
    }
  }

  /** Begins nothing more; what is in flight is still taken. */
  void stop() {
    over = true;
  }

  /** True if nothing is asked, and nothing will be but behind a delta or a pause. */
  boolean isIdle() {
    turn();
    return source == null || (over && !source.isAwaited());
  }

  /** True if something may be asked now. */
  boolean mayAsk() {
    return source != null && !over;
  }

  void close() {
    FetchPlan round = plan;
    if (source != null) {
      nextNumber = source.nextNumber();
      source.leave();
      source = null;
    }
    plan = null;
    if (round != null) {
      round.close();
    }
  }
}
