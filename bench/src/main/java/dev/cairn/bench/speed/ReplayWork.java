package dev.cairn.bench.speed;

import dev.cairn.asl.time.WallClock;
import dev.cairn.bench.speed.WriteTrace.Op;
import dev.cairn.federation.audit.ReplayReport;
import dev.cairn.federation.audit.Replayer;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.node.StoreDirectory;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * The replay of a store of {@code count} artifacts of 1 KiB into an empty one, beside {@link
 * IngestFloor}.
 */
final class ReplayWork implements Work {
  private static final double TARGET = 0.5;
  private static final int WARM_UPS = 1;
  private static final int ROUNDS = 5;
  private static final long SEED = 13;

  @Override
  public void run(Setting setting, Report report) throws Exception {
    Path folder = IngestFloor.fresh(setting.folder().resolve("replay"));
    try {
      Path store = folder.resolve("store");
      AuditStore.fill(store, SEED, setting.count());
      try (CairnNode node = StoreDirectory.openReadOnly(store, WallClock.system())) {
        Duel duel =
            Duel.run(
                WARM_UPS,
                ROUNDS,
                (round, lap) ->
                    replay(node, IngestFloor.fresh(folder.resolve("into")), setting.count(), lap),
                (round, lap) ->
                    ingest(IngestFloor.fresh(folder.resolve("floor")), setting.count(), lap));
        report.ratio("replay into an empty store, verified", "records", duel, TARGET);
      }
    } finally {
      Folders.delete(folder);
    }
  }

  private static long replay(CairnNode source, Path folder, long count, Lap lap)
      throws IOException {
    Path place = folder.resolve("store");
    StoreDirectory.init(place, AuditStore.FEDERATION);
    try (CairnNode into = StoreDirectory.open(place)) {
      lap.go();
      ReplayReport replayed = new Replayer(into.store()).store(source.store(), Optional.empty());
      lap.halt();
      if (!replayed.verified() || replayed.records() != count) {
        throw new IllegalStateException("a replay gave " + replayed);
      }
    }
    Folders.delete(folder);
    return count;
  }

  private static long ingest(Path folder, long count, Lap lap) throws Exception {
    try (IngestFloor floor = IngestFloor.open(folder, Setting.BATCH)) {
      RowMaker maker = floor.maker(SEED);
      for (long from = 0; from < count; from += Setting.BATCH) {
        List<byte[]> payloads = IngestFloor.payloads(SEED, from, Setting.BATCH);
        List<Op> rows = maker.batch();
        lap.go();
        floor.put(payloads, rows, true);
        lap.halt();
      }
    }
    Folders.delete(folder);
    return count;
  }
}
