package dev.cairn.asl.store;

import static dev.cairn.asl.store.StoreFixture.copy;
import static dev.cairn.asl.store.StoreFixture.open;
import static dev.cairn.asl.store.StoreFixture.put;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.GoldenVectors;
import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import java.time.Duration;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** Reading commits page by page, going on later, and following. */
class CommitLogTest {
  private static final PageLimits SMALL = new PageLimits(3, Long.MAX_VALUE);
  private static final Duration LONG = Duration.ofSeconds(30);

  private final MemoryEngine engine = StoreFixture.engine();
  private final Store store = open("a", engine);
  private final CommitLog log = store.log();

  private static ArtifactKey commit(Store store, int count, String name) {
    CommitDraft draft = new CommitDraft();
    PreparedArtifact last = null;
    for (int i = 0; i < count; i++) {
      last = store.prepare(null, Bytes.utf8(name + i));
      draft.put(last);
    }
    store.commit(draft);
    return last.id().key();
  }

  /** All commits behind a position, each page beginning where the one before says. */
  private static List<LogCommit> all(CommitLog log, LogPosition from, PageLimits limits) {
    List<LogCommit> commits = new ArrayList<>();
    LogPage page = log.read(from, limits);
    while (page.end() == PageEnd.LIMIT) {
      commits.addAll(page.commits());
      page = log.read(log.resume(page.next().toBytes()), limits);
    }
    assertThat(page.end()).isEqualTo(PageEnd.END_OF_LOG);
    commits.addAll(page.commits());
    return commits;
  }

  @Test
  void anEmptyStoreHasAnEmptyPageThatSaysSo() {
    LogPage page = log.read(log.start(), PageLimits.DEFAULT);
    assertThat(page.commits()).isEmpty();
    assertThat(page.end()).isEqualTo(PageEnd.END_OF_LOG);
    assertThat(page.next()).isEqualTo(log.start()).isEqualTo(log.end());
  }

  @Test
  void pagesHoldWholeCommitsAndEndWhereTheNextBegins() {
    commit(store, 2, "x");
    commit(store, 5, "y");
    commit(store, 1, "z");
    commit(store, 2, "w");

    LogPage first = log.read(log.start(), SMALL);
    assertThat(first.commits()).extracting(c -> c.records().size()).containsExactly(2);
    assertThat(first.end()).isEqualTo(PageEnd.LIMIT);
    LogPage second = log.read(first.next(), SMALL);
    assertThat(second.commits())
        .as("one commit, though it is larger than a page should be")
        .extracting(c -> c.records().size())
        .containsExactly(5);
    LogPage third = log.read(second.next(), SMALL);
    assertThat(third.commits()).extracting(c -> c.records().size()).containsExactly(1, 2);
    assertThat(third.end()).isEqualTo(PageEnd.END_OF_LOG);
    assertThat(third.next()).isEqualTo(log.end());
    assertThat(log.read(log.start(), new PageLimits(100, 1)).commits()).hasSize(1);
  }

  @Test
  void anyPagingGivesTheSameCommitsInBothOrders() {
    Random random = new Random(7);
    for (int i = 0; i < 40; i++) {
      commit(store, 1 + random.nextInt(6), "n" + i + "/");
    }
    List<LogCommit> whole = all(log, log.start(), new PageLimits(1 << 20, Long.MAX_VALUE));
    assertThat(whole).hasSize(40).extracting(LogCommit::logseq).isSorted().doesNotHaveDuplicates();
    for (int i = 0; i < 20; i++) {
      PageLimits limits = new PageLimits(1 + random.nextInt(20), 1 + random.nextInt(3000));
      assertThat(all(log, log.start(), limits)).isEqualTo(whole);
      assertThat(all(log, log.start(store.origin()), limits)).isEqualTo(whole);
    }
    List<LogRecord> records = new ArrayList<>();
    whole.forEach(commit -> records.addAll(commit.records()));
    for (int i = 0; i < records.size(); i++) {
      assertThat(store.record(store.origin(), i)).hasValue(records.get(i));
    }
  }

  @Test
  void commitsOfOthersComeInTheOrderOfTheirArrival() {
    Store other = open("b");
    commit(other, 1, "theirs");
    commit(other, 1, "also theirs");
    commit(store, 1, "mine");
    copy(other, store);
    commit(store, 1, "mine again");

    List<LogCommit> arrived = all(log, log.start(), SMALL);
    assertThat(arrived)
        .extracting(LogCommit::origin)
        .containsExactly(store.origin(), other.origin(), other.origin(), store.origin());
    assertThat(all(log, log.start(other.origin()), SMALL)).isEqualTo(arrived.subList(1, 3));
    assertThat(log.end(other.origin()).next()).isEqualTo(2);
  }

