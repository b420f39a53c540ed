package dev.cairn.federation.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.RecordSums;
import dev.cairn.asl.store.WorkerThreads;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.audit.AuditFinding.Kind;
import dev.cairn.federation.audit.AuditReport.Verdict;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Logs of several stretches, which are checked beside each other: the report is that of one who
 * looks at record by record, with whatever number of threads.
 */
@Timeout(300)
class AuditThreadsTest {
  private static final int COMMIT = 700;

  private static AuditReport audit(TestNode node, int threads) {
    return Auditor.of(AuditPlan.usual(null).withThreads(threads)).audit("it", node.store());
  }

  /** The report, which is the same for any number of threads. */
  private static AuditReport audit(TestNode node) {
    AuditReport one = audit(node, 1);
    assertThat(audit(node, 2)).isEqualTo(one);
    assertThat(audit(node, 7)).isEqualTo(one);
    return one;
  }

  /** A bit of everything over three stretches, checkpoints in the midst of them. */
  private static void fill(TestNode node) {
    List<ArtifactKey> keys = new ArrayList<>();
    for (int i = 0; i < 12; i++) {
      keys.addAll(node.putTogether("number " + i + " ", COMMIT));
      node.work(i, 30);
      node.remove(keys.get(i * 11), i % 2 == 0);
      node.put("number 0 " + i * 11);
      if (i % 3 == 1) {
        node.store().signHead();
      }
    }
    node.store().snapshot("end");
    node.store().signHead();
    node.putTogether("unsigned ", 5);
    assertThat(size(node)).isGreaterThan(2L * RecordSums.STRETCH);
  }

  private static long size(TestNode node) {
    return node.store().head(node.origin()).orElseThrow().treeSize();
  }

  /** What checks of logs count and find, record by record or with stretches beside each other. */
  private static List<Object> logs(TestNode node, boolean beside) {
    Findings findings = new Findings();
    CheckLedger ledger = new CheckLedger("it", AuditCheck.usual(), findings);
    LogDamage damage = new LogDamage();
    LivenessAudit liveness = new LivenessAudit(node.store(), damage);
    try (WorkerThreads workers = new WorkerThreads("audit", 3)) {
      for (LogHead head : node.store().heads()) {
        new LogAudit(node.store(), head, liveness, ledger, damage)
            .run(beside, workers, new RecordsRead(read -> {}));
      }
    }
    return List.of(ledger.results(EnumSet.allOf(AuditCheck.class)), findings.list());
  }

