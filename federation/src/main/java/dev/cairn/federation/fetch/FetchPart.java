package dev.cairn.federation.fetch;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.federation.access.Grant;
import dev.cairn.federation.access.Right;
import dev.cairn.federation.protocol.FetchMessage;
import dev.cairn.federation.protocol.FetchMessage.Want;
import dev.cairn.federation.protocol.PartGreeting;
import dev.cairn.federation.protocol.PartMessage;
import dev.cairn.federation.protocol.PayloadWish;
import dev.cairn.federation.protocol.PayloadWish.Payloads;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerMessage.Hello;
import dev.cairn.federation.protocol.ProtocolLimits;
import dev.cairn.federation.protocol.SessionPart;
import dev.cairn.federation.shard.HashRange;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The strand of a conversation in which payloads are asked for: {@code fetch/1}. It answers what
 * the peer wants, and asks the peer for what a {@link FetchPlan} wants, once the peer's records are
 * here. Thread rule and errors of {@link SessionPart}; the plan may be shared with other sessions.
 */
public final class FetchPart implements SessionPart {
  /** A peer that leaves everything unanswered for so long is given up. */
  public static final long ANSWER_MILLIS_MAX = 60_000;

  private final FetchAnswers answers;
  private final Payloads wish;
  private final @Nullable FetchPlan plan;
  private final @Nullable HashRange absent;
  private final @Nullable RangeKeeping keeping;
  private FetchPlan.@Nullable Source source;
  private @Nullable PayloadDigest absentAfter;
  private boolean absentLeft;
  private boolean deltaTaken;
  private boolean retired;

  /** False towards who may not read all here: what is asked for tells what is held. */
  private boolean asks = true;

  private boolean heard;
  private long heardMillis = -1;

  private FetchPart(
      FetchStore store,
      Payloads wish,
      @Nullable FetchPlan plan,
      @Nullable HashRange absent,
      @Nullable RangeKeeping keeping) {
    this.answers = new FetchAnswers(store);
    this.wish = wish;
    this.plan = plan;
    this.absent = absent;
    this.keeping = keeping;
  }

  /** One that answers, and takes deltas with all their payloads. */
  public static FetchPart answering(FetchStore store) {
    return new FetchPart(store, Payloads.ALL, null, null, null);
  }

  /** One that answers, and takes records without their payloads. */
  public static FetchPart headersOnly(FetchStore store) {
    return new FetchPart(store, Payloads.NONE, null, null, null);
  }

  /** One that answers, and asks for what the plan wants. The plan stays the caller's. */
  public static FetchPart asking(FetchStore store, FetchPlan plan) {
    return new FetchPart(store, Payloads.NONE, plan, null, null);
  }

  /**
   * One that brings the payloads of a range: of all digests the small ones come with their records,
   * and it asks then for the larger ones and for every other that never came. Of a lesser range no
   * payload comes with its record, and it asks then for those of the range that never came. All of
   * it is asked for once, in rounds if it is more than the plan has room for; of what the peer does
   * not have either the plan keeps the {@link FetchPlan#missingCount}.
   *
   * @param plan no other conversation works on it
   */
  public static FetchPart catchingUp(FetchStore store, FetchPlan plan, HashRange range) {
    Payloads wish = range.isAll() ? Payloads.SMALL : Payloads.NONE;
    return new FetchPart(store, wish, plan, range, null);
  }

  /**
   * One that answers, and keeps up the range of payloads that this node declared to hold: takes
   * records without payloads, and asks behind every delta, and after pauses, for what is missing of
   * the range. If the range is all, payloads come with their records too. If none was declared it
   * is as {@link #answering}.
   *
   * @param range what this node holds now; called with every delta
   */
  public static FetchPart holding(FetchStore store, Supplier<Optional<HashRange>> range) {
    return holding(store, new RangeKeeping(store, range));
  }

  static FetchPart holding(FetchStore store, RangeKeeping keeping) {
    boolean all = keeping.range().orElse(HashRange.ALL).isAll();
    Payloads wish = all ? Payloads.ALL : Payloads.NONE;
    return new FetchPart(store, wish, null, null, keeping);
  }

