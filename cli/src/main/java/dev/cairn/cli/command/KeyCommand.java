package dev.cairn.cli.command;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogClosing;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.ClosedLog;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonArray;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.filter.PartialLogs;
import dev.cairn.federation.member.FormerMember;
import dev.cairn.federation.member.Membership;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.node.KeyRotation;
import dev.cairn.federation.node.StoreDirectory;
import java.nio.file.Path;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cairn key}: keys that are given up or revoked, and up to where they are believed. */
@Command(
    name = "key",
    description = "Gives this node's key up, revokes others', and says how far each is believed.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Example: cairn key rotate ../successor",
      "         cairn key revoke f26429 --at 1200"
    })
final class KeyCommand implements Runnable {
  private KeyCommand() {}

  static CommandLine tree(CairnCommand cairn) {
    return new CommandLine(new KeyCommand())
        .addSubcommand(new ListAll(cairn))
        .addSubcommand(new Rotate(cairn))
        .addSubcommand(new Close(cairn))
        .addSubcommand(new Revoke(cairn))
        .addSubcommand(new Believe(cairn));
  }

  @Override
  public void run() {
    throw CommandFailure.usage("no command given", "see 'cairn key --help'");
  }

  private static JsonObject json(ClosedLog closed) {
    return new JsonObject()
        .addText("node", closed.origin().node())
        .add("epoch", closed.origin().epoch())
        .addU64("index", closed.index())
        .addU64("logseq", closed.logseq())
        .addText("successor", closed.successor())
        .addText("closing", closing(closed));
  }

  private static @Nullable ArtifactKey closing(@Nullable ClosedLog closed) {
    LogClosing closing = closed == null ? null : closed.closing();
    return closing == null ? null : closing.artifactKey();
  }

  private static String line(ClosedLog closed) {
    NodeId next = closed.successor();
    return "node "
        + closed.origin().node()
        + " gave its key up with record "
        + closed.index()
        + (next == null ? ", and nobody goes on" : "; node " + next + " goes on");
  }

  private static void tell(
      Console console, NodeId node, @Nullable SortedMap<Integer, Long> believed) {
    JsonArray epochs = new JsonArray();
    StringBuilder text = new StringBuilder("node " + node);
    if (believed == null) {
      text.append(" is believed again");
    } else if (believed.isEmpty()) {
      text.append(" is not believed at all");
    } else {
      text.append(" is believed up to");
      String comma = " ";
      for (var each : believed.entrySet()) {
        epochs.add(
            new JsonObject().add("epoch", each.getKey()).addU64("treeSize", each.getValue()));
        text.append(comma).append("record ").append(each.getValue());
        text.append(" of epoch ").append(each.getKey());
        comma = ", ";
      }
    }
    console.result(
        new JsonObject()
            .addText("node", node)
            .add("revoked", believed != null)
            .add("believed", epochs),
        text.toString());
  }

