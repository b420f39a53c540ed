package dev.cairn.cli;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.engine.rocksdb.NativeLibrary;
import dev.cairn.cli.command.CommandTree;

/**
 * Makes ready, on a thread of its own, what takes long and depends on nothing that the user said:
 * how annotations are read, RocksDB's library, the JDK's hashes. Whoever needs them waits only for
 * what is left of that, and is told what failed.
 */
public final class HeadStart extends Thread {
  private HeadStart() {
    super("cairn-head-start");
    setDaemon(true);
  }

  /** Begins; to be called once a process. */
  public static void begin() {
    new HeadStart().start();
  }

  @Override
  public void run() {
    try {
      ready();
    } catch (RuntimeException | LinkageError e) {
      // The command meets it again.
    }
  }

  private static void ready() {
    CommandTree.readAnnotations();
    NativeLibrary.load();
    HashAlgorithm.SHA_256.hash(Bytes.EMPTY);
  }
}
