package dev.cairn.tgk.plan.run;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.View;
import dev.cairn.tgk.Graph;
import dev.cairn.tgk.plan.Plan;
import dev.cairn.tgk.plan.PlanJson;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * A plan, asked of a store at a view. The answer and its order are a function of the plan and of
 * the records within the view: the same for any number of shards and threads, any memory, and on
 * any node that holds these records. Immutable and safe for any thread.
 *
 * <p>A view that moves is held at the cut that it shows when the query is made. The store must have
 * been opened with a {@link dev.cairn.tgk.index.GraphIndex}.
 */
public final class Query {
  private final Store store;
  private final Graph graph;
  private final Cut cut;
  private final View view;
  private final Plan plan;
  private final QueryOptions options;

  /** A query with {@link QueryOptions#DEFAULT}. */
  public Query(Store store, View view, Plan plan) {
    this(store, new Graph(store), view.cut().orElseGet(store::cut), plan, QueryOptions.DEFAULT);
  }

  private Query(Store store, Graph graph, Cut cut, Plan plan, QueryOptions options) {
    this.store = store;
    this.graph = graph;
    this.cut = cut;
    this.view = store.at(cut);
    this.plan = Plan.checked(plan);
    this.options = options;
  }

  /** The same with other options. */
  public Query withOptions(QueryOptions other) {
    return new Query(store, graph, cut, plan, other);
  }

  /** The same, read through another graph of the same store. */
  public Query withGraph(Graph other) {
    return new Query(store, other, cut, plan, options);
  }

  /** What is asked. */
  public Plan plan() {
    return plan;
  }

  /** The cut at which it is asked. */
  public Cut cut() {
    return cut;
  }

  /** All rows, from the first. */
  public QueryCursor open() {
    return open(Long.MAX_VALUE);
  }

  /** Rows from the first, at most so many. */
  public QueryCursor open(long rowsMax) {
    return open(rowsMax, null);
  }

  /**
   * The rows behind those that were given already, at most so many. Scans go on where they were
   * left; other plans are answered again, and their first rows passed over.
   *
   * @throws RefusedException if the continuation is of another plan or another view
   */
  public QueryCursor resume(Continuation from, long rowsMax) {
    if (!from.plan().equals(PlanJson.digest(plan))) {
      throw new RefusedException(
          "continuation: it belongs to another plan; give the plan that it came from");
    }
    if (!from.view().equals(Continuation.digest(cut))) {
      throw new RefusedException(
          "continuation: the view has moved since; ask at a snapshot to be able to go on");
    }
    return open(rowsMax, from);
  }

  private QueryCursor open(long rowsMax, @Nullable Continuation from) {
    if (rowsMax < 0) {
      throw new IllegalArgumentException("query: " + rowsMax + " rows");
    }
    boolean byKey = Operators.resumesByKey(plan);
    Execution execution =
        new Execution(new Resolver(store, view, graph), options, plan, Long.MAX_VALUE);
    Operators operators = new Operators(execution);
    PlanNode root = new PlanNode(plan);
    boolean behind = byKey && from != null && from.after() != null;
    Operator rows =
        behind && from != null && from.after() != null
            ? operators.openBehind(root, from.after())
            : operators.open(root);
    QueryCursor cursor =
        new QueryCursor(
            execution,
            rows,
            plan.shape().shown(),
            PlanJson.digest(plan),
            Continuation.digest(cut),
            byKey,
            rowsMax);
    if (from != null) {
      try {
        cursor.goOn(from, behind ? 0 : from.rows());
      } catch (RuntimeException | Error e) {
        cursor.close();
        throw e;
      }
    }
    return cursor;
  }

  /**
   * Writes every row's {@link ResultRow#json} as a line of UTF-8: the same bytes wherever the same
   * plan is answered at the same view.
   *
   * @return the number of rows
   */
  public long writeJsonLines(OutputStream out) throws IOException {
    long count = 0;
    try (QueryCursor cursor = open()) {
      while (cursor.next()) {
        out.write((cursor.row().json() + "\n").getBytes(StandardCharsets.UTF_8));
        count++;
      }
    }
    return count;
  }

  /** What would be done, with an estimate of rows. */
  public Explanation explain() {
    return Explanation.of(estimator().estimate(), null);
  }

  /** What was done: answers the plan with one thread, passes over the rows, and counts. */
  public Explanation explainRun() {
    Estimate estimate = estimator().estimate();
    QueryOptions alone = options.withShards(options.shards(), 1);
    try (Execution execution =
        new Execution(new Resolver(store, view, graph), alone, plan, Long.MAX_VALUE)) {
      PlanNode root = new PlanNode(plan);
      try (Operator rows = new Operators(execution).open(root)) {
        while (rows.next() != null) {
          Execution.checkInterrupt();
        }
      }
      return Explanation.of(estimate, root);
    }
  }

  private Estimator estimator() {
    return new Estimator(store, cut, new Resolver(store, view, graph), plan);
  }

  /** The plan's digest and the view's: two queries with the same one have the same answer. */
  public Bytes identity() {
    return PlanJson.digest(plan).plus(Continuation.digest(cut));
  }
}
