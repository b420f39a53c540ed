package dev.cairn.federation.member;

import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Store;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * States in this node's log what concerns membership, each in a commit of its own, durably. Safe
 * for any thread.
 */
public final class MemberWriter {
  private final Store store;

  /** Of a store that holds {@link MemberIndex}. */
  public MemberWriter(Store store) {
    this.store = store;
  }

  /**
   * This node becomes a member, and acknowledges what it holds.
   *
   * @throws RefusedException if it is one, or if its log has as many joinings as count
   */
  public Member join() {
    NodeId self = self();
    if (Membership.of(store).member(self).isPresent()) {
      throw new RefusedException("node " + self + " is a member already");
    }
    if (MemberTerms.spoken(store, store.origin()).joinings() >= MemberTerms.JOININGS_MAX) {
      throw full(MemberTerms.JOININGS_MAX, "joinings", "it joins again in its next epoch");
    }
    write(new MemberStatement.Joining(self, held()));
    return Membership.of(store)
        .member(self)
        .orElseThrow(() -> new AssertionError("a node that joined is a member"));
  }

  /**
   * This node acknowledges what it holds, if there are removals that it has not acknowledged.
   *
   * @return false if there are none, and nothing was written
   * @throws RefusedException if it is no member
   */
  public boolean acknowledge() {
    NodeId self = self();
    Membership now = Membership.of(store);
    if (now.member(self).isEmpty()) {
      throw noMember(self);
    }
    boolean due = now.isDue(self);
    if (due) {
      write(new MemberStatement.Acknowledgement(self, held()));
    }
    return due;
  }

  /**
   * Ends a node's membership: this node's own, which leaves, or another's, which is evicted.
   *
   * @return the membership that ended
   * @throws NotFoundException if that node is no member
   * @throws RefusedException if this node is no member, or if its log has as many endings as count
   */
  public Member end(NodeId node, @Nullable String reason) {
    Membership now = Membership.of(store);
    Member member =
        now.member(node).orElseThrow(() -> new NotFoundException("node " + node + " is no member"));
    if (now.member(self()).isEmpty()) {
      throw noMember(self());
    }
    if (MemberTerms.spoken(store, store.origin()).endings() >= MemberTerms.ENDINGS_MAX) {
      throw full(MemberTerms.ENDINGS_MAX, "endings", "another member can evict");
    }
    write(new MemberStatement.Ending(self(), member.log(), member.index(), reason));
    return member;
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
  private SortedMap<Origin, Long> held() {
    SortedMap<Origin, Long> removals = Membership.lastRemovals(store);
    TreeMap<Origin, Long> held = new TreeMap<>();
    for (LogHead head : store.durableHeads()) {
      if (removals.containsKey(head.origin()) && !head.origin().equals(store.origin())) {
        held.put(head.origin(), head.treeSize());
      }
    }
    return held;
  }

  /** As a record of its own even if an earlier one says the same: its place is what counts. */
  private void write(MemberStatement statement) {
    store.commit(new CommitDraft().attest(store.prepare(MemberStatement.TYPE, statement.encode())));
  }
}
