package dev.cairn.asl.engine.rocksdb;

import dev.cairn.asl.error.DamagedException;
import java.io.IOException;
import java.nio.BufferUnderflowException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What a database's MANIFEST says: its families, the files that hold their rows, and from which
 * write-ahead log on rows are not yet in files. A fold of edits, each one record of {@link
 * LogFrames}; the form of an edit is that of RocksDB's version_edit.cc: tagged fields, numbers as
 * varints.
 *
 * <p>An edit with a field that is not known here and may not be passed over was written by a
 * version of RocksDB that this code does not know: it is refused, since nothing can be said of the
 * files. One owner while it is read, then never changed.
 */
final class Manifest {
  private static final int COMPARATOR = 1;
  private static final int LOG_NUMBER = 2;
  private static final int NEXT_FILE_NUMBER = 3;
  private static final int LAST_SEQUENCE = 4;
  private static final int COMPACT_CURSOR = 5;
  private static final int DELETED_FILE = 6;
  private static final int PREVIOUS_LOG_NUMBER = 9;
  private static final int MIN_LOG_NUMBER_TO_KEEP = 10;
  private static final int NEW_FILE = 103;
  private static final int NEW_FILE_END = 1;
  private static final int NEW_FILE_MIN_LOG_NUMBER = 3;
  private static final int FAMILY = 200;
  private static final int FAMILY_ADD = 201;
  private static final int FAMILY_DROP = 202;
  private static final int MAX_FAMILY = 203;
  private static final int IN_ATOMIC_GROUP = 300;
  private static final int BLOB_FILE = 400;
  private static final int BLOB_GARBAGE = 401;
  private static final int MAY_BE_IGNORED = 1 << 13;

  /** Bytes of a blob file around its blobs: a header of 30 and a footer of 32. */
  private static final int BLOB_FRAME_BYTES = 62;

  private final Path file;
  private final NavigableMap<Integer, Family> families = new TreeMap<>();
  private long lastSequence;
  private long minLogNumberToKeep;
  private LogFrames.@Nullable End end;

  /** A family: its files by number, with their sizes. */
  private static final class Family {
    private final String name;
    private final NavigableMap<Long, Long> tables = new TreeMap<>();
    private final NavigableMap<Long, Blobs> blobs = new TreeMap<>();
    private long logNumber;

    Family(String name) {
      this.name = name;
    }
  }

  /** A blob file. */
  private static final class Blobs {
    private final long count;
    private final long bytes;
    private long garbage;

    Blobs(long count, long bytes) {
      this.count = count;
      this.bytes = bytes;
    }
  }

  private Manifest(Path file) {
    this.file = file;
    families.put(0, new Family(RocksDatabase.EMPTY_FAMILY));
  }

  /**
   * Reads a MANIFEST.
   *
   * @throws DamagedException if it is damaged or cannot be understood
   */
  static Manifest read(Path file) throws IOException {
    Manifest manifest = new Manifest(file);
    manifest.end =
        LogFrames.read(
            file,
            (offset, edit) -> {
              try {
                manifest.apply(ByteBuffer.wrap(edit).order(ByteOrder.LITTLE_ENDIAN));
              } catch (BufferUnderflowException
                  | IllegalArgumentException
                  | ArithmeticException e) {
                throw manifest.unknown("an edit that ends too early, from byte " + offset, e);
              }
            });
    return manifest;
  }

  /** How its file ends. */
  LogFrames.End end() {
    LogFrames.End read = end;
    if (read == null) {
      throw new AssertionError("not read yet");
    }
    return read;
  }

  Path file() {
    return file;
  }

  /** Greatest sequence number that was given out when a family was last flushed. */
  long lastSequence() {
    return lastSequence;
  }

  /** Names of the families by their numbers. */
  NavigableMap<Integer, String> families() {
    NavigableMap<Integer, String> names = new TreeMap<>();
    families.forEach((number, family) -> names.put(number, family.name));
    return names;
  }

  /** The least number of a write-ahead log with rows of this family that are in no file. */
  long logNumber(int family) {
    Family known = families.get(family);
    return known == null ? 0 : known.logNumber;
  }

  /** The least number of a write-ahead log that opening reads. */
  long firstLogNumber() {
    long least = Long.MAX_VALUE;
    for (Family family : families.values()) {
      least = Math.min(least, family.logNumber);
    }
    return Math.max(minLogNumberToKeep, least);
  }

  /** Every file that holds rows, with its size. */
  NavigableMap<String, Long> files() {
    NavigableMap<String, Long> files = new TreeMap<>();
    for (Family family : families.values()) {
      family.tables.forEach((number, bytes) -> files.put(name(number, "sst"), bytes));
      family.blobs.forEach(
          (number, blobs) -> {
            // One that holds garbage alone may be gone.
            if (blobs.garbage < blobs.count) {
              files.put(name(number, "blob"), blobs.bytes + BLOB_FRAME_BYTES);
            }
          });
    }
    return files;
  }

