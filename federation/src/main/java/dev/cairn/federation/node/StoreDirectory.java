package dev.cairn.federation.node;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.files.TemporaryFolder;
import dev.cairn.asl.metrics.StoreMetrics;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.store.Plausibility;
import dev.cairn.asl.time.Entropy;
import dev.cairn.asl.time.WallClock;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.DirectoryNotEmptyException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import java.util.stream.Stream;

/**
 * The directory that a node lives in.
 *
 * <pre>
 *   DIR/format      what it is: {@link StoreFormat}, text
 *   DIR/incarnation which life of it this is: {@link Incarnation}, text
 *   DIR/node.key    the node's secret key: {@link KeyFile}, text, readable by its owner alone
 *   DIR/db/         the storage engine's own files
 *   DIR/segments/   sealed segments of the graph; what is there follows from the store
 *   DIR/check/      scratch of a check; whatever is left there goes with the next one
 * </pre>
 *
 * <p>{@link #init} builds it beside its place and renames it there, so that a store is whole or not
 * there at all. Safe for any thread; at most one process has a store open.
 */
public final class StoreDirectory {
  /** Conventional name of a store inside a project's folder. */
  public static final String CONVENTIONAL_NAME = ".cairn";

  static final String FORMAT = "format";
  static final String KEY = "node.key";
  private static final String DATABASE = "db";
  private static final String SEGMENTS = "segments";
  private static final int TEXT_BYTES_MAX = 4096;

  /** Most of a place's name that goes into the name of its draft, which has 255 bytes at most. */
  private static final int NAME_CHARS_MAX = 40;

  private StoreDirectory() {}

  /** True if there is something at {@code directory} that calls itself a store. */
  public static boolean isStore(Path directory) {
    return Files.isRegularFile(directory.resolve(FORMAT)) && Files.exists(directory.resolve(KEY));
  }

  /** The file without which a directory with a store's database is none; empty if it is whole. */
  public static Optional<Path> missingFile(Path directory) {
    return Files.isDirectory(directory.resolve(DATABASE))
        ? Stream.of(FORMAT, KEY).map(directory::resolve).filter(Files::notExists).findFirst()
        : Optional.empty();
  }

  /** Makes a store with a fresh key; gives the node's identity. */
  public static NodeId init(Path directory, String federation) {
    return init(directory, federation, SigningKey.fromSeed(seed(Entropy.system())));
  }

  /**
   * Makes a store for a node that has a key already.
   *
   * @throws RefusedException if something is there that is not an empty directory
   */
  public static NodeId init(Path directory, String federation, SigningKey key) {
    StoreFormat format = new StoreFormat(federation, 1);
    make(
        directory,
        draft -> {
          writeText(draft.resolve(FORMAT), format.encode(), false);
          writeText(draft.resolve(KEY), KeyFile.encode(key), true);
          CairnNode.open(
                  draft, format, key, WallClock.system(), Plausibility.DEFAULT, StoreMetrics.NONE)
              .close();
        });
    return NodeId.of(key.publicKey());
  }

  /** Fills a directory. */
  interface Filling {
    void fill(Path draft) throws IOException;
  }

