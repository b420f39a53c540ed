package dev.cairn.cli.demo;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.federation.audit.ReplayReport;
import dev.cairn.federation.audit.Replayer;
import dev.cairn.federation.bundle.BundleReport;
import dev.cairn.federation.bundle.Bundles;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.pel.run.RunOptions;
import dev.cairn.pel.run.RunResult;
import dev.cairn.pel.run.Verification;
import java.nio.file.Path;
import java.util.Locale;
import java.util.Optional;
import java.util.SortedMap;

/** C writes its snapshot as a bundle; replayed into an empty store it gives the same state. */
final class ReplayBundle implements Step {
  /** The bundle's file. */
  static final String FILE = "evidence.bundle";

  @Override
  public String name() {
    return "replay";
  }

  @Override
  public String title() {
    return "A bundle of C's snapshot, replayed into an empty store D";
  }

  @Override
  public void run(Tour tour, Chapter chapter) {
    Path file = tour.file(FILE);
    Snapshot snapshot = tour.snapshot();
    BundleReport written =
        Bundles.write(tour.node("C").store(), file, Optional.empty(), Optional.of(snapshot));
    BundleReport verified = Bundles.verify(file);
    chapter.say(
        String.format(
            Locale.ROOT,
            "%s: %,d records, %,d payloads, %,d bytes",
            file.getFileName(),
            verified.tally().records(),
            verified.tally().payloads(),
            verified.bytes()));
    chapter.claim(
        "the bundle verifies with all that was written", written.tally(), verified.tally());
    chapter.claim("it holds the snapshot", snapshot.key(), verified.header().snapshot().key());
    CairnNode replayed = tour.create("D");
    long start = tour.ticker().nanos();
    ReplayReport report = new Replayer(replayed.store()).bundle(file);
    long nanos = tour.ticker().nanos() - start;
    chapter.say("replayed records: " + Tour.rate(report.records(), nanos));
    chapter.claim("the recorded snapshot is reproduced", true, report.verified());
    chapter.claim(
        "D's state root is that of A, B and C",
        snapshot.stateRoot().toHex(),
        report.stateRoot().toHex());
    chapter.claim(
        "D's snapshot is theirs too", snapshot.key(), replayed.store().snapshot("demo").key());
    reexecute(tour, replayed, chapter);
    chapter
        .facts()
        .add("records", report.records())
        .add("bytes", verified.bytes())
        .add("recordsPerSecond", Tour.perSecond(report.records(), nanos))
        .add("stateRoot", report.stateRoot().toHex())
        .addSeconds("seconds", nanos);
  }

  /** Runs the receipt's program in D, trusting no receipt, and compares byte for byte. */
  private static void reexecute(Tour tour, CairnNode replayed, Chapter chapter) {
    RunResult first = tour.run();
    Verification verification = replayed.executor().verify(first.key(), RunOptions.defaults());
    int executed =
        verification instanceof Verification.Confirmed confirmed ? confirmed.executed() : 0;
    String found =
        verification instanceof Verification.Refuted refuted
            ? refuted.place() + ": " + refuted.claimed() + " / " + refuted.found()
            : "the same receipt";
    SortedMap<String, ArtifactKey> outputs = replayed.receipts().read(first.key()).outputs();
    chapter.say("output " + outputs.get(SourceProgram.TOTAL));
    chapter.claim(
        "every node of the program ran once more, in D", first.receipt().steps().size(), executed);
    chapter.claim("it gave the receipt that A wrote", "the same receipt", found);
    chapter.claim("and the same outputs", first.outputs(), outputs);
    chapter.facts().addText("receipt", first.key()).add("reexecuted", executed);
  }
}
