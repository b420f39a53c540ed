package dev.cairn.federation.fetch;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.PayloadDigest;
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
import java.util.List;
import java.util.Set;
import java.util.function.Predicate;
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
  private final boolean wantsAbsent;
  private FetchPlan.@Nullable Source source;
  private boolean deltaTaken;
  private boolean retired;
  private boolean heard;
  private long heardMillis = -1;

  private FetchPart(
      FetchStore store,
      Predicate<PayloadDigest> grants,
      Payloads wish,
      @Nullable FetchPlan plan,
      boolean wantsAbsent) {
    this.answers = new FetchAnswers(store, grants);
    this.wish = wish;
    this.plan = plan;
    this.wantsAbsent = wantsAbsent;
  }

  /** One that answers, and takes deltas with all their payloads. */
  public static FetchPart answering(FetchStore store) {
    return new FetchPart(store, payload -> true, Payloads.ALL, null, false);
  }

  /** One that answers, and takes records without their payloads. */
  public static FetchPart headersOnly(FetchStore store) {
    return new FetchPart(store, payload -> true, Payloads.NONE, null, false);
  }

  /** One that answers, and asks for what the plan wants. The plan stays the caller's. */
  public static FetchPart asking(FetchStore store, FetchPlan plan) {
    return new FetchPart(store, payload -> true, Payloads.NONE, plan, false);
  }

  /**
   * One that takes small payloads with their records, and asks then for the larger ones and for
   * every other that never came.
   */
  public static FetchPart catchingUp(FetchStore store, FetchPlan plan) {
    return new FetchPart(store, payload -> true, Payloads.SMALL, plan, true);
  }

  /** The same, answering only for payloads that pass a test. */
  public FetchPart granting(FetchStore store, Predicate<PayloadDigest> grants) {
    return new FetchPart(store, grants, wish, plan, wantsAbsent);
  }

  @Override
  public String feature() {
    return ProtocolLimits.FEATURE_FETCH;
  }

  @Override
  public Set<Right> needs() {
    return Set.of(Right.READ);
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
    if (plan != null) {
      plan.peerHolds(theirs.cursor());
      source = plan.join(theirs.node());
    }
  }

  @Override
  public void receive(PartMessage message) {
    heard = true;
    if (message instanceof Want want) {
      answers.ask(want);
    } else if (source == null) {
      throw new MalformedException("fetch: an answer where nothing was asked");
    } else {
      source.take((FetchMessage) message);
    }
  }

  @Override
  public @Nullable PeerMessage poll() {
    PeerMessage want = source != null && mayAsk() ? source.next() : null;
    return want != null ? want : answers.next();
  }

  @Override
  public boolean hasOutput() {
    return answers.hasNext() || (source != null && mayAsk() && source.hasNext());
  }

  private boolean mayAsk() {
    return deltaTaken && !retired;
  }

  @Override
  public void tick(long nowMillis) {
    boolean awaited = source != null && source.isAwaited();
    if (heard || !awaited || heardMillis < 0) {
      heardMillis = nowMillis;
    } else if (nowMillis - heardMillis >= ANSWER_MILLIS_MAX) {
      throw new UnavailableException("fetch: no answer for " + (nowMillis - heardMillis) + " ms");
    }
    heard = false;
  }

  @Override
  public void deltaTaken() {
    deltaTaken = true;
    if (plan != null && wantsAbsent) {
      plan.wantAbsent();
    }
  }

  @Override
  public boolean isIdle() {
    retired |= deltaTaken && (source == null || source.isIdle());
    return retired && !answers.hasNext();
  }

  @Override
  public void close() {
    if (source != null) {
      source.leave();
    }
  }
}
