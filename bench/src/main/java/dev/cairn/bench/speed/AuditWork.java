package dev.cairn.bench.speed;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.time.WallClock;
import dev.cairn.bench.speed.WriteTrace.Op;
import dev.cairn.federation.audit.AuditReport;
import dev.cairn.federation.audit.Auditor;
import dev.cairn.federation.audit.ReplayReport;
import dev.cairn.federation.audit.Replayer;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.node.StoreDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A full audit of a store of {@code count} artifacts of 1 KiB, without running programs again,
 * beside {@link AuditFloor}; its replay into an empty store, beside {@link IngestFloor}; and {@code
 * cairn audit} as a whole process, beside git, restic and borg, each checking all that it has of
 * the same payloads.
 */
final class AuditWork implements Work {
  private static final double AUDIT_TARGET = 0.7;
  private static final double REPLAY_TARGET = 0.5;
  private static final int WARM_UPS = 1;
  private static final int ROUNDS = 5;
  private static final int REPLAYS = 3;
  private static final int CHECKS = 3;
  private static final long SEED = 13;
  private static final String FEDERATION = "bench";

  @Override
  public void run(Setting setting, Report report) throws Exception {
    Path folder = IngestFloor.fresh(setting.folder().resolve("audit"));
    try {
      Path store = folder.resolve("store");
      fill(store, setting.count());
      audit(store, setting.count(), report);
      replay(store, folder, setting.count(), report);
      new CheckDuel(folder, SEED, setting.count()).run(store, CHECKS, report);
    } finally {
      Folders.delete(folder);
    }
  }

  /** A store with a snapshot in the middle, and a signed end. */
  private static void fill(Path store, long count) {
    StoreDirectory.init(store, FEDERATION);
    try (CairnNode node = StoreDirectory.open(store)) {
      for (long from = 0; from < count; from += Setting.BATCH) {
        CommitDraft draft = new CommitDraft();
        for (byte[] payload : IngestFloor.payloads(SEED, from, Setting.BATCH)) {
          draft.put(node.store().prepare(null, Bytes.wrap(payload)));
        }
        node.store().commit(draft);
      }
      node.store().snapshot("end");
      node.store().signHead();
    }
    Machine.settle();
  }

  private static void audit(Path store, long count, Report report) throws Exception {
    try (CairnNode node = StoreDirectory.openReadOnly(store, WallClock.system());
        AuditFloor floor = AuditFloor.beside(store.resolve("db"))) {
      Duel duel =
          Duel.run(
              WARM_UPS,
              ROUNDS,
              (round, lap) -> {
                lap.go();
                AuditReport found = new Auditor(null).audit("store", node.store());
                lap.halt();
                if (!found.verified()) {
                  throw new IllegalStateException("an audit found " + found.findings());
                }
                return count;
              },
              (round, lap) -> {
                lap.go();
                long bytes = floor.read();
                lap.halt();
                if (bytes < count * Setting.PAYLOAD_BYTES) {
                  throw new IllegalStateException(bytes + " bytes were hashed");
                }
                return count;
              });
      report.ratio("full audit, without running programs again", "records", duel, AUDIT_TARGET);
    }
  }

  private static void replay(Path store, Path folder, long count, Report report) throws Exception {
    try (CairnNode node = StoreDirectory.openReadOnly(store, WallClock.system())) {
      Duel duel =
          Duel.run(
              WARM_UPS,
              REPLAYS,
              (round, lap) -> replay(node, IngestFloor.fresh(folder.resolve("into")), count, lap),
              (round, lap) -> ingest(IngestFloor.fresh(folder.resolve("floor")), count, lap));
      report.ratio("replay into an empty store, verified", "records", duel, REPLAY_TARGET);
    }
  }

  private static long replay(CairnNode source, Path folder, long count, Lap lap)
      throws IOException {
    Path place = folder.resolve("store");
    StoreDirectory.init(place, FEDERATION);
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

  /** Writes the payloads as files, for programs that take in no other. */
  static void files(Path folder, long seed, long count) throws IOException {
    List<Path> made = new ArrayList<>();
    for (long index = 0; index < count; index++) {
      Path file = folder.resolve(GitBlobs.name(index));
      if (made.isEmpty() || !made.get(made.size() - 1).equals(file.getParent())) {
        made.add(Files.createDirectories(file.getParent()));
      }
      Files.write(file, Payloads.small(seed, index));
    }
  }
}