  @Override
  public String feature() {
    return ProtocolLimits.FEATURE_FETCH;
  }

  @Override
  public boolean offeredUnder(Grant grant) {
    answers.under(grant);
    asks = grant.givesWhole(Right.READ);
    return grant.rights().contains(Right.READ);
  }

  @Override
  public Class<? extends PartMessage> messages() {
    return FetchMessage.class;
  }

  @Override
  public List<PartGreeting> greetings() {
    return wish == Payloads.ALL ? List.of() : List.of(new PayloadWish(wish));
  }

  @Override
  public void agreed(Hello theirs) {
    if (!asks) {
      retired = true;
      return;
    }
    if (plan != null) {
      source = plan.join(theirs.node());
    }
    if (keeping != null) {
      keeping.meet(theirs.node());
    }
  }

  private FetchPlan.@Nullable Source source() {
    return keeping == null || !asks ? source : keeping.source();
  }

  @Override
  public void receive(PartMessage message) {
    heard = true;
    if (message instanceof Want want) {
      answers.ask(want);
      return;
    }
    FetchPlan.@Nullable Source asked = source();
    if (asked == null) {
      throw new MalformedException("fetch: an answer where nothing was asked");
    }
    asked.take((FetchMessage) message);
    goOn();
  }

  /** Wants more as soon as what was wanted is here, or is not at the peer either. */
  private void goOn() {
    if (!asks) {
      return;
    }
    if (keeping != null) {
      keeping.turn();
      return;
    }
    FetchPlan.Source asked = source;
    if (plan == null || absent == null || asked == null || retired) {
      return;
    }
    while (asked.isIdle() && (absentLeft || plan.isCrowded())) {
      if (!plan.giveUp() && absentLeft) {
        wantMore(plan, absent);
      }
    }
  }

  private void wantMore(FetchPlan more, HashRange range) {
    absentAfter = more.wantAbsent(range, absentAfter);
    absentLeft = absentAfter != null;
  }

  @Override
  public @Nullable PeerMessage poll() {
    FetchPlan.@Nullable Source asked = source();
    PeerMessage want = asked != null && mayAsk() ? asked.next() : null;
    return want != null ? want : answers.next();
  }

  @Override
  public boolean hasOutput() {
    FetchPlan.@Nullable Source asked = source();
    return answers.hasNext() || (asked != null && mayAsk() && asked.hasNext());
  }

  private boolean mayAsk() {
    return asks && (keeping == null ? deltaTaken && !retired : keeping.mayAsk());
  }

  @Override
  public void tick(long nowMillis, long quietMillis) {
    FetchPlan.@Nullable Source asked = source();
    boolean awaited = asked != null && asked.isAwaited();
    if (heard || !awaited || heardMillis < 0) {
      heardMillis = nowMillis;
    } else if (ProtocolLimits.isOverdue(heardMillis, nowMillis, quietMillis, ANSWER_MILLIS_MAX)) {
      throw new UnavailableException("fetch: no answer for " + (nowMillis - heardMillis) + " ms");
    }
    heard = false;
    if (keeping != null && asks) {
      keeping.tick(nowMillis);
    }
  }

  @Override
  public long dueMillis() {
    return keeping == null || !asks ? Long.MAX_VALUE : keeping.dueMillis();
  }

  @Override
  public void leave() {
    finished();
  }

  @Override
  public void finished() {
    if (keeping != null) {
      keeping.stop();
    }
  }

  @Override
  public void deltaTaken() {
    deltaTaken = true;
    if (!asks) {
      return;
    }
    if (plan != null && absent != null) {
      wantMore(plan, absent);
    }
    if (keeping != null) {
      keeping.deltaTaken();
    }
  }

  @Override
  public boolean isIdle() {
    if (keeping != null && asks) {
      return deltaTaken && keeping.isIdle() && !answers.hasNext();
    }
    goOn();
    retired |= deltaTaken && (source == null || source.isIdle());
    return retired && !answers.hasNext();
  }

  @Override
  public void close() {
    if (source != null) {
      source.leave();
    }
    if (keeping != null) {
      keeping.close();
    }
  }
}
