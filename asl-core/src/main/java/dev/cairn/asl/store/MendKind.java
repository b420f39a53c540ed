package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;

/** What a check notes for mending: which kind of row a key belongs to. */
enum MendKind {
  /** A payload beside a record, damaged or missing. */
  CONTENT,
  /** A row beside no put. */
  STRAY_CONTENT,
  /** A payload that waits for its record. */
  ARRIVED,
  /** A chunk, damaged or missing. */
  CHUNK,
  /** A chunk that no payload has. */
  STRAY_CHUNK,
  /** The note of a tombstone, damaged or missing. */
  NOTE,
  /** The public key of a node. */
  NODE,
  /** A checkpoint. */
  CHECKPOINT,
  /** A kept snapshot that cannot be read. */
  SNAPSHOT,
  /** A waiting erasure that cannot be read. */
  ERASURE,
  /** A lease that cannot be read. */
  LEASE,
  /** A row of another local table that cannot be read: {@link LocalRows#note}. */
  LOCAL,
  /** A row of the order of arrival that names no commit. */
  ARRIVAL,
  /** A row of the quarantine whose payload is here again, or that cannot be read. */
  SET_ASIDE;

  /** The note of a row. */
  Bytes key(Bytes row) {
    return prefix().plus(row);
  }

  /** The row's own key. */
  Bytes rowKey(Bytes note) {
    return note.slice(prefix().length());
  }

  private Bytes prefix() {
    return Bytes.utf8(name() + " ");
  }
}
