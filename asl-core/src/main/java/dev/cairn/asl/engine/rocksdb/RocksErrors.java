package dev.cairn.asl.engine.rocksdb;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.StoreFailedException;
import dev.cairn.asl.error.UnavailableException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDBException;
import org.rocksdb.Status;

/** Says in our words what RocksDB reports. */
final class RocksErrors {
  private RocksErrors() {}

  /** What a failed read of {@code what} means. */
  static CairnException reading(RocksDBException error, String what, Path directory) {
    String message = what + " in " + directory + ": " + error.getMessage();
    return isDamage(error)
        ? new DamagedException(message, error)
        : new UnavailableException("cannot read " + message, error);
  }

  /** What a failure to open means. */
  static CairnException opening(RocksDBException error, Path directory) {
    String text = String.valueOf(error.getMessage());
    if (text.contains("lock hold by current process") || text.contains("While lock file")) {
      return new UnavailableException(
          "store "
              + directory
              + " is in use: end the process that has it open, or open it for reading only ("
              + text
              + ")",
          error);
    }
    if (isDamage(error)) {
      return new DamagedException("store " + directory + " is damaged: " + text, error);
    }
    return new UnavailableException("cannot open store " + directory + ": " + text, error);
  }

  /** A write did not succeed; nothing more is written through this handle. */
  static StoreFailedException writing(Exception error, String what, Path directory) {
    return new StoreFailedException(
        what + " in " + directory + " failed: " + error.getMessage() + "; reopen the store", error);
  }

  private static boolean isDamage(RocksDBException error) {
    Status.@Nullable Code code = error.getStatus() == null ? null : error.getStatus().getCode();
    return code == Status.Code.Corruption;
  }
}
