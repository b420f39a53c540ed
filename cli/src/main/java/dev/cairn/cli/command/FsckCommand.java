package dev.cairn.cli.command;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.DataLossException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.store.CheckReport;
import dev.cairn.asl.store.Damage;
import dev.cairn.asl.time.WallClock;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonArray;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.cli.console.Progress;
import dev.cairn.federation.node.NodeCheck;
import dev.cairn.federation.node.StoreDirectory;
import dev.cairn.tgk.GraphSegments;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code cairn fsck}: finds all damage, and mends it. */
@Command(
    name = "fsck",
    description = {
      "Reads every record, payload and chunk, and compares every row that follows from the log"
          + " with",
      "what the log gives. Changes nothing unless told. Exit code 1 if anything is, or stays,"
          + " damaged."
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
      paramLabel = "PEER",
      description = {
        "As --rebuild, and fetches what is damaged or missing from this peer: a name, an address"
            + " or",
        "a store's directory. Given several times: from the first that has it."
      })
  private List<String> repairFrom = List.of();

  private SortedMap<String, CairnException> failures = Collections.emptySortedMap();

  FsckCommand(CairnCommand cairn) {
    this.cairn = cairn;
  }

  @Override
  public Integer call() {
    Console console = cairn.console();
    CheckReport report;
    CairnException refusal = null;
    try (Progress progress = console.progress("things checked", -1)) {
      report = withSegments(report(progress));
    } catch (DamagedException | DataLossException e) {
      // Too damaged to open: that is an answer too.
      refusal = e;
      String where = cairn.storeDirectory().toString();
      Damage damage = new Damage(null, where, String.valueOf(e.getMessage()));
      report = new CheckReport(0, 1, List.of(damage), 0, 1, List.of(damage), List.of());
    }
    tell(report, console);
    failures.forEach((peer, error) -> console.warn(peer + ": " + error.getMessage()));
    if (report.isWhole()) {
      return ExitCode.DONE.status();
    }
    for (Map.Entry<String, CairnException> failed : failures.entrySet()) {
      if (failed.getValue() instanceof UnavailableException unavailable) {
        throw CommandFailure.unfinished(
            report.remaining() + " damaged, and peer " + failed.getKey() + " could not be asked",
            "try again when it answers, or name another",
            unavailable);
      }
    }
    if (refusal instanceof DataLossException) {
      throw refusal;
    }
    if (refusal != null) {
      throw CommandFailure.negative(
          "the store does not open, so nothing of it can be mended",
          "make a new one: 'cairn clone PEER DIR', or 'cairn restore BACKUP'");
    }
    throw CommandFailure.negative(
        report.remaining() + " damaged",
        mends()
            ? "what is left needs another peer: --repair-from PEER, or a new store:"
                + " 'cairn clone PEER DIR'"
            : "'cairn fsck --rebuild' mends what follows from the log, --repair-from PEER the"
                + " rest");
  }

  private boolean mends() {
    return rebuild || !repairFrom.isEmpty();
  }

  private CheckReport report(Progress progress) {
    Path directory = cairn.storeDirectory();
    WallClock clock = cairn.environment().clock();
    if (!mends()) {
      try (NodeCheck check = StoreDirectory.openToCheck(directory, clock, progress::step)) {
        progress.expect(check.thingsAbout());
        return check.check();
      }
    }
    List<RepairPlaces.Place> places = RepairPlaces.find(cairn, repairFrom);
    try (NodeCheck check = StoreDirectory.openToRepair(directory, clock, progress::step);
        RepairPlaces sources = RepairPlaces.open(cairn, places, check)) {
      progress.expect(check.thingsAbout());
      CheckReport report = check.repairFrom(sources.sources());
      failures = sources.failures();
      return report;
    }
  }

  /** The same with the sealed segments: damaged ones are removed where all is made anew. */
  private CheckReport withSegments(CheckReport report) {
    Path folder = StoreDirectory.segments(cairn.storeDirectory());
    int files = GraphSegments.all(folder).size();
    SortedMap<Path, String> broken = GraphSegments.damaged(folder);
    boolean removed = mends();
    if (removed) {
      GraphSegments.removeAll(folder);
    }
    List<Damage> damaged = new ArrayList<>(report.damaged());
    broken.forEach((file, error) -> damaged.add(new Damage(null, file.toString(), error)));
    List<Damage> left = new ArrayList<>(report.left());
    if (!removed) {
      left.addAll(damaged.subList(report.damaged().size(), damaged.size()));
    }
    return new CheckReport(
        report.checked() + files,
        report.found() + broken.size(),
        damaged,
        report.unneeded(),
        report.remaining() + (removed ? 0 : broken.size()),
        left,
        report.outdated());
  }

  private void tell(CheckReport report, Console console) {
    JsonArray damaged = listed("damaged: ", report.damaged(), console);
    JsonArray left = mends() ? listed("still damaged: ", report.left(), console) : damaged;
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
            .add("left", left)
            .add("unneeded", report.unneeded())
            .add("outdated", outdated),
        report.checked()
            + " things checked, "
            + report.found()
            + " damaged, "
            + report.repaired()
            + " repaired");
  }

  private static JsonArray listed(String word, List<Damage> damages, Console console) {
    JsonArray listed = new JsonArray();
    for (Damage damage : damages) {
      listed.add(
          new JsonObject()
              .addText("key", damage.key())
              .add("where", damage.where())
              .add("error", damage.error()));
      if (!console.json()) {
        console.line(
            word
                + (damage.key() == null ? "" : damage.key() + ", ")
                + damage.where()
                + ": "
                + damage.error());
      }
    }
    return listed;
  }
}