  /**
   * Makes a directory that is whole or not there.
   *
   * @throws RefusedException if something is there that is not an empty directory
   */
  static void make(Path directory, Filling filling) {
    Path place = directory.toAbsolutePath().normalize();
    try {
      refuseOccupied(place);
      Path parent = place.getParent();
      if (parent == null) {
        throw new IllegalArgumentException("a store cannot be the root of a file system");
      }
      Files.createDirectories(parent);
      String prefix = ".cairn-init-" + shortName(place) + "-";
      try (TemporaryFolder folder = TemporaryFolder.forDraft(parent, prefix)) {
        Path draft = Files.createTempDirectory(folder.path(), "");
        filling.fill(draft);
        syncDirectory(draft);
        moveInto(draft, place);
      }
      syncDirectory(parent);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** A name that still fits into one with more to it. */
  private static String shortName(Path place) {
    String name = String.valueOf(place.getFileName());
    return name.length() <= NAME_CHARS_MAX ? name : Integer.toHexString(name.hashCode());
  }

  /**
   * Opens a store; the node must be closed.
   *
   * @throws NotFoundException if there is none
   * @throws dev.cairn.asl.error.UnsupportedVersionException if it is of another version
   * @throws dev.cairn.asl.error.UnavailableException if another process has it open
   */
  public static CairnNode open(Path directory) {
    return open(directory, WallClock.system());
  }

  /** The same under another clock. */
  public static CairnNode open(Path directory, WallClock clock) {
    return open(directory, clock, Plausibility.DEFAULT);
  }

  /** The same with other bounds of what is believed of peers. */
  public static CairnNode open(Path directory, WallClock clock, Plausibility plausibility) {
    return open(directory, clock, plausibility, StoreMetrics.NONE);
  }

  /** The same with somebody to hear of the store's work, and of indexes that it lacks first. */
  public static CairnNode open(
      Path directory, WallClock clock, Plausibility plausibility, StoreMetrics metrics) {
    StoreFormat format = format(directory);
    if (format.backup()) {
      throw isBackup(directory);
    }
    CairnNode node =
        CairnNode.open(directory, format, key(directory), clock, plausibility, metrics);
    if (format.version() < StoreFormat.VERSION) {
      int epoch = node.store().origin().epoch();
      replaceFormat(directory, new StoreFormat(format.federation(), epoch));
    }
    return node;
  }

  /**
   * Opens a store or a backup for reading only, though another process may write to the store. The
   * node shows what there is now; whatever would write is a {@link RefusedException}.
   *
   * @throws NotFoundException if there is none
   * @throws RefusedException if it must be brought up to date by opening it for writing once
   * @throws dev.cairn.asl.error.UnavailableException if the writer got in the way: try again
   */
  public static CairnNode openReadOnly(Path directory, WallClock clock) {
    return CairnNode.openReadOnly(directory, format(directory), key(directory), clock);
  }

  /**
   * As {@link #openReadOnly(Path, WallClock)}, but programs can be run again on the node, and the
   * end of its own log be signed, and what indexes the store lacks are made: what that writes goes
   * elsewhere, and nothing is written to the store.
   *
   * @param scratch where: a folder that is empty or not there, for the caller to remove once the
   *     node is closed; asked for once at most, and only if something is written
   */
  public static CairnNode openReadOnly(Path directory, WallClock clock, Supplier<Path> scratch) {
    return openReadOnly(directory, clock, scratch, StoreMetrics.NONE);
  }

  /** The same with somebody to hear of indexes that are made. */
  public static CairnNode openReadOnly(
      Path directory, WallClock clock, Supplier<Path> scratch, StoreMetrics metrics) {
    return CairnNode.openReadOnly(
        directory, format(directory), key(directory), clock, scratch, metrics);
  }

  /**
   * Opens a store or a backup that no other process has open, to look at what it holds, in a
   * fraction of the time that {@link #open} takes; it keeps other processes out as that does.
   * Whether the node can write is left open: where a crash left something to put in order, or an
   * index is of an earlier version, this opens as {@link #open} does. Else nothing that the store
   * holds is changed, and a mere copy stays in the epoch of what it is a copy of.
   *
   * @throws NotFoundException if there is none
   * @throws dev.cairn.asl.error.UnavailableException if another process has it open
   */
  public static CairnNode openToLook(Path directory, WallClock clock) {
    return openToLook(directory, clock, StoreMetrics.NONE);
  }

  /** The same with somebody to hear of indexes that the store lacks, if it has to be opened. */
  public static CairnNode openToLook(Path directory, WallClock clock, StoreMetrics metrics) {
    StoreFormat format = format(directory);
    if (format.backup()) {
      return openReadOnly(directory, clock);
    }
    if (format.version() < StoreFormat.VERSION) {
      return open(directory, clock, Plausibility.DEFAULT, metrics);
    }
    return CairnNode.openAtRest(directory, format, key(directory), clock)
        .orElseGet(() -> open(directory, clock, Plausibility.DEFAULT, metrics));
  }

  /**
   * A text that is another one after every commit, at little cost and without opening the store; it
   * may also change without one.
   *
   * @throws NotFoundException if there is no store
   */
  public static String writtenMark(Path directory) {
    Path database = directory.resolve(DATABASE);
    StringBuilder mark = new StringBuilder();
    try (Stream<Path> files = Files.list(database)) {
      for (Path file : files.sorted().toList()) {
        mark.append(file.getFileName()).append(' ').append(size(file)).append('\n');
      }
    } catch (NoSuchFileException e) {
      throw new NotFoundException("no store at " + directory, e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return mark.toString();
  }

  private static long size(Path file) throws IOException {
    try {
      return Files.size(file);
    } catch (NoSuchFileException e) {
      return -1; // Deleted meanwhile, by a merge.
    }
  }

  /** True if there is a backup at {@code directory}, which opens for reading only. */
  public static boolean isBackupAt(Path directory) {
    return isStore(directory) && format(directory).backup();
  }

  static RefusedException isBackup(Path directory) {
    return new RefusedException(
        directory + " is a backup and is not written to: make a store of it by restoring it");
  }

  /**
   * Opens a store or a backup to be checked, for reading only, even if it is too damaged to be
   * opened and though another process may write to it; must be closed.
   *
   * @param progress told, now and then, how many things more were looked at
   * @throws NotFoundException if there is none
   * @throws dev.cairn.asl.error.DamagedException if the database itself does not open
   */
  public static NodeCheck openToCheck(Path directory, WallClock clock, LongConsumer progress) {
    return NodeCheck.openReadOnly(
        directory, upToDate(directory, clock), key(directory), clock, progress);
  }

  /**
   * Opens a store to be checked and mended, even if it is too damaged to be opened; must be closed.
   *
   * @param progress told, now and then, how many things more were looked at
   * @throws NotFoundException if there is none
   * @throws RefusedException if it is a backup
   * @throws dev.cairn.asl.error.DamagedException if the database itself does not open
   * @throws dev.cairn.asl.error.UnavailableException if another process has it open
   */
  public static NodeCheck openToRepair(Path directory, WallClock clock, LongConsumer progress) {
    if (format(directory).backup()) {
      throw isBackup(directory);
    }
    return NodeCheck.open(directory, upToDate(directory, clock), key(directory), clock, progress);
  }

  private static StoreFormat upToDate(Path directory, WallClock clock) {
    StoreFormat format = format(directory);
    if (format.version() < StoreFormat.VERSION && !format.backup()) {
      open(directory, clock).close();
      return format(directory);
    }
    return format;
  }

  /**
   * The federation of the store or backup at {@code directory}, without opening it.
   *
   * @throws MalformedException if its format file is not one
   */
  public static String federation(Path directory) {
    return format(directory).federation();
  }

  static StoreFormat format(Path directory) {
    Path file = directory.resolve(FORMAT);
    if (!Files.isRegularFile(file)) {
      throw new NotFoundException("no store at " + directory);
    }
    StoreFormat format = StoreFormat.decode(readText(file), file.toString());
    if (!Files.isDirectory(directory.resolve(DATABASE))) {
      throw new dev.cairn.asl.error.DamagedException(
          directory.resolve(DATABASE) + ": the store's database is missing");
    }
    return format;
  }

  static SigningKey key(Path directory) {
    Path file = directory.resolve(KEY);
    return KeyFile.decode(readText(file), file.toString());
  }

  /** Says what the store is now, durably and whole. */
  static void replaceFormat(Path directory, StoreFormat format) {
    try {
      Path draft = directory.resolve(FORMAT + ".new");
      Files.deleteIfExists(draft);
      writeText(draft, format.encode(), false);
      Files.move(draft, directory.resolve(FORMAT), StandardCopyOption.ATOMIC_MOVE);
      syncDirectory(directory);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Path database(Path directory) {
    return directory.resolve(DATABASE);
  }

  /** Folder of a store's sealed segments, which need not be there. */
  public static Path segments(Path directory) {
    return directory.resolve(SEGMENTS);
  }

  private static Bytes seed(Entropy entropy) {
    return entropy.bytes(SigningKey.SEED_BYTES);
  }

  static void refuseOccupied(Path place) throws IOException {
    if (isStore(place)) {
      throw new RefusedException("there is a store at " + place + " already");
    }
    if (Files.exists(place)) {
      if (!Files.isDirectory(place)) {
        throw new RefusedException(place + " is not a directory");
      }
      try (Stream<Path> entries = Files.list(place)) {
        if (entries.findAny().isPresent()) {
          throw new RefusedException(place + " is not empty");
        }
      }
    }
  }

  static void moveInto(Path draft, Path place) throws IOException {
    try {
      Files.move(draft, place, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      throw new RefusedException("cannot rename into " + place + ": " + e.getReason(), e);
    } catch (FileAlreadyExistsException | DirectoryNotEmptyException e) {
      throw new RefusedException("there is something at " + place + " already", e);
    }
  }

  static String readText(Path file) {
    try {
      if (Files.size(file) > TEXT_BYTES_MAX) {
        throw new MalformedException(file + ": longer than " + TEXT_BYTES_MAX + " bytes");
      }
      return new String(Files.readAllBytes(file), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static void writeText(Path file, String text, boolean secret) throws IOException {
    if (secret && file.getFileSystem().supportedFileAttributeViews().contains("posix")) {
      Files.createFile(
          file, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    } else {
      Files.createFile(file);
    }
    overwriteText(file, text);
  }

  /** Writes into a file that is there, and shorter. */
  static void overwriteText(Path file, String text) throws IOException {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
      while (bytes.hasRemaining()) {
        channel.write(bytes);
      }
      channel.force(true);
    }
  }

  static void syncDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }
}
