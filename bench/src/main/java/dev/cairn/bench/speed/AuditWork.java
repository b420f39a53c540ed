package dev.cairn.bench.speed;

import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.audit.AuditReport;
import dev.cairn.federation.audit.Auditor;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.node.StoreDirectory;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * A full audit of a store of {@code count} artifacts of 1 KiB, without running programs again,
 * beside {@link AuditFloor}; and {@code cairn audit} as a whole process, beside git, restic and
 * borg, each checking all that it has of the same payloads.
 */
final class AuditWork implements Work {
  private static final double AUDIT_TARGET = 0.7;
  private static final int WARM_UPS = 1;
  private static final int ROUNDS = 5;
  private static final int CHECKS = 3;
  private static final long SEED = 13;

  @Override
  public void run(Setting setting, Report report) throws Exception {
    Path folder = IngestFloor.fresh(setting.folder().resolve("audit"));
    try {
      Path store = folder.resolve("store");
      AuditStore.fill(store, SEED, setting.count());
      audit(store, setting.count(), report);
      new CheckDuel(folder, SEED, setting.count()).run(store, CHECKS, report);
    } finally {
      Folders.delete(folder);
    }
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
