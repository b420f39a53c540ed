package dev.cairn.federation.fetch;

import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.store.AbsentPayload;
import dev.cairn.asl.store.LogHead;
import dev.cairn.federation.shard.HashRange;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Asks one peer for what is missing of the range that this node holds, in rounds of at most {@link
 * #GOALS_MAX} payloads. A round is a {@link FetchPlan} with one source. One owner.
 *
 * <p>There are two reasons for a round. A <b>turn</b> asks for everything that is missing of the
 * range once, in order, whatever of it the peer has; the first one begins behind the peer's first
 * delta, others when the range has changed, and after pauses, since other nodes may have given the
 * peer meanwhile what it did not have. <b>News</b> are what came into the store's logs since, from
 * whomever: behind each later delta of the peer it is asked for those payloads alone, before the
 * turn goes on.
 *
 * <p>What it costs: a delta, one look at each record that is new since the last one, {@link
 * #RECORDS_MAX} of them at a time, and a want for each payload of the range among those that is not
 * here. A turn, one look at each payload that is missing, and a want for it: m wants if the peer
 * lacks m of them. Pauses are of {@link #PAUSE_MILLIS_MIN} behind a turn that brought something,
 * else twice the last one up to {@link #PAUSE_MILLIS_MAX}: 7 turns in the first hour if nothing
 * comes and one an hour from then on, however many deltas there are. In memory: one round, and the
 * size of each log.
 */
final class RangeKeeping {
  /** The first pause before a peer is asked again for what it did not have; then twice as long. */
  static final long PAUSE_MILLIS_MIN = 30_000;

  /** The longest pause. */
  static final long PAUSE_MILLIS_MAX = 3_600_000;

  /** Most payloads of a round. */
  static final int GOALS_MAX = 4_096;

  /** Most new records that are looked at in one go. */
  static final int RECORDS_MAX = 16_384;

  private static final int PAGE = 256;

  private final FetchStore store;
  private final Supplier<Optional<HashRange>> range;
  private final int goalsMax;

  /** Up to where the logs were looked at. */
  private final Map<Origin, Long> seen = new TreeMap<>();

  private @Nullable NodeId peer;
  private @Nullable FetchPlan plan;
  private FetchPlan.@Nullable Source source;
  private long nextNumber;

  /** The range of the last turn. */
  private @Nullable HashRange kept;

  /** Where the turn stands. */
  private @Nullable PayloadDigest after;

  private boolean turning;
  private boolean askedAll;
  private boolean roundOfTurn;
  private boolean came;
  private boolean missing;
  private boolean met;
  private boolean news;
  private boolean over;
  private long nowMillis;
  private long dueMillis = Long.MAX_VALUE;
  private long pauseMillis = PAUSE_MILLIS_MIN;

  /**
   * @param range which payloads this node holds now; empty if it never said so, and keeps nothing
   *     up
   */
  RangeKeeping(FetchStore store, Supplier<Optional<HashRange>> range) {
    this(store, range, GOALS_MAX);
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
    met = true;
    news = true;
    turn();
  }

  void tick(long millis) {
    nowMillis = millis;
    turn();
  }

  /** When it wants to be told the time. */
  long dueMillis() {
    if (over) {
      return Long.MAX_VALUE;
    }
    return source == null && hasWork() ? nowMillis : dueMillis;
  }

  /** Ends a round that is done, and begins another if there is reason to. */
  void turn() {
    FetchPlan round = plan;
    if (source != null && source.isIdle() && round != null) {
      if (round.isCrowded() && round.giveUp()) {
        return;
      }
      endRound(round);
    }
    if (source == null && !over && hasWork()) {
      begin();
    }
  }

  private boolean hasWork() {
    return met && (news || turning || nowMillis >= dueMillis);
  }

  private void begin() {
    HashRange now = range.get().orElse(null);
    if (peer == null || now == null) {
      kept = null;
      news = false;
      turning = false;
      dueMillis = Long.MAX_VALUE;
      return;
    }
    if (!now.equals(kept) || nowMillis >= dueMillis) {
      beginTurn(now);
    }
    FetchPlan round = new FetchPlan(store, goalsMax);
    news = news && wantNews(round, now);
    roundOfTurn = round.isDone() && turning && !askedAll;
    if (roundOfTurn) {
      after = round.wantAbsent(now, after);
      askedAll = after == null;
    }
    if (round.isDone()) {
      round.close();
      endTurnIfOver();
    } else {
      plan = round;
      source = round.join(peer, nextNumber);
    }
  }

  /** Everything that is here by now is looked at in order; what comes later is news. */
  private void beginTurn(HashRange now) {
    kept = now;
    after = null;
    turning = true;
    askedAll = false;
    came = false;
    missing = false;
    news = false;
    dueMillis = Long.MAX_VALUE;
    seen.clear();
    store.heads().forEach(log -> seen.put(log.origin(), log.treeSize()));
  }

  /** Wants what new records brought; true if some of them were not looked at. */
  private boolean wantNews(FetchPlan round, HashRange now) {
    int room = goalsMax;
    int left = RECORDS_MAX;
    for (LogHead log : store.heads()) {
      long from = seen.getOrDefault(log.origin(), 0L);
      while (from < log.treeSize()) {
        if (room == 0 || left == 0) {
          return true;
        }
        long to = Math.min(log.treeSize(), from + Math.min(Math.min(room, left), PAGE));
        for (AbsentPayload absent : store.absentPayloads(log.origin(), from, to)) {
          if (now.contains(absent.digest()) && round.want(absent.digest(), absent.length())) {
            room--;
          }
        }
        left -= (int) (to - from);
        from = to;
        seen.put(log.origin(), to);
      }
    }
    return false;
  }

  private void endRound(FetchPlan round) {
    missing |= !round.isDone();
    close();
    came |= roundOfTurn && round.kept() > 0;
    if (turning) {
      endTurnIfOver();
    } else if (missing && dueMillis == Long.MAX_VALUE) {
      pause();
    }
  }

  private void endTurnIfOver() {
    if (turning && askedAll) {
      turning = false;
      if (came || !missing) {
        pauseMillis = PAUSE_MILLIS_MIN;
      }
      if (missing) {
        pause();
      }
    }
  }

  private void pause() {
    dueMillis = nowMillis + pauseMillis;
    pauseMillis = Math.min(2 * pauseMillis, PAUSE_MILLIS_MAX);
  }

  /** Begins nothing more; what is in flight is still taken. */
  void stop() {
    over = true;
  }

  /** True if nothing is asked, and nothing will be but behind a delta or a pause. */
  boolean isIdle() {
    turn();
    return source == null ? over || !hasWork() : over && !source.isAwaited();
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
