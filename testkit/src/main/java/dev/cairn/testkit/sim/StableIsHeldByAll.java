package dev.cairn.testkit.sim;

import dev.cairn.asl.model.LogClosing;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.Position;
import dev.cairn.asl.store.RecordCursor;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.member.MemberStatement;
import dev.cairn.federation.member.Membership;
import java.util.Collection;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Who is a member is what the definition makes of the records held; what counts as stable is held
 * by every member, and what a member writes later comes later in the total order. A node that was
 * put back to a backup, or copied, may hold less than it said.
 */
final class StableIsHeldByAll implements Oracle {
  private static final int LOOK_ONE_STEP_IN = 16;
  private static final int STATEMENT_BYTES_MAX = 1 << 20;

  private final Map<NodeId, SortedMap<Origin, Long>> held = new TreeMap<>();
  private final Set<NodeId> putBack = new HashSet<>();
  private long steps;

  @Override
  public void restored(SimNode node) {
    putBack.add(node.id());
  }

  @Override
  public void afterStep(World world, SimNode node) {
    held.put(node.id(), node.durableSizes());
    steps++;
    if (steps % LOOK_ONE_STEP_IN == 0) {
      try (Membership membership = Membership.of(node.store())) {
        check(world, node, membership, membership.nodes());
      }
    }
  }

  @Override
  public void atRest(World world) {
    world.nodes().forEach(node -> held.put(node.id(), node.durableSizes()));
    for (SimNode node : world.unlikeNodes()) {
      SortedMap<NodeId, Origin> due = members(node.store());
      TreeMap<NodeId, Origin> told = new TreeMap<>();
      try (Membership membership = Membership.of(node.store())) {
        check(world, node, membership, due.keySet());
        membership.forEach(member -> told.put(member.node(), member.log()));
      }
      if (!told.equals(due)) {
        throw violation(node + " has members " + told + ", the definition gives " + due);
      }
    }
  }

  private void check(World world, SimNode node, Membership membership, Collection<NodeId> members) {
    if (members.isEmpty()) {
      return;
    }
    long latest = 0;
    for (Map.Entry<Origin, Long> stable : membership.stable().entrySet()) {
      if (stable.getValue() == 0) {
        continue;
      }
      world.trace().count(SimEvent.REMOVALS_STABLE);
      for (NodeId member : members) {
        long there = held.getOrDefault(member, new TreeMap<>()).getOrDefault(stable.getKey(), 0L);
        if (there < stable.getValue() && !putBack.contains(member)) {
          throw violation(
              node
                  + " takes "
                  + stable.getValue()
                  + " records of "
                  + stable.getKey()
                  + " for stable, member "
                  + member
                  + " holds "
                  + there);
        }
      }
      latest =
          Math.max(
              latest,
              node.store().record(stable.getKey(), stable.getValue() - 1).orElseThrow().logseq());
    }
    for (NodeId member : members) {
      if (!putBack.contains(member)) {
        checkLater(world, node, new Origin(member, 1), latest);
      }
    }
  }

  /** What a node does not hold yet of a member's log sorts behind all that is stable there. */
  private void checkLater(World world, SimNode node, Origin log, long stableLogseq) {
    Truth.TrueLog all = world.truth().logs().get(log);
    long here = node.sizes().getOrDefault(log, 0L);
    if (all != null && here < all.size()) {
      LogRecord next = all.record((int) here);
      if (next.logseq() <= stableLogseq) {
        throw violation(
            node
                + " lacks record "
                + here
                + " of member log "
                + log
                + " with logseq "
                + next.logseq()
                + ", not behind "
                + stableLogseq
                + " which is stable there");
      }
    }
  }

  /**
   * By definition: statements in the total order, each by its log's own node, and what closes a log
   * ends the membership of its node.
   */
  private static SortedMap<NodeId, Origin> members(Store store) {
    TreeMap<Position, MemberStatement> statements = new TreeMap<>();
    TreeMap<Position, Long> indexes = new TreeMap<>();
    TreeMap<Position, NodeId> closings = new TreeMap<>();
    store
        .heads()
        .forEach(
            head -> {
              Origin log = head.origin();
              try (RecordCursor records = store.records(log, 0, head.treeSize())) {
                while (records.next()) {
                  LogRecord record = records.record();
                  if (LogClosing.closes(record)) {
                    closings.put(record.position(log), log.node());
                  }
                  if (record.isPut() && MemberStatement.TYPE.equals(record.tag())) {
                    MemberStatement said =
                        MemberStatement.decode(
                            store.payload(record.payloadDigest(), STATEMENT_BYTES_MAX));
                    if (said.speaker().equals(log.node())) {
                      statements.put(record.position(log), said);
                      indexes.put(record.position(log), record.index());
                    }
                  }
                }
              }
            });
    TreeMap<NodeId, Position> open = new TreeMap<>();
    TreeSet<Position> places = new TreeSet<>(statements.keySet());
    places.addAll(closings.keySet());
    places.forEach(
        place -> {
          NodeId closed = closings.get(place);
          if (closed != null) {
            open.remove(closed);
          }
          MemberStatement said = statements.get(place);
          if (said instanceof MemberStatement.Joining) {
            open.put(said.speaker(), place);
          } else if (said instanceof MemberStatement.Ending ending) {
            NodeId node = ending.log().node();
            Position joined = open.get(node);
            if (joined != null
                && joined.origin().equals(ending.log())
                && indexes.getOrDefault(joined, -1L) == ending.index()
                && (node.equals(said.speaker()) || open.containsKey(said.speaker()))) {
              open.remove(node);
            }
          }
        });
    TreeMap<NodeId, Origin> members = new TreeMap<>();
    open.forEach((node, place) -> members.put(node, place.origin()));
    return members;
  }
}
