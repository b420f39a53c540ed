package dev.cairn.cli.command;

import dev.cairn.asl.error.AmbiguousException;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonArray;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.node.StoreDirectory;
import dev.cairn.tgk.finding.Acknowledgement;
import dev.cairn.tgk.finding.Finding;
import dev.cairn.tgk.finding.FindingFilter;
import dev.cairn.tgk.finding.FindingId;
import dev.cairn.tgk.finding.FindingPage;
import dev.cairn.tgk.finding.FindingReader;
import dev.cairn.tgk.finding.FindingStore;
import dev.cairn.tgk.finding.FindingSummary;
import dev.cairn.tgk.finding.FindingText;
import dev.cairn.tgk.finding.Occurrence;
import dev.cairn.tgk.finding.OccurrencePage;
import dev.cairn.tgk.finding.RuleId;
import dev.cairn.tgk.finding.Seen;
import dev.cairn.tgk.finding.Severity;
import dev.cairn.tgk.finding.StatedFinding;
import dev.cairn.tgk.finding.StatedObservation;
import dev.cairn.tgk.finding.StatedOccurrence;
import java.nio.file.Path;
import java.time.Instant;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cairn audit findings}: what audits found, and who has taken note of it. */
@Command(
    name = "findings",
    description = "Lists, shows and acknowledges findings that audits kept.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "Example: cairn audit findings list --findings findings"})
final class AuditFindingsCommand implements Runnable {
  private static final int PAGE = 500;

  private AuditFindingsCommand() {}

  static CommandLine tree(CairnCommand cairn, AuditCommand audit) {
    return new CommandLine(new AuditFindingsCommand())
        .addSubcommand(new ListAll(cairn, audit))
        .addSubcommand(new Show(cairn, audit))
        .addSubcommand(new Acknowledge(cairn, audit));
  }

  @Override
  public void run() {
    throw CommandFailure.usage("no command given", "see 'cairn audit findings --help'");
  }

  /** A command on a store of findings. */
  private abstract static class FindingsCommand implements Callable<Integer> {
    private final CairnCommand cairn;
    private final AuditCommand audit;

    @Option(
        names = "--findings",
        paramLabel = "DIR",
        required = true,
        description = "The store of findings.")
    private String directory;

    FindingsCommand(CairnCommand cairn, AuditCommand audit) {
      this.cairn = cairn;
      this.audit = audit;
    }

    final CairnCommand cairn() {
      return cairn;
    }

    @Override
    public final Integer call() {
      audit.refuseSources("findings");
      checkArguments();
      Path at = FindingsStore.existing(cairn, directory);
      try (CairnNode node = open(at)) {
        return run(new FindingStore(node.store()), cairn.console()).status();
      }
    }

    CairnNode open(Path at) {
      return StoreDirectory.open(at, cairn.environment().clock());
    }

    /** Refuses what cannot be, before the store is opened. */
    void checkArguments() {}

    abstract ExitCode run(FindingStore findings, Console console);
  }

  /** A command that only reads, and so works beside an audit that is keeping its findings. */
  private abstract static class ReadingCommand extends FindingsCommand {
    ReadingCommand(CairnCommand cairn, AuditCommand audit) {
      super(cairn, audit);
    }

    @Override
    final CairnNode open(Path at) {
      try {
        return StoreDirectory.isBackupAt(at)
            ? StoreDirectory.openReadOnly(at, cairn().environment().clock())
            : super.open(at);
      } catch (UnavailableException inUse) {
        try {
          return StoreDirectory.openReadOnly(at, cairn().environment().clock());
        } catch (CairnException e) {
          e.addSuppressed(inUse);
          throw e;
        }
      }
    }
  }

  @Command(
      name = "list",
      description = "Lists findings in the order of their ids.",
      footer = {"", "Example: cairn audit findings list --findings findings --open"})
  private static final class ListAll extends ReadingCommand {
    @Option(names = "--rule", paramLabel = "RULE", description = "Only of this rule: audit:fork.")
    private @Nullable String rule;

    @Option(
        names = "--severity",
        paramLabel = "note|warning|undecided|error|misbehaviour",
        description = "Only of this severity.")
    private @Nullable Severity severity;

    @Option(names = "--subject", paramLabel = "TEXT", description = "Only about this subject.")
    private @Nullable String subject;

    @Option(names = "--source", paramLabel = "SOURCE", description = "Only seen in this source.")
    private @Nullable String source;

    @Option(names = "--acknowledged", description = "Only those that somebody has taken note of.")
    private boolean acknowledged;

    @Option(names = "--open", description = "Only those that nobody has taken note of yet.")
    private boolean open;

    @Option(
        names = "--limit",
        paramLabel = "N",
        description = "No more than so many; else all of them.")
    private @Nullable Long limit;

    @Option(
        names = "--after",
        paramLabel = "ID",
        description = "Go on behind this finding; all digits of its id.")
    private @Nullable String after;

    ListAll(CairnCommand cairn, AuditCommand audit) {
      super(cairn, audit);
    }

    @Override
    void checkArguments() {
      if (acknowledged && open) {
        throw CommandFailure.usage("both --acknowledged and --open", "choose one of them");
      }
      if (limit != null && limit < 1) {
        throw CommandFailure.usage("--limit " + limit, "give 1 or more");
      }
      FindingFilter unused = filter();
      FindingId unusedId = start();
    }

    private FindingFilter filter() {
      try {
        return new FindingFilter(
            rule == null ? null : new RuleId(rule),
            severity,
            subject,
            source,
            (acknowledged || open) ? (Boolean) acknowledged : null);
      } catch (CairnException e) {
        throw CommandFailure.usage("'" + rule + "' is no rule", "write it like audit:fork");
      }
    }

    private @Nullable FindingId start() {
      try {
        return after == null ? null : FindingId.parse(after);
      } catch (CairnException e) {
        throw CommandFailure.usage(
            "'" + after + "' is no whole id of a finding", "give all of its 64 hex digits");
      }
    }

    @Override
    ExitCode run(FindingStore findings, Console console) {
      FindingReader reader = findings.reader();
      FindingFilter filter = filter();
      FindingId next = start();
      long left = limit == null ? Long.MAX_VALUE : limit;
      do {
        FindingPage page = reader.list(filter, next, (int) Math.min(left, PAGE));
        page.findings().forEach(summary -> console.result(summaryJson(summary), text(summary)));
        left -= page.findings().size();
        next = page.next();
      } while (next != null && left > 0);
      if (next != null) {
        console.note("there may be more: go on with --after " + next);
      }
      return ExitCode.DONE;
    }

    private static String text(FindingSummary summary) {
      Finding finding = summary.stated().finding();
      return summary.stated().id().shortText()
          + "  "
          + finding.severity().text()
          + "  "
          + finding.rule()
          + "  "
          + Text.safe(finding.subject())
          + "  "
          + summary.occurrences()
          + (summary.occurrences() == 1 ? " place" : " places")
          + ", last seen "
          + time(summary.lastMillis())
          + (summary.acknowledged() ? ", acknowledged" : "")
          + (summary.stated().contradictions().isEmpty() ? "" : ", CONTRADICTED");
    }
  }

  private static JsonObject summaryJson(FindingSummary summary) {
    return statedJson(summary.stated())
        .add("occurrences", summary.occurrences())
        .add("firstSeen", time(summary.firstMillis()))
        .add("lastSeen", time(summary.lastMillis()))
        .add("acknowledged", summary.acknowledged());
  }

  private static JsonObject statedJson(StatedFinding stated) {
    JsonArray contradictions = new JsonArray();
    for (Finding other : stated.contradictions()) {
      contradictions.add(
          new JsonObject()
              .add("severity", other.severity().text())
              .add("message", other.message()));
    }
    Finding finding = stated.finding();
    return new JsonObject()
        .add("id", stated.id().shortText())
        .addText("fullId", stated.id())
        .addText("key", stated.key())
        .addText("rule", finding.rule())
        .add("severity", finding.severity().text())
        .add("subject", finding.subject())
        .add("message", finding.message())
        .add("contradictions", contradictions);
  }

  private static @Nullable String time(@Nullable Long millis) {
    return millis == null ? null : Instant.ofEpochMilli(millis).toString();
  }

  private static CommandFailure none(String id) {
    return CommandFailure.negative(
        "no finding " + id, "see them with 'cairn audit findings list --findings DIR'");
  }

  /** The finding that a user means by the first digits of its id. */
  private static FindingId resolve(FindingReader reader, String text) {
    List<FindingId> found = reader.byPrefix(text, 5);
    if (found.isEmpty()) {
      throw none(text);
    }
    if (found.size() > 1) {
      throw new AmbiguousException("'" + text + "' fits several findings: " + found);
    }
    return found.get(0);
  }

  @Command(
      name = "show",
      description = "Shows a finding: where it was seen, by whom, when, and what was seen there.",
      footer = {"", "Example: cairn audit findings show 9f86d081 --findings findings"})
  private static final class Show extends ReadingCommand {
    private static final int HISTORY_MAX = 1_000;

    @Parameters(paramLabel = "ID", description = "Which finding: 6 digits of its id or more.")
    private String id;

    @Option(names = "--history", description = "Also what was known of each place before.")
    private boolean history;

    @Option(
        names = "--limit",
        paramLabel = "N",
        defaultValue = "1000",
        description = "No more than so many places; 1000 unless told.")
    private int limit;

    Show(CairnCommand cairn, AuditCommand audit) {
      super(cairn, audit);
    }

    @Override
    void checkArguments() {
      if (limit < 1 || limit > FindingReader.PAGE_MAX) {
        throw CommandFailure.usage(
            "--limit " + limit, "give a number from 1 to " + FindingReader.PAGE_MAX);
      }
    }

    @Override
    ExitCode run(FindingStore findings, Console console) {
      FindingReader reader = findings.reader();
      FindingId wanted = resolve(reader, id);
      StatedFinding stated = reader.finding(wanted).orElseThrow(() -> none(wanted.toString()));
      OccurrencePage page = reader.occurrences(wanted, null, limit);
      if (console.json()) {
        console.line(json(reader, stated, page).toString());
      } else {
        tell(reader, stated, page, console);
      }
      return ExitCode.DONE;
    }

    private JsonObject json(FindingReader reader, StatedFinding stated, OccurrencePage page) {
      JsonArray occurrences = new JsonArray();
      page.occurrences().forEach(known -> occurrences.add(json(reader, known)));
      return statedJson(stated).add("occurrences", occurrences).add("more", page.next() != null);
    }

    private JsonObject json(FindingReader reader, StatedOccurrence known) {
      Occurrence occurrence = known.occurrence();
      JsonArray observations = new JsonArray();
      for (StatedObservation observation : known.observations()) {
        JsonObject object = observationJson(observation);
        if (history) {
          JsonArray earlier = new JsonArray();
          earlier(reader, observation).forEach(state -> earlier.add(observationJson(state)));
          object.add("history", earlier);
        }
        observations.add(object);
      }
      return new JsonObject()
          .addText("key", known.key())
          .add("source", occurrence.source())
          .add("place", occurrence.place())
          .addText("origin", occurrence.origin())
          .addText("logseq", occurrence.logseq())
          .addText("canonicalId", occurrence.canonicalId())
          .add("acknowledged", known.acknowledged())
          .add("observations", observations);
    }

    private static JsonObject observationJson(StatedObservation observation) {
      Seen seen = observation.sighting().seen();
      Acknowledgement acknowledgement = observation.sighting().acknowledgement();
      return new JsonObject()
          .addText("observer", observation.observer())
          .add("firstSeen", seen == null ? null : time(seen.firstMillis()))
          .add("lastSeen", seen == null ? null : time(seen.lastMillis()))
          .add("version", seen == null ? null : seen.version())
          .add("detail", seen == null ? null : seen.detail())
          .add(
              "acknowledgement",
              acknowledgement == null
                  ? null
                  : new JsonObject()
                      .add("at", time(acknowledgement.atMillis()))
                      .add("standing", acknowledgement.standing())
                      .add("reason", acknowledgement.reason()))
          .addU64("logseq", observation.logseq());
    }

    private static List<StatedObservation> earlier(
        FindingReader reader, StatedObservation observation) {
      List<StatedObservation> all = reader.history(observation.key(), HISTORY_MAX);
      return all.subList(Math.min(1, all.size()), all.size());
    }

    private void tell(
        FindingReader reader, StatedFinding stated, OccurrencePage page, Console console) {
      Finding finding = stated.finding();
      console.line("finding   " + stated.id());
      console.line("rule      " + finding.rule());
      console.line("severity  " + finding.severity().text());
      console.line("subject   " + Text.safe(finding.subject()));
      console.line("message   " + Text.safe(finding.message()));
      for (Finding other : stated.contradictions()) {
        console.line(
            "contradicted by another node: "
                + other.severity().text()
                + ", "
                + Text.safe(other.message()));
      }
      for (StatedOccurrence known : page.occurrences()) {
        console.line(
            "seen in   "
                + Text.safe(known.occurrence().source())
                + ", "
                + Text.safe(known.occurrence().place()));
        for (StatedObservation observation : known.observations()) {
          tell(observation, "  ", console);
          if (history) {
            earlier(reader, observation).forEach(state -> tell(state, "    before: ", console));
          }
        }
      }
      if (page.next() != null) {
        console.note("there are more places: ask with a greater --limit");
      }
    }

    private static void tell(StatedObservation observation, String indent, Console console) {
      Seen seen = observation.sighting().seen();
      Acknowledgement acknowledgement = observation.sighting().acknowledgement();
      StringBuilder line = new StringBuilder(indent + "by " + observation.observer().shortText());
      if (seen != null) {
        line.append(", first ").append(time(seen.firstMillis()));
        line.append(", last ").append(time(seen.lastMillis()));
        line.append(" with ").append(Text.safe(seen.version()));
        line.append(": ").append(Text.safe(seen.detail()));
      }
      if (acknowledgement != null) {
        line.append(acknowledgement.standing() ? "; acknowledged " : "; withdrawn ");
        line.append(time(acknowledgement.atMillis()));
        line.append(": ").append(Text.safe(acknowledgement.reason()));
      }
      console.line(line.toString());
    }
  }

  @Command(
      name = "ack",
      description = {
        "Takes note of findings: of every place that they were seen at by now. Seen again there,",
        "they stay acknowledged; seen elsewhere, they are open again."
      },
      footer = {
        "",
        "Example: cairn audit findings ack 9f86d081 --reason 'disk replaced' --findings findings"
      })
  private static final class Acknowledge extends FindingsCommand {
    @Parameters(
        arity = "1..*",
        paramLabel = "ID",
        description = "Which findings: 6 digits of their ids or more.")
    private List<String> ids;

    @Option(
        names = "--reason",
        paramLabel = "TEXT",
        required = true,
        description = "Why, for people.")
    private String reason;

    @Option(names = "--withdraw", description = "Take one's acknowledgement back.")
    private boolean withdraw;

    Acknowledge(CairnCommand cairn, AuditCommand audit) {
      super(cairn, audit);
    }

    @Override
    void checkArguments() {
      if (reason.isBlank()) {
        throw CommandFailure.usage("--reason is empty", "say why");
      }
    }

    @Override
    ExitCode run(FindingStore findings, Console console) {
      FindingReader reader = findings.reader();
      Set<FindingId> wanted = new LinkedHashSet<>();
      ids.forEach(text -> wanted.add(resolve(reader, text)));
      Acknowledgement acknowledgement =
          new Acknowledgement(
              Math.max(0, cairn().environment().clock().millis()),
              !withdraw,
              FindingText.fit(reason, FindingText.REASON_BYTES_MAX));
      for (FindingId id : wanted) {
        long changed = findings.acknowledge(id, acknowledgement);
        console.result(
            new JsonObject()
                .add("id", id.shortText())
                .add("acknowledged", !withdraw)
                .add("changed", changed),
            id.shortText()
                + (withdraw ? "  withdrawn" : "  acknowledged")
                + (changed == 0
                    ? ", nothing changed"
                    : ", " + changed + (changed == 1 ? " place" : " places")));
      }
      return ExitCode.DONE;
    }
  }
}
