package dev.cairn.cli.command;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonArray;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.member.FormerMember;
import dev.cairn.federation.member.Member;
import dev.cairn.federation.member.MemberWriter;
import dev.cairn.federation.member.Membership;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.shard.HashRange;
import dev.cairn.federation.shard.RangeStatement.Declared;
import dev.cairn.federation.shard.RangeStatement.Fixed;
import dev.cairn.federation.shard.RangeStatement.Shared;
import dev.cairn.federation.shard.Shards;
import java.util.Locale;
import java.util.Map;
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
        .addSubcommand(new Range(cairn))
        .addSubcommand(new Leave(cairn))
        .addSubcommand(new Evict(cairn));
  }

  @Override
  public void run() {
    throw CommandFailure.usage("no command given", "see 'cairn member --help'");
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
      try (Membership membership = Membership.of(node.store())) {
        Shards shards = membership.shards();
        membership.forEach(member -> tell(member, shards, console));
        membership.forEachFormer(former -> tell(former, console));
        for (Map.Entry<Origin, Long> each : membership.stable().entrySet()) {
          console.result(
              new JsonObject()
                  .add("state", "stable")
                  .addText("origin", each.getKey())
                  .addU64("records", each.getValue()),
              "stable   " + each.getKey() + " up to record " + each.getValue());
        }
        ShardText.Gaps gaps = ShardText.Gaps.of(shards);
        for (String gap : gaps.named()) {
          console.result(
              new JsonObject().add("state", "gap").add("range", gap),
              "gap      " + ShardText.Gaps.line(gap));
        }
        if (gaps.more() > 0) {
          console.result(
              new JsonObject().add("state", "gap").add("moreGaps", gaps.more()),
              "gap      " + gaps.moreLine());
        }
      }
      return ExitCode.DONE;
    }

    private static void tell(Member member, Shards shards, Console console) {
      JsonArray acknowledged = new JsonArray();
      for (Member.HeldLog log : member.held()) {
        acknowledged.add(
            new JsonObject().addText("origin", log.log()).addU64("records", log.records()));
      }
      console.result(
          json(member)
              .addU64("acknowledgedLogseq", member.acknowledgedLogseq())
              .add("acknowledged", acknowledged)
              .add("moreAcknowledged", member.heldLogs() - member.held().size())
              .add("blocks", MemberText.blocks(member))
              .add("moreBlocks", MemberText.moreBlocks(member))
              .add("declares", ShardText.declares(shards, member.node()))
              .add("range", ShardText.range(shards, member.node())),
          "member   " + MemberText.line(member) + ShardText.holds(shards, member.node()));
    }

    private static void tell(FormerMember former, Console console) {
      String state = former.how().name().toLowerCase(Locale.ROOT);
      String reason = former.reason();
      console.result(
          new JsonObject()
              .addText("node", former.node())
              .add("state", state)
              .add("epoch", former.log().epoch())
              .addU64("index", former.index())
              .addU64("logseq", former.logseq())
              .addText("endedBy", former.endedBy())
              .add("reason", reason),
          String.format(Locale.ROOT, "%-9s", state)
              + former.node()
              + (former.isEvicted() ? ", by " + former.endedBy() : "")
              + (reason == null ? "" : ": " + Text.safe(reason)));
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
      Member member = new MemberWriter(node.store(), node.peers()::pinned).join();
      String inPart = MemberText.inPart(node.store());
      if (inPart != null) {
        console.warn(inPart);
      }
      console.result(
          json(member).add("inPart", PartialCoverage.count(node.store())),
          "node " + member.node() + " is a member");
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
      MemberWriter.Outcome outcome =
          new MemberWriter(node.store(), node.peers()::pinned).acknowledge();
      String unnamed = MemberText.unnamed(outcome);
      if (unnamed != null) {
        console.warn(unnamed);
      }
      console.result(
          new JsonObject()
              .addText("node", node.store().origin().node())
              .add("written", outcome.written())
              .add("unnamed", outcome.unnamed()),
          outcome.written() ? "acknowledged" : "nothing to acknowledge");
      return ExitCode.DONE;
    }
  }

  @Command(
      name = "range",
      description = {
        "Declares which payloads this node holds: those whose digests, in hex, are not below FROM"
            + " and are",
        "below TO; 'all'; or, with 'auto', as much as each other member that says so. What it took"
            + " or was",
        "given before stays. 'cairn sync' and 'cairn serve' bring what is missing."
      },
      footer = {
        "",
        "Example: cairn member range auto --copies 2",
        "         cairn member range 40..80"
      })
  private static final class Range extends StoreCommand {
    @Parameters(paramLabel = "RANGE", description = "FROM..TO, either left out; 'all'; or 'auto'.")
    private String range;

    @Option(
        names = "--copies",
        paramLabel = "N",
        description = "With auto: how many members hold each payload, 1 to 8. Else 1.")
    private @Nullable Integer copies;

    Range(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    void checkArguments() {
      if (copies != null && !range.equals("auto")) {
        throw CommandFailure.usage("--copies without auto", "a range is held by whoever says so");
      }
      Declared unused = declared();
    }

    private Declared declared() {
      try {
        return range.equals("auto")
            ? new Shared(copies == null ? 1 : copies)
            : new Fixed(HashRange.parse(range));
      } catch (MalformedException e) {
        throw CommandFailure.usage(
            String.valueOf(e.getMessage()), "give auto, all, or a range such as 40..80");
      }
    }

    @Override
    ExitCode run(CairnNode node, Console console) {
      boolean written = new MemberWriter(node.store()).declare(declared());
      Shards shards = Membership.shards(node.store());
      NodeId self = node.store().origin().node();
      ShardText.Gaps gaps = ShardText.Gaps.of(shards);
      console.result(
          gaps.addTo(
              new JsonObject()
                  .addText("node", self)
                  .add("written", written)
                  .add("declares", ShardText.declares(shards, self))
                  .add("range", ShardText.range(shards, self))),
          "node " + self + ShardText.holds(shards, self));
      gaps.lines().forEach(console::warn);
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
