package dev.cairn.federation.audit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.SnapshotInfo;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.asl.time.Ticker;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.audit.Finding.Kind;
import dev.cairn.federation.bundle.Bundles;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.sync.StoreSync;
import dev.cairn.federation.transport.InProcessLink;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

@Timeout(120)
class AuditTest {
  @TempDir Path folder;

  private static StoreSync sync(TestNode node) {
    return new StoreSync(
        node.store(), SessionOptions.DEFAULT, ReplicationListener.NONE, Ticker.system());
  }

  private static void sync(TestNode left, TestNode right) {
    sync(left).with(right.store(), true, true).orThrow();
  }

  private static AuditReport audit(TestNode node) {
    return new Auditor(null).audit("it", node.store());
  }

  // ---- replay

  @Test
  void aStoreIsReplayedAndEverySnapshotIsReproduced() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        TestNode empty = new TestNode("replay")) {
      ann.work(1, 30);
      SnapshotInfo first = ann.store().snapshot("first");
      bob.work(2, 30);
      sync(ann, bob);
      SnapshotInfo second = ann.store().snapshot("second");
      ann.work(3, 30);
      ReplayReport report = new Replayer(empty.store()).store(ann.store(), Optional.empty());
      assertThat(report.verified()).isTrue();
      assertThat(report.snapshots())
          .extracting(SnapshotCheck::snapshot)
          .contains(first.key(), second.key())
          .hasSize(3);
      assertThat(report.stateRoot()).isEqualTo(ann.store().stateRoot());
      assertThat(empty.derivedRows()).isEqualTo(ann.derivedRows());
      assertThat(report.records())
          .isEqualTo(ann.store().heads().stream().mapToLong(head -> head.treeSize()).sum());
    }
  }

  @Test
  void aReplayUntilASnapshotEndsThere() {
    try (TestNode ann = new TestNode("ann");
        TestNode empty = new TestNode("replay")) {
      ann.work(1, 30);
      Snapshot middle = ann.store().snapshot("middle").snapshot();
      ann.work(2, 30);
      ReplayReport report = new Replayer(empty.store()).store(ann.store(), Optional.of(middle));
      assertThat(report.verified()).isTrue();
      assertThat(report.stateRoot()).isEqualTo(middle.stateRoot());
    }
  }

  @Test
  void aBundleIsReplayed() {
    Path file = folder.resolve("bundle");
    try (TestNode ann = new TestNode("ann");
        TestNode empty = new TestNode("replay")) {
      ann.work(1, 30);
      Bundles.write(ann.store(), file, Optional.empty(), Optional.empty());
      ReplayReport report = new Replayer(empty.store()).bundle(file);
      assertThat(report.verified()).isTrue();
      assertThat(report.snapshots()).hasSize(1);
      assertThat(report.stateRoot()).isEqualTo(ann.store().stateRoot());
    }
  }

  @Test
  void aPeerIsReplayedAndThePublishedSnapshotsOfItsLogAreChecked() {
    try (TestNode ann = new TestNode("ann");
        TestNode empty = new TestNode("replay")) {
      ann.work(1, 20);
      Snapshot published = ann.store().snapshot(null).snapshot();
      ann.put(TypeTag.SNAPSHOT, published.encode());
      InProcessLink.Pair pair = InProcessLink.pair();
      CompletableFuture<?> answer =
          CompletableFuture.runAsync(() -> sync(ann).respond(pair.right()));
      ReplayReport report = new Replayer(empty.store()).peer(sync(empty), pair.left());
      answer.join();
      assertThat(report.verified()).isTrue();
      assertThat(report.snapshots())
          .extracting(SnapshotCheck::snapshot)
          .containsExactly(published.key());
      assertThat(report.stateRoot()).isEqualTo(ann.store().stateRoot());
    }
  }

  @Test
  void aSnapshotThatLiesIsNotReproduced() {
    try (TestNode ann = new TestNode("ann");
        TestNode empty = new TestNode("replay")) {
      ann.work(1, 10);
      Snapshot honest = ann.store().snapshot(null).snapshot();
      Snapshot lie = new Snapshot(honest.federation(), honest.heads(), Bytes.wrap(new byte[32]));
      ann.put(TypeTag.SNAPSHOT, lie.encode());
      ReplayReport report = new Replayer(empty.store()).store(ann.store(), Optional.empty());
      assertThat(report.verified()).isFalse();
      assertThat(report.snapshots())
          .filteredOn(check -> !check.ok())
          .singleElement()
          .satisfies(
              check -> {
                assertThat(check.snapshot()).isEqualTo(lie.key());
                assertThat(check.actual()).isEqualTo(honest.stateRoot());
              });
    }
  }

  @Test
  void aReplayIntoAStoreThatHoldsSomethingIsRefused() {
    try (TestNode ann = new TestNode("ann")) {
      ann.put("a");
      assertThatThrownBy(() -> new Replayer(ann.store())).isInstanceOf(RefusedException.class);
    }
  }

  // ---- audit

  @Test
  void aSoundStoreIsVerified() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ann.work(1, 40);
      ArtifactKey erased = ann.put("secret");
      ann.remove(erased, true);
      bob.work(2, 40);
      sync(ann, bob);
      ann.store().snapshot("a");
      ann.work(3, 10);
      AuditReport report = audit(ann);
      assertThat(report.findings()).isEmpty();
      assertThat(report.verified()).isTrue();
      assertThat(report.sources()).singleElement().extracting("source").isEqualTo("it");
    }
  }

  @ParameterizedTest
  @CsvSource({
    "asl.payload, PAYLOAD",
    "asl.chunk, PAYLOAD",
    "asl.checkpoint, CHECKPOINT",
    "asl.note, PAYLOAD",
    "asl.tree, STATE",
    "asl.live, STATE",
  })
  void damageOfATableIsFoundAndTheAuditGoesOn(String table, Kind expected) {
    try (TestNode ann = new TestNode("ann")) {
      ann.remove(ann.put("gone"), false);
      ann.putLarge(300_000, 1);
      ann.work(1, 20);
      ann.store().stateRoot();
      ann.store().signHead();
      ann.damage(table);
      AuditReport report = audit(ann);
      assertThat(report.verified()).isFalse();
      assertThat(report.findings())
          .as("%s", report.findings())
          .anyMatch(finding -> finding.kind() == expected || finding.kind() == Kind.UNREADABLE);
    }
  }

  @Test
  void aLostPayloadOfALiveArtifactIsFound() {
    try (TestNode ann = new TestNode("ann")) {
      ArtifactKey key = ann.put("precious");
      ann.put("other");
      LogRecord record = ann.store().history(key).get(0).record();
      ann.drop("asl.payload", record.payloadDigest().digest());
      AuditReport report = audit(ann);
      assertThat(report.findings())
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.kind()).isEqualTo(Kind.PAYLOAD_MISSING);
                assertThat(finding.message()).contains(key.toString());
                assertThat(finding.id()).matches("[0-9a-f]{16}");
              });
    }
  }

  @Test
  void aRecordThatReadsOtherwiseIsNamed() {
    TamperedEngine engine =
        new TamperedEngine(
            new MemoryEngine(
                StoreConfig.tables(TestNode.config("ann", "test").indexes(), List.of())));
    try (Store store = Store.open(engine, TestNode.config("ann", "test"))) {
      for (int i = 0; i < 20; i++) {
        store.commit(new CommitDraft().put(store.prepare(null, Bytes.utf8("text " + i))));
      }
      store.signHead();
      engine.records(
          (index, record) -> index.u64At(0) == 7 ? flip(record, record.length() - 1) : record);
      AuditReport report = new Auditor(null).audit("it", store);
      assertThat(report.findings())
          .extracting(Finding::kind)
          .contains(Kind.LOG_ROOT, Kind.CHECKPOINT);
      engine.records((index, record) -> index.u64At(0) == 7 ? flip(record, 0) : record);
      report = new Auditor(null).audit("it", store);
      assertThat(report.findings())
          .filteredOn(finding -> finding.kind() == Kind.RECORD)
          .singleElement()
          .satisfies(
              finding ->
                  assertThat(finding.occurrences())
                      .singleElement()
                      .satisfies(
                          place ->
                              assertThat(place.place())
                                  .isEqualTo("record 7 of " + store.origin())));
    }
  }

  private static Bytes flip(Bytes bytes, int at) {
    byte[] copy = bytes.toArray();
    copy[at] ^= 1;
    return Bytes.wrap(copy);
  }

  @Test
  void aReceiptThatDiffersIsAFinding() {
    try (TestNode ann = new TestNode("ann")) {
      ArtifactKey receipt = ann.put(TypeTag.RECEIPT, Bytes.utf8("not looked at here"));
      ann.put("no receipt");
      AuditReport report =
          new Auditor((store, key) -> Optional.of("other output for " + key))
              .audit("it", ann.store());
      assertThat(report.findings())
          .singleElement()
          .satisfies(
              finding -> {
                assertThat(finding.kind()).isEqualTo(Kind.RECEIPT);
                assertThat(finding.subject()).isEqualTo(receipt.toString());
              });
    }
  }

  // ---- comparison

  @Test
  void storesThatHoldTheSameAreFoundTheSame() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ann.work(1, 30);
      bob.work(2, 30);
      sync(ann, bob);
      AuditReport report = new Auditor(null).audit(both(ann, bob));
      assertThat(report.verified()).isTrue();
      assertThat(report.firstDivergence()).isNull();
      assertThat(report.sources()).extracting("stateRoot").containsOnly(ann.store().stateRoot());
    }
  }

  @Test
  void whatOneLacksIsTheFirstDivergence() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ann.work(1, 30);
      bob.work(2, 30);
      sync(ann, bob);
      ArtifactKey missing = ann.put("only ann has it");
      ann.put("and this");
      AuditReport report = new Auditor(null).audit(both(ann, bob));
      assertThat(report.verified()).isFalse();
      AuditReport.Divergence first = report.firstDivergence();
      assertThat(first).isNotNull();
      assertThat(first.origin()).isEqualTo(ann.origin());
      assertThat(first.canonicalId()).isEqualTo(missing);
      assertThat(first.left()).contains(missing.toString());
      assertThat(first.right()).isEqualTo("nothing");
    }
  }

  @ParameterizedTest
  @CsvSource({"0, 1", "1, 1", "0, 40", "17, 40", "39, 40", "300, 520"})
  void aForkIsFoundAtItsFirstRecord(int common, int total) {
    try (TestNode one = new TestNode("ann");
        TestNode two = new TestNode("ann")) {
      for (int i = 0; i < total; i++) {
        String mine = i == common ? "fork" : "same " + i;
        one.put("same " + i);
        two.put(mine);
      }
      AuditReport report = new Auditor(null).audit(both(one, two));
      AuditReport.Divergence first = report.firstDivergence();
      if (common >= total) {
        assertThat(first).isNull();
      } else {
        assertThat(first).isNotNull();
        assertThat(first.index()).isEqualTo(common);
        assertThat(first.left()).isNotEqualTo(first.right());
      }
    }
  }

  private static List<AuditSource> both(TestNode left, TestNode right) {
    return List.of(
        new AuditSource.OfStore("left", left.store()),
        new AuditSource.OfStore("right", right.store()));
  }
}
