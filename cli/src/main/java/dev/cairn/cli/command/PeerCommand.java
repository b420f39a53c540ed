package dev.cairn.cli.command;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.access.Grant;
import dev.cairn.federation.access.Quota;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.peers.KnownNode;
import dev.cairn.federation.peers.Peer;
import dev.cairn.federation.peers.PeerBook;
import dev.cairn.federation.peers.Standing;
import java.time.Instant;
import java.util.Locale;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cairn peer}: whom this node talks to. */
@Command(
    name = "peer",
    description = {
      "Keeps the book of peers: their names, addresses and nodes, and which nodes may talk to this",
      "one. Every node of the federation may, unless it is revoked."
    },
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "Example: cairn peer add mirror mirror.example.org:7411"})
final class PeerCommand implements Runnable {
  private PeerCommand() {}

  static CommandLine tree(CairnCommand cairn) {
    return new CommandLine(new PeerCommand())
        .addSubcommand(new Add(cairn))
        .addSubcommand(new Remove(cairn))
        .addSubcommand(new ListAll(cairn))
        .addSubcommand(new Trust(cairn))
        .addSubcommand(new Revoke(cairn))
        .addSubcommand(new PeerGrantCommand(cairn))
        .addSubcommand(new PeerQuotaCommand(cairn))
        .addSubcommand(new PeerClientCommand(cairn));
  }

  @Override
  public void run() {
    throw CommandFailure.usage("no command given", "see 'cairn peer --help'");
  }

  /** What is known of a peer, as {@code peer list} and {@code status} tell it. */
  static JsonObject json(PeerBook book, Peer peer) {
    JsonObject told = new JsonObject().add("name", peer.name()).addText("address", peer.address());
    return addNode(told.add("pinning", lower(peer.pinning())), book, peer.pin());
  }

  private static JsonObject addNode(JsonObject told, PeerBook book, @Nullable NodeId node) {
    told.addText("node", node);
    if (node == null) {
      return told.add("standing", lower(Standing.UNKNOWN))
          .addText("grant", null)
          .addText("quota", null)
          .addText("lagRecords", null)
          .addText("lastSeen", null);
    }
    KnownNode known = book.node(node);
    Grant grant = known.grant();
    Quota quota = known.quota();
    told.add("standing", lower(known.standing()));
    told = grant == null ? told.addText("grant", null) : told.add("grant", json(grant));
    told = quota == null ? told.addText("quota", null) : told.add("quota", json(quota));
    return told.add("lagRecords", book.log().lagRecords(node))
        .add("lastSeen", time(known.lastSeenMillis()));
  }

  /** A grant that was given. */
  static JsonObject json(Grant grant) {
    return new JsonObject()
        .addStrings("rights", grant.rights().stream().map(PeerCommand::lower).toList())
        .addStrings("types", grant.types())
        .addStrings("prefixes", grant.prefixes());
  }

  /** A quota that was given. */
  static JsonObject json(Quota quota) {
    return new JsonObject()
        .add("conversations", quota.conversations())
        .add("frames", quota.frames())
        .add("bytes", quota.bytes())
        .add("seconds", quota.seconds());
  }

  /** One line about a peer for people. */
  static String line(PeerBook book, Peer peer) {
    return peer.name() + "  " + peer.address() + "  " + line(book, peer.pin());
  }

  private static String line(PeerBook book, @Nullable NodeId node) {
    if (node == null) {
      return "not met yet";
    }
    KnownNode known = book.node(node);
    String seen = time(known.lastSeenMillis());
    return node
        + (known.standing() == Standing.UNKNOWN ? "" : "  " + lower(known.standing()))
        + "  "
        + (seen == null ? "never seen" : "seen " + seen)
        + ", lacks "
        + book.log().lagRecords(node)
        + " records";
  }

