package dev.cairn.cli.command;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.model.Federation;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.JsonArray;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.audit.AuditReport;
import dev.cairn.federation.audit.AuditReport.Divergence;
import dev.cairn.federation.audit.AuditSource;
import dev.cairn.federation.audit.AuditSource.OfBundle;
import dev.cairn.federation.audit.AuditSource.OfStore;
import dev.cairn.federation.audit.Auditor;
import dev.cairn.federation.audit.Finding;
import dev.cairn.federation.audit.Finding.Occurrence;
import dev.cairn.federation.audit.Reexecution;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.node.StoreDirectory;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.run.RunOptions;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cairn audit}: checks sources from the ground up, and against each other. */
@Command(
    name = "audit",
    description = {
      "Checks every record, payload, log root, signature and snapshot of each source and computes",
      "its state anew. Two or more sources are compared with the first: the first record that",
      "differs is named. Exit code 1 if anything is wrong or differs, 3 if that could not be decided,",
      "4 if a node's own signatures prove that it broke the rules."
    },
    footer = {
      "",
      "Example: cairn audit .cairn --reexecute",
      "         cairn audit A/.cairn B/.cairn"
    })
final class AuditCommand implements Callable<Integer> {
  private final CairnCommand cairn;

  @Parameters(
      arity = "1..*",
      paramLabel = "SOURCE",
      description = "Stores' directories, bundles, and peers' names or addresses.")
  private List<String> sources;

  @Option(names = "--reexecute", description = "Also run the program of every live receipt again.")
  private boolean reexecute;

  AuditCommand(CairnCommand cairn) {
    this.cairn = cairn;
  }

  /** What is open for the audit; closed in reverse. */
  private static final class Opened implements AutoCloseable {
    private final Deque<Runnable> toClose = new ArrayDeque<>();
    private final List<AuditSource> sources = new ArrayList<>();
    private final List<Finding> findings = new ArrayList<>();

    void keep(AuditSource source, Runnable close) {
      toClose.push(close);
      sources.add(source);
    }

    @Override
    public void close() {
      while (!toClose.isEmpty()) {
        toClose.pop().run();
      }
    }
  }

  @Override
  public Integer call() {
    Map<String, Source> found = new LinkedHashMap<>();
    for (String text : sources) {
      if (found.put(text, Sources.find(cairn, text)) != null) {
        throw CommandFailure.usage("'" + text + "' is named twice", "name each source once");
      }
    }
    // Before any store is open: names of peers are looked up in one that may be a source itself.
    Map<String, PeerPlaces.Place> places = new LinkedHashMap<>();
    for (Source source : found.values()) {
      if (source instanceof Source.Peer peer) {
        places.put(peer.name(), PeerPlaces.find(cairn, peer));
      }
    }
    Auditor auditor =
        new Auditor(
            reexecute ? new Reexecution(OperatorRegistry.discover(), RunOptions.defaults()) : null);
    try (Opened opened = new Opened()) {
      for (Source source : found.values()) {
        open(source, places.get(source.name()), opened);
      }
      AuditReport audited = auditor.audit(opened.sources);
      List<Finding> findings = new ArrayList<>(opened.findings);
      findings.addAll(audited.findings());
      AuditReport report = new AuditReport(audited.sources(), audited.firstDivergence(), findings);
      tell(report, found.keySet());
      return report.verdict().exitCode();
    }
  }

  private void open(Source source, PeerPlaces.@Nullable Place place, Opened opened) {
    if (source instanceof Source.StoreAt at) {
      openStore(at, opened);
    } else if (source instanceof Source.BundleFile bundle) {
      TargetStore target = TargetStore.temporary(cairn, federation(bundle.file()));
      opened.keep(new OfBundle(bundle.name(), bundle.file(), target.node().store()), target::close);
    } else if (place != null) {
      TargetStore target = TargetStore.temporary(cairn, place.federation());
      opened.keep(new OfStore(source.name(), target.node().store()), target::close);
      target.pull(cairn, place);
    }
  }

