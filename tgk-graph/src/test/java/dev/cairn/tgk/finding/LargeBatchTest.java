package dev.cairn.tgk.finding;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.store.Index;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.tgk.index.GraphIndex;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Batches that take more than one commit. */
class LargeBatchTest {
  private static final List<Index> INDEXES = List.of(new GraphIndex(), new FindingIndex());
  private static final int SUBJECTS = 5;
  private static final int PLACES = 4;

  @Test
  void aBatchOfManyCommitsIsTheSameAsOneOfOne() {
    try (Store whole = open(engine());
        Store cut = open(engine())) {
      new FindingStore(whole).write(batch());
      WriteResult result = new FindingStore(cut, 3).write(batch());
      assertThat(result.newFindings()).hasSize(SUBJECTS);
      assertThat(result.newOccurrences()).isEqualTo(SUBJECTS * PLACES);
      assertThat(result.newObservations()).isEqualTo(SUBJECTS * PLACES);
      assertThat(whole.heads().get(0).lastLogseq()).isEqualTo(1);
      assertThat(cut.heads().get(0).lastLogseq()).isGreaterThan(SUBJECTS);
      assertThat(list(cut).findings()).usingRecursiveComparison().isEqualTo(list(whole).findings());
    }
  }

  @Test
  void whatIsThereAfterAWriteThatBrokeOffIsWholeAndTheSameBatchAddsTheRest() {
    int commits = 0;
    boolean failed = true;
    while (failed) {
      MemoryEngine engine = engine();
      Store store = open(engine);
      engine.faults().failCommitsAfter(commits, 1);
      failed = writeFails(store);
      store.close();
      engine = engine.reopen();
      engine.faults().failCommits(0);
      try (Store again = open(engine)) {
        FindingReader reader = new FindingStore(again).reader();
        assertThat(reader.dangling(100)).as("after " + commits + " commits").isEmpty();
        new FindingStore(again, 3).write(batch());
        assertThat(list(again).findings())
            .hasSize(SUBJECTS)
            .allMatch(summary -> summary.occurrences() == PLACES);
      }
      commits++;
    }
    assertThat(commits).isGreaterThan(SUBJECTS);
  }

  private static boolean writeFails(Store store) {
    try {
      new FindingStore(store, 3).write(batch());
      return false;
    } catch (CairnException e) {
      return true;
    }
  }

  @Test
  void aBatchTakesSoManyFindingsAndNotOneMore() {
    FindingBatch batch = new FindingBatch(1, "v");
    for (int i = 0; i < FindingBatch.FINDINGS_MAX; i++) {
      batch.add(finding(i));
    }
    assertThatThrownBy(() -> batch.add(finding(FindingBatch.FINDINGS_MAX)))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("" + FindingBatch.FINDINGS_MAX);
    batch.add(finding(0));
    assertThat(batch.findings()).hasSize(FindingBatch.FINDINGS_MAX);
  }

  private static FindingBatch batch() {
    FindingBatch batch = new FindingBatch(1, "v");
    for (int i = 0; i < SUBJECTS; i++) {
      Finding finding = finding(i);
      batch.add(finding);
      for (int place = 0; place < PLACES; place++) {
        batch.observe(Occurrence.at(finding.id(), "source " + place, "there"), "x");
      }
    }
    return batch;
  }

  private static Finding finding(int subject) {
    return new Finding(new RuleId("a:b"), Severity.ERROR, "subject " + subject, "is wrong");
  }

  private static FindingPage list(Store store) {
    return new FindingStore(store).reader().list(FindingFilter.ALL, null, 100);
  }

  private static MemoryEngine engine() {
    return new MemoryEngine(StoreConfig.tables(INDEXES, List.of()));
  }

  private static Store open(MemoryEngine engine) {
    SigningKey key = SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8("one")));
    return Store.open(engine, new StoreConfig("test", key, 1, INDEXES, List.of(), () -> 1_000_000));
  }
}