  private static @Nullable String time(long millis) {
    return millis == 0 ? null : Instant.ofEpochMilli(millis).toString();
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  @Command(
      name = "add",
      description = {
        "Gives a peer a name, or a known one another address. Without --pin the first node that",
        "proves its identity at the address is pinned to the name."
      },
      footer = {"", "Example: cairn peer add mirror mirror.example.org:7411"})
  private static final class Add extends StoreCommand {
    @Parameters(index = "0", paramLabel = "NAME", description = "This node's name for it.")
    private String name;

    @Parameters(
        index = "1",
        paramLabel = "ADDRESS",
        description = "HOST:PORT, [IPV6]:PORT or unix:PATH.")
    private String address;

    @Option(names = "--pin", paramLabel = "NODE", description = "The only node that may answer.")
    private @Nullable String pin;

    Add(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    void checkArguments() {
      if (!Peer.isName(name)) {
        throw CommandFailure.usage(
            "not a peer's name: '" + name + "'",
            "use at most 64 letters, digits, dots, dashes and underscores");
      }
    }

    @Override
    ExitCode run(CairnNode node, Console console) {
      PeerBook book = node.peers();
      NodeId pinned;
      try {
        pinned = pin == null ? null : NodeId.parse(pin.toLowerCase(Locale.ROOT));
      } catch (MalformedException e) {
        throw CommandFailure.usage("not a node: '" + pin + "'", "give its id, 64 hex digits");
      }
      Peer peer = book.add(name, PeerPlaces.address(cairn(), address), pinned);
      console.result(json(book, peer), line(book, peer));
      return ExitCode.DONE;
    }
  }

  @Command(
      name = "remove",
      description = "Forgets a peer's name and address; what it brought stays.",
      footer = {"", "Example: cairn peer remove mirror"})
  private static final class Remove extends StoreCommand {
    @Parameters(paramLabel = "NAME", description = "Which peer.")
    private String name;

    Remove(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    ExitCode run(CairnNode node, Console console) {
      Peer peer = PeerPlaces.named(node.peers(), name);
      node.peers().remove(name);
      console.result(
          new JsonObject().add("name", peer.name()).add("removed", true), peer.name() + " removed");
      return ExitCode.DONE;
    }
  }

  @Command(
      name = "list",
      description = {
        "Lists the peers by name, then the other nodes that were met or judged, then what is",
        "granted to others, if anything was said."
      },
      footer = {"", "Example: cairn peer list"})
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
      PeerBook book = node.peers();
      Set<NodeId> named = new TreeSet<>();
      for (Peer peer : book.list()) {
        console.result(json(book, peer), line(book, peer));
        if (peer.pin() != null) {
          named.add(peer.pin());
        }
      }
      for (KnownNode known : book.nodes()) {
        if (!named.contains(known.node())) {
          JsonObject told =
              new JsonObject()
                  .addText("name", null)
                  .addText("address", null)
                  .addText("pinning", null);
          console.result(addNode(told, book, known.node()), "-  -  " + line(book, known.node()));
        }
      }
      book.others()
          .ifPresent(
              grant ->
                  console.result(
                      new JsonObject().add("others", true).add("grant", json(grant)),
                      "others  " + PeerGrantCommand.words(grant)));
      return ExitCode.DONE;
    }
  }

  /** Says something about a node. */
  private abstract static class Judge extends StoreCommand {
    @Parameters(
        paramLabel = "NODE",
        description = "Its id, 6 digits or more of a known one, or a pinned peer's name.")
    private String text;

    Judge(CairnCommand cairn) {
      super(cairn);
    }

    abstract KnownNode judge(PeerBook book, NodeId node);

    @Override
    final ExitCode run(CairnNode node, Console console) {
      PeerBook book = node.peers();
      KnownNode known = judge(book, PeerPlaces.node(book, text));
      console.result(
          addNode(new JsonObject(), book, known.node()),
          known.node() + "  " + lower(known.standing()));
      return ExitCode.DONE;
    }
  }

  @Command(
      name = "trust",
      description = "Says that a node is welcome; takes a revocation back.",
      footer = {"", "Example: cairn peer trust mirror"})
  private static final class Trust extends Judge {
    Trust(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    KnownNode judge(PeerBook book, NodeId node) {
      return book.trust(node);
    }
  }

  @Command(
      name = "revoke",
      description = "Says that a node may not talk to this one; what it brought before stays.",
      footer = {"", "Example: cairn peer revoke 51c0de"})
  private static final class Revoke extends Judge {
    Revoke(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    KnownNode judge(PeerBook book, NodeId node) {
      return book.revoke(node);
    }
  }
}
