package dev.cairn.federation.reconcile;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.federation.access.Grant;
import dev.cairn.federation.access.Right;
import dev.cairn.federation.protocol.PartMessage;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerMessage.Hello;
import dev.cairn.federation.protocol.SessionPart;
import java.util.ArrayDeque;
import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The strand of a conversation that finds what two nodes differ in: {@code reconcile/1}. It answers
 * every question of the peer, and asks those of its own inquiries, one after the other, once the
 * deltas of both directions are through. One owner at a time, and one session.
 */
public final class ReconcilePart implements SessionPart {
  /** What both sides must know. */
  public static final String FEATURE = "reconcile/1";

  private final ReconcileAnswers answers;
  private final Function<Hello, List<Inquiry>> plan;
  private final ArrayDeque<Inquiry> inquiries = new ArrayDeque<>();
  private final ArrayDeque<ReconcileMessage> outbox = new ArrayDeque<>();
  private Grant grant = Grant.ALL;
  private @Nullable Hello theirs;
  private boolean asks;
  private boolean taken;
  private boolean given;
  private boolean awaits;

  private ReconcilePart(ReconcileSource source, boolean asks, Function<Hello, List<Inquiry>> plan) {
    this.answers = new ReconcileAnswers(source, ReconcileOptions.DEFAULT);
    this.asks = asks;
    this.plan = plan;
  }

  /** One that only answers. */
  public static ReconcilePart answering(ReconcileSource source) {
    return new ReconcilePart(source, false, hello -> List.of());
  }

  /**
   * One that also asks.
   *
   * @param plan what to find out, given how the peer said hello, and with it where its logs ended
   */
  public static ReconcilePart asking(ReconcileSource source, Function<Hello, List<Inquiry>> plan) {
    return new ReconcilePart(source, true, plan);
  }

  @Override
  public String feature() {
    return FEATURE;
  }

  /** What differs cannot be told of some artifacts: who may read no more than these is refused. */
  @Override
  public boolean offeredUnder(Grant given) {
    grant = given;
    return given.rights().contains(Right.READ);
  }

  @Override
  public Class<? extends PartMessage> messages() {
    return ReconcileMessage.class;
  }

  @Override
  public void agreed(Hello hello) {
    theirs = hello;
  }

  @Override
  public void deltaTaken() {
    taken = true;
    begin();
  }

  @Override
  public void deltaGiven() {
    given = true;
    begin();
  }

  private void begin() {
    Hello hello = theirs;
    if (asks && taken && given && hello != null) {
      inquiries.addAll(plan.apply(hello));
      asks = false;
      ask();
    }
  }

  /** Asks the next question there is. */
  private void ask() {
    awaits = false;
    while (!inquiries.isEmpty() && !awaits) {
      ReconcileMessage question = inquiries.element().next();
      if (question == null) {
        inquiries.remove();
      } else {
        outbox.add(question);
        awaits = true;
      }
    }
  }

  @Override
  public void receive(PartMessage message) {
    ReconcileMessage said = (ReconcileMessage) message;
    if (said.isQuestion()) {
      grant.requireWhole(Right.READ, theirs == null ? "the peer" : "node " + theirs.node());
      if (outbox.stream().anyMatch(waiting -> !waiting.isQuestion())) {
        throw new MalformedException("reconciliation: a question before the last one is answered");
      }
      outbox.add(answers.answer(said));
    } else if (awaits) {
      inquiries.element().accept(said);
      ask();
    } else {
      throw new MalformedException("reconciliation: an answer to nothing");
    }
  }

  @Override
  public @Nullable PeerMessage poll() {
    return outbox.poll();
  }

  @Override
  public boolean hasOutput() {
    return !outbox.isEmpty();
  }

  @Override
  public boolean isIdle() {
    return !asks && !awaits;
  }

  @Override
  public void close() {
    inquiries.clear();
    outbox.clear();
  }
}
