package dev.cairn.cli.command;

import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.store.CheckReport;
import dev.cairn.asl.store.Damage;
import dev.cairn.asl.store.RepairSource;
import dev.cairn.asl.time.WallClock;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonArray;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.cli.console.Progress;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.node.NodeCheck;
import dev.cairn.federation.node.StoreDirectory;
import dev.cairn.tgk.GraphSegments;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code cairn fsck}: finds all damage, and mends it. */
@Command(
    name = "fsck",
    description = {
      "Reads every record, payload and chunk, and compares every row that follows from the log with",
      "what the log gives. Changes nothing unless told. Exit code 1 if anything is, or stays, damaged."
    },
    footer = {
      "",
      "Example: cairn fsck",
      "         cairn fsck --rebuild",
      "         cairn fsck --repair-from ../other/.cairn"
    })
final class FsckCommand implements Callable<Integer> {
  private final CairnCommand cairn;

  @Option(
      names = "--rebuild",
      description = {
        "Makes anew what follows from the log, removes chunks that nothing needs, and sets aside",
        "what does not verify."
      })
  private boolean rebuild;

  @Option(
      names = "--repair-from",
      paramLabel = "DIR",
      description = "As --rebuild, and fetches what is missing from another store on this machine.")
  private @Nullable String repairFrom;

  FsckCommand(CairnCommand cairn) {
    this.cairn = cairn;
  }

  @Override
  public Integer call() {
    Console console = cairn.console();
    CheckReport report;
    try (Progress progress = console.progress("fsck", -1)) {
      report = withSegments(report(progress));
    } catch (DamagedException e) {
      // Too damaged to open: that is an answer too.
      String where = cairn.storeDirectory().toString();
      Damage damage = new Damage(null, where, String.valueOf(e.getMessage()));
      report = new CheckReport(0, 1, List.of(damage), 0, 1, List.of(damage), List.of());
    }
    tell(report, console);
    if (report.isWhole()) {
      return ExitCode.DONE.status();
    }
    throw CommandFailure.negative(
        report.remaining() + " damaged",
        rebuild || repairFrom != null
            ? "what is left needs another store: --repair-from DIR, or a new store from a peer"
            : "'cairn fsck --rebuild' mends what follows from the log, --repair-from DIR the rest");
  }

  private CheckReport report(Progress progress) {
    Path directory = cairn.storeDirectory();
    WallClock clock = cairn.environment().clock();
    if (repairFrom == null && !rebuild) {
      try (NodeCheck check = StoreDirectory.openToCheck(directory, clock, progress::step)) {
        return check.check();
      }
    }
    Path other = repairFrom == null ? null : otherStore(repairFrom);
    try (NodeCheck check = StoreDirectory.openToRepair(directory, clock, progress::step)) {
      if (other == null) {
        return check.repair(null);
      }
      try (CairnNode source = StoreDirectory.openReadOnly(other, clock)) {
        return check.repair(RepairSource.of(source.store()));
      }
    }
  }

  /** The same with the sealed segments: damaged ones are removed where all is made anew. */
  private CheckReport withSegments(CheckReport report) {
    Path folder = StoreDirectory.segments(cairn.storeDirectory());
    int files = GraphSegments.all(folder).size();
    SortedMap<Path, String> broken = GraphSegments.damaged(folder);
    boolean removed = rebuild || repairFrom != null;
    if (removed) {
      GraphSegments.removeAll(folder);
    }
    List<Damage> damaged = new ArrayList<>(report.damaged());
    broken.forEach((file, error) -> damaged.add(new Damage(null, file.toString(), error)));
    return new CheckReport(
        report.checked() + files,
        report.found() + broken.size(),
        damaged,
        report.unneeded(),
        report.remaining() + (removed ? 0 : broken.size()),
        report.outdated());
  }

  private Path otherStore(String text) {
    Source source = Sources.find(cairn, text);
    if (!(source instanceof Source.StoreAt at)) {
      throw CommandFailure.usage(
          "'" + text + "' is no store's directory",
          "the protocol has no request for single payloads: make a store from the peer or bundle"
              + " with 'cairn replay SOURCE --into DIR', and repair from that");
    }
    try {
      if (Files.isSameFile(at.directory(), cairn.storeDirectory())) {
        throw CommandFailure.usage("a store cannot be repaired from itself", "name another");
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return at.directory();
  }

  private static void tell(CheckReport report, Console console) {
    JsonArray damaged = new JsonArray();
    for (Damage damage : report.damaged()) {
      damaged.add(
          new JsonObject()
              .addText("key", damage.key())
              .add("where", damage.where())
              .add("error", damage.error()));
      if (!console.json()) {
        console.line(
            "damaged: "
                + (damage.key() == null ? "" : damage.key() + ", ")
                + damage.where()
                + ": "
                + damage.error());
      }
    }
    JsonArray outdated = new JsonArray();
    for (String index : report.outdated()) {
      outdated.add(index);
      console.note(
          "index "
              + index
              + " is of an earlier program and was not looked at: the next command that writes"
              + " makes it anew");
    }
    console.result(
        new JsonObject()
            .add("checked", report.checked())
            .add("damaged", damaged)
            .add("found", report.found())
            .add("repaired", report.repaired())
            .add("unneeded", report.unneeded())
            .add("outdated", outdated),
        report.checked()
            + " things checked, "
            + report.found()
            + " damaged, "
            + report.repaired()
            + " repaired");
  }
}