  @Test
  void aSoundStoreIsCountedAsRecordByRecord() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      fill(ann);
      bob.work(3, 40);
      AuditReport report = audit(ann);
      assertThat(report.verdict()).isEqualTo(Verdict.VERIFIED);
      CheckLedger looked = new CheckLedger("it", AuditCheck.usual(), new Findings());
      try (WorkerThreads workers = new WorkerThreads("audit", 2)) {
        DerivedAudit derived = DerivedAudit.of(ann.store(), looked, workers);
        LogHead head = ann.store().head(ann.origin()).orElseThrow();
        LogDamage none = new LogDamage();
        LivenessAudit liveness = new LivenessAudit(ann.store(), none);
        assertThat(
                new LogAudit(ann.store(), head, liveness, looked, none)
                    .isClean(derived, workers, new RecordsRead(read -> {})))
            .isTrue();
        assertThat(derived.agrees()).isTrue();
      }
      assertThat(List.of(looked.results(EnumSet.allOf(AuditCheck.class)), List.of()))
          .isEqualTo(logs(ann, false))
          .isEqualTo(logs(ann, true));
    }
  }

  @Test
  void damagedPayloadsAndAForgedCheckpointAreToldAsRecordByRecord() {
    try (TestNode ann = new TestNode("ann")) {
      fill(ann);
      Map<Bytes, Bytes> contents = ann.rows("asl.content");
      List<Bytes> keys = new ArrayList<>(contents.keySet());
      for (int at : List.of(5, 6, 5_000, keys.size() - 2)) {
        ann.overwrite("asl.content", keys.get(at), flipped(contents.get(keys.get(at))));
      }
      List<Bytes> notes = new ArrayList<>(ann.rows("asl.checkpoint").keySet());
      Bytes note = ann.rows("asl.checkpoint").get(notes.get(1));
      ann.overwrite("asl.checkpoint", notes.get(1), flipped(note));
      AuditReport report = audit(ann);
      assertThat(report.findings().stream().map(AuditFinding::kind))
          .contains(Kind.PAYLOAD, Kind.CHECKPOINT);
      assertThat(logs(ann, true)).isEqualTo(logs(ann, false));
    }
  }

  @Test
  void aStoredSubtreeThatIsAnotherIsToldAsRecordByRecord() {
    try (TestNode ann = new TestNode("ann")) {
      fill(ann);
      List<Bytes> tiles = new ArrayList<>(ann.rows("asl.tile").keySet());
      Bytes tile = tiles.get(tiles.size() / 2);
      ann.overwrite("asl.tile", tile, flipped(ann.rows("asl.tile").get(tile)));
      assertThat(audit(ann).verdict()).isNotEqualTo(Verdict.VERIFIED);
      assertThat(logs(ann, true)).isEqualTo(logs(ann, false));
    }
  }

  /** Whoever compared stretch by stretch would find all rows of the first one right. */
  @Test
  void aTombstoneInventedInTheNameOfALaterRecordIsFoundWhereItHides() {
    try (TestNode ann = new TestNode("ann");
        TestNode liar = new TestNode("ann")) {
      ArtifactKey hidden = ann.put("hidden");
      liar.put("hidden");
      for (int i = 0; i < 7; i++) {
        ann.putTogether("more " + i + " ", COMMIT);
        liar.putTogether("more " + i + " ", COMMIT);
      }
      liar.remove(hidden, false);
      ann.put("there in truth");
      assertThat(size(ann)).isEqualTo(size(liar)).isGreaterThan(RecordSums.STRETCH);
      Map<Bytes, Bytes> told = liar.rows("asl.live");
      ann.rows("asl.live")
          .forEach(
              (path, row) -> {
                if (!row.equals(told.getOrDefault(path, row))) {
                  ann.overwrite("asl.live", path, told.get(path));
                }
              });
      AuditReport report = audit(ann);
      assertThat(report.findings())
          .anySatisfy(
              finding -> {
                assertThat(finding.kind()).isEqualTo(Kind.LIVENESS);
                assertThat(finding.subject()).isEqualTo(hidden.toString());
              });
    }
  }

  @Test
  void rowsThatHaveChangedTheirPlacesAreFound() {
    try (TestNode ann = new TestNode("ann")) {
      ann.putTogether("some ", 40);
      Map<Bytes, Bytes> live = ann.rows("asl.live");
      List<Bytes> paths = new ArrayList<>(live.keySet());
      ann.overwrite("asl.live", paths.get(3), live.get(paths.get(4)));
      ann.overwrite("asl.live", paths.get(4), live.get(paths.get(3)));
      assertThat(audit(ann).verdict()).isEqualTo(Verdict.REFUTED);
    }
  }

  private static Bytes flipped(Bytes row) {
    byte[] value = row.toArray();
    value[value.length - 1] ^= 1;
    return Bytes.wrap(value);
  }

  @Test
  void whoWatchesSeesEachRecordOnceHoweverOftenItIsRead() {
    try (TestNode ann = new TestNode("ann")) {
      fill(ann);
      Auditor sound = new Auditor(null);
      assertThat(sound.recordsRead()).isZero();
      assertThat(sound.audit("it", ann.store()).verified()).isTrue();
      assertThat(sound.recordsRead()).isEqualTo(size(ann));
      ann.damage("asl.content");
      Auditor damaged = new Auditor(null);
      assertThat(damaged.audit("it", ann.store()).verified()).isFalse();
      assertThat(damaged.recordsRead()).isEqualTo(size(ann));
    }
  }
}