  @Command(
      name = "list",
      description = {
        "Lists every log that is held, with how far its node's key is believed and why, and the",
        "nodes that are revoked here though nothing of them is held."
      },
      footer = {"", "Example: cairn key list"})
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
      Store store = node.store();
      TreeSet<NodeId> unheld = new TreeSet<>(store.revokedKeys().keySet());
      for (LogHead head : store.heads()) {
        unheld.remove(head.origin().node());
        tell(store, head, console);
      }
      unheld.forEach(each -> KeyCommand.tell(console, each, store.revokedKeys().get(each)));
      return ExitCode.DONE;
    }

    private static void tell(Store store, LogHead head, Console console) {
      Origin origin = head.origin();
      long believed = store.believed(origin);
      ClosedLog closed =
          store.closedLogs().stream()
              .filter(log -> log.origin().node().equals(origin.node()))
              .findFirst()
              .orElse(null);
      State state =
          store.frozen().contains(origin)
              ? State.FROZEN
              : store.revokedKeys().containsKey(origin.node())
                  ? State.REVOKED
                  : closed == null ? State.OPEN : State.CLOSED;
      NodeId successor = closed == null ? null : closed.successor();
      boolean bounded = believed < Long.MAX_VALUE;
      JsonObject json =
          new JsonObject()
              .addText("origin", origin)
              .add("state", state.name().toLowerCase(Locale.ROOT))
              .addU64("treeSize", head.treeSize())
              .addText("successor", successor)
              .addText("closing", closing(closed));
      console.result(
          bounded ? json.addU64("believed", believed) : json.addText("believed", null),
          origin
              + "  "
              + state.name().toLowerCase(Locale.ROOT)
              + "  "
              + head.treeSize()
              + " records"
              + (bounded && believed < head.treeSize() ? ", believed up to " + believed : "")
              + (successor == null ? "" : ", node " + successor + " goes on"));
    }

    private enum State {
      OPEN,
      CLOSED,
      REVOKED,
      FROZEN
    }
  }

  @Command(
      name = "rotate",
      description = {
        "Gives this node's key up for that of a successor, whose store is made in DIR: with a new",
        "key, and all that is held here. Then this log is closed with the successor's name, and",
        "nothing more is written here. Nobody can take that back. What broke off goes on when it"
            + " is",
        "called again. If DIR is a store already, its node becomes the successor."
      },
      footer = {"", "Example: cairn key rotate ../successor"})
  private static final class Rotate implements Callable<Integer> {
    private final CairnCommand cairn;

    @Parameters(paramLabel = "DIR", description = "The successor's store.")
    private String directory;

    Rotate(CairnCommand cairn) {
      this.cairn = cairn;
    }

    @Override
    public Integer call() {
      Path to = cairn.path(directory);
      ClosedLog closed =
          KeyRotation.rotate(cairn.storeDirectory(), to, cairn.environment().clock());
      cairn.console().result(json(closed).addText("store", to), line(closed));
      cairn.console().flush();
      try {
        noteMembership(closed, to);
      } catch (CairnException e) {
        // The key is given up all the same, and told of.
        cairn
            .console()
            .warn(
                "if the old node was a member is not known, 'cairn member list --store "
                    + to
                    + "' says so: "
                    + e.getMessage());
      }
      return ExitCode.DONE.status();
    }

    /** The successor is a node of its own: it joins by its own word. */
    private void noteMembership(ClosedLog closed, Path to) {
      NodeId old = closed.origin().node();
      try (CairnNode next = StoreDirectory.openToLook(to, cairn.environment().clock());
          Membership membership = Membership.of(next.store())) {
        NodeId successor = next.store().origin().node();
        boolean was =
            membership
                .former(old)
                .filter(former -> former.how() == FormerMember.How.CLOSED)
                .isPresent();
        if (was && !membership.isMember(successor)) {
          cairn
              .console()
              .note(
                  "node "
                      + old
                      + " was a member of the federation and is none any more: 'cairn member join"
                      + " --store "
                      + to
                      + "' makes node "
                      + successor
                      + " one");
        }
      }
    }
  }

  @Command(
      name = "close",
      description = {
        "Gives this node's key up without a successor: its log ends, and nothing more is written",
        "here. Nobody can take that back."
      },
      footer = {"", "Example: cairn key close f264296b..."})
  private static final class Close extends StoreCommand {
    @Parameters(
        paramLabel = "NODE",
        description = "This node, by its whole id as 'cairn status' shows it.")
    private String node;

    Close(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    ExitCode run(CairnNode open, Console console) {
      if (!open.store().origin().node().toString().equals(node)) {
        throw CommandFailure.usage(
            "'" + node + "' is not this node", "give its whole id, as 'cairn status' shows it");
      }
      ClosedLog closed = open.store().closeLog(null);
      console.result(json(closed), line(closed));
      return ExitCode.DONE;
    }
  }

  @Command(
      name = "revoke",
      description = {
        "Believes what a node's key signed up to a place of its log and no further, whoever brings",
        "it; else up to where it is held now. What is held beyond stays, and audits report it."
            + " Holds",
        "at this node only, and replaces what was said of the node before. 'cairn peer revoke' is",
        "about whom to talk to, and goes with it."
      },
      footer = {"", "Example: cairn key revoke f26429 --at 1200"})
  private static final class Revoke extends StoreCommand {
    @Parameters(
        paramLabel = "NODE",
        description = "Its identity, or 6 digits or more of one of which records are held.")
    private String node;

    @Option(
        names = "--at",
        paramLabel = "RECORDS",
        description = "How many records of its log are believed.")
    private @Nullable Long at;

    @Option(
        names = "--epoch",
        paramLabel = "E",
        description = "Of which epoch's log; else of the greatest that is held, or 1.")
    private @Nullable Integer epoch;

    Revoke(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    void checkArguments() {
      if ((at != null && at < 0) || (epoch != null && epoch < 1) || (epoch != null && at == null)) {
        throw CommandFailure.usage(
            "--at is not 0 or more, or --epoch not 1 or more or without --at",
            "see 'cairn key revoke --help'");
      }
    }

    @Override
    ExitCode run(CairnNode open, Console console) {
      Store store = open.store();
      NodeId revoked = Origins.node(store, node);
      if (revoked.equals(store.origin().node())) {
        throw CommandFailure.usage(
            "node " + revoked + " is this node", "give its key up with 'cairn key close'");
      }
      TreeMap<Integer, Long> believed = new TreeMap<>();
      for (LogHead head : store.heads()) {
        if (head.origin().node().equals(revoked)) {
          believed.put(head.origin().epoch(), head.treeSize());
        }
      }
      for (PartialLogs.Coverage part : new PartialLogs(store).coverage()) {
        if (part.origin().node().equals(revoked)) {
          believed.putIfAbsent(part.origin().epoch(), part.size());
        }
      }
      Long size = at;
      if (size != null) {
        Integer which = epoch;
        int chosen = which != null ? which : believed.isEmpty() ? 1 : believed.lastKey();
        believed.put(chosen, size);
      }
      store.revokeKey(revoked, believed);
      tell(console, revoked, believed);
      return ExitCode.DONE;
    }
  }

  @Command(
      name = "believe",
      description = {
        "Takes back what 'cairn key revoke' said here. What a node closed itself stays closed."
      },
      footer = {"", "Example: cairn key believe f26429"})
  private static final class Believe extends StoreCommand {
    @Parameters(
        paramLabel = "NODE",
        description = "Its identity, or 6 digits or more of one of which records are held.")
    private String node;

    Believe(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    ExitCode run(CairnNode open, Console console) {
      NodeId believed = Origins.node(open.store(), node);
      if (!open.store().believeKey(believed)) {
        throw CommandFailure.negative(
            "the key of node " + believed + " is not revoked here", "see 'cairn key list'");
      }
      tell(console, believed, null);
      return ExitCode.DONE;
    }
  }
}
