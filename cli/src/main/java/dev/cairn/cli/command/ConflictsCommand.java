package dev.cairn.cli.command;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.evidence.Evidence;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.HeldEvidence;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.peers.Conflict;
import dev.cairn.federation.peers.Conflict.Resolution;
import dev.cairn.federation.protocol.ConflictSeen;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cairn conflicts}: what came from peers and does not fit. */
@Command(
    name = "conflicts",
    description = {
      "Shows what came from peers and does not fit what is held here: forked logs, bytes that are",
      "not what they were said to be. The most recent are kept, with what shows them."
    },
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "Example: cairn conflicts list"})
final class ConflictsCommand implements Runnable {
  private ConflictsCommand() {}

  static CommandLine tree(CairnCommand cairn) {
    return new CommandLine(new ConflictsCommand())
        .addSubcommand(new ListAll(cairn))
        .addSubcommand(new Show(cairn))
        .addSubcommand(new Resolve(cairn));
  }

  @Override
  public void run() {
    throw CommandFailure.usage("no command given", "see 'cairn conflicts --help'");
  }

  private static JsonObject json(Conflict conflict) {
    ConflictSeen seen = conflict.seen();
    return new JsonObject()
        .addU64("id", conflict.number())
        .add("kind", seen.kind().text())
        .add("subject", seen.subject())
        .add("message", seen.message())
        .addText("peer", conflict.peer())
        .add("first", time(conflict.firstMillis()))
        .add("last", time(conflict.lastMillis()))
        .add("times", conflict.times())
        .add("resolution", text(conflict.resolution()));
  }

  private static String time(long millis) {
    return Instant.ofEpochMilli(millis).toString();
  }

  private static String text(Resolution resolution) {
    return switch (resolution) {
      case OPEN -> "open";
      case KEEP_A -> "A";
      case KEEP_B -> "B";
      case SETTLED -> "settled";
    };
  }

  private static String line(Conflict conflict) {
    ConflictSeen seen = conflict.seen();
    return conflict.number()
        + "  "
        + seen.kind().text()
        + "  "
        + Text.safe(seen.subject())
        + (conflict.peer() == null ? "" : "  by " + conflict.peer())
        + "  "
        + time(conflict.lastMillis())
        + (conflict.times() > 1 ? "  " + conflict.times() + " times" : "")
        + (conflict.isOpen()
            ? ""
            : (conflict.resolution() == Resolution.SETTLED ? "  " : "  kept ")
                + text(conflict.resolution()));
  }

  private static long number(String text) {
    if (!text.matches("[1-9][0-9]{0,17}")) {
      throw CommandFailure.usage(
          "not a conflict's id: '" + text + "'", "take one from 'cairn conflicts list --all'");
    }
    return Long.parseLong(text);
  }

  @Command(
      name = "list",
      description = "Lists the conflicts that are open, oldest first.",
      footer = {"", "Example: cairn conflicts list --all"})
  private static final class ListAll extends StoreCommand {
    @Option(names = "--all", description = "Also those that were resolved.")
    private boolean all;

    ListAll(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    Access access() {
      return Access.LOOK;
    }

    @Override
    ExitCode run(CairnNode node, Console console) {
      for (Conflict conflict : node.peers().conflicts().list()) {
        if (all || conflict.isOpen()) {
          console.result(json(conflict), line(conflict));
        }
      }
      return ExitCode.DONE;
    }
  }

  @Command(
      name = "show",
      description = {
        "Shows a conflict and both its sides: A is what is held here or was due, B what came."
      },
      footer = {"", "Example: cairn conflicts show 3 --evidence fork.evidence"})
  private static final class Show extends StoreCommand {
    @Parameters(paramLabel = "ID", description = "Which, as 'cairn conflicts list' shows it.")
    private String id;

    @Option(
        names = "--evidence",
        paramLabel = "FILE",
        description = {
          "Write the evidence against the log's node to this file, for anyone to check with",
          "'cairn audit FILE'."
        })
    private @Nullable String file;

    Show(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    Access access() {
      return Access.LOOK;
    }

    @Override
    ExitCode run(CairnNode node, Console console) throws IOException {
      Conflict conflict = node.peers().conflicts().get(number(id));
      ConflictSeen seen = conflict.seen();
      Optional<Evidence> evidence = evidence(node, seen);
      if (file != null) {
        Evidence found =
            evidence.orElseThrow(
                () -> new NotFoundException("conflict " + id + " has no evidence against a node"));
        AtomicFile.write(cairn().path(file), out -> out.write(found.encoded().toArray()));
      }
      if (console.json()) {
        console.line(
            json(conflict)
                .addText("evidence", evidence.map(found -> found.id().toHex()).orElse(null))
                .add("a", seen.left().toHex())
                .add("b", seen.right().toHex())
                .toString());
        return ExitCode.DONE;
      }
      console.line(line(conflict));
      console.line("what        " + Text.safe(seen.message()));
      evidence.ifPresent(found -> console.line("evidence    " + found.id().toHex()));
      console.line("A           " + side(seen.left()));
      console.line("B           " + side(seen.right()));
      return ExitCode.DONE;
    }

    private static Optional<Evidence> evidence(CairnNode node, ConflictSeen seen) {
      if (seen.kind() != ConflictSeen.Kind.EQUIVOCATION) {
        return Optional.empty();
      }
      try {
        return node.store().evidence(Origin.parse(seen.subject())).map(HeldEvidence::evidence);
      } catch (MalformedException e) {
        // Another version may call the subject of an equivocation otherwise.
        return Optional.empty();
      }
    }

    /** A note as it reads; other bytes in hex, the beginning of them. */
    private static String side(Bytes bytes) {
      try {
        String text = StandardCharsets.UTF_8.newDecoder().decode(bytes.toByteBuffer()).toString();
        if (text.chars().allMatch(c -> c >= ' ' || c == '\n')) {
          return text.lines().map(Text::safe).reduce("", (left, line) -> left + "\n  " + line);
        }
      } catch (CharacterCodingException e) {
        return hex(bytes);
      }
      return hex(bytes);
    }

    private static String hex(Bytes bytes) {
      int shown = Math.min(bytes.length(), 256);
      return bytes.slice(0, shown).toHex()
          + (shown < bytes.length() ? "… (" + bytes.length() + " bytes)" : "");
    }
  }

  @Command(
      name = "resolve",
      description = {
        "Notes what a person decided about a conflict; it is open no more. No record changes, and",
        "a log that there is evidence against stays frozen. A log that is held back for its clock",
        "or logseq is let in by --keep B, with the next sync."
      },
      footer = {"", "Example: cairn conflicts resolve 3 --keep A"})
  private static final class Resolve extends StoreCommand {
    @Parameters(paramLabel = "ID", description = "Which, as 'cairn conflicts list' shows it.")
    private String id;

    @Option(
        names = "--keep",
        required = true,
        paramLabel = "A|B",
        description = "What counts: A, what is held here, or B, what came.")
    private String keep;

    Resolve(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    void checkArguments() {
      number(id);
      if (!keep.equals("A") && !keep.equals("B")) {
        throw CommandFailure.usage("--keep " + keep, "give --keep A or --keep B");
      }
    }

    @Override
    ExitCode run(CairnNode node, Console console) {
      Conflict resolved =
          node.peers()
              .conflicts()
              .resolve(number(id), keep.equals("A") ? Resolution.KEEP_A : Resolution.KEEP_B);
      console.result(json(resolved), line(resolved));
      return ExitCode.DONE;
    }
  }
}