  @Test
  void aCutEndsThePagesAndSaysSo() {
    Store other = open("b");
    commit(other, 1, "theirs");
    commit(store, 1, "mine");
    Cut cut = store.snapshot(null).snapshot().cut();
    copy(other, store);
    commit(store, 1, "behind the cut");

    LogPage byArrival = log.read(log.start(), PageLimits.DEFAULT, cut);
    assertThat(byArrival.end()).isEqualTo(PageEnd.CUT);
    assertThat(byArrival.commits()).extracting(LogCommit::origin).containsExactly(store.origin());
    assertThat(byArrival.next()).isEqualTo(log.end());

    LogPage ofOneLog = log.read(log.start(store.origin()), PageLimits.DEFAULT, cut);
    assertThat(ofOneLog.end()).isEqualTo(PageEnd.CUT);
    assertThat(ofOneLog.commits()).hasSize(1);
    assertThat(log.read(ofOneLog.next(), PageLimits.DEFAULT).commits())
        .as("without the cut it goes on")
        .hasSize(1);
    assertThat(log.read(log.start(other.origin()), PageLimits.DEFAULT, cut).commits()).isEmpty();
  }

  @Test
  void positionsAreTheBytesOfTheirDocument() {
    GoldenVectors golden = GoldenVectors.of("log-position.md");
    SigningKey key = SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8("node")));
    Origin origin = new Origin(NodeId.of(key.publicKey()), 1);
    GoldenVectors records = GoldenVectors.of("log-record.md");
    Bytes mark = LogPosition.storeMark(origin.node(), "default");
    Map<String, Bytes> due = new LinkedHashMap<>();
    due.put("arrival.start", new LogPosition(mark, null, 0, LogPosition.NO_TRAIL).toBytes());
    due.put(
        "arrival.3",
        new LogPosition(mark, null, 3, LogPosition.trail(origin, records.get("record.4")))
            .toBytes());
    due.put("log.start", new LogPosition(mark, origin, 0, LogPosition.NO_TRAIL).toBytes());
    due.put(
        "log.3",
        new LogPosition(mark, origin, 3, LogPosition.trail(origin, records.get("record.2")))
            .toBytes());
    golden.assertSame(due);
    due.forEach(
        (name, bytes) ->
            assertThat(LogPosition.fromBytes(bytes).toBytes()).as(name).isEqualTo(bytes));
  }

  @Test
  void everyFlippedBitAndEveryOtherLengthIsRefused() {
    put(store, "one");
    for (LogPosition position : List.of(log.end(), log.end(store.origin()))) {
      byte[] good = position.toBytes().toArray();
      assertThat(log.resume(Bytes.copyOf(good))).isEqualTo(position);
      for (int bit = 0; bit < 8 * good.length; bit++) {
        byte[] bad = good.clone();
        bad[bit / 8] ^= (byte) (1 << bit % 8);
        assertThatThrownBy(() -> log.resume(Bytes.wrap(bad)))
            .isInstanceOfAny(MalformedException.class, UnsupportedVersionException.class);
      }
      for (int length = 0; length <= good.length + 3; length++) {
        if (length != good.length) {
          Bytes other = Bytes.wrap(java.util.Arrays.copyOf(good, length));
          assertThatThrownBy(() -> log.resume(other)).isInstanceOf(CairnException.class);
        }
      }
    }
  }

  @Test
  void aPositionOfAnotherStoreIsRefused() {
    put(store, "same");
    Store other = open("b");
    put(other, "same");
    assertThatThrownBy(() -> log.resume(other.log().end().toBytes()))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("another store");
    assertThatThrownBy(() -> log.read(other.log().start(), SMALL))
        .isInstanceOf(RefusedException.class);
  }

  @Test
  void aPositionBehindWhatWasLostIsRefusedEvenIfTheLogHasGrownAgain() {
    put(store, "kept");
    LogPosition kept = log.end();
    store.commit(
        new CommitDraft().put(store.prepare(null, Bytes.utf8("lost"))), Durability.RELAXED);
    LogPosition lost = log.end();
    LogPosition lostOfOneLog = log.end(store.origin());
    try (Store after = open("a", engine.crash())) {
      assertThat(after.log().resume(kept.toBytes())).isEqualTo(kept);
      for (int i = 0; i < 2; i++) {
        for (LogPosition gone : List.of(lost, lostOfOneLog)) {
          assertThatThrownBy(() -> after.log().resume(gone.toBytes()))
              .isInstanceOf(RefusedException.class)
              .hasMessageContaining("begin again from an earlier one");
        }
        put(after, "in its place");
      }
    }
  }

  @Test
  void aPositionOutlivesItsProcess() {
    put(store, "one");
    Bytes position = log.end().toBytes();
    put(store, "two");
    store.close();
    try (Store again = open("a", engine.reopen())) {
      LogPage page = again.log().read(again.log().resume(position), PageLimits.DEFAULT);
      assertThat(page.commits()).hasSize(1);
    }
  }

  @Test
  void followingGivesAtOnceWhatIsThere() {
    put(store, "one");
    LogPage page = log.follow(log.start(), PageLimits.DEFAULT, LONG);
    assertThat(page.commits()).hasSize(1);
    assertThat(page.end()).isEqualTo(PageEnd.END_OF_LOG);
  }

  @Test
  void followingWaitsForACommitAndNoLonger() throws Exception {
    LogPosition end = log.end();
    CompletableFuture<LogPage> followed =
        CompletableFuture.supplyAsync(() -> log.follow(end, PageLimits.DEFAULT, LONG));
    CompletableFuture<LogPage> other =
        CompletableFuture.supplyAsync(
            () -> log.follow(log.start(store.origin()), PageLimits.DEFAULT, LONG));
    assertThat(followed).isNotDone();
    ArtifactKey key = put(store, "news");
    for (CompletableFuture<LogPage> page : List.of(followed, other)) {
      assertThat(page.get(20, TimeUnit.SECONDS).commits())
          .singleElement()
          .satisfies(commit -> assertThat(commit.records().get(0).id()).isEqualTo(key));
    }
  }

  @Test
  void followingOneLogIsNotEndedByCommitsOfAnother() throws Exception {
    Store other = open("b");
    put(other, "theirs");
    CompletableFuture<LogPage> followed =
        CompletableFuture.supplyAsync(
            () -> log.follow(log.start(other.origin()), PageLimits.DEFAULT, LONG));
    put(store, "mine");
    put(store, "mine again");
    assertThat(followed).isNotDone();
    copy(other, store);
    assertThat(followed.get(20, TimeUnit.SECONDS).commits())
        .extracting(LogCommit::origin)
        .containsExactly(other.origin());
  }

  @Test
  void followingEndsWithItsTime() {
    LogPage page = log.follow(log.end(), PageLimits.DEFAULT, Duration.ofMillis(20));
    assertThat(page.end()).isEqualTo(PageEnd.TIMED_OUT);
    assertThat(log.follow(page.next(), PageLimits.DEFAULT, Duration.ZERO).end())
        .isEqualTo(PageEnd.TIMED_OUT);
  }

  @Test
  void followingEndsWhenTheStoreIsClosedOrTheThreadInterrupted() throws Exception {
    CompletableFuture<Thread> caller = new CompletableFuture<>();
    CompletableFuture<LogPage> interrupted =
        CompletableFuture.supplyAsync(
            () -> {
              caller.complete(Thread.currentThread());
              LogPage page = log.follow(log.end(), PageLimits.DEFAULT, LONG);
              assertThat(Thread.interrupted()).isTrue();
              return page;
            });
    caller.get(20, TimeUnit.SECONDS).interrupt();
    assertThat(interrupted.get(20, TimeUnit.SECONDS).end()).isEqualTo(PageEnd.INTERRUPTED);

    LogPosition end = log.end();
    CompletableFuture<LogPage> closed =
        CompletableFuture.supplyAsync(() -> log.follow(end, PageLimits.DEFAULT, LONG));
    store.close();
    assertThat(closed.get(20, TimeUnit.SECONDS))
        .isEqualTo(new LogPage(List.of(), end, PageEnd.CLOSED));
    assertThat(log.follow(end, PageLimits.DEFAULT, LONG).end()).isEqualTo(PageEnd.CLOSED);
  }

  @Test
  void aFollowerBesideBusyWritersMissesNothingAndSeesNothingTwice() throws Exception {
    int writers = 4;
    int each = 60;
    List<CompletableFuture<Void>> writing = new ArrayList<>();
    for (int w = 0; w < writers; w++) {
      String name = "w" + w + "/";
      writing.add(
          CompletableFuture.runAsync(
              () -> {
                for (int i = 0; i < each; i++) {
                  put(store, name + i);
                }
              }));
    }
    Map<ArtifactKey, Integer> seen = new TreeMap<>();
    LogPosition at = log.start();
    while (seen.size() < writers * each) {
      LogPage page = log.follow(at, new PageLimits(7, 1000), LONG);
      assertThat(page.end()).isNotEqualTo(PageEnd.TIMED_OUT);
      page.commits().forEach(c -> c.records().forEach(r -> seen.merge(r.id(), 1, Integer::sum)));
      at = page.next();
    }
    for (CompletableFuture<Void> writer : writing) {
      writer.get(20, TimeUnit.SECONDS);
    }
    assertThat(seen.values()).allMatch(times -> times == 1);
    assertThat(log.read(at, PageLimits.DEFAULT).commits()).isEmpty();
  }
}
