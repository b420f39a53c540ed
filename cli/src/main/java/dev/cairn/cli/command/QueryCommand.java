package dev.cairn.cli.command;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.tgk.plan.KeyNames;
import dev.cairn.tgk.plan.Plan;
import dev.cairn.tgk.plan.PlanJson;
import dev.cairn.tgk.plan.PlanText;
import dev.cairn.tgk.plan.run.Continuation;
import dev.cairn.tgk.plan.run.Explanation;
import dev.cairn.tgk.plan.run.Query;
import dev.cairn.tgk.plan.run.QueryCursor;
import dev.cairn.tgk.plan.run.QueryEnd;
import dev.cairn.tgk.plan.run.QueryOptions;
import dev.cairn.tgk.plan.run.ResultRow;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.CharacterCodingException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cairn query}: answers a plan. */
@Command(
    name = "query",
    description = {
      "Answers a plan: a source, then stages that each take the rows of the one before, such as",
      "artifacts | type=text/plain | up depth=3 | count by type. In keys and to=, any KEY will do."
    },
    footer = {
      "",
      "Sources: artifacts, edges, receipts, everything (each with history), keys KEY...,",
      "  union(PLAN; PLAN), intersection(...), difference(...), chain(...).",
      "Stages: FIELD=VALUE..., live, up, down, both, path, common, select, count, distinct, top,"
          + " first.",
      "",
      "Example: cairn query 'keys 77b01d | up type=build:input frontier | select key, type'",
      "         cairn query 'edges | origin=3f9a | count by edgeType | top 5 by count' --at"
          + " nightly",
      "         cairn query @plan.txt --explain"
    })
final class QueryCommand extends StoreCommand {
  private static final long PLAN_FILE_BYTES_MAX = 4L << 20;

  @Parameters(paramLabel = "PLAN|@FILE", description = "The plan, as text or as JSON.")
  private String plan;

  @Option(
      names = "--explain",
      description = "Tell what each operator is expected to give, and gave, not the rows.")
  private boolean explain;

  @Option(
      names = "--estimate",
      description = "With --explain: only what is expected, without running the plan.")
  private boolean estimate;

  @Option(names = "--at", paramLabel = "SNAPSHOT", description = "As of this snapshot.")
  private @Nullable String at;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "At most so many rows; tells how to go on behind them.")
  private long limit = Long.MAX_VALUE;

  @Option(
      names = "--continue",
      paramLabel = "WHERE",
      description = "Go on where the same plan was left, as --limit told.")
  private @Nullable String from;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Threads that scan; 1 unless told. Rows and order are the same for any number.")
  private int threads = 1;

  @Option(
      names = "--memory",
      paramLabel = "MIB",
      description = "Memory for what operators keep; more goes to scratch files. 64 unless told.")
  private int memoryMib = 64;

  QueryCommand(CairnCommand cairn) {
    super(cairn);
  }

  @Override
  Access access() {
    return Access.READ;
  }

  @Override
  void checkArguments() {
    if (limit < 0) {
      throw CommandFailure.usage("negative limit " + limit, "give 0 or more");
    }
    if (threads < 1 || threads > QueryOptions.THREADS_MAX) {
      throw CommandFailure.usage(threads + " threads", "give 1 to " + QueryOptions.THREADS_MAX);
    }
    if (memoryMib < 1) {
      throw CommandFailure.usage("memory of " + memoryMib + " MiB", "give 1 or more");
    }
    if (estimate && !explain) {
      throw CommandFailure.usage("--estimate without --explain", "give both");
    }
  }

  @Override
  ExitCode run(CairnNode node, Console console) throws IOException {
    Store store = node.store();
    Query query =
        new Query(store, Snapshots.view(store, at), parse(new Keys(cairn(), store)))
            .withGraph(node.graph())
            .withOptions(
                QueryOptions.DEFAULT
                    .withShards(QueryOptions.DEFAULT.shards(), threads)
                    .withRoom((long) memoryMib << 20, QueryOptions.DEFAULT.scratchBytesMax()));
    if (explain) {
      Explanation told =
          estimate ? query.explain() : RowsRead.watch(console, store, -1, query::explainRun);
      console.out().print(console.json() ? told.json() + "\n" : told.text());
      return ExitCode.DONE;
    }
    try (QueryCursor cursor = cursor(query)) {
      if (RowsRead.watch(console, store, -1, cursor::next)) {
        boolean unused = RowsRead.watch(console.printing(), store, -1, () -> tell(cursor, console));
      }
      tellEnd(cursor, console);
    }
    return ExitCode.DONE;
  }

  /** Tells all rows from the present one on. */
  private static boolean tell(QueryCursor cursor, Console console) {
    do {
      console.line(console.json() ? cursor.row().json() : text(cursor.row()));
    } while (cursor.next());
    return true;
  }

  private QueryCursor cursor(Query query) {
    if (from == null) {
      return query.open(limit);
    }
    Continuation where;
    try {
      where = Continuation.parse(from);
    } catch (MalformedException e) {
      throw CommandFailure.usage(
          String.valueOf(e.getMessage()), "give what 'cairn query --limit' told");
    }
    return query.resume(where, limit);
  }

  private void tellEnd(QueryCursor cursor, Console console) {
    boolean more = cursor.end().filter(QueryEnd.LIMIT::equals).isPresent();
    String where = cursor.continuation().text();
    if (console.json() && limit != Long.MAX_VALUE) {
      console.line(
          new JsonObject()
              .add("end", more ? "limit" : "complete")
              .add("continue", more ? where : null)
              .toString());
    } else if (more) {
      console.note("more with the same plan and --continue " + where);
    }
  }

  private static String text(ResultRow row) {
    return row.fields().stream()
        .map(field -> Text.safe(row.text(field)))
        .collect(Collectors.joining("  "));
  }

  private Plan parse(Keys keys) throws IOException {
    String text = plan.startsWith("@") ? file(plan.substring(1)) : plan;
    KeyNames names =
        name -> {
          try {
            return keys.resolve(name, null);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        };
    try {
      String start = text.stripLeading();
      return start.startsWith("[") || start.startsWith("{")
          ? PlanJson.parse(text, names)
          : PlanText.parse(text, names);
    } catch (MalformedException e) {
      throw CommandFailure.usage(String.valueOf(e.getMessage()), "see 'cairn query --help'");
    } catch (UncheckedIOException e) {
      throw e.getCause() == null ? new IOException(e) : e.getCause();
    }
  }

  private String file(String name) throws IOException {
    Path path = cairn().path(name);
    if (Files.size(path) > PLAN_FILE_BYTES_MAX) {
      throw CommandFailure.usage(
          name + " has more than " + PLAN_FILE_BYTES_MAX + " bytes", "give a plan");
    }
    try {
      return Files.readString(path);
    } catch (CharacterCodingException e) {
      throw CommandFailure.usage(name + " is not UTF-8", "give a plan as text");
    }
  }
}
