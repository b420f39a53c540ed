package dev.cairn.tgk.segment;

import dev.cairn.asl.bytes.Bytes;

/**
 * The head of a segment file, and how long each section is.
 *
 * <pre>
 *   "TGKINDEX" 8 | u16be version | u16be sections | u32be head length | u64be file length
 *   u32be nodes | u32be arcs up | u32be arcs down | u32be edges | u32be hyperedges | u32be types
 *   a section's entry, for each: u32be number | u32be CRC32C | u64be offset | u64be length
 *   u32be CRC32C of the head before it
 * </pre>
 */
final class Layout {
  static final Bytes MAGIC = Bytes.utf8("TGKINDEX");
  static final int VERSION = 1;

  /** Sections, in the order in which they stand. */
  enum Section {
    SNAPSHOT(1),
    TYPES(2),
    RUNS(3),
    DIRECTORY(4),
    KEYS(5),
    UP_STARTS(6),
    UP_ARCS(7),
    UP_TYPES(8),
    DOWN_STARTS(9),
    DOWN_ARCS(10),
    DOWN_TYPES(11),
    HYPEREDGES(12);

    private final int number;

    Section(int number) {
      this.number = number;
    }

    int number() {
      return number;
    }

    /** Where its entry stands in the head. */
    int entryAt() {
      return ENTRIES_AT + (number - 1) * ENTRY_BYTES;
    }
  }

  static final int SECTIONS = Section.values().length;
  static final int VERSION_AT = 8;
  static final int SECTIONS_AT = 10;
  static final int HEAD_LENGTH_AT = 12;
  static final int FILE_LENGTH_AT = 16;
  static final int COUNTS_AT = 24;
  static final int COUNTS = 6;
  static final int ENTRIES_AT = COUNTS_AT + COUNTS * Integer.BYTES;
  static final int ENTRY_BYTES = 24;
  static final int HEAD_CRC_AT = ENTRIES_AT + SECTIONS * ENTRY_BYTES;
  static final int HEAD_BYTES = HEAD_CRC_AT + Integer.BYTES;

  /** SHA-256 of all behind the head, then the head. */
  static final int TRAILER_BYTES = 32;

  /** Nodes whose starts share an anchor. */
  static final int BLOCK_NODES = 16;

  static final int BLOCK_SHIFT = 4;

  /** Greatest distance from an anchor that a start of two bytes can tell. */
  static final int RELATIVE_MAX = 0xffff;

  /** Most bytes of a digest that the directory takes the place of. */
  static final int DIRECTORY_BYTES_MAX = 3;

  private Layout() {}

  /** Blocks of starts: there is one start more than there are nodes. */
  static int blocks(int nodes) {
    return nodes / BLOCK_NODES + 1;
  }

  /** Bytes that every number below {@code count} fits in. */
  static int width(long count) {
    int width = 0;
    for (long rest = count - 1; rest > 0; rest >>>= Byte.SIZE) {
      width++;
    }
    return width;
  }

  /** Bytes of an arc: at least one, so that arcs have places. */
  static int arcWidth(long nodes, long hyperedges) {
    return Math.max(1, width(nodes + hyperedges));
  }

  /** Leading bytes of digests that a directory stands for, so that a bucket has 4 keys or more. */
  static int directoryBytes(int keys) {
    int bytes = 0;
    while (bytes < DIRECTORY_BYTES_MAX && keys >= 4L << (Byte.SIZE * (bytes + 1))) {
      bytes++;
    }
    return bytes;
  }

  /** Numbers in the directory of a run of keys: one for each bucket, and the end of the last. */
  static int directorySize(int directoryBytes) {
    return (1 << (Byte.SIZE * directoryBytes)) + 1;
  }
}
