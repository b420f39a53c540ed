package dev.cairn.asl.engine.rocksdb;

import dev.cairn.asl.error.UnavailableException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import org.jspecify.annotations.Nullable;
import org.rocksdb.RocksDB;
import org.rocksdb.util.Environment;

/**
 * RocksDB's native library as a file of its own.
 *
 * <p>A JVM that finds it on {@code java.library.path} maps it from there. Otherwise each start
 * copies its 17 MB out of the jar into a temporary file first. Safe for any thread.
 */
public final class NativeLibrary {
  private NativeLibrary() {}

  /**
   * Loads it, unless it is loaded; whoever asks while another thread does so waits.
   *
   * @throws UnavailableException if that fails, now or before: RocksDB would wait ten seconds the
   *     second time, and tell only that it waited
   */
  public static void load() {
    if (Loading.FAILED != null) {
      throw new UnavailableException("RocksDB's library cannot be loaded: " + Loading.FAILED);
    }
  }

  /** Happens once. */
  private static final class Loading {
    static final @Nullable String FAILED = failure();

    private Loading() {}

    private static @Nullable String failure() {
      try {
        RocksDB.loadLibrary();
        return null;
      } catch (RuntimeException | LinkageError e) {
        return String.valueOf(e.getMessage());
      }
    }
  }

  /**
   * Unpacks this platform's library into a folder, under the name by which it is looked for.
   *
   * @return the file
   * @throws UnavailableException if there is none for this platform or it cannot be written
   */
  public static Path unpackInto(Path folder) {
    String name = Environment.getJniLibraryFileName("rocksdb");
    Path file = folder.resolve(name);
    try (InputStream library = RocksDB.class.getResourceAsStream("/" + name)) {
      if (library == null) {
        throw new UnavailableException("RocksDB brings no " + name + " for this platform");
      }
      Files.createDirectories(folder);
      Path whole = Files.createTempFile(folder, name, ".part");
      Files.copy(library, whole, StandardCopyOption.REPLACE_EXISTING);
      Files.move(whole, file, StandardCopyOption.ATOMIC_MOVE);
      return file;
    } catch (IOException e) {
      throw new UnavailableException("cannot unpack " + name + " into " + folder, e);
    }
  }
}
