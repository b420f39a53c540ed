package dev.cairn.federation.sync;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.model.NodeId;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerSession;
import dev.cairn.federation.protocol.PeerSession.Role;
import dev.cairn.federation.protocol.PeerSession.State;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.transport.PeerLink;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

class SyncDriverTest {
  /** A link to a session that answers at once, on which the first message takes long to send. */
  private static final class SlowLink implements PeerLink {
    private final PeerSession there;
    private final ArrayDeque<PeerMessage> answers = new ArrayDeque<>();
    private long nowMillis;
    private boolean slow = true;

    SlowLink(PeerSession there) {
      this.there = there;
    }

    @Override
    public @Nullable NodeId authenticatedPeer() {
      return null;
    }

    @Override
    public String address() {
      return "slow";
    }

    @Override
    public boolean ready() {
      return true;
    }

    @Override
    public void send(PeerMessage message) {
      there.receive(message);
      collect();
      nowMillis += slow ? 2 * SessionOptions.DEFAULT.idleTimeoutMillis() : 0;
      slow = false;
    }

    private void collect() {
      for (PeerMessage next = there.poll(); next != null; next = there.poll()) {
        answers.add(next);
      }
    }

    @Override
    public Activity await(boolean toSend, long timeoutMillis) {
      if (!answers.isEmpty()) {
        return Activity.RECEIVABLE;
      }
      nowMillis += toSend ? 0 : timeoutMillis;
      return toSend ? Activity.SENDABLE : Activity.NOTHING;
    }

    @Override
    public @Nullable PeerMessage receive(long timeoutMillis) {
      return answers.poll();
    }

    @Override
    public void close() {}
  }

  private static PeerSession session(Role role, TestNode node) {
    return new PeerSession(role, node.replica(), SessionOptions.DEFAULT, ReplicationListener.NONE);
  }

  /** While one message was on its way out for so long, what the peer said lay here unreceived. */
  @Test
  void whatLiesUnreceivedWhileThisSideSendsIsNoSilenceOfThePeer() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        PeerSession here = session(Role.INITIATOR, ann);
        PeerSession there = session(Role.RESPONDER, bob)) {
      ann.put("of ann");
      bob.put("of bob");
      SlowLink link = new SlowLink(there);
      new SyncDriver(() -> TimeUnit.MILLISECONDS.toNanos(link.nowMillis)).run(here, link);
      assertThat(here.report().text()).isEmpty();
      assertThat(here.state()).isEqualTo(State.DONE);
      assertThat(ann.heads()).isEqualTo(bob.heads());
    }
  }
}
