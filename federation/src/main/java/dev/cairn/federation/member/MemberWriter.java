package dev.cairn.federation.member;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.shard.RangeStatement;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * States in this node's log what concerns membership, each in a commit of its own, durably. Safe
 * for any thread.
 */
public final class MemberWriter {
  /** In how many ranks logs stand where a statement has no room for all. */
  private static final int RANKS = 6;

  private final Store store;
  private final Supplier<Set<NodeId>> peers;
  private final int logsMax;

  /** Of a store that holds {@link MemberIndex}, and names no peers. */
  public MemberWriter(Store store) {
    this(store, Set::of, MemberStatement.HELD_MAX);
  }

  /**
   * The same that names peers.
   *
   * @param peers whose logs come first where a statement has no room for all; asked each time
   */
  public MemberWriter(Store store, Supplier<Set<NodeId>> peers) {
    this(store, peers, MemberStatement.HELD_MAX);
  }

  /**
   * One whose statements are shorter.
   *
   * @param logsMax most logs that one names
   */
  MemberWriter(Store store, Supplier<Set<NodeId>> peers, int logsMax) {
    this.store = store;
    this.peers = peers;
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
   * @throws RefusedException if it is one, if a record of one of its logs gives its key up, or if
   *     its log has as many joinings as count: nothing is written then. Or if it joined and is
   *     none: it was evicted, or gave its key up, meanwhile
   */
  public Member join() {
    NodeId self = self();
    long from = store.head(store.origin()).map(LogHead::treeSize).orElse(0L);
    try (Membership now = Membership.of(store)) {
      if (now.isMember(self)) {
        throw new RefusedException("node " + self + " is a member already");
      }
      if (now.gaveKeyUp(self)) {
        throw gaveKeyUp();
      }
      if (now.spoken(store.origin()).joinings() >= MemberIndex.JOININGS_MAX) {
        throw full(MemberIndex.JOININGS_MAX, "joinings", "it joins again in its next epoch");
      }
      write(new MemberStatement.Joining(self, named(now, held(now))));
    }
    try (Membership now = Membership.of(store)) {
      return now.member(self).orElseThrow(() -> joinedForNothing(now.former(self), from));
    }
  }

  /** What came between, or stands in an earlier log of this node, ended the membership. */
  private RefusedException joinedForNothing(Optional<FormerMember> last, long from) {
    FormerMember former =
        last.filter(each -> each.log().equals(store.origin()) && each.index() >= from).orElse(null);
    return former != null && former.how() != FormerMember.How.CLOSED
        ? new RefusedException(
            "node "
                + self()
                + " joined, and node "
                + former.endedBy()
                + " ended that at once: ask there, then join again")
        : gaveKeyUp();
  }

  private RefusedException gaveKeyUp() {
    return new RefusedException(
        "node "
            + self()
            + " is no member whatever it states, as a record of it gives its key up: go on with"
            + " another node, as 'cairn key rotate' makes one, which joins by itself");
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

  /**
   * This node declares which payloads it holds; that takes the place of what it declared before.
   *
   * @return false if it declares that already, and nothing is written
   * @throws RefusedException if it is no member
   */
  public boolean declare(RangeStatement.Declared declared) {
    try (Membership now = Membership.of(store)) {
      if (!now.isMember(self())) {
        throw noMember(self());
      }
      if (declared.equals(now.shards().declared().get(self()))) {
        return false;
      }
      write(RangeStatement.TYPE, new RangeStatement(self(), declared).encode());
      return true;
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
   * What a statement has room for: logs of this node and of the peers that it names, then of
   * members, then others; of each those first that were named before. So whoever brings new logs by
   * the thousand takes the room of none of its rank that was named before, and whoever took it
   * first keeps it from none of a higher rank.
   */
  private SortedMap<Origin, Long> named(Membership now, SortedMap<Origin, Long> held) {
    if (held.size() <= logsMax) {
      return held;
    }
    Set<Origin> before = now.named(self());
    Set<NodeId> known = new HashSet<>(peers.get());
    known.add(self());
    TreeMap<Origin, Long> named = new TreeMap<>();
    for (int rank = 0; rank < RANKS; rank++) {
      for (Map.Entry<Origin, Long> log : held.entrySet()) {
        NodeId node = log.getKey().node();
        int first = known.contains(node) ? 0 : now.isMember(node) ? 1 : 2;
        int its = 2 * first + (before.contains(log.getKey()) ? 0 : 1);
        if (its == rank && named.size() < logsMax) {
          named.put(log.getKey(), log.getValue());
        }
      }
    }
    return named;
  }

  /**
   * As a record of its own even if an earlier one says the same: its place is what counts.
   *
   * @return its bytes
   */
  private long write(MemberStatement statement) {
    return write(MemberStatement.TYPE, statement.encode());
  }

  private long write(TypeTag type, Bytes payload) {
    store.commit(new CommitDraft().attest(store.prepare(type, payload)));
    return payload.length();
  }
}
