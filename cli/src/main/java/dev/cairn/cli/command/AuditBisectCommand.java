package dev.cairn.cli.command;

import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.RecordCursor;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.View;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonArray;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.cli.console.Progress;
import dev.cairn.federation.audit.Bisection;
import dev.cairn.federation.audit.Bisection.Found;
import dev.cairn.federation.audit.Bisection.NeverHeld;
import dev.cairn.federation.audit.Bisection.Outcome;
import dev.cairn.pel.index.Receipts;
import dev.cairn.pel.model.Receipt;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cairn audit bisect}: the first commit after which something no longer holds. */
@Command(
    name = "bisect",
    description = {
      "Finds the first commit, in the total order of all logs, after which something no longer",
      "holds: it held at the good snapshot and does not at the bad one. Asks as often as the",
      "logarithm of the commits between. Exit code 1 if the two ends are not good and bad."
    },
    footer = {
      "",
      "Example: cairn audit bisect .cairn --good v1 --live 77b01d",
      "         cairn audit bisect A/.cairn --same-as B/.cairn",
      "         cairn audit bisect all.cairn --run 'cairn query --at $CAIRN_AT \"...\" | grep -q"
          + " ok'"
    })
final class AuditBisectCommand implements Callable<Integer> {
  /** Most records of the commit that are told one by one. */
  static final int RECORDS_TOLD_MAX = 20;

  private final CairnCommand cairn;
  private final AuditCommand audit;

  @Parameters(
      paramLabel = "SOURCE",
      description = "A store's directory, a bundle, or a peer's name or address.")
  private String source;

  @Option(
      names = "--good",
      paramLabel = "S",
      description = "Where it held: a snapshot kept in the source; the empty store if left out.")
  private @Nullable String good;

  @Option(
      names = "--bad",
      paramLabel = "S",
      description =
          "Where it does not hold: a snapshot kept in the source; its present if left out.")
  private @Nullable String bad;

  /** What is asked. */
  static final class Question {
    @Option(names = "--live", paramLabel = "KEY", description = "The artifact is live.")
    private @Nullable String live;

    @Option(names = "--not-live", paramLabel = "KEY", description = "The artifact is not live.")
    private @Nullable String notLive;

    @Option(
        names = "--receipt",
        paramLabel = "KEY",
        description = "The receipt, its program, its inputs and its outputs are live.")
    private @Nullable String receipt;

    @Option(
        names = "--same-as",
        paramLabel = "OTHER",
        description = {"This source has the same records, and the state root that they come to."})
    private @Nullable String other;

    @Option(
        names = "--run",
        paramLabel = "COMMAND",
        description = {
          "The shell command ends with 0. It may read a store that the source was replayed into,",
          "CAIRN_STORE, under a snapshot in it, CAIRN_AT. 125 and more mean that it cannot say."
        })
    private @Nullable String command;
  }

  @Mixin private final PeerOptions peers = new PeerOptions();

  @ArgGroup(exclusive = true, multiplicity = "1")
  private Question question = new Question();

  AuditBisectCommand(CairnCommand cairn, AuditCommand audit) {
    this.cairn = cairn;
    this.audit = audit;
  }

  /** The two ends of a search. */
  private record Ends(Cut good, Cut bad) {}

  @Override
  public Integer call() throws IOException {
    audit.refuseSources("bisect");
    peers.check();
    Source found = Sources.find(cairn, source);
    String other = question.other;
    Source compared = other == null ? null : Sources.find(cairn, other);
    List<Source> sources = compared == null ? List.of(found) : List.of(found, compared);
    try (SourceStore from = SourceStore.open(cairn, found, sources, peers)) {
      Store store = from.store();
      Ends ends = new Ends(cut(store, good, Cut.NOTHING), cut(store, bad, store.cut()));
      String command = question.command;
      if (command != null) {
        // Snapshots are taken in it: the source gets none.
        try (SourceStore copy = from.writable(cairn)) {
          Store copied = copy.store();
          return search(copied, ends, new ShellQuestion(cairn, command, copied, copy.directory()));
        }
      }
      if (compared != null) {
        try (SourceStore second = SourceStore.open(cairn, compared, sources, peers)) {
          return search(store, ends, cut -> sameAs(store, second.store(), cut));
        }
      }
      return search(store, ends, predicate(store, ends));
    }
  }

