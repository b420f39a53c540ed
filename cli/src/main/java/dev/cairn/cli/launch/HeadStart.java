package dev.cairn.cli.launch;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import org.rocksdb.RocksDB;

/**
 * Makes ready, on a thread of its own, what opening a store takes and the command line has no part
 * in: RocksDB's library and the JDK's hashes. Whoever needs them waits only for what is left of
 * that; what fails here fails there again, where it can be told.
 */
public final class HeadStart {
  private HeadStart() {}

  /** Begins; to be called once a process. */
  public static void begin() {
    Thread thread = new Thread(HeadStart::run, "cairn-head-start");
    thread.setDaemon(true);
    thread.setUncaughtExceptionHandler((failed, told) -> {});
    thread.start();
  }

  private static void run() {
    RocksDB.loadLibrary();
    HashAlgorithm.SHA_256.hash(Bytes.EMPTY);
  }
}
