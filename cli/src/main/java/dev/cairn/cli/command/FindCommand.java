package dev.cairn.cli.command;

import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.View;
import dev.cairn.asl.time.HybridClock;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.federation.node.CairnNode;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code cairn find}: live artifacts that fit. */
@Command(
    name = "find",
    description = "Lists live artifacts, edges and receipts in the order of their digests.",
    footer = {"", "Example: cairn find --type git/commit --since 2026-01-31 --limit 10"})
final class FindCommand extends StoreCommand {
  @Option(
      names = "--type",
      paramLabel = "TAG",
      converter = TypeTagConverter.class,
      description = "Only of this type.")
  private @Nullable TypeTag type;

  @Option(
      names = "--origin",
      paramLabel = "NODE",
      description =
          "Only if the latest put is this node's: its identity, or 6 digits or more of it.")
  private @Nullable String origin;

  @Option(
      names = "--since",
      paramLabel = "LOGSEQ|TIME",
      description =
          "Only if the latest put has this logseq or a later one, or was made at this time or"
              + " later: 2026-01-31 or 2026-01-31T12:00:00Z.")
  private @Nullable String since;

  @Option(names = "--limit", paramLabel = "N", description = "At most so many.")
  private long limit = Long.MAX_VALUE;

  @Option(names = "--at", paramLabel = "SNAPSHOT", description = "As of this snapshot.")
  private @Nullable String at;

  FindCommand(CairnCommand cairn) {
    super(cairn);
  }

  @Override
  Access access() {
    return Access.LOOK;
  }

  @Override
  void checkArguments() {
    if (limit < 0) {
      throw CommandFailure.usage("negative limit " + limit, "give 0 or more");
    }
    if (since != null && !isLogseq(since)) {
      Instant unused = time(since);
    }
  }

  @Override
  ExitCode run(CairnNode node, Console console) {
    Store store = node.store();
    View view = Snapshots.view(store, at);
    List<Origin> origins = origin == null ? null : Origins.resolve(store, origin);
    Map<Origin, Long> least = leastLogseqs(store);
    Consumer<LiveEntry> telling =
        new Consumer<>() {
          private long told;

          @Override
          public void accept(LiveEntry entry) {
            if (told < limit
                && (type == null || type.equals(entry.artifact().tag()))
                && (origins == null || origins.contains(entry.origin()))
                && entry.logseq() >= least.getOrDefault(entry.origin(), Long.MAX_VALUE)) {
              told++;
              tell(entry, console);
            }
          }
        };
    RowsRead.watch(
        console.printing(), store, store.liveRowsAbout(), () -> view.forEachKnown(telling));
    return ExitCode.DONE;
  }

  private static void tell(LiveEntry entry, Console console) {
    console.result(
        Describe.artifact(entry.artifact())
            .addText("kind", entry.kind())
            .addU64("logseq", entry.logseq())
            .addText("origin", entry.origin()),
        entry.key()
            + "  "
            + entry.artifact().payloadLength()
            + "  "
            + (entry.artifact().tag() == null ? "-" : entry.artifact().tag()));
  }

  /** For each origin the least logseq that is not too early. */
  private Map<Origin, Long> leastLogseqs(Store store) {
    Map<Origin, Long> least = new HashMap<>();
    for (LogHead head : store.heads()) {
      long from = 0;
      if (since != null) {
        from =
            isLogseq(since)
                ? Long.parseLong(since)
                : firstLogseqAt(store, head, HybridClock.fromMillis(time(since).toEpochMilli()));
      }
      least.put(head.origin(), from);
    }
    return least;
  }

  /** A log's clock readings never go back: the first that is late enough is found by halving. */
  private static long firstLogseqAt(Store store, LogHead head, long hlc) {
    long low = 0;
    long high = head.treeSize();
    while (low < high) {
      long middle = (low + high) >>> 1;
      LogRecord record = store.record(head.origin(), middle).orElseThrow();
      if (record.hlc() >= hlc) {
        high = middle;
      } else {
        low = middle + 1;
      }
    }
    return low == head.treeSize()
        ? Long.MAX_VALUE
        : store.record(head.origin(), low).orElseThrow().logseq();
  }

  private static boolean isLogseq(String text) {
    return text.matches("[0-9]{1,18}");
  }

  private static Instant time(String text) {
    try {
      return text.contains("T")
          ? OffsetDateTime.parse(text).toInstant()
          : LocalDate.parse(text).atStartOfDay(ZoneOffset.UTC).toInstant();
    } catch (DateTimeParseException e) {
      throw CommandFailure.usage(
          "neither a logseq nor a time: '" + text + "'",
          "give a number, 2026-01-31, or 2026-01-31T12:00:00Z");
    }
  }
}
