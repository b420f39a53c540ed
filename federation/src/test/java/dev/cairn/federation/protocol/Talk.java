package dev.cairn.federation.protocol;

import dev.cairn.federation.TestNode;
import dev.cairn.federation.protocol.PeerSession.Role;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.function.UnaryOperator;

/** Two sessions and the wire between them, message by message, with whatever befalls it. */
final class Talk implements AutoCloseable {
  final PeerSession left;
  final PeerSession right;
  final List<PeerMessage> toRight = new ArrayList<>();
  final List<PeerMessage> toLeft = new ArrayList<>();
  private UnaryOperator<PeerMessage> wire = UnaryOperator.identity();

  Talk(TestNode left, TestNode right) {
    this(left, SessionOptions.DEFAULT, right, SessionOptions.DEFAULT);
  }

  Talk(TestNode left, SessionOptions ofLeft, TestNode right, SessionOptions ofRight) {
    this.left = new PeerSession(Role.INITIATOR, left.replica(), ofLeft, ReplicationListener.NONE);
    this.right =
        new PeerSession(Role.RESPONDER, right.replica(), ofRight, ReplicationListener.NONE);
  }

  Talk(
      TestNode left,
      List<? extends SessionPart> ofLeft,
      TestNode right,
      List<? extends SessionPart> ofRight) {
    this.left = session(Role.INITIATOR, left, ofLeft);
    this.right = session(Role.RESPONDER, right, ofRight);
  }

  Talk(
      TestNode left,
      List<? extends SessionPart> ofLeft,
      ReplicaStore right,
      List<? extends SessionPart> ofRight) {
    this.left = session(Role.INITIATOR, left, ofLeft);
    this.right =
        new PeerSession(
            Role.RESPONDER,
            right,
            SessionOptions.DEFAULT,
            ReplicationListener.NONE,
            List.copyOf(ofRight));
  }

  private static PeerSession session(Role role, TestNode node, List<? extends SessionPart> parts) {
    return new PeerSession(
        role, node.replica(), SessionOptions.DEFAULT, ReplicationListener.NONE, List.copyOf(parts));
  }

  static Talk sync(TestNode left, TestNode right) {
    try (Talk talk = new Talk(left, right)) {
      talk.run();
      return talk;
    }
  }

  /** What goes from left to right is changed by {@code change}. */
  Talk through(UnaryOperator<PeerMessage> change) {
    wire = change;
    return this;
  }

  int messages() {
    return toLeft.size() + toRight.size();
  }

  /** Runs to the end. */
  Talk run() {
    return run(Integer.MAX_VALUE);
  }

  /** Carries at most {@code messages}, each way in turn. */
  Talk run(int messages) {
    boolean moved = true;
    while (moved && messages() < messages) {
      moved = carryRight();
      if (messages() < messages) {
        moved |= carryLeft();
      }
    }
    return this;
  }

  /** Runs to the end, with runs of seeded length each way. */
  Talk runUnevenly(long seed) {
    Random random = new Random(seed);
    int idle = 0;
    while (idle < 2) {
      boolean rightwards = random.nextBoolean();
      boolean moved = false;
      for (int i = random.nextInt(12); i >= 0; i--) {
        moved |= rightwards ? carryRight() : carryLeft();
      }
      boolean more = left.hasOutput() || right.hasOutput();
      idle = moved || more ? 0 : idle + 1;
    }
    return this;
  }

  boolean carryRight() {
    PeerMessage message = left.poll();
    if (message == null) {
      return false;
    }
    message = wire.apply(message);
    toRight.add(message);
    right.receive(message);
    return true;
  }

  boolean carryLeft() {
    PeerMessage message = right.poll();
    if (message == null) {
      return false;
    }
    toLeft.add(message);
    left.receive(message);
    return true;
  }

  @Override
  public void close() {
    left.close();
    right.close();
  }
}
