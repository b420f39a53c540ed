package dev.cairn.bench.speed;

import java.nio.file.Path;
import org.rocksdb.RocksDB;

/**
 * Opens the store in fresh processes: the time from when RocksDB's library is loaded until the
 * store is open, its classes loading included.
 */
final class OpenWork implements Work {
  private static final double LIMIT_MILLIS = 150;
  private static final int ROUNDS = 11;

  @Override
  public void run(Setting setting, Report report) throws Exception {
    double[] millis = new double[ROUNDS];
    for (int round = 0; round < ROUNDS; round++) {
      String said = Processes.answer(OpenWork.class, setting.ownFolder().toString());
      millis[round] = Long.parseLong(said) / 1e6;
    }
    report.below("opening the store in a fresh process", "ms", millis, LIMIT_MILLIS);
  }

  /** The fresh process: opens the store in the folder given, prints nanoseconds, closes it. */
  public static void main(String[] arguments) {
    RocksDB.loadLibrary();
    long start = System.nanoTime();
    try (OwnStore own = OwnStore.open(Path.of(arguments[0]))) {
      long nanos = System.nanoTime() - start;
      if (own.records() == 0) {
        throw new IllegalStateException("the store is empty");
      }
      System.out.println(nanos);
    }
  }
}
