package dev.cairn.cli.command;

import dev.cairn.asl.model.NodeId;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.access.Quota;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.peers.PeerBook;
import java.util.Objects;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cairn peer quota}: what a node may cost here. */
@Command(
    name = "quota",
    description = {
      "Says what a node may cost here in conversations between nodes and calls of the API. What is",
      "not given stays as it was. A node that has used up its quota is told so and may call again",
      "later."
    },
    footer = {"", "Example: cairn peer quota mirror --conversations 2 --bytes 1000000000"})
final class PeerQuotaCommand extends StoreCommand {
  @Parameters(
      paramLabel = "NODE",
      description = "Its id, 6 digits or more of a known one, or a pinned peer's name.")
  private String text;

  @Option(
      names = "--conversations",
      paramLabel = "N",
      description = "Most that it has open at once, and beside them twice as many calls.")
  private @Nullable Integer conversations;

  @Option(
      names = "--frames",
      paramLabel = "N",
      description = "Most messages in an hour, both ways.")
  private @Nullable Long frames;

  @Option(names = "--bytes", paramLabel = "N", description = "Most bytes in an hour, both ways.")
  private @Nullable Long bytes;

  @Option(
      names = "--seconds",
      paramLabel = "N",
      description = "Longest time of a conversation or a call; who follows calls again.")
  private @Nullable Long seconds;

  @Option(names = "--default", description = "Take back what was said.")
  private boolean byDefault;

  PeerQuotaCommand(CairnCommand cairn) {
    super(cairn);
  }

  @Override
  void checkArguments() {
    boolean given = Stream.of(conversations, frames, bytes, seconds).anyMatch(Objects::nonNull);
    if (given == byDefault) {
      throw CommandFailure.usage("no quota, or two", "give numbers, or --default");
    }
    if (given) {
      quota(Quota.DEFAULT);
    }
  }

  private Quota quota(Quota before) {
    try {
      return new Quota(
          conversations == null ? before.conversations() : conversations,
          frames == null ? before.frames() : frames,
          bytes == null ? before.bytes() : bytes,
          seconds == null ? before.seconds() : seconds);
    } catch (IllegalArgumentException e) {
      throw CommandFailure.usage(String.valueOf(e.getMessage()), "give other numbers");
    }
  }

  @Override
  ExitCode run(CairnNode node, Console console) {
    PeerBook book = node.peers();
    NodeId whom = PeerPlaces.node(book, text);
    Quota now = book.limit(whom, byDefault ? null : quota(book.node(whom).cost())).cost();
    console.result(
        new JsonObject()
            .addText("node", whom)
            .add("default", byDefault)
            .add("quota", PeerCommand.json(now)),
        whom
            + "  "
            + now.conversations()
            + " conversations at once, "
            + now.frames()
            + " frames and "
            + now.bytes()
            + " bytes an hour, "
            + now.seconds()
            + " seconds a conversation");
    return ExitCode.DONE;
  }
}
