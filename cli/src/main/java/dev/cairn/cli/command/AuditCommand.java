package dev.cairn.cli.command;

import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.report.AuditDocument;
import dev.cairn.cli.report.HtmlReport;
import dev.cairn.cli.report.JunitReport;
import dev.cairn.cli.report.Reproduction;
import dev.cairn.cli.report.SarifReport;
import dev.cairn.cli.report.TextReport;
import dev.cairn.federation.audit.AuditCheck;
import dev.cairn.federation.audit.AuditPlan;
import dev.cairn.federation.audit.AuditReport;
import dev.cairn.federation.audit.AuditSource;
import dev.cairn.federation.audit.AuditSource.OfBundle;
import dev.cairn.federation.audit.AuditSource.OfEvidence;
import dev.cairn.federation.audit.AuditSource.OfStore;
import dev.cairn.federation.audit.AuditSource.Unopened;
import dev.cairn.federation.audit.Auditor;
import dev.cairn.federation.audit.CauseTrees;
import dev.cairn.federation.audit.Disagreement;
import dev.cairn.federation.audit.Disagreements;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cairn audit}: checks sources from the ground up, and against each other. */
@Command(
    name = "audit",
    description = {
      "Checks every record, payload, log root, signature and snapshot of each source and computes",
      "its state anew. Two or more sources are compared: the first record in which they contradict",
      "each other is named; one that merely lags is told and is no fault. Exit code 1 if anything",
      "is wrong or differs, 3 if that could not be decided, 4 if a node's own signatures prove",
      "that it broke the rules."
    },
    footer = {
      "",
      "Example: cairn audit .cairn --reexecute",
      "         cairn audit .cairn --receipts 20 --seed 7",
      "         cairn audit .cairn --check records,checkpoints,log-roots",
      "         cairn audit .cairn alice --check comparison",
      "         cairn audit A/.cairn B/.cairn --explain @report.txt",
      "         cairn audit A/.cairn B/.cairn --reproduce finding.bundle",
      "         cairn audit A/.cairn B/.cairn --reproduce finding.bundle --finding 2344d823",
      "         cairn audit A/.cairn B/.cairn --report sarif > audit.sarif",
      "         cairn audit A/.cairn B/.cairn --report html > audit.html",
      "         cairn audit backup --sign audit.intoto.json --sign-key auditor.pem",
      "         cairn audit backup --findings findings && cairn audit findings list --findings"
          + " findings"
    })
final class AuditCommand implements Callable<Integer> {
  private final CairnCommand cairn;

  // None is asked for where a command below it is called; see checkSources.
  @Parameters(
      arity = "0..*",
      paramLabel = "SOURCE",
      description = {
        "Stores' directories, bundles, evidence files, and peers' names or addresses; at least",
        "one."
      })
  private List<String> sources = new ArrayList<>();

  @Mixin private final CheckOptions checks = new CheckOptions();

  @Option(
      names = "--report",
      paramLabel = "json|sarif|junit|html",
      description = {
        "The result as JSON, as SARIF 2.1.0, as JUnit XML, or as one HTML page for people, with",
        "what differs drawn."
      })
  private @Nullable Form form;

  @Option(
      names = "--findings",
      paramLabel = "DIR",
      description = {
        "Keep what is found in this store of findings, which is made if it is not there: what was",
        "found before is observed again."
      })
  private @Nullable String findings;

  @Option(
      names = "--fail-on",
      paramLabel = "SEVERITY|lag",
      converter = FailOn.Converter.class,
      completionCandidates = FailOn.Words.class,
      description = {
        "The least severity of a finding that the exit code tells of: note, warning, undecided,",
        "error or misbehaviour; undecided if left out. What is less ends with 0 and is still told.",
        "'lag': as if left out, and 1 also if a source holds less of a log than another."
      })
  private FailOn failOn = FailOn.USUAL;

  @Option(
      names = "--explain",
      paramLabel = "KEY",
      description = {
        "Tell why the sources do not have the same in the place of this artifact: from there up",
        "through what it was made from, to the first input or step on which they disagree. Of a",
        "single source, why it has two answers. KEY may be a receipt or a program too."
      })
  private @Nullable String explained;

  @Option(
      names = "--reproduce",
      paramLabel = "FILE",
      description = {
        "Write the least that shows the worst finding, or that of --finding, into this file:",
        "'cairn audit FILE' finds it there too, at the same place. If no records can show it, say",
        "why."
      })
  private @Nullable String reproduced;

