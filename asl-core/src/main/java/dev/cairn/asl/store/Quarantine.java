package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.TableReader;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.model.PayloadDigest;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What was found damaged and moved out of the way: rows of {@link StoreTables#QUARANTINE}.
 *
 * <pre>
 *   u8 kind | payload digest, chunk digest, or the row's key -> [1, where, error, noticed at, bytes]
 *
 *   kind 0 a payload, 1 a chunk, 2 another row; bytes as they were found, the first 64 KiB
 * </pre>
 *
 * <p>At most {@link #ROWS_MAX} rows; what is damaged beyond stays where it lies, where every read
 * finds it damaged too.
 *
 * @param where it lay
 * @param error what was wrong with it
 * @param noticedMillis when, by the node's clock
 * @param bytes what was there, the beginning of it
 */
record Quarantine(String where, String error, long noticedMillis, Bytes bytes) {
  static final int ROWS_MAX = 10_000;
  static final int BYTES_MAX = 64 << 10;

  static final int PAYLOAD = 0;
  static final int CHUNK = 1;
  static final int OTHER = 2;

  private static final int VERSION = 1;
  private static final int FIELDS = 5;

  static Bytes key(int kind, Bytes key) {
    return Bytes.wrap(new byte[] {(byte) kind}).plus(key);
  }

  RowChange row(int kind, Bytes key) {
    Bytes kept = bytes.length() <= BYTES_MAX ? bytes : bytes.slice(0, BYTES_MAX);
    Bytes encoded =
        new CborWriter()
            .array(FIELDS)
            .uint(VERSION)
            .text(where)
            .text(error)
            .uint(Math.max(0, noticedMillis))
            .bytes(kept)
            .toBytes();
    return RowChange.put(StoreTables.QUARANTINE, key(kind, key), encoded);
  }

  /** What a row says. */
  static Quarantine read(Bytes key, Bytes row) {
    return StoreTables.QUARANTINE.read(key, row, Quarantine::decode);
  }

  private static Quarantine decode(Bytes key, Bytes row) {
    CborReader in = new CborReader("row of " + StoreTables.QUARANTINE.name(), row);
    in.structure(VERSION, FIELDS);
    Quarantine found = new Quarantine(in.text(), in.text(), in.uint(), in.bytes());
    in.end();
    return found;
  }

  static boolean has(TableReader rows, PayloadDigest digest) {
    return rows.get(StoreTables.QUARANTINE, key(PAYLOAD, digest.digest())) != null;
  }

  /** What a read of a payload that is not here says if it was set aside. */
  static Optional<DamagedException> error(TableReader rows, PayloadDigest digest) {
    Bytes key = key(PAYLOAD, digest.digest());
    @Nullable Bytes row = rows.get(StoreTables.QUARANTINE, key);
    return row == null
        ? Optional.empty()
        : Optional.of(
            new DamagedException(
                "payload "
                    + digest
                    + " was damaged and is set aside: "
                    + read(key, row).error
                    + "; repair it from a peer"));
  }

  /** How many payloads and chunks are set aside and did not come again. */
  static int lacking(TableReader rows, PayloadStore payloads) {
    int lacking = 0;
    try (RowCursor all = rows.scan(StoreTables.QUARANTINE, Bytes.EMPTY, Bytes.EMPTY)) {
      while (all.next()) {
        int kind = all.key().at(0);
        Bytes digest = all.key().slice(1, all.key().length());
        if (kind == PAYLOAD
            ? !payloads.has(new PayloadDigest(digest))
            : kind == CHUNK && rows.get(StoreTables.CHUNK, digest) == null) {
          lacking++;
        }
      }
    }
    return lacking;
  }

  static int count(TableReader rows) {
    int count = 0;
    try (RowCursor all = rows.scan(StoreTables.QUARANTINE, Bytes.EMPTY, Bytes.EMPTY)) {
      while (all.next()) {
        count++;
      }
    }
    return count;
  }
}
