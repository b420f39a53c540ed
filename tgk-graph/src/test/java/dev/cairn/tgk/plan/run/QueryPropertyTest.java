package dev.cairn.tgk.plan.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.model.Cut;
import dev.cairn.asl.store.Store;
import dev.cairn.tgk.Graph;
import dev.cairn.tgk.plan.Plan;
import dev.cairn.tgk.plan.PlanText;
import dev.cairn.tgk.plan.RandomPlans;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.lifecycle.AfterContainer;

/** Random plans over random federations, at random cuts, against the oracle. */
class QueryPropertyTest {
  private static final int WORLDS = 25;
  private static final Map<Long, World> OPEN = new TreeMap<>();

  @AfterContainer
  static void closeWorlds() {
    OPEN.values().forEach(World::close);
    OPEN.clear();
  }

  private static World world(long seed) {
    return OPEN.computeIfAbsent(Math.floorMod(seed, (long) WORLDS), World::new);
  }

  private static Plan plan(World world, Random random) {
    Store store = world.store();
    List<String> origins =
        store.heads().stream().map(head -> head.origin().toString().substring(0, 2)).toList();
    return new RandomPlans(
            random,
            world.keys,
            World.TYPES,
            World.EDGE_TYPES,
            World.ROLES,
            origins,
            30,
            World.TIME_FIRST,
            world.timeLast())
        .plan(5);
  }

  static List<ResultRow> rows(QueryCursor cursor) {
    List<ResultRow> rows = new ArrayList<>();
    while (cursor.next()) {
      rows.add(cursor.row());
    }
    return rows;
  }

  private static List<ResultRow> run(Query query) {
    try (QueryCursor cursor = query.open()) {
      return rows(cursor);
    }
  }

  @Property(tries = 1500)
  void theAnswerIsTheOraclesForAnyShardsThreadsAndMemory(@ForAll long seed) {
    World world = world(seed);
    Random random = new Random(seed);
    Plan plan = plan(world, random);
    Cut cut = world.cut(random);
    List<ResultRow> expected = new NaiveQuery(world.store(), cut).answer(plan);
    Query query = new Query(world.store(), world.store().at(cut), plan);
    for (QueryOptions options :
        List.of(
            QueryOptions.DEFAULT.withShards(1, 1),
            QueryOptions.DEFAULT.withShards(2, 1 + random.nextInt(3)),
            QueryOptions.DEFAULT.withShards(7, 1).withRoom(tiny(plan), 1 << 24),
            QueryOptions.DEFAULT.withShards(64, 2))) {
      assertThat(run(query.withOptions(options)))
          .as("%s at %s with %s", PlanText.of(plan), cut, options)
          .isEqualTo(expected);
    }
    assertThat(run(query.withGraph(world.sealed()))).as("sealed").isEqualTo(expected);
    assertThat(run(query.withGraph(Graph.overRows(world.store())))).isEqualTo(expected);
  }

  /** Room for five things of a kilobyte each and operator. */
  private static long tiny(Plan plan) {
    return Math.max(QueryOptions.MEMORY_BYTES_MIN, (plan.operators() * 7L) << 10);
  }

  @Property(tries = 500)
  void pagesGiveExactlyTheRowsOfOneCursor(@ForAll long seed) {
    World world = world(seed);
    Random random = new Random(seed);
    Plan plan = plan(world, random);
    Cut cut = world.cut(random);
    Query query = new Query(world.store(), world.store().at(cut), plan);
    List<ResultRow> paged = new ArrayList<>();
    Continuation at = null;
    for (boolean more = true; more; ) {
      // A new query each time, as in another process, with what a word of text carries over.
      Query again =
          new Query(world.store(), world.store().at(cut), PlanText.parse(PlanText.of(plan)))
              .withOptions(QueryOptions.DEFAULT.withShards(1 + random.nextInt(9), 1));
      long limit = random.nextInt(4);
      try (QueryCursor cursor =
          at == null ? again.open(limit) : again.resume(Continuation.parse(at.text()), limit)) {
        paged.addAll(rows(cursor));
        more = cursor.end().orElseThrow() == QueryEnd.LIMIT;
        at = cursor.continuation();
      }
    }
    assertThat(paged).as(PlanText.of(plan)).isEqualTo(run(query));
  }

  @Property(tries = 300)
  void explainingCountsTheRowsThatAreGivenAndIsTheSameAgain(@ForAll long seed) {
    World world = world(seed);
    Random random = new Random(seed);
    Plan plan = plan(world, random);
    Query query = new Query(world.store(), world.store().at(world.cut(random)), plan);
    Explanation ran = query.withOptions(QueryOptions.DEFAULT.withShards(7, 3)).explainRun();
    assertThat(ran.rows()).isEqualTo((long) run(query).size());
    assertThat(query.withOptions(QueryOptions.DEFAULT.withShards(1, 1)).explainRun())
        .isEqualTo(ran);
    assertThat(query.explain().text()).isNotEmpty().doesNotContain("gave");
  }
}
