package dev.cairn.cli.command;

import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.JsonArray;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.member.FormerMember;
import dev.cairn.federation.member.Lag;
import dev.cairn.federation.member.Member;
import dev.cairn.federation.member.MemberWriter;
import dev.cairn.federation.member.Membership;
import dev.cairn.federation.node.KeyRotation;
import dev.cairn.federation.peers.Peer;
import dev.cairn.federation.peers.PeerBook;
import dev.cairn.federation.shard.Shards;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Members as {@code cairn member} and {@code cairn status} tell of them. No object. */
final class MemberText {
  private MemberText() {}

  /** What a member blocks, in JSON: the first logs. */
  static JsonArray blocks(Member member) {
    JsonArray told = new JsonArray();
    for (Lag lag : member.lags()) {
      told.add(
          new JsonObject()
              .addText("origin", lag.log())
              .addU64("fromIndex", lag.acknowledged())
              .addU64("lastRemoval", lag.lastRemoval()));
    }
    return told;
  }

  /** How many more logs than {@link #blocks} names. */
  static long moreBlocks(Member member) {
    return member.blockedLogs() - member.lags().size();
  }

  /** A member with what it blocks, in a line. */
  static String line(Member member) {
    if (member.blockedLogs() == 0) {
      return member.node() + ", has acknowledged all removals";
    }
    Lag first = member.lags().get(0);
    long more = member.blockedLogs() - 1;
    return member.node()
        + ", blocks removals in "
        + first.log()
        + " from record "
        + first.acknowledged()
        + " on"
        + (more == 0 ? "" : ", and in " + more + (more == 1 ? " more log" : " more logs"));
  }

  /**
   * Tells what a member that holds logs in part cannot acknowledge; nothing of one that does not.
   */
  static @Nullable String inPart(Store store) {
    int logs = PartialCoverage.count(store);
    return logs == 0
        ? null
        : "this node holds "
            + logs
            + (logs == 1 ? " log" : " logs")
            + " in part and never acknowledges removals there, which so are never stable: 'cairn"
            + " sync PEER' without --filter brings them whole; else 'cairn member leave'";
  }

  /** Tells of logs for which an acknowledgement had no room; null if there are none. */
  static @Nullable String unnamed(MemberWriter.Outcome outcome) {
    return outcome.unnamed() == 0
        ? null
        : outcome.unnamed()
            + " logs with removals have no room in what this node acknowledges, and count as not"
            + " acknowledged: 'cairn member list' shows what it blocks";
  }

  /**
   * The members that {@code status} tells of. Whoever brings logs can make members by the thousand,
   * and choose their ids: this node comes first, then those of the peers that it names, then others
   * by ids.
   *
   * @param shown the first, in that order
   * @param more how many others there are
   * @param moreBlocking how many of these block removals
   * @param self this node's membership; null if it is no member
   * @param shards who holds which payloads
   * @param ended what ended it, if it was one and can be one again: its key is not given up
   */
  record Some(
      List<Member> shown,
      long more,
      long moreBlocking,
      @Nullable Member self,
      Shards shards,
      @Nullable FormerMember ended) {
    private static final int SHOWN_MAX = 32;

    static Some of(Store store, PeerBook peers) {
      NodeId node = store.origin().node();
      try (Membership membership = Membership.of(store)) {
        Set<NodeId> chosen = new HashSet<>();
        List<Member> shown = new ArrayList<>();
        choose(membership, node, chosen, shown);
        for (Peer peer : peers.list()) {
          choose(membership, peer.pin(), chosen, shown);
        }
        for (NodeId other : membership.nodes()) {
          choose(membership, other, chosen, shown);
        }
        long blocking =
            membership.nodes().stream()
                .filter(other -> !chosen.contains(other) && membership.blocks(other))
                .count();
        return new Some(
            List.copyOf(shown),
            membership.nodes().size() - shown.size(),
            blocking,
            membership.member(node).orElse(null),
            membership.shards(),
            KeyRotation.closed(store).isPresent() ? null : membership.former(node).orElse(null));
      }
    }

    private static void choose(
        Membership membership, @Nullable NodeId node, Set<NodeId> chosen, List<Member> shown) {
      if (node != null && shown.size() < SHOWN_MAX && !chosen.contains(node)) {
        membership
            .member(node)
            .ifPresent(
                member -> {
                  chosen.add(node);
                  shown.add(member);
                });
      }
    }

    JsonArray json() {
      JsonArray all = new JsonArray();
      for (Member member : shown) {
        all.add(
            new JsonObject()
                .addText("node", member.node())
                .add("blocks", blocks(member))
                .add("moreBlocks", moreBlocks(member))
                .add("range", ShardText.range(shards, member.node())));
      }
      return all;
    }

    /** Who evicted this node, if it is no member since. */
    @Nullable NodeId evictedBy() {
      return ended != null && ended.isEvicted() ? ended.endedBy() : null;
    }

    void tell(Store store, Console console) {
      for (Member member : shown) {
        console.line("member      " + line(member) + ShardText.holds(shards, member.node()));
      }
      if (more > 0) {
        console.line(
            "            and "
                + more
                + (more == 1 ? " more member, " : " more members, ")
                + moreBlocking
                + " of them blocking: see 'cairn member list'");
      }
      String inPart = self == null ? null : inPart(store);
      if (inPart != null) {
        console.line("            " + inPart);
      }
      NodeId by = evictedBy();
      if (by != null) {
        console.line(
            "evicted     this node, by " + by + ": 'cairn member join' makes it a member again");
      }
    }
  }
}
