package dev.cairn.cli.command;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.CollectOptions;
import dev.cairn.asl.store.CollectResult;
import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.cli.console.Progress;
import dev.cairn.federation.node.CairnNode;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code cairn gc}: takes away payloads that nothing needs. */
@Command(
    name = "gc",
    description = {
      "Takes away the payloads of removed artifacts that nothing needs any more, and what"
          + " broken-off puts left, and gives the room back.",
      "What is live, shown by a pinned snapshot or leased stays, and so do edges, programs,"
          + " receipts and snapshots. Records and digests stay too: every proof still verifies."
    },
    footer = {"", "Example: cairn gc --dry-run"})
final class GcCommand extends StoreCommand {
  private static final long HOUR_MILLIS = 3_600_000;

  @Option(names = "--dry-run", description = "Only say what would go.")
  private boolean dryRun;

  @Option(
      names = "--grace",
      paramLabel = "HOURS",
      defaultValue = "24",
      description = "Leave alone what was removed, or came, less long ago than this.")
  private long graceHours;

  @Option(
      names = "--keep",
      paramLabel = "KEY",
      description = "Keep the payload of this artifact though it is removed. May be repeated.")
  private List<String> keep = List.of();

  GcCommand(CairnCommand cairn) {
    super(cairn);
  }

  @Override
  void checkArguments() {
    if (graceHours < 0 || graceHours > Long.MAX_VALUE / HOUR_MILLIS) {
      throw CommandFailure.usage(
          "a grace of " + graceHours + " hours", "give a number of hours from 0 on");
    }
  }

  @Override
  ExitCode run(CairnNode node, Console console) throws Exception {
    Store store = node.store();
    Keys resolver = new Keys(cairn(), store);
    Set<ArtifactKey> roots = new TreeSet<>();
    for (String key : keep) {
      roots.add(resolver.resolve(key, null));
    }
    long before = store.bytesOnDisk();
    CollectOptions options = new CollectOptions(graceHours * HOUR_MILLIS, roots, dryRun);
    CollectResult result;
    try (Progress progress = console.progress("rows looked at", store.rowsToCollect())) {
      result = store.collect(options, progress::step);
    }
    if (!dryRun) {
      // How far the engine is with that, it does not tell.
      boolean unused =
          console.watching(
              "giving room back",
              -1,
              () -> 0,
              () -> {
                store.reclaim();
                return true;
              });
    }
    long after = store.bytesOnDisk();
    console.result(
        new JsonObject()
            .add("dryRun", dryRun)
            .add("payloads", result.payloads())
            .addText("payloadBytes", result.payloadBytes())
            .add("arrivals", result.arrivals())
            .add("kept", result.kept())
            .addText("bytesBefore", before)
            .addText("bytesAfter", after),
        result.payloads()
            + " payloads of "
            + result.payloadBytes()
            + " bytes"
            + (dryRun ? " would go, " : " gone, ")
            + result.kept()
            + " of removed artifacts kept"
            + (dryRun ? "" : "; " + before + " bytes on disk before, " + after + " after"));
    return ExitCode.DONE;
  }
}
