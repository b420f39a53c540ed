package dev.cairn.federation.audit;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.rocksdb.RocksEngine;
import dev.cairn.asl.engine.rocksdb.RocksOptions;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.federation.SmallHeap;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.bundle.BundleReport;
import dev.cairn.federation.bundle.Bundles;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Bundles, replays and audits of many records in a heap that could not hold them: 100,000 records
 * with their payloads take three times of it. What is on its way at once, a stretch that is
 * written, one that is verified and one that waits, is half of it.
 */
class StreamingTest {
  private static final int RECORDS = 100_000;
  private static final int COMMIT = 4_000;
  private static final String HEAP = "-Xmx40m";

  @TempDir Path folder;

  @Test
  void neitherABundleNorItsReplayNorItsAuditHoldsAllRecords() throws Exception {
    assertThat(SmallHeap.run(StreamingTest.class, HEAP, folder, folder))
        .contains("VERIFIED " + RECORDS);
  }

  private static Store open(String name, Path directory) {
    StoreConfig config = TestNode.config(name, "test");
    return Store.open(
        RocksEngine.open(
            directory,
            StoreConfig.tables(config.indexes(), config.localTables()),
            RocksOptions.DEFAULT),
        config);
  }

  /** Runs in the small heap. */
  public static void main(String[] arguments) {
    Path folder = Path.of(arguments[0]);
    Path file = folder.resolve("bundle");
    try (Store store = open("ann", folder.resolve("ann"))) {
      for (int i = 0; i < RECORDS; i += COMMIT) {
        CommitDraft draft = new CommitDraft();
        for (int j = i; j < i + COMMIT; j++) {
          draft.put(store.prepare(null, Bytes.utf8("payload " + j + " ").plus(filling(j))));
        }
        store.commit(draft);
      }
      BundleReport written = Bundles.write(store, file, Optional.empty(), Optional.empty());
      try (Store scratch = open("scratch", folder.resolve("scratch"))) {
        AuditReport report =
            new Auditor(null).audit(List.of(new AuditSource.OfBundle("bundle", file, scratch)));
        System.out.println(report.verdict() + " " + written.tally().records());
      }
    }
  }

  private static Bytes filling(int seed) {
    byte[] bytes = new byte[200];
    new java.util.Random(seed).nextBytes(bytes);
    return Bytes.wrap(bytes);
  }
}
