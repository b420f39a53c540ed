package dev.cairn.cli.launch;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.engine.rocksdb.NativeLibrary;
import dev.cairn.asl.error.CairnException;

/**
 * Does what opening a store does once a process, on a thread beside the one that still reads the
 * words of the command: loads the native library, finds who computes hashes. Changes nothing but
 * when that happens: what fails here fails again where it is needed, and is told there.
 */
public final class HeadStart implements Runnable {
  /** Begins, and returns at once. */
  public static void begin() {
    Thread thread = new Thread(new HeadStart(), "cairn-head-start");
    thread.setDaemon(true);
    thread.start();
  }

  private HeadStart() {}

  @Override
  public void run() {
    try {
      HashAlgorithm.SHA_256.hash(Bytes.EMPTY);
      NativeLibrary.load();
    } catch (CairnException | LinkageError e) {
      // Whoever needs it will say so.
    }
  }
}
