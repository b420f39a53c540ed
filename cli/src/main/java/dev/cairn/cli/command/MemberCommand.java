package dev.cairn.cli.command;

import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonArray;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.member.FormerMember;
import dev.cairn.federation.member.Lag;
import dev.cairn.federation.member.Member;
import dev.cairn.federation.member.MemberWriter;
import dev.cairn.federation.member.Membership;
import dev.cairn.federation.node.CairnNode;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cairn member}: who is a member of the federation, and what members acknowledged. */
@Command(
    name = "member",
    description = "Says who is a member of the federation, and who has not acknowledged removals.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "Example: cairn member join", "         cairn member list"})
final class MemberCommand implements Runnable {
  private MemberCommand() {}

  static CommandLine tree(CairnCommand cairn) {
    return new CommandLine(new MemberCommand())
        .addSubcommand(new ListAll(cairn))
        .addSubcommand(new Join(cairn))
        .addSubcommand(new Ack(cairn))
        .addSubcommand(new Leave(cairn))
        .addSubcommand(new Evict(cairn));
  }

  @Override
  public void run() {
    throw CommandFailure.usage("no command given", "see 'cairn member --help'");
  }

  /** The members with what each blocks, for {@code status}. */
  static JsonArray json(Membership membership) {
    JsonArray all = new JsonArray();
    for (Member member : membership.members()) {
      all.add(
          new JsonObject()
              .addText("node", member.node())
              .add("blocks", blocks(lags(membership, member.node()))));
    }
    return all;
  }

  /** A member with what it blocks, in a line. */
  static String line(Membership membership, Member member) {
    List<Lag> lags = lags(membership, member.node());
    if (lags.isEmpty()) {
      return member.node() + ", has acknowledged all removals";
    }
    Lag first = lags.get(0);
    return member.node()
        + ", blocks removals in "
        + first.log()
        + " from record "
        + first.acknowledged()
        + " on"
        + (lags.size() == 1 ? "" : ", and in " + (lags.size() - 1) + " more logs");
  }

  /** What ended a node's membership, if it was evicted last and is no member now. */
  static Optional<FormerMember> evicted(Membership membership, NodeId node) {
    return membership.member(node).isPresent()
        ? Optional.empty()
        : membership.former().stream()
            .filter(former -> former.node().equals(node))
            .reduce((earlier, later) -> later)
            .filter(FormerMember::isEvicted);
  }

  private static List<Lag> lags(Membership membership, NodeId node) {
    return membership.lags().stream().filter(lag -> lag.member().equals(node)).toList();
  }

  private static JsonArray blocks(List<Lag> lags) {
    JsonArray told = new JsonArray();
    for (Lag lag : lags) {
      told.add(
          new JsonObject()
              .addText("origin", lag.log())
              .addU64("fromIndex", lag.acknowledged())
              .addU64("lastRemoval", lag.lastRemoval()));
    }
    return told;
  }

  private static JsonArray sizes(SortedMap<Origin, Long> sizes) {
    JsonArray told = new JsonArray();
    for (Map.Entry<Origin, Long> each : sizes.entrySet()) {
      told.add(
          new JsonObject().addText("origin", each.getKey()).addU64("records", each.getValue()));
    }
    return told;
  }

  private static JsonObject json(Member member) {
    return new JsonObject()
        .addText("node", member.node())
        .add("state", "member")
        .add("epoch", member.log().epoch())
        .addU64("index", member.index())
        .addU64("logseq", member.logseq());
  }

  @Command(
      name = "list",
      description = {
        "Lists the members with what each has acknowledged and blocks, then the memberships that",
        "ended, and what all members have acknowledged."
      },
      footer = {"", "Example: cairn member list"})
  private static final class ListAll extends StoreCommand {
    ListAll(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    Access access() {
      return Access.LOOK;
    }

    @Override
    ExitCode run(CairnNode node, Console console) {
      Membership membership = Membership.of(node.store());
      for (Member member : membership.members()) {
        console.result(
            json(member)
                .addU64("acknowledgedLogseq", member.acknowledgedLogseq())
                .add("acknowledged", sizes(member.held()))
                .add("blocks", blocks(lags(membership, member.node()))),
            "member   " + line(membership, member));
      }
      for (FormerMember former : membership.former()) {
        String reason = former.reason();
        console.result(
            new JsonObject()
                .addText("node", former.node())
                .add("state", former.isEvicted() ? "evicted" : "left")
                .add("epoch", former.log().epoch())
                .addU64("index", former.index())
                .addU64("logseq", former.logseq())
                .addText("endedBy", former.endedBy())
                .add("reason", reason),
            (former.isEvicted() ? "evicted  " : "left     ")
                + former.node()
                + (former.isEvicted() ? ", by " + former.endedBy() : "")
                + (reason == null ? "" : ": " + Text.safe(reason)));
      }
      for (Map.Entry<Origin, Long> each : membership.stable().entrySet()) {
        console.result(
            new JsonObject()
                .add("state", "stable")
                .addText("origin", each.getKey())
                .addU64("records", each.getValue()),
            "stable   " + each.getKey() + " up to record " + each.getValue());
      }
      return ExitCode.DONE;
    }
  }

  @Command(
      name = "join",
      description = {
        "Makes this node a member: removals count as stable only once it has acknowledged them.",
        "It acknowledges what it holds now."
      },
      footer = {"", "Example: cairn member join"})
  private static final class Join extends StoreCommand {
    Join(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    ExitCode run(CairnNode node, Console console) {
      Member member = new MemberWriter(node.store()).join();
      console.result(json(member), "node " + member.node() + " is a member");
      return ExitCode.DONE;
    }
  }

  @Command(
      name = "ack",
      description = {
        "Acknowledges the removals that this node holds, if there are any that it has not",
        "acknowledged. 'cairn serve' does so by itself."
      },
      footer = {"", "Example: cairn member ack"})
  private static final class Ack extends StoreCommand {
    Ack(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    ExitCode run(CairnNode node, Console console) {
      boolean written = new MemberWriter(node.store()).acknowledge();
      console.result(
          new JsonObject().addText("node", node.store().origin().node()).add("written", written),
          written ? "acknowledged" : "nothing to acknowledge");
      return ExitCode.DONE;
    }
  }

  @Command(
      name = "leave",
      description = "Ends this node's membership: nobody waits for it any more.",
      footer = {"", "Example: cairn member leave"})
  private static final class Leave extends StoreCommand {
    @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for people.")
    private @Nullable String reason;

    Leave(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    ExitCode run(CairnNode node, Console console) {
      tell(node.store(), node.store().origin().node(), reason, "left", console);
      return ExitCode.DONE;
    }
  }

  @Command(
      name = "evict",
      description = {
        "Ends another node's membership, for every node that hears of it: nobody waits any more"
            + " for",
        "what it acknowledges. Its records are taken as before, and it may join again. Only a"
            + " member",
        "may."
      },
      footer = {"", "Example: cairn member evict f26429 --reason 'gone since May'"})
  private static final class Evict extends StoreCommand {
    @Parameters(
        paramLabel = "NODE",
        description = "Its identity, or 6 digits or more of one of which records are held.")
    private String node;

    @Option(names = "--reason", paramLabel = "TEXT", description = "Why, for people.")
    private @Nullable String reason;

    Evict(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    ExitCode run(CairnNode open, Console console) {
      Store store = open.store();
      NodeId evicted = Origins.node(store, node);
      if (evicted.equals(store.origin().node())) {
        throw CommandFailure.usage(
            "node " + evicted + " is this node", "it leaves with 'cairn member leave'");
      }
      tell(store, evicted, reason, "evicted", console);
      return ExitCode.DONE;
    }
  }

  private static void tell(
      Store store, NodeId node, @Nullable String reason, String state, Console console) {
    Member member = new MemberWriter(store).end(node, reason);
    console.result(
        new JsonObject()
            .addText("node", node)
            .add("state", state)
            .add("epoch", member.log().epoch())
            .addU64("index", member.index()),
        "node " + node + " is no member any more");
  }
}