  @Option(
      names = "--finding",
      paramLabel = "ID",
      description = {
        "With --reproduce: write what shows this finding, by 6 digits or more of the id that an",
        "audit tells it with, instead of the worst one."
      })
  private @Nullable String finding;

  @Mixin private final PeerOptions peers = new PeerOptions();

  @Mixin private final SignOptions signing = new SignOptions();

  /** What a report looks like. */
  private enum Form {
    JSON,
    SARIF,
    JUNIT,
    HTML
  }

  AuditCommand(CairnCommand cairn) {
    this.cairn = cairn;
  }

  static CommandLine tree(CairnCommand cairn) {
    AuditCommand audit = new AuditCommand(cairn);
    return new CommandLine(audit)
        .addSubcommand(AuditFindingsCommand.tree(cairn, audit))
        .addSubcommand(new AuditBisectCommand(cairn, audit));
  }

  /** Refuses sources before a command that takes none: {@code cairn audit SOURCE findings}. */
  void refuseSources(String command) {
    if (!sources.isEmpty()) {
      throw CommandFailure.usage(
          "'" + command + "' after SOURCE '" + sources.get(0) + "'",
          "write './" + command + "' for a source of that name, or leave the source out");
    }
  }

  /** What was found, and what the sources had to say about it while they were open. */
  private record Audited(
      AuditReport report,
      List<Disagreement> disagreements,
      CauseTrees explanations,
      @Nullable Reproduction reproduction) {
    Audited(AuditReport report, CauseTrees explanations) {
      this(report, List.of(), explanations, null);
    }

    /** What the sources are called. */
    List<String> names() {
      return report.sources().stream().map(AuditReport.Source::source).toList();
    }
  }

  /** What is open for the audit; closed in reverse. */
  private static final class Opened implements AutoCloseable {
    private final Deque<Runnable> toClose = new ArrayDeque<>();
    private final List<AuditSource> sources = new ArrayList<>();

    void keep(AuditSource source, Runnable close) {
      toClose.push(close);
      sources.add(source);
    }

    /** Closes all of them, though one fails. */
    @Override
    public void close() {
      if (!toClose.isEmpty()) {
        try {
          toClose.pop().run();
        } finally {
          close();
        }
      }
    }
  }

  @Override
  public Integer call() {
    Map<String, Source> found = findSources();
    peers.check();
    AuditPlanner planner = checks.planner(cairn, found.size());
    SigningKey key = signing.key(cairn);
    // Before any store is open: names of peers are looked up in one that may be a source itself.
    Map<String, PeerPlaces.Place> places = new LinkedHashMap<>();
    for (Source source : found.values()) {
      if (source instanceof Source.Peer peer) {
        places.put(peer.name(), peers.find(cairn, peer, found.values()));
      }
    }
    try (FindingsStore kept = FindingsStore.toWrite(cairn, findings, found.values())) {
      Audited audited = audit(found.values(), places, planner);
      AuditReport report = audited.report;
      AuditDocument document =
          new AuditDocument(
              report,
              audited.names(),
              ProgramVersion.text(),
              kept.keep(report),
              audited.disagreements,
              audited.explanations,
              audited.reproduction);
      if (key != null) {
        signing.write(cairn, document, key);
      }
      tell(document);
      return exitCode(audited);
    }
  }

  private int exitCode(Audited audited) {
    if (failOn.fails(audited.report)) {
      return Math.max(ExitCode.NEGATIVE.status(), audited.report.verdict().exitCode());
    }
    Reproduction written = audited.reproduction;
    boolean lacks = finding != null && written != null && written.file() == null;
    return (lacks ? ExitCode.NEGATIVE : ExitCode.DONE).status();
  }

  private Map<String, Source> findSources() {
    if (sources.isEmpty()) {
      throw CommandFailure.usage("no SOURCE given", "see 'cairn audit --help'");
    }
    String wanted = finding;
    if (wanted != null && reproduced == null) {
      throw CommandFailure.usage(
          "--finding without --reproduce", "say with --reproduce FILE where it is to be written");
    }
    if (wanted != null && !Reproducer.isPrefix(wanted)) {
      throw CommandFailure.usage(
          "'" + wanted + "' is no id of a finding",
          "give 6 hex digits or more of one that an audit told");
    }
    if (form != null && form != Form.JSON && cairn.console().json()) {
      throw CommandFailure.usage(
          "both --json and --report " + form.name().toLowerCase(Locale.ROOT), "choose one of them");
    }
    Map<String, Source> found = new LinkedHashMap<>();
    for (String text : sources) {
      if (found.put(text, Sources.find(cairn, text)) != null) {
        throw CommandFailure.usage("'" + text + "' is named twice", "name each source once");
      }
    }
    return found;
  }

