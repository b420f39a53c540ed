package dev.cairn.cli.command;

import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.access.Grant;
import dev.cairn.federation.access.Right;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.peers.PeerBook;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cairn peer grant}: what a node may do here. */
@Command(
    name = "grant",
    description = {
      "Says what a node may do here, instead of what was said before: read, write, admin. Without"
          + " a",
      "word a node may read and write in conversations between nodes, and use nothing of the API.",
      "With --type or --prefix the grant is for those artifacts: to read them lets the node take"
          + " logs",
      "in part ('cairn sync --filter' there), to write them lets it put them through the API."
    },
    footer = {
      "",
      "Example: cairn peer grant mirror --right read",
      "         cairn peer grant 51c0de --right read --right write --type text/plain",
      "         cairn peer grant --others --none"
    })
final class PeerGrantCommand extends StoreCommand {
  @Parameters(
      paramLabel = "NODE",
      arity = "0..1",
      description = "Its id, 6 digits or more of a known one, or a pinned peer's name.")
  private @Nullable String text;

  @Option(
      names = "--others",
      description = "Instead of a NODE: every node of which nothing was said; in conversations.")
  private boolean others;

  @Option(
      names = "--right",
      paramLabel = "RIGHT",
      description = "read, write or admin; may stand several times.")
  private List<String> rights = new ArrayList<>();

  @Option(names = "--type", paramLabel = "TAG", description = "Only artifacts of these types.")
  private List<String> types = new ArrayList<>();

  @Option(
      names = "--prefix",
      paramLabel = "HEX",
      description = "Only artifacts whose key's digest begins so.")
  private List<String> prefixes = new ArrayList<>();

  @Option(names = "--none", description = "Grant nothing.")
  private boolean none;

  @Option(names = "--default", description = "Take back what was said.")
  private boolean byDefault;

  PeerGrantCommand(CairnCommand cairn) {
    super(cairn);
  }

  @Override
  void checkArguments() {
    int ways = (rights.isEmpty() ? 0 : 1) + (none ? 1 : 0) + (byDefault ? 1 : 0);
    if (ways != 1) {
      throw CommandFailure.usage("no grant, or several", "give --right, --none or --default");
    }
    if (others == (text != null)) {
      throw CommandFailure.usage("no node, or one and --others", "give NODE or --others");
    }
    if (rights.isEmpty() && !(types.isEmpty() && prefixes.isEmpty())) {
      throw CommandFailure.usage("limits of no right", "give --right as well");
    }
    grant();
  }

  private @Nullable Grant grant() {
    TreeSet<Right> granted = new TreeSet<>();
    for (String right : rights) {
      switch (right.toLowerCase(Locale.ROOT)) {
        case "read" -> granted.add(Right.READ);
        case "write" -> granted.add(Right.WRITE);
        case "admin" -> granted.add(Right.ADMIN);
        default -> throw CommandFailure.usage("not a right: '" + right + "'", "read, write, admin");
      }
    }
    types.forEach(TypeTag::new);
    TreeSet<String> beginnings = new TreeSet<>();
    prefixes.forEach(prefix -> beginnings.add(prefix.toLowerCase(Locale.ROOT)));
    return byDefault ? null : new Grant(granted, new TreeSet<>(types), beginnings);
  }

  @Override
  ExitCode run(CairnNode node, Console console) {
    PeerBook book = node.peers();
    @Nullable NodeId whom = text == null ? null : PeerPlaces.node(book, text);
    Grant held = grant();
    if (whom == null) {
      book.grantOthers(held);
    } else {
      book.grant(whom, held);
    }
    List<String> names =
        held == null ? List.of() : held.rights().stream().map(PeerGrantCommand::lower).toList();
    console.result(
        new JsonObject()
            .addText("node", whom)
            .add("default", held == null)
            .addStrings("rights", names)
            .addStrings("types", held == null ? List.of() : held.types())
            .addStrings("prefixes", held == null ? List.of() : held.prefixes()),
        (whom == null ? "others" : whom)
            + "  "
            + (held != null ? words(held) : whom == null ? "read write" : "as others"));
    return ExitCode.DONE;
  }

  /** A grant for people. */
  static String words(Grant grant) {
    List<String> names = grant.rights().stream().map(PeerGrantCommand::lower).toList();
    return (names.isEmpty() ? "nothing" : String.join(" ", names))
        + (grant.isLimited() ? ", of " + grant.limits() : "");
  }

  private static String lower(Right right) {
    return right.name().toLowerCase(Locale.ROOT);
  }
}
