package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.DamagedException;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a check needs to know of a local table whose rows each stand for themselves: how to read
 * one.
 *
 * @param table of scope {@link Table.Scope#LOCAL}
 * @param reader reads a row; safe for any thread
 * @param substitute what takes the place of a damaged row; safe for any thread
 */
public record LocalRows(Table table, Reader reader, Substitute substitute) {
  /** What takes the place of a row whose meaning is lost, where having none would be less safe. */
  @FunctionalInterface
  public interface Substitute {
    /** The row that is safe whatever stood there; null if none is needed, or none is known. */
    @Nullable Bytes row(Bytes key);
  }

  /** A table whose damaged rows are missed by nobody, or only make more to be said again. */
  public LocalRows(Table table, Reader reader) {
    this(table, reader, key -> null);
  }

  /** Reads a row, and throws if it has no meaning. */
  @FunctionalInterface
  public interface Reader {
    /**
     * Reads a row.
     *
     * @throws CairnException or IllegalArgumentException if it has no meaning
     */
    void read(Bytes key, Bytes value);
  }

  /** A note of a row that is to be mended: its table's name, a zero byte, its key. */
  static Bytes note(Table table, Bytes key) {
    return Bytes.utf8(table.name()).plus(Bytes.wrap(new byte[] {0})).plus(key);
  }

  /** The row's key, if a note is of this table; else null. */
  static @Nullable Bytes keyOf(Table table, Bytes note) {
    Bytes prefix = note(table, Bytes.EMPTY);
    return note.startsWith(prefix) ? note.slice(prefix.length()) : null;
  }

  /** The store's own. */
  static List<LocalRows> own(StorageEngine engine, StoreConfig config) {
    return List.of(
        new LocalRows(StoreTables.EVIDENCE, EvidenceShelf::check),
        new LocalRows(StoreTables.HELD_BACK, HeldBackShelf::check),
        new LocalRows(
            StoreTables.META,
            LocalRows::checkMeta,
            key -> {
              Bytes number = OpeningNumbers.safe(engine, config, key);
              return number != null ? number : KeyEnds.safe(key);
            }));
  }

  private static void checkMeta(Bytes key, Bytes value) {
    KeyEnds.check(key, value);
    OpeningNumbers.check(key, value);
  }

  /**
   * Reads a row.
   *
   * @throws CairnException that says why it has no meaning
   */
  void check(Bytes key, Bytes value) {
    try {
      reader.read(key, value);
    } catch (IllegalArgumentException e) {
      throw new DamagedException("a row of " + table.name() + " is damaged", e);
    }
  }
}
