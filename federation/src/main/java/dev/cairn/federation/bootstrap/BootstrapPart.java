package dev.cairn.federation.bootstrap;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.federation.access.Grant;
import dev.cairn.federation.access.Right;
import dev.cairn.federation.protocol.PartMessage;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerMessage.Hello;
import dev.cairn.federation.protocol.ProtocolLimits;
import dev.cairn.federation.protocol.SessionPart;
import org.jspecify.annotations.Nullable;

/**
 * The strand of a conversation in which much is handed over at once: {@code bootstrap/1}. It
 * answers what the peer asks, and asks what its talk wants to know, once the deltas are through.
 * Thread rule and errors of {@link SessionPart}.
 */
public final class BootstrapPart implements SessionPart {
  /** What both sides must know. */
  public static final String FEATURE = "bootstrap/1";

  /** A peer that leaves everything unanswered for so long is given up. */
  public static final long ANSWER_MILLIS_MAX = 60_000;

  private final @Nullable BootstrapAnswers answers;
  private final @Nullable BootstrapTalk talk;
  private Grant grant = Grant.ALL;
  private @Nullable NodeId peer;
  private boolean deltaTaken;
  private boolean heard;
  private long heardMillis = -1;

  private BootstrapPart(@Nullable BootstrapAnswers answers, @Nullable BootstrapTalk talk) {
    this.answers = answers;
    this.talk = talk;
  }

  /** One that answers from a store; whom may not read all of it, it refuses. */
  public static BootstrapPart answering(BootstrapStore store) {
    return new BootstrapPart(new BootstrapAnswers(store), null);
  }

  /** One that asks, and has nothing to give. */
  public static BootstrapPart asking(BootstrapTalk talk) {
    return new BootstrapPart(null, talk);
  }

  @Override
  public String feature() {
    return FEATURE;
  }

  @Override
  public boolean offeredUnder(Grant given) {
    grant = given;
    return true;
  }

  @Override
  public Class<? extends PartMessage> messages() {
    return BootstrapMessage.class;
  }

  @Override
  public void agreed(Hello theirs) {
    peer = theirs.node();
  }

  @Override
  public void receive(PartMessage message) {
    heard = true;
    BootstrapMessage said = (BootstrapMessage) message;
    if (said.isQuestion() && answers != null) {
      grant.requireWhole(Right.READ, peer == null ? "the peer" : "node " + peer);
      answers.ask(said);
    } else if (!said.isQuestion() && talk != null) {
      talk.accept(said);
    } else {
      throw new MalformedException(
          "bootstrap: " + (said.isQuestion() ? "a question to one who asks" : "an answer to none"));
    }
  }

  @Override
  public @Nullable PeerMessage poll() {
    if (talk != null) {
      return mayAsk() ? talk.next() : null;
    }
    return answers == null ? null : answers.next();
  }

  @Override
  public boolean hasOutput() {
    return talk != null ? mayAsk() && talk.hasNext() : answers != null && answers.hasNext();
  }

  private boolean mayAsk() {
    return peer != null && deltaTaken;
  }

  @Override
  public void tick(long nowMillis, long quietMillis) {
    boolean awaited = talk != null && talk.isAwaiting();
    if (heard || !awaited || heardMillis < 0) {
      heardMillis = nowMillis;
    } else if (ProtocolLimits.isOverdue(heardMillis, nowMillis, quietMillis, ANSWER_MILLIS_MAX)) {
      throw new UnavailableException(
          "bootstrap: no answer for " + (nowMillis - heardMillis) + " ms");
    }
    heard = false;
  }

  @Override
  public void deltaTaken() {
    deltaTaken = true;
  }

  @Override
  public boolean isIdle() {
    return talk != null ? deltaTaken && talk.isDone() : answers != null && !answers.hasNext();
  }

  @Override
  public void close() {
    if (answers != null) {
      answers.close();
    }
  }
}
