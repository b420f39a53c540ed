package dev.cairn.cli.command;

import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.RecordCursor;
import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.cli.console.Progress;
import dev.cairn.cli.console.StopSignal;
import dev.cairn.federation.filter.PartialLogs;
import dev.cairn.federation.filter.PartialRecords;
import dev.cairn.federation.filter.PartialStanding;
import dev.cairn.federation.node.CairnNode;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.TreeSet;
import java.util.concurrent.Callable;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code cairn log}: records in the total order, and those that come. */
@Command(
    name = "log",
    description = {
      "Lists the records of all logs held here in the one total order. With --follow, goes on with",
      "what other processes bring, until it is told to stop by SIGTERM or SIGINT."
    },
    footer = {"", "Example: cairn log --from 120 --to 140", "         cairn log --follow --json"})
final class LogCommand implements Callable<Integer> {
  private final CairnCommand cairn;

  @Option(
      names = "--origin",
      paramLabel = "NODE",
      description = "Only this node's: its identity, or 6 digits or more of it.")
  private @Nullable String origin;

  @Option(names = "--from", paramLabel = "LOGSEQ", description = "From this logseq on.")
  private long from;

  @Option(names = "--to", paramLabel = "LOGSEQ", description = "Up to this logseq, with it.")
  private long to = Long.MAX_VALUE;

  @Option(
      names = "--follow",
      description = "Then what comes, in the order in which it arrives here. Locks nobody out.")
  private boolean follow;

  LogCommand(CairnCommand cairn) {
    this.cairn = cairn;
  }

  @Override
  public Integer call() {
    Console console = cairn.console();
    if (from < 0 || to < 0) {
      throw CommandFailure.usage("negative logseq " + Math.min(from, to), "give 0 or more");
    }
    if (follow) {
      follow(console);
    } else {
      try (CairnNode node = cairn.open(Access.LOOK)) {
        Store store = node.store();
        try (Progress progress = console.printing().progress("records", due(store))) {
          list(store, console, () -> false, progress);
        }
      }
    }
    return ExitCode.DONE.status();
  }

  private void follow(Console console) {
    try (StopSignal stop = new StopSignal()) {
      new LogFollower(this, cairn, console, stop).run();
      // Before the signal's hook may end the process.
      console.flush();
      stop.done(ExitCode.DONE);
    }
  }

  /** A log being read; {@code inPart} if only some of its records are here. */
  private record Reader(
      Origin origin,
      boolean inPart,
      BooleanSupplier next,
      Supplier<LogRecord> record,
      Runnable close) {
    static Reader of(Origin origin, RecordCursor cursor) {
      return new Reader(origin, false, cursor::next, cursor::record, cursor::close);
    }

    static Reader of(Origin origin, PartialRecords records) {
      return new Reader(origin, true, records::next, records::record, records::close);
    }
  }

  /** The origins asked for of those that a store holds. */
  List<Origin> origins(Store store) {
    TreeSet<Origin> known = new TreeSet<>();
    store.heads().forEach(head -> known.add(head.origin()));
    new PartialLogs(store).coverage().forEach(log -> known.add(log.origin()));
    return origin != null ? Origins.resolve(List.copyOf(known), origin) : List.copyOf(known);
  }

  /** Whether the records of one origin are all that is asked for. */
  @Nullable String onlyOrigin() {
    return origin;
  }

  /** Whether a record lies within the bounds asked for. */
  boolean isWithin(LogRecord record) {
    return record.logseq() >= from && record.logseq() <= to;
  }

  /** Lists what a store holds, until all is listed or {@code ended} says so. */
  void list(Store store, Console console, BooleanSupplier ended) {
    list(store, console, ended, Progress.silent());
  }

  /** How many records of whole logs lie within the bounds. */
  private long due(Store store) {
    long due = 0;
    for (Origin one : origins(store)) {
      long size = store.head(one).map(LogHead::treeSize).orElse(0L);
      if (size > 0) {
        due += Math.max(0, Math.min(end(store, one), size) - first(store, one));
      }
    }
    return due;
  }

  private long first(Store store, Origin one) {
    return from <= 0 ? 0 : store.firstIndexAfter(one, from - 1);
  }

  private long end(Store store, Origin one) {
    return to == Long.MAX_VALUE ? Long.MAX_VALUE : store.firstIndexAfter(one, to);
  }

  private void list(Store store, Console console, BooleanSupplier ended, Progress progress) {
    PriorityQueue<Reader> readers =
        new PriorityQueue<>(
            Comparator.comparing(reader -> reader.record().get().position(reader.origin())));
    PartialLogs partial = new PartialLogs(store);
    try {
      for (Origin one : origins(store)) {
        long first = first(store, one);
        long end = end(store, one);
        long size = store.head(one).map(LogHead::treeSize).orElse(0L);
        if (first < Math.min(end, size)) {
          advance(Reader.of(one, store.records(one, first, Math.min(end, size))), readers);
        }
        if (partial.coverage(one).isPresent() && partial.standing(one) != PartialStanding.FORKED) {
          advance(Reader.of(one, partial.records(one, size)), readers);
        }
      }
      while (!readers.isEmpty() && !ended.getAsBoolean()) {
        Reader least = readers.remove();
        LogRecord record = least.record().get();
        if (isWithin(record)) {
          tell(store, least.origin(), record, least.inPart(), console);
        }
        // What is held in part may be any share of what it is a part of.
        progress.step(least.inPart() ? 0 : 1);
        advance(least, readers);
      }
    } finally {
      readers.forEach(reader -> reader.close().run());
    }
  }

  private static void advance(Reader reader, PriorityQueue<Reader> readers) {
    if (reader.next().getAsBoolean()) {
      readers.add(reader);
    } else {
      reader.close().run();
    }
  }

  static void tell(Store store, Origin origin, LogRecord record, boolean inPart, Console console) {
    String reason = Describe.reason(store, record);
    JsonObject json =
        new JsonObject()
            .addText("origin", origin)
            .addU64("index", record.index())
            .addU64("logseq", record.logseq())
            .addU64("hlc", record.hlc())
            .add("time", Describe.time(record.hlc()))
            .addText("kind", record.kind())
            .addText("key", record.id())
            .addText("type", record.tag())
            .addU64("size", record.payloadLength())
            .addText("payloadDigest", record.payloadDigest())
            .add("reason", reason);
    console.result(
        inPart ? json.add("inPart", true) : json,
        record.logseq()
            + "  "
            + record.kind()
            + "  "
            + record.id()
            + "  "
            + (record.tag() == null ? "-" : record.tag())
            + "  "
            + origin.node().shortText()
            + (inPart ? "  in part" : "")
            + (reason == null ? "" : "  " + Text.safe(reason)));
  }
}
