package dev.cairn.cli.command;

import dev.cairn.asl.error.MisbehaviourException;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonArray;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.cli.console.Progress;
import dev.cairn.federation.bundle.BundleReport;
import dev.cairn.federation.bundle.Bundles;
import dev.cairn.federation.node.CairnNode;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cairn bundle}: a delta as one signed file. */
@Command(
    name = "bundle",
    description =
        "Makes, verifies and applies bundles: what a sync would carry, as one signed file.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "Example: cairn bundle create backup.cairn"})
final class BundleCommand implements Runnable {
  private BundleCommand() {}

  static CommandLine tree(CairnCommand cairn) {
    return new CommandLine(new BundleCommand())
        .addSubcommand(new Create(cairn))
        .addSubcommand(new Verify(cairn))
        .addSubcommand(new Apply(cairn));
  }

  @Override
  public void run() {
    throw CommandFailure.usage("no command given", "see 'cairn bundle --help'");
  }

  private static JsonObject json(Path file, BundleReport report) {
    return new JsonObject()
        .addText("file", file)
        .addText("node", report.header().node())
        .add("federation", report.header().federation())
        .addText("snapshot", report.header().snapshot().key())
        .add("snapshotRoot", report.header().snapshot().stateRoot().toHex())
        .add("complete", report.header().base().isEmpty())
        .add("bytes", report.bytes());
  }

  private static JsonArray reasons(BundleReport report) {
    JsonArray reasons = new JsonArray();
    report.leftOut().forEach(why -> reasons.add(String.valueOf(why.getMessage())));
    return reasons;
  }

  private static String counts(BundleReport report) {
    return report.tally().commits()
        + " commits, "
        + report.tally().records()
        + " records, "
        + report.tally().payloads()
        + " payloads";
  }

  @Command(
      name = "create",
      description = {
        "Writes what the store holds, or what lies between two snapshots of it, into a file that",
        "appears whole or not at all, signed by this node."
      },
      footer = {
        "",
        "Example: cairn bundle create all.cairn",
        "         cairn bundle create new.cairn --since last-week"
      })
  private static final class Create extends StoreCommand {
    @Parameters(paramLabel = "FILE", description = "The file to write.")
    private String file;

    @Option(
        names = "--since",
        paramLabel = "S",
        description = "Only what came after this snapshot, which the receiver must hold.")
    private @Nullable String since;

    @Option(
        names = "--until",
        paramLabel = "S",
        description = "No further than this snapshot; else a new one of the present.")
    private @Nullable String until;

    Create(CairnCommand cairn) {
      super(cairn);
    }

    /** The snapshot of the present is kept, and the end of the node's own log signed. */
    @Override
    Access access() {
      return until == null ? Access.WRITE : Access.LOOK;
    }

    @Override
    ExitCode run(CairnNode node, Console console) {
      Store store = node.store();
      Path path = cairn().path(file);
      BundleReport report;
      Optional<Snapshot> from = find(store, since);
      Optional<Snapshot> to = find(store, until);
      long records =
          to.map(Snapshots::records).orElseGet(() -> Describe.records(store))
              - from.map(Snapshots::records).orElse(0L);
      try (Progress progress = console.progress("records", Math.max(0, records))) {
        report = Bundles.write(store, path, from, to, progress::step);
      }
      if (console.json()) {
        console.line(json(path, report).add("contents", Describe.tally(report.tally())).toString());
      } else {
        console.line(report.header().snapshot().key().toString());
      }
      console.note(counts(report) + " in " + Describe.bytes(report.bytes()));
      return ExitCode.DONE;
    }

    private static Optional<Snapshot> find(Store store, @Nullable String text) {
      return text == null ? Optional.empty() : Optional.of(Snapshots.find(store, text).snapshot());
    }
  }

  @Command(
      name = "verify",
      description = {
        "Reads a whole bundle and checks every hash, log root and signature; needs no store. Exit",
        "code 1 if it is damaged."
      },
      footer = {"", "Example: cairn bundle verify all.cairn"})
  private static final class Verify implements Callable<Integer> {
    private final CairnCommand cairn;

    @Parameters(paramLabel = "FILE", description = "The bundle.")
    private String file;

    Verify(CairnCommand cairn) {
      this.cairn = cairn;
    }

    @Override
    public Integer call() throws NoSuchFileException {
      Console console = cairn.console();
      Path path = BundleFiles.existing(cairn, file);
      BundleReport report;
      try (Progress progress = console.byteProgress("verify", BundleFiles.bytes(path))) {
        report = BundleFiles.undamaged(path, () -> Bundles.verify(path, progress::step));
      }
      console.result(
          json(path, report)
              .add("contents", Describe.tally(report.tally()))
              .add("logsWithoutRoots", report.logsWithoutRoots())
              .add("verified", true),
          "verified: "
              + counts(report)
              + ", signed by "
              + report.header().node()
              + ", up to snapshot "
              + report.header().snapshot().key());
      if (report.logsWithoutRoots() > 0) {
        console.note(
            report.logsWithoutRoots()
                + " logs begin in the middle: the store that takes them checks their roots");
      }
      return ExitCode.DONE.status();
    }
  }

  @Command(
      name = "apply",
      description =
          "Verifies a bundle and takes what is new of it. Applying again changes nothing.",
      footer = {"", "Example: cairn bundle apply all.cairn"})
  private static final class Apply extends StoreCommand {
    @Parameters(paramLabel = "FILE", description = "The bundle.")
    private String file;

    Apply(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    ExitCode run(CairnNode node, Console console) throws NoSuchFileException {
      Path path = BundleFiles.existing(cairn(), file);
      Set<Origin> frozen = new TreeSet<>(node.store().frozen());
      BundleReport report;
      try (Progress progress = console.byteProgress("apply", 2 * BundleFiles.bytes(path))) {
        report =
            BundleFiles.undamaged(
                path,
                () ->
                    Bundles.apply(
                        node.store(),
                        path,
                        stretch -> {},
                        seen -> node.peers().conflicts().add(seen, null),
                        progress::step));
      }
      SyncCommand.tellHeldBack(node, console);
      node.peers().settlePartialLogs();
      String stateRoot = node.store().stateRoot().toHex();
      console.result(
          json(path, report)
              .add("received", Describe.tally(report.tally()))
              .add("stateRoot", stateRoot)
              .add("leftOut", reasons(report)),
          "received " + counts(report) + "; state root " + stateRoot);
      report.leftOut().forEach(why -> console.warn(String.valueOf(why.getMessage())));
      SyncCommand.tellEvidence(node, frozen);
      if (report.leftOut().stream().anyMatch(why -> !(why instanceof MisbehaviourException))) {
        throw CommandFailure.negative(
            "a log of the bundle is not the one held here, and is left out",
            "look with 'cairn conflicts list', and keep both: one of them was forked");
      }
      return ExitCode.DONE;
    }
  }
}
