package dev.cairn.cli.demo;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.Store;
import dev.cairn.cli.imports.maven.MavenImporter;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Maven POMs and what they depend on go into B. */
final class ImportPoms implements Step {
  private static final TypeTag POM = new TypeTag("maven/pom");

  @Override
  public String name() {
    return "maven";
  }

  @Override
  public String title() {
    return "Maven POMs and their dependencies into B";
  }

  @Override
  public void run(Tour tour, Chapter chapter) throws IOException {
    Store store = tour.node("B").store();
    List<Path> files = PomFiles.below(tour.options().maven(), PomFiles.POMS_MAX);
    List<String> complaints = new ArrayList<>();
    long start = tour.ticker().nanos();
    MavenImporter.Report report = importPoms(tour, files, complaints);
    long nanos = tour.ticker().nanos() - start;
    chapter.say("from " + tour.options().maven());
    chapter.say(
        String.format(
            Locale.ROOT,
            "%,d different POMs, %,d edges, %,d coordinates without a POM; files: %s",
            report.poms(),
            report.edges(),
            report.coordinates(),
            Tour.rate(files.size(), nanos)));
    chapter.say("state root of B: " + store.stateRoot().toHex());
    long there = 0;
    for (Path file : files) {
      there += isThere(store, Files.readAllBytes(file)) ? 1 : 0;
    }
    if (!complaints.isEmpty()) {
      chapter.say(complaints.size() + " files that are no POMs were passed over");
    }
    chapter.claim(
        "B finds every POM by the SHA-256 of its file's bytes",
        files.size() - complaints.size(),
        there);
    chapter.claim(
        "B keeps an edge for each POM that names others",
        report.edges(),
        store.liveCounts().edges());
    long again = importPoms(tour, files, new ArrayList<>()).written();
    chapter.claim("importing them again writes no record", 0, again);
    chapter
        .facts()
        .add("files", files.size())
        .add("poms", report.poms())
        .add("edges", report.edges())
        .add("references", report.coordinates())
        .add("passedOver", complaints.size())
        .add("records", report.written())
        .add("filesPerSecond", Tour.perSecond(files.size(), nanos))
        .addSeconds("seconds", nanos)
        .add("stateRoot", store.stateRoot().toHex());
  }

  private static MavenImporter.Report importPoms(
      Tour tour, List<Path> files, List<String> complaints) throws IOException {
    return new MavenImporter(true, complaints::add)
        .run(files, tour.node("B").store(), total -> tour.console().progress("POMs", total));
  }

  private static boolean isThere(Store store, byte[] bytes) {
    for (ArtifactKey key : store.byPayload(PayloadDigest.of(Bytes.wrap(bytes)))) {
      if (store.now().live(key).map(entry -> POM.equals(entry.artifact().tag())).orElse(false)) {
        return true;
      }
    }
    return false;
  }
}