  private int search(Store store, Ends ends, Predicate<Cut> holds) {
    // What a command prints goes to the terminal.
    Console console = question.command == null ? cairn.console() : cairn.console().printing();
    Outcome outcome;
    try (Progress progress = console.progress("times asked", Bisection.asksMax(ends.bad()))) {
      Predicate<Cut> asked =
          cut -> {
            boolean held = holds.test(cut);
            progress.step(1);
            return held;
          };
      outcome = new Bisection(store, asked).search(ends.good(), ends.bad());
    }
    return tell(outcome, store);
  }

  private static Cut cut(Store store, @Nullable String snapshot, Cut otherwise) {
    return snapshot == null ? otherwise : Snapshots.find(store, snapshot).snapshot().cut();
  }

  private Predicate<Cut> predicate(Store store, Ends ends) throws IOException {
    Keys keys = new Keys(cairn, store);
    if (question.receipt != null) {
      List<ArtifactKey> needed = needed(store, ends, keys.resolve(question.receipt, null));
      return cut -> {
        View view = store.at(cut);
        return needed.stream().allMatch(view::isLive);
      };
    }
    boolean live = question.live != null;
    String text = live ? question.live : question.notLive;
    if (text == null) {
      throw new AssertionError("one of the questions is asked");
    }
    ArtifactKey key = keys.resolve(text, null);
    return cut -> store.at(cut).isLive(key) == live;
  }

  /** All that a receipt speaks of, as it stood at the good end. */
  private static List<ArtifactKey> needed(Store store, Ends ends, ArtifactKey key) {
    Receipt receipt;
    try {
      receipt = new Receipts(store, store.at(ends.good())).read(key);
    } catch (NotFoundException e) {
      throw CommandFailure.negative(
          "receipt " + key + " is not live at the good end",
          "name a snapshot with --good at which it is");
    }
    List<ArtifactKey> needed = new ArrayList<>(List.of(key, receipt.program()));
    needed.addAll(receipt.inputs().values());
    needed.addAll(receipt.outputs().values());
    return needed;
  }

  private static boolean sameAs(Store store, Store other, Cut cut) {
    for (Origin origin : cut.logseqs().keySet()) {
      long size = store.firstIndexAfter(origin, cut.logseqs().get(origin));
      long held = other.head(origin).map(LogHead::treeSize).orElse(0L);
      if (held < size || !other.logRoot(origin, size).equals(store.logRoot(origin, size))) {
        return false;
      }
    }
    return other.stateRootAt(cut).equals(store.stateRootAt(cut));
  }

  private int tell(Outcome outcome, Store store) {
    Console console = cairn.console();
    if (!(outcome instanceof Found found)) {
      String why =
          outcome instanceof NeverHeld
              ? "it does not hold at the good end"
              : "it still holds at the bad end";
      console.result(
          new JsonObject()
              .add("found", (JsonObject) null)
              .add("why", why)
              .add("asked", outcome.asked()),
          why + ": there is nothing to find between");
      return ExitCode.NEGATIVE.status();
    }
    JsonArray records = new JsonArray();
    List<String> lines = new ArrayList<>();
    long last =
        Math.min(found.firstIndex() + RECORDS_TOLD_MAX, found.firstIndex() + found.records());
    long hlc = 0;
    try (RecordCursor cursor = store.records(found.origin(), found.firstIndex(), last)) {
      while (cursor.next()) {
        LogRecord record = cursor.record();
        hlc = record.hlc();
        records.add(
            new JsonObject()
                .addU64("index", record.index())
                .addText("kind", record.kind())
                .addText("key", record.id())
                .addText("type", record.tag()));
        lines.add("  " + record.kind() + "  " + record.id());
      }
    }
    if (console.json()) {
      console.line(
          new JsonObject()
              .add(
                  "found",
                  new JsonObject()
                      .addText("origin", found.origin())
                      .addU64("logseq", found.logseq())
                      .add("time", Describe.time(hlc))
                      .addU64("firstIndex", found.firstIndex())
                      .add("records", found.records())
                      .add("first", records)
                      .add("before", cut(found.before()))
                      .add("after", cut(found.after())))
              .add("asked", found.asked())
              .toString());
      return ExitCode.DONE.status();
    }
    console.line("first bad   logseq " + found.logseq() + " of " + found.origin());
    console.line("at          " + Describe.time(hlc) + ", by that node's clock");
    console.line("records     " + found.records() + ", from " + found.firstIndex() + " on");
    lines.forEach(console::line);
    console.line("asked       " + found.asked() + " times");
    return ExitCode.DONE.status();
  }

  private static JsonArray cut(Cut cut) {
    JsonArray ends = new JsonArray();
    cut.logseqs()
        .forEach(
            (origin, logseq) ->
                ends.add(new JsonObject().addText("origin", origin).addU64("logseq", logseq)));
    return ends;
  }
}