  /** Names of the files of blobs that have a place here, whatever is left in them. */
  Set<String> blobFiles() {
    Set<String> names = new TreeSet<>();
    for (Family family : families.values()) {
      family.blobs.keySet().forEach(number -> names.add(name(number, "blob")));
    }
    return names;
  }

  /** A numbered file's name. */
  static String name(long number, String suffix) {
    String digits = Long.toString(number);
    return "0".repeat(Math.max(0, 6 - digits.length())) + digits + "." + suffix;
  }

  private void apply(ByteBuffer edit) {
    int number = 0;
    String added = null;
    boolean dropped = false;
    long logNumber = -1;
    Map<Long, Long> newTables = new HashMap<>();
    Map<Long, Blobs> newBlobs = new TreeMap<>();
    Map<Long, Long> garbage = new TreeMap<>();
    TreeMap<Long, Boolean> deleted = new TreeMap<>();
    while (edit.hasRemaining()) {
      int tag = (int) varint(edit);
      switch (tag) {
        case COMPARATOR -> skip(edit);
        case LOG_NUMBER -> logNumber = varint(edit);
        case NEXT_FILE_NUMBER, PREVIOUS_LOG_NUMBER, MAX_FAMILY, IN_ATOMIC_GROUP -> varint(edit);
        case LAST_SEQUENCE -> lastSequence = Math.max(lastSequence, varint(edit));
        case COMPACT_CURSOR -> {
          varint(edit);
          skip(edit);
        }
        case DELETED_FILE -> {
          varint(edit);
          deleted.put(varint(edit), true);
        }
        case MIN_LOG_NUMBER_TO_KEEP -> keepLogsFrom(varint(edit));
        case NEW_FILE -> newFile(edit, newTables);
        case FAMILY -> number = (int) varint(edit);
        case FAMILY_ADD -> added = text(edit);
        case FAMILY_DROP -> dropped = true;
        case BLOB_FILE -> {
          newBlobs.put(varint(edit), new Blobs(varint(edit), varint(edit)));
          skip(edit);
          skip(edit);
          blobFields(edit);
        }
        case BLOB_GARBAGE -> {
          garbage.put(varint(edit), varint(edit));
          varint(edit);
          blobFields(edit);
        }
        default -> {
          if ((tag & MAY_BE_IGNORED) == 0) {
            throw unknown("field " + tag, null);
          }
          skip(edit);
        }
      }
    }
    if (added != null) {
      families.put(number, new Family(added));
    }
    if (dropped) {
      families.remove(number);
      return;
    }
    Family family = families.get(number);
    if (family == null) {
      throw unknown("an edit of family " + number + ", which is not there", null);
    }
    family.logNumber = Math.max(family.logNumber, logNumber);
    // A file can move between levels: deleted and new in one edit.
    family.tables.keySet().removeAll(deleted.keySet());
    family.tables.putAll(newTables);
    family.blobs.putAll(newBlobs);
    garbage.forEach(
        (blobFile, count) -> {
          Blobs blobs = family.blobs.get(blobFile);
          if (blobs != null) {
            blobs.garbage += count;
          }
        });
  }

  private void newFile(ByteBuffer edit, Map<Long, Long> tables) {
    varint(edit); // Level.
    tables.put(varint(edit), varint(edit));
    skip(edit); // Smallest key.
    skip(edit); // Largest key.
    varint(edit); // Smallest sequence.
    varint(edit); // Largest sequence.
    for (int tag = (int) varint(edit); tag != NEW_FILE_END; tag = (int) varint(edit)) {
      int length = Math.toIntExact(varint(edit));
      if (tag == NEW_FILE_MIN_LOG_NUMBER) {
        keepLogsFrom(edit.getLong(edit.position()));
      }
      edit.position(edit.position() + length);
    }
  }

  private static void blobFields(ByteBuffer edit) {
    while (varint(edit) != 0) {
      skip(edit);
    }
  }

  private void keepLogsFrom(long number) {
    minLogNumberToKeep = Math.max(minLogNumberToKeep, number);
  }

  private DamagedException unknown(String what, @Nullable Exception cause) {
    return new DamagedException(
        file + " says what this version cannot understand, so it is not opened: " + what, cause);
  }

  private static String text(ByteBuffer edit) {
    byte[] bytes = new byte[Math.toIntExact(varint(edit))];
    edit.get(bytes);
    return new String(bytes, StandardCharsets.UTF_8);
  }

  private static void skip(ByteBuffer edit) {
    int length = Math.toIntExact(varint(edit));
    edit.position(edit.position() + length);
  }

  private static long varint(ByteBuffer edit) {
    long value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
      byte next = edit.get();
      value |= (next & 0x7fL) << shift;
      if (next >= 0) {
        return value;
      }
    }
    throw new IllegalArgumentException("a number of more than 64 bits");
  }
}