  private void openStore(Source.StoreAt at, Opened opened) {
    try {
      CairnNode node = StoreDirectory.open(at.directory(), cairn.environment().clock());
      opened.keep(new OfStore(at.name(), node.store()), node::close);
    } catch (DamagedException | MalformedException e) {
      // What does not even open is a finding like any other; the other sources are still audited.
      opened.findings.add(
          new Finding(
              Finding.Kind.UNREADABLE,
              at.name(),
              "the store cannot be opened",
              List.of(new Occurrence(at.name(), "store", String.valueOf(e.getMessage()))),
              1));
    }
  }

  /** The federation that a bundle names; of one whose header is damaged, any: it is not applied. */
  private static String federation(Path bundle) {
    try {
      return BundleFiles.federation(bundle);
    } catch (DamagedException | MalformedException | UnsupportedVersionException e) {
      return Federation.DEFAULT_NAME;
    }
  }

  private void tell(AuditReport report, Iterable<String> names) {
    Console console = cairn.console();
    if (console.json()) {
      console.line(json(report, names).toString());
    } else {
      for (AuditReport.Source source : report.sources()) {
        console.line(
            "source    "
                + Text.safe(source.source())
                + ": "
                + source.records()
                + " records, state root "
                + (source.stateRoot() == null ? "unknown" : source.stateRoot().toHex()));
      }
      tell(report.firstDivergence(), console);
      report.findings().forEach(finding -> tell(finding, console));
      console.line(
          report.verified()
              ? "verified"
              : "NOT verified ("
                  + lower(report.verdict())
                  + "): "
                  + report.findings().size()
                  + " findings");
    }
  }

  private static void tell(@Nullable Divergence divergence, Console console) {
    if (divergence != null) {
      console.line(
          "diverges  first at logseq "
              + divergence.logseq()
              + ", record "
              + divergence.index()
              + " of "
              + divergence.origin()
              + ", "
              + divergence.canonicalId());
      console.line("  left    " + divergence.left());
      console.line("  right   " + divergence.right());
    }
  }

  private static void tell(Finding finding, Console console) {
    console.line(
        "finding   "
            + finding.id()
            + "  "
            + lower(finding.kind())
            + ": "
            + Text.safe(finding.message())
            + (finding.count() > 1 ? " (" + finding.count() + " times)" : ""));
    for (Occurrence occurrence : finding.occurrences()) {
      console.line(
          "  in "
              + Text.safe(occurrence.source())
              + ", "
              + Text.safe(occurrence.place())
              + ": "
              + Text.safe(occurrence.detail()));
    }
  }

  private static JsonObject json(AuditReport report, Iterable<String> names) {
    Map<String, AuditReport.Source> states = new LinkedHashMap<>();
    report.sources().forEach(source -> states.put(source.source(), source));
    JsonArray told = new JsonArray();
    for (String name : names) {
      AuditReport.Source state = states.get(name);
      Bytes root = state == null ? null : state.stateRoot();
      told.add(
          new JsonObject()
              .add("source", name)
              .add("stateRoot", root == null ? null : root.toHex())
              .add("records", state == null ? 0 : state.records()));
    }
    JsonArray list = new JsonArray();
    report.findings().forEach(finding -> list.add(json(finding)));
    return new JsonObject()
        .add("verified", report.verified())
        .add("verdict", lower(report.verdict()))
        .add("sources", told)
        .add("firstDivergence", json(report.firstDivergence()))
        .add("findings", list);
  }

  private static @Nullable JsonObject json(@Nullable Divergence divergence) {
    return divergence == null
        ? null
        : new JsonObject()
            .addText("origin", divergence.origin())
            .addU64("index", divergence.index())
            .addU64("logseq", divergence.logseq())
            .addText("canonicalId", divergence.canonicalId())
            .add("left", divergence.left())
            .add("right", divergence.right());
  }

  private static JsonObject json(Finding finding) {
    JsonArray occurrences = new JsonArray();
    for (Occurrence occurrence : finding.occurrences()) {
      occurrences.add(
          new JsonObject()
              .add("source", occurrence.source())
              .add("place", occurrence.place())
              .add("detail", occurrence.detail()));
    }
    return new JsonObject()
        .add("id", finding.id())
        .add("kind", lower(finding.kind()))
        .add("severity", lower(finding.severity()))
        .add("subject", finding.subject())
        .add("message", finding.message())
        .add("count", finding.count())
        .add("occurrences", occurrences);
  }

  private static String lower(Enum<?> value) {
    return value.name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
