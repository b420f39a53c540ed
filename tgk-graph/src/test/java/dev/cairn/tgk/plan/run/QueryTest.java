package dev.cairn.tgk.plan.run;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.Index;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.tgk.index.GraphIndex;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import dev.cairn.tgk.plan.Plan;
import dev.cairn.tgk.plan.PlanText;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What queries promise beside their rows: bounds, pages, refusals, interrupts. */
class QueryTest {
  private static final int WIDTH = 700;
  private static final EdgeType TYPE = new EdgeType("t:e");

  @TempDir Path scratch;
  private Store store;

  /** A root above {@code WIDTH} nodes above one: three levels, the middle one wide. */
  @BeforeEach
  void makeAWideGraph() {
    List<Index> indexes = List.of(new GraphIndex());
    store =
        Store.open(
            new MemoryEngine(StoreConfig.tables(indexes, List.of())),
            new StoreConfig(
                "test",
                SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8("one"))),
                1,
                indexes,
                List.of(),
                () -> 1_000_000));
    CommitDraft draft = new CommitDraft();
    draft.put(store.prepare(new TypeTag("text/root"), Bytes.utf8("root")));
    for (int i = 0; i < WIDTH; i++) {
      draft.put(store.prepare(new TypeTag("text/" + i % 7), Bytes.utf8("middle " + i)));
      link(draft, middle(i), root());
      link(draft, bottom(), middle(i));
    }
    store.commit(draft);
  }

  @AfterEach
  void close() {
    store.close();
  }

  private void link(CommitDraft draft, ArtifactKey from, ArtifactKey to) {
    Edge edge = new Edge(TYPE, List.of(Endpoint.of(from)), List.of(Endpoint.of(to)), null);
    draft.put(store.prepare(TypeTag.EDGE, edge.encode()));
  }

  private static ArtifactKey root() {
    return ArtifactKey.of(Bytes.utf8("root"), new TypeTag("text/root"));
  }

  private static ArtifactKey middle(int number) {
    return ArtifactKey.of(Bytes.utf8("middle " + number), new TypeTag("text/" + number % 7));
  }

  /** Never put. */
  private static ArtifactKey bottom() {
    return ArtifactKey.of(Bytes.utf8("bottom"), null);
  }

  private Query query(String plan) {
    return new Query(store, store.now(), PlanText.parse(plan))
        .withOptions(QueryOptions.DEFAULT.withScratch(scratch));
  }

  private static String lines(Query query) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try {
      long unused = query.writeJsonLines(out);
    } catch (IOException e) {
      throw new AssertionError("memory does not fail", e);
    }
    return out.toString(StandardCharsets.UTF_8);
  }

  private long scratchFiles() throws IOException {
    try (Stream<Path> files = Files.walk(scratch)) {
      return files.filter(file -> !file.equals(scratch)).count();
    }
  }

  private static final List<String> KEEPING =
      List.of(
          "keys " + root() + " | up",
          "keys " + root() + " | up edges",
          "keys " + root() + " | both frontier",
          "keys " + root() + " | path up to=" + bottom(),
          "artifacts | common up",
          "union(artifacts; keys " + root() + " | up)",
          "artifacts | count by key",
          "artifacts | distinct key, type");

  @Test
  void whatDoesNotFitInMemoryGoesToScratchFilesAndTheAnswerStays() throws IOException {
    for (String plan : KEEPING) {
      Query query = query(plan);
      Query tight =
          query.withOptions(QueryOptions.DEFAULT.withRoom(8 << 10, 1 << 24).withScratch(scratch));
      List<ResultRow> rows;
      try (QueryCursor cursor = query.open()) {
        rows = QueryPropertyTest.rows(cursor);
        assertThat(cursor.spills()).as(plan).isZero();
      }
      try (QueryCursor cursor = tight.open()) {
        assertThat(QueryPropertyTest.rows(cursor)).as(plan).isEqualTo(rows);
        assertThat(cursor.spills()).as(plan).isPositive();
      }
      assertThat(scratchFiles()).as(plan).isZero();
    }
  }

  @Test
  void aFullScratchIsRefusedByNameAndLeavesNoFile() throws IOException {
    for (String plan : KEEPING) {
      Query tight =
          query(plan)
              .withOptions(QueryOptions.DEFAULT.withRoom(8 << 10, 4 << 10).withScratch(scratch));
      assertThatThrownBy(() -> lines(tight))
          .as(plan)
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("scratch files of more than 4096 bytes; ask for less depth");
      assertThat(scratchFiles()).as(plan).isZero();
    }
  }

  @Test
  void tooLittleMemoryIsRefusedWithWhatToAskInstead() {
    Query top =
        query("artifacts | top 500 by size")
            .withOptions(QueryOptions.DEFAULT.withRoom(8 << 10, 1 << 24));
    assertThatThrownBy(() -> lines(top))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("ask for fewer rows");
    Query many =
        query("artifacts" + " | up".repeat(20))
            .withOptions(QueryOptions.DEFAULT.withRoom(8 << 10, 1 << 24));
    assertThatThrownBy(() -> lines(many))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("keep 100 sets of rows; allow 102400 or more");
    assertThatThrownBy(() -> QueryOptions.DEFAULT.withRoom(100, 0))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void aCursorSaysWhyItEnded() {
    try (QueryCursor cursor = query("artifacts | first 3").open(2)) {
      assertThat(cursor.next()).isTrue();
      assertThat(cursor.end()).isEmpty();
      assertThat(cursor.next()).isTrue();
      assertThat(cursor.next()).isFalse();
      assertThat(cursor.end()).contains(QueryEnd.LIMIT);
      assertThat(cursor.next()).isFalse();
      assertThatThrownBy(cursor::row).isInstanceOf(IllegalStateException.class);
    }
    try (QueryCursor cursor = query("artifacts | first 3").open(4)) {
      assertThat(QueryPropertyTest.rows(cursor)).hasSize(3);
      assertThat(cursor.end()).contains(QueryEnd.COMPLETE);
    }
  }

  @Test
  void aScanGoesOnBehindItsLastRowWithoutReadingWhatCameBefore() {
    Query query = query("artifacts | type=text/1 | select type");
    Continuation half;
    try (QueryCursor cursor = query.open(50)) {
      assertThat(QueryPropertyTest.rows(cursor)).hasSize(50);
      half = cursor.continuation();
    }
    assertThat(half.after()).isNotNull();
    try (QueryCursor cursor = query.resume(half, Long.MAX_VALUE)) {
      assertThat(QueryPropertyTest.rows(cursor)).hasSize(50);
      assertThat(cursor.continuation().rows()).isEqualTo(100);
    }
  }

  @Test
  void aContinuationOfAnotherPlanOrOfAMovedViewIsRefusedByName() {
    Continuation left;
    try (QueryCursor cursor = query("artifacts").open(5)) {
      assertThat(QueryPropertyTest.rows(cursor)).hasSize(5);
      left = cursor.continuation();
    }
    assertThatThrownBy(() -> query("edges").resume(left, 5))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("belongs to another plan");
    Cut before = store.cut();
    store.commit(new CommitDraft().put(store.prepare(null, Bytes.utf8("more"))));
    assertThatThrownBy(() -> query("artifacts").resume(left, 5))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("the view has moved");
    try (QueryCursor cursor =
        new Query(store, store.at(before), PlanText.parse("artifacts")).resume(left, 5)) {
      assertThat(QueryPropertyTest.rows(cursor)).hasSize(5);
    }
  }

  @Test
  void aDamagedContinuationIsMalformed() {
    String text;
    try (QueryCursor cursor = query("artifacts").open(1)) {
      assertThat(cursor.next()).isTrue();
      text = cursor.continuation().text();
      assertThat(Continuation.parse(text)).isEqualTo(cursor.continuation());
    }
    List<String> spoilt =
        new ArrayList<>(List.of("", "cq1.", "cq2." + text.substring(4), text + "A"));
    for (int i = 0; i < text.length(); i++) {
      char other = text.charAt(i) == 'A' ? 'B' : 'A';
      spoilt.add(text.substring(0, i) + other + text.substring(i + 1));
      spoilt.add(text.substring(0, i));
    }
    for (String bad : spoilt) {
      assertThatThrownBy(() -> Continuation.parse(bad))
          .as(bad)
          .isInstanceOf(MalformedException.class);
    }
  }

  @Test
  void anInterruptEndsAQueryAndStaysSet() throws IOException {
    for (String plan : KEEPING) {
      for (int threads = 1; threads <= 3; threads += 2) {
        Query query =
            query(plan)
                .withOptions(
                    QueryOptions.DEFAULT
                        .withShards(9, threads)
                        .withRoom(8 << 10, 1 << 24)
                        .withScratch(scratch));
        Thread.currentThread().interrupt();
        assertThatThrownBy(() -> lines(query))
            .as(plan)
            .isInstanceOf(UnavailableException.class)
            .hasMessageContaining("interrupted");
        assertThat(Thread.interrupted()).isTrue();
        assertThat(scratchFiles()).isZero();
      }
    }
  }

  @Test
  void aCursorLeftHalfWayLeavesNoThreadAndNoFile() throws IOException {
    Query query = query("artifacts").withOptions(QueryOptions.DEFAULT.withShards(64, 3));
    try (QueryCursor cursor = query.open()) {
      assertThat(cursor.next()).isTrue();
    }
    assertThat(Thread.getAllStackTraces().keySet())
        .extracting(Thread::getName)
        .noneMatch(name -> name.startsWith("cairn-query"));
    Query keeping =
        query(KEEPING.get(5))
            .withOptions(QueryOptions.DEFAULT.withRoom(8 << 10, 1 << 24).withScratch(scratch));
    try (QueryCursor cursor = keeping.open()) {
      assertThat(cursor.next()).isTrue();
      assertThat(scratchFiles()).isPositive();
    }
    assertThat(scratchFiles()).isZero();
  }

  @Test
  void aMergeOfManyScansRunsTheThreadsOfOneAtATime() {
    String plan = "chain(artifacts | first 1" + "; artifacts | first 1".repeat(40) + ")";
    Query query = query(plan).withOptions(QueryOptions.DEFAULT.withShards(64, 3));
    try (QueryCursor cursor = query.open()) {
      for (int rows = 0; cursor.next(); rows++) {
        assertThat(Thread.getAllStackTraces().keySet())
            .as("after %d rows", rows)
            .filteredOn(thread -> thread.getName().startsWith("cairn-query"))
            .hasSizeLessThanOrEqualTo(3);
      }
    }
  }

  @Test
  void whatFailsInAThreadFailsTheQuery() {
    Query query = query("artifacts").withOptions(QueryOptions.DEFAULT.withShards(64, 3));
    store.close();
    assertThatThrownBy(() -> lines(query)).isInstanceOf(RuntimeException.class);
  }

  @Test
  void aPrefixOfKeysIsLookedUpAndNotScanned() {
    String digits = middle(3).digest().toHex().substring(0, 5);
    Explanation ran = query("artifacts | key=" + digits).explainRun();
    assertThat(ran.rows()).isEqualTo(1);
    Explanation scan = ran.inputs().get(0).inputs().get(0);
    assertThat(scan.operator()).isEqualTo("SegmentScan");
    assertThat(scan.rowsRead()).isLessThan(5);
  }

  @Test
  void explainingTellsTheTreeWithExpectedAndActualRows() {
    Query query = query("artifacts | type=text/1,text/2 | up depth=1 type=t:e | count by state");
    assertThat(query.explainRun().text())
        .matches(
            """
            Aggregation: count by state  \\(expected 2, gave 2\\)
              Traversal: up depth=1 type=t:e  \\(expected \\d+, gave 201, read 200\\)
                IndexFilter: type=text/1,text/2  \\(expected \\d+, gave 200\\)
                  TombstoneShadow: live  \\(expected 701, gave 701\\)
                    SegmentScan: artifacts  \\(expected 701, gave 701, read 2101\\)
            """);
    Explanation filter = query.explain().inputs().get(0).inputs().get(0);
    assertThat(filter.estimatedRows()).isBetween(100L, 350L);
    assertThat(query.explain().json())
        .startsWith(
            "{\"operator\":\"Aggregation\",\"detail\":\"count by"
                + " state\",\"estimatedRows\":2,\"inputs\":[")
        .doesNotContain("rowsRead");
  }

  @Test
  void walksThatMeetAreNotExpectedToReachMoreThanThereIs() {
    CommitDraft chain = new CommitDraft();
    for (int i = 1; i < WIDTH; i++) {
      link(chain, middle(i), middle(i - 1));
    }
    store.commit(chain);
    Explanation walk = query("artifacts | up").explain();
    assertThat(walk.estimatedRows()).isBetween(100L, (WIDTH + 1) + (2L * WIDTH + WIDTH - 1));
  }

  @Test
  void aRowHasOneFormAsJson() {
    assertThat(lines(query("keys " + bottom() + " " + root() + " | down depth=0")))
        .isEqualTo(
            Stream.of(bottom(), root())
                .sorted(Plan.KEY_ORDER)
                .map(
                    key ->
                        key.equals(root())
                            ? "{\"key\":\""
                                + key
                                + "\",\"depth\":0,\"kind\":\"artifact\",\"type\":\"text/root\","
                                + "\"size\":\"4\",\"state\":\"live\"}\n"
                            : "{\"key\":\""
                                + key
                                + "\",\"depth\":0,\"kind\":null,\"type\":null,"
                                + "\"size\":null,\"state\":\"absent\"}\n")
                .reduce("", String::concat));
    assertThat(lines(query("keys " + root() + " | select time, logseq")))
        .isEqualTo("{\"time\":\"1970-01-01T00:16:40Z\",\"logseq\":\"1\"}\n");
  }
}
