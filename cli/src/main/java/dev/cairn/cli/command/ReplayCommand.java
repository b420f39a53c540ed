package dev.cairn.cli.command;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonArray;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.audit.ReplayReport;
import dev.cairn.federation.audit.SnapshotCheck;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cairn replay}: a source's state, computed again from its log. */
@Command(
    name = "replay",
    description = {
      "Replays every record of a store, a bundle or a peer into an empty store, verifying each,"
          + " and",
      "compares the state with every snapshot that the source recorded. Exit code 1 if one differs."
    },
    footer = {"", "Example: cairn replay .cairn", "         cairn replay all.cairn --into copy"})
final class ReplayCommand implements Callable<Integer> {
  private final CairnCommand cairn;

  @Parameters(
      paramLabel = "SOURCE",
      description = "A store's directory, a bundle, or a peer's name or address.")
  private String source;

  @Option(
      names = "--into",
      paramLabel = "DIR",
      description = "Keep the replayed store here: a new directory, or an empty store.")
  private @Nullable String into;

  @Option(
      names = "--until",
      paramLabel = "S",
      description = "No further than this snapshot of the source, which must be a store.")
  private @Nullable String until;

  @Mixin private final PeerOptions peers = new PeerOptions();

  ReplayCommand(CairnCommand cairn) {
    this.cairn = cairn;
  }

  @Override
  public Integer call() {
    peers.check();
    Source found = Sources.find(cairn, source);
    if (until != null && !(found instanceof Source.StoreAt)) {
      throw CommandFailure.usage(
          "--until needs a store, and '" + source + "' is none", "replay all of it");
    }
    long start = cairn.environment().ticker().nanos();
    ReplayReport report;
    if (found instanceof Source.StoreAt store) {
      report = store(store);
    } else if (found instanceof Source.EvidenceFile evidence) {
      throw CommandFailure.usage(evidence.file() + " is evidence", "check it with 'cairn audit'");
    } else if (found instanceof Source.BundleFile bundle) {
      report = bundle(bundle);
    } else {
      report = peer((Source.Peer) found);
    }
    tell(report, cairn.environment().ticker().nanos() - start);
    return (report.verified() ? ExitCode.DONE : ExitCode.NEGATIVE).status();
  }

  private ReplayReport store(Source.StoreAt from) {
    try (SourceStore opened = SourceStore.open(cairn, from);
        TargetStore target = target(opened.store().federation())) {
      Store store = opened.store();
      Optional<Snapshot> end =
          until == null ? Optional.empty() : Optional.of(Snapshots.find(store, until).snapshot());
      ReplayReport report = target.watchedReplay(cairn, store, end);
      target.keep();
      return report;
    }
  }

  private ReplayReport bundle(Source.BundleFile from) {
    return BundleFiles.undamaged(
        from.file(),
        () -> {
          try (TargetStore target = target(BundleFiles.federation(from.file()))) {
            ReplayReport report = target.watchedReplay(cairn, from);
            target.keep();
            return report;
          }
        });
  }

  private ReplayReport peer(Source.Peer from) {
    PeerPlaces.Place place = peers.find(cairn, from);
    try (TargetStore target = target(place.federation())) {
      ReplayReport report = target.watchedPull(cairn, place, peers.room());
      target.keep();
      return report;
    }
  }

  private TargetStore target(String federation) {
    return into == null
        ? TargetStore.temporary(cairn, federation)
        : TargetStore.at(cairn, cairn.path(into), federation);
  }

  private void tell(ReplayReport report, long nanos) {
    Console console = cairn.console();
    if (console.json()) {
      JsonArray snapshots = new JsonArray();
      for (SnapshotCheck check : report.snapshots()) {
        snapshots.add(
            new JsonObject()
                .addText("snapshot", check.snapshot())
                .add("expected", check.expected().toHex())
                .add("actual", hex(check.actual()))
                .add("ok", check.ok()));
      }
      console.line(
          new JsonObject()
              .add("records", report.records())
              .add("stateRoot", report.stateRoot().toHex())
              .add("snapshots", snapshots)
              .add("snapshotsLeftOut", report.snapshotsLeftOut())
              .add("verified", report.verified())
              .addSeconds("seconds", nanos)
              .toString());
      return;
    }
    for (SnapshotCheck check : report.snapshots()) {
      String actual = hex(check.actual());
      console.line(
          "snapshot    "
              + check.snapshot()
              + (check.ok()
                  ? "  reproduced"
                  : "  DIFFERS: recorded "
                      + check.expected().toHex()
                      + ", computed "
                      + (actual == null ? "nothing: its logs are not those replayed" : actual)));
    }
    if (report.snapshotsLeftOut() > 0) {
      console.line(
          "left out    "
              + report.snapshotsLeftOut()
              + " further snapshots published in the logs: they were not recomputed");
    }
    console.line("state root  " + report.stateRoot().toHex());
    console.line("replayed    " + report.records() + " records");
  }

  private static @Nullable String hex(@Nullable Bytes root) {
    return root == null ? null : root.toHex();
  }
}
