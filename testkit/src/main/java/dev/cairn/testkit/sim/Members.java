package dev.cairn.testkit.sim;

import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.federation.member.MemberStatement;
import dev.cairn.federation.member.MemberWriter;
import dev.cairn.federation.member.Membership;
import java.util.List;
import java.util.TreeMap;

/** What the nodes' owners do about membership: join, acknowledge, leave, evict. */
final class Members {
  private static final int JOIN_ONE_IN = 2;
  private static final int END_ONE_IN = 6;

  private final World world;
  private final Chance chance;

  Members(World world) {
    this.world = world;
    this.chance = world.chance().apart("members");
  }

  void act(SimNode node) {
    MemberWriter writer = new MemberWriter(node.store());
    List<NodeId> members;
    try (Membership membership = Membership.of(node.store())) {
      members = List.copyOf(membership.nodes());
    }
    if (!members.contains(node.id())) {
      if (chance.oneIn(JOIN_ONE_IN)) {
        writer.join();
        world.trace().note(SimEvent.MEMBER_JOINED, node.toString());
      }
    } else if (chance.oneIn(END_ONE_IN)) {
      NodeId ended = chance.pick(members);
      writer.end(ended, null);
      world.trace().note(SimEvent.MEMBER_ENDED, node + " " + ended);
    } else if (world.options().bug().acknowledgesBeyond()) {
      acknowledgeAll(node);
    } else if (writer.acknowledge().written()) {
      world.trace().note(SimEvent.MEMBER_ACKNOWLEDGED, node.toString());
    }
  }

  /** Says that it holds all that was ever written. */
  private void acknowledgeAll(SimNode node) {
    TreeMap<Origin, Long> all = new TreeMap<>();
    world
        .truth()
        .logs()
        .forEach(
            (origin, log) -> {
              if (log.size() > 0 && !origin.equals(node.origin())) {
                all.put(origin, (long) log.size());
              }
            });
    MemberStatement said = new MemberStatement.Acknowledgement(node.id(), all);
    node.store()
        .commit(
            new CommitDraft().attest(node.store().prepare(MemberStatement.TYPE, said.encode())));
  }
}