  private Audited audit(
      Collection<Source> found, Map<String, PeerPlaces.Place> places, AuditPlanner planner) {
    Path excerpt = Reproducer.only(found);
    if (excerpt != null) {
      return excerpt(excerpt);
    }
    // Both take records, and not only hashes of them.
    ComparedPeer pair =
        explained == null && reproduced == null
            ? ComparedPeer.of(found, planner).orElse(null)
            : null;
    PeerPlaces.Place place = pair == null ? null : places.get(pair.peer().name());
    if (pair != null && place != null && pair.isOf(place.federation())) {
      AuditReport report = pair.compare(cairn, place);
      return new Audited(
          report, report.firstDivergence() == null ? CauseTrees.NONE : CauseTrees.NEEDS_RECORDS);
    }
    try (Opened opened = new Opened()) {
      for (Source source : found) {
        open(source, places.get(source.name()), opened);
      }
      AuditPlan plan = planner.plan(opened.sources);
      String text = explained;
      ArtifactKey key =
          text == null ? null : AuditPlanner.key(cairn, "--explain", text, opened.sources);
      Auditor auditor = Auditor.of(plan);
      return cairn
          .console()
          .watching(
              new AuditProgress(auditor, opened.sources),
              () -> audit(auditor, opened.sources, plan, key, planner.runsReceipts()));
    }
  }

  private Audited audit(
      Auditor auditor,
      List<AuditSource> opened,
      AuditPlan plan,
      @Nullable ArtifactKey key,
      boolean runsReceipts) {
    AuditReport audited = auditor.audit(opened);
    boolean compared = plan.checks().contains(AuditCheck.COMPARISON);
    CauseTrees explanations =
        key != null
            ? CauseTrees.of(opened, audited, key)
            : compared ? CauseTrees.of(opened, audited) : CauseTrees.NONE;
    return new Audited(
        audited,
        compared ? Disagreements.of(opened, audited) : List.of(),
        explanations,
        reproduced == null
            ? null
            : Reproducer.write(
                cairn, reproduced, finding, opened, audited, explanations, runsReceipts));
  }

  private Audited excerpt(Path file) {
    if (explained != null || reproduced != null || checks.choose()) {
      throw CommandFailure.usage(
          file + " shows one finding, for which everything in it is checked",
          "leave options that choose to an audit of whole sources");
    }
    Reproducer.Shown shown = Reproducer.audit(file);
    return new Audited(shown.report(), shown.explanations());
  }

  private void open(Source source, PeerPlaces.@Nullable Place place, Opened opened) {
    if (source instanceof Source.StoreAt at) {
      openStore(at, opened);
    } else if (source instanceof Source.BundleFile bundle) {
      TargetStore target = TargetStore.temporary(cairn, FederationOption.of(bundle));
      opened.keep(new OfBundle(bundle.name(), bundle.file(), target.node().store()), target::close);
    } else if (source instanceof Source.EvidenceFile file) {
      opened.keep(new OfEvidence(file.name(), Sources.evidence(file)), () -> {});
    } else if (place != null) {
      TargetStore target = TargetStore.temporary(cairn, place.federation());
      opened.keep(new OfStore(source.name(), target.node().store()), target::close);
      target.watchedPull(cairn, place, peers.room());
    }
  }

  private void openStore(Source.StoreAt at, Opened opened) {
    try {
      SourceStore store = SourceStore.open(cairn, at);
      opened.keep(new OfStore(at.name(), store.store()), store::close);
    } catch (DamagedException | MalformedException e) {
      opened.keep(new Unopened(at.name(), String.valueOf(e.getMessage()), true), () -> {});
    } catch (NotFoundException | RefusedException e) {
      opened.keep(new Unopened(at.name(), String.valueOf(e.getMessage()), false), () -> {});
    }
  }

  private void tell(AuditDocument document) {
    Console console = cairn.console();
    Form chosen = form == null && console.json() ? Form.JSON : form;
    if (chosen == null) {
      TextReport.of(document).forEach(line -> console.line(Text.safe(line)));
      return;
    }
    switch (chosen) {
      case JSON -> console.line(document.json().toString());
      case SARIF -> console.line(SarifReport.of(document));
      case JUNIT -> console.out().print(JunitReport.of(document));
      case HTML -> console.out().print(HtmlReport.of(document));
    }
  }
}
