package dev.cairn.federation.member;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Store;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * States in this node's log what concerns membership, each in a commit of its own, durably. Safe
 * for any thread.
 */
public final class MemberWriter {
  private final Store store;
  private final int logsMax;

  /** Of a store that holds {@link MemberIndex}. */
  public MemberWriter(Store store) {
    this(store, MemberStatement.HELD_MAX);
  }

  /**
   * One whose statements are shorter.
   *
   * @param logsMax most logs that one names
   */
  MemberWriter(Store store, int logsMax) {
    this.store = store;
    this.logsMax = logsMax;
  }

  /**
   * What came of acknowledging.
   *
   * @param written if there was something to acknowledge
   * @param unnamed logs with removals for which a statement has no room: they stay unacknowledged
   * @param bytes length of what was written; 0 if nothing was
   */
  public record Outcome(boolean written, long unnamed, long bytes) {
    static final Outcome NOTHING = new Outcome(false, 0, 0);
  }

  /**
   * This node becomes a member, and acknowledges what it holds.
   *
   * @throws RefusedException if it is one, or if its log has as many joinings as count
   */
  public Member join() {
    NodeId self = self();
    try (Membership now = Membership.of(store)) {
      if (now.isMember(self)) {
        throw new RefusedException("node " + self + " is a member already");
      }
      if (now.spoken(store.origin()).joinings() >= MemberIndex.JOININGS_MAX) {
        throw full(MemberIndex.JOININGS_MAX, "joinings", "it joins again in its next epoch");
      }
      write(new MemberStatement.Joining(self, named(now, held(now))));
    }
    try (Membership now = Membership.of(store)) {
      return now.member(self)
          .orElseThrow(() -> new AssertionError("a node that joined is a member"));
    }
  }

  /**
   * This node acknowledges what it holds, if there are removals that it has not acknowledged and
   * can.
   *
   * @throws RefusedException if it is no member
   */
  public Outcome acknowledge() {
    try (Membership now = Membership.of(store)) {
      if (!now.isMember(self())) {
        throw noMember(self());
      }
      return acknowledge(now);
    }
  }

  /** As {@link #acknowledge}; does nothing if this node is no member. */
  Outcome acknowledgeIfMember() {
    try (Membership now = Membership.of(store)) {
      return now.isMember(self()) ? acknowledge(now) : Outcome.NOTHING;
    }
  }

  private Outcome acknowledge(Membership now) {
    SortedMap<Origin, Long> held = held(now);
    SortedMap<Origin, Long> named = named(now, held);
    boolean due = now.isBehind(self(), log -> log.equals(store.origin()) || named.containsKey(log));
    long bytes = due ? write(new MemberStatement.Acknowledgement(self(), named)) : 0;
    return new Outcome(due, held.size() - named.size(), bytes);
  }

  /**
   * Ends a node's membership: this node's own, which leaves, or another's, which is evicted.
   *
   * @return the membership that ended
   * @throws NotFoundException if that node is no member
   * @throws RefusedException if this node is no member, or if its log has as many endings as count
   */
  public Member end(NodeId node, @Nullable String reason) {
    try (Membership now = Membership.of(store)) {
      Member member =
          now.member(node)
              .orElseThrow(() -> new NotFoundException("node " + node + " is no member"));
      if (!now.isMember(self())) {
        throw noMember(self());
      }
      if (now.spoken(store.origin()).endings() >= MemberIndex.ENDINGS_MAX) {
        throw full(MemberIndex.ENDINGS_MAX, "endings", "another member can evict");
      }
      write(new MemberStatement.Ending(self(), member.log(), member.index(), reason));
      return member;
    }
  }

  private RefusedException full(int max, String what, String advice) {
    return new RefusedException(
        "log "
            + store.origin()
            + " holds "
            + max
            + " "
            + what
            + " of memberships, and no later one counts: "
            + advice);
  }

  private static RefusedException noMember(NodeId self) {
    return new RefusedException("this node, " + self + ", is no member: it must join first");
  }

  private NodeId self() {
    return store.origin().node();
  }

  /** Of each log of others in which something was removed, how much nothing can take from here. */
  private SortedMap<Origin, Long> held(Membership now) {
    TreeMap<Origin, Long> held = new TreeMap<>();
    for (LogHead head : store.durableHeads()) {
      if (now.hasRemovals(head.origin()) && !head.origin().equals(store.origin())) {
        held.put(head.origin(), head.treeSize());
      }
    }
    return held;
  }

  /**
   * What a statement has room for. Whoever brings new logs by the thousand takes the room of none
   * that was named before.
   */
  private SortedMap<Origin, Long> named(Membership now, SortedMap<Origin, Long> held) {
    if (held.size() <= logsMax) {
      return held;
    }
    Set<Origin> before = now.named(self());
    TreeMap<Origin, Long> named = new TreeMap<>();
    for (boolean again : new boolean[] {true, false}) {
      held.forEach(
          (log, size) -> {
            if (named.size() < logsMax && before.contains(log) == again) {
              named.put(log, size);
            }
          });
    }
    return named;
  }

  /**
   * As a record of its own even if an earlier one says the same: its place is what counts.
   *
   * @return its bytes
   */
  private long write(MemberStatement statement) {
    Bytes payload = statement.encode();
    store.commit(new CommitDraft().attest(store.prepare(MemberStatement.TYPE, payload)));
    return payload.length();
  }
}
