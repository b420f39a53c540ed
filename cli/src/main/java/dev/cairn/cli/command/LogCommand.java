package dev.cairn.cli.command;

import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.RecordCursor;
import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.node.CairnNode;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code cairn log}: records in the total order. */
@Command(
    name = "log",
    description = "Lists the records of all logs held here in the one total order.",
    footer = {"", "Example: cairn log --from 120 --to 140"})
final class LogCommand extends StoreCommand {
  @Option(
      names = "--origin",
      paramLabel = "NODE",
      description = "Only this node's: its identity, or 6 digits or more of it.")
  private @Nullable String origin;

  @Option(names = "--from", paramLabel = "LOGSEQ", description = "From this logseq on.")
  private long from;

  @Option(names = "--to", paramLabel = "LOGSEQ", description = "Up to this logseq, with it.")
  private long to = Long.MAX_VALUE;

  LogCommand(CairnCommand cairn) {
    super(cairn);
  }

  @Override
  boolean readsOnly() {
    return true;
  }

  private record Reader(Origin origin, RecordCursor cursor) {}

  @Override
  ExitCode run(CairnNode node, Console console) {
    Store store = node.store();
    List<Origin> origins =
        origin != null
            ? Origins.resolve(store, origin)
            : store.heads().stream().map(LogHead::origin).toList();
    PriorityQueue<Reader> readers =
        new PriorityQueue<>(
            Comparator.comparing(reader -> reader.cursor().record().position(reader.origin())));
    try {
      for (Origin one : origins) {
        long first = from <= 0 ? 0 : store.firstIndexAfter(one, from - 1);
        long end = to == Long.MAX_VALUE ? Long.MAX_VALUE : store.firstIndexAfter(one, to);
        long size = store.head(one).map(LogHead::treeSize).orElse(0L);
        if (first < Math.min(end, size)) {
          advance(new Reader(one, store.records(one, first, Math.min(end, size))), readers);
        }
      }
      while (!readers.isEmpty()) {
        Reader least = readers.remove();
        tell(least.origin(), least.cursor().record(), console);
        advance(least, readers);
      }
    } finally {
      readers.forEach(reader -> reader.cursor().close());
    }
    return ExitCode.DONE;
  }

  private static void advance(Reader reader, PriorityQueue<Reader> readers) {
    if (reader.cursor().next()) {
      readers.add(reader);
    } else {
      reader.cursor().close();
    }
  }

  private static void tell(Origin origin, LogRecord record, Console console) {
    console.result(
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
            .addText("payloadDigest", record.payloadDigest()),
        record.logseq()
            + "  "
            + record.kind()
            + "  "
            + record.id()
            + "  "
            + (record.tag() == null ? "-" : record.tag())
            + "  "
            + origin.node().shortText());
  }
}
