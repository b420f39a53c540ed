package dev.cairn.federation.filter;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.TableReader;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.merkle.CompactRange;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.note.Checkpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The rows of {@link PartialLogs#TABLE}, which says what they are. */
final class PartialRows {
  static final int HEAD = 0;
  static final int PLACE = 1;
  static final int NOTE = 2;
  static final int OF_KEY = 3;
  static final int OF_PAYLOAD = 4;
  static final int TOLD = 5;

  private static final int VERSION = 1;
  private static final int HEAD_FIELDS = 8;
  private static final int TOLD_FIELDS = 4;
  private static final int HOLE = 0;
  private static final int HELD = 1;

  private PartialRows() {}

  /** What the row of a partial log says. */
  record Head(
      PublicKey key,
      long size,
      InterestFilter filter,
      long held,
      CompactRange range,
      @Nullable LogRecord last,
      Bytes checkpoint) {}

  /** Where a record lies, as an index row says it. */
  record Pointer(Origin origin, long index) {}

  /**
   * Up to where a peer has told of removals.
   *
   * @param number rises with each such row that is written
   * @param filter what was asked for
   * @param sizes the first so many records of each log
   */
  record Told(long number, InterestFilter filter, SortedMap<Origin, Long> sizes) {}

  static Bytes prefix(int kind) {
    return Bytes.wrap(new byte[] {(byte) kind});
  }

  static Bytes key(int kind, Origin origin) {
    return prefix(kind).plus(origin.bytes());
  }

  static Bytes placeKey(Origin origin, long index) {
    return key(PLACE, origin).plus(Bytes.u64(index));
  }

  static Bytes noteKey(Origin origin, long size) {
    return key(NOTE, origin).plus(Bytes.u64(size));
  }

  /** Of a place or a note: its number. */
  static long number(Bytes key) {
    return PartialLogs.TABLE.read(key, key, (row, same) -> row.u64At(1 + Origin.BYTES));
  }

  static Bytes ofKey(ArtifactKey key) {
    int id = key.algorithm().id();
    return prefix(OF_KEY)
        .plus(key.digest())
        .plus(Bytes.wrap(new byte[] {(byte) (id >>> 8), (byte) id}));
  }

  static ArtifactKey keyOf(Bytes row) {
    return PartialLogs.TABLE.read(
        row,
        row,
        (key, same) -> {
          int id = 1 + HashAlgorithm.DIGEST_BYTES;
          return new ArtifactKey(
              HashAlgorithm.byId(key.at(id) << 8 | key.at(id + 1)), key.slice(1, id));
        });
  }

  static Bytes ofPayload(PayloadDigest payload) {
    return prefix(OF_PAYLOAD).plus(payload.digest());
  }

  static Pointer pointer(Bytes key) {
    int at = key.length() - Origin.BYTES - Long.BYTES;
    return PartialLogs.TABLE.read(
        key,
        key,
        (row, same) ->
            new Pointer(
                Origin.fromBytes(row.slice(at, at + Origin.BYTES)), row.u64At(at + Origin.BYTES)));
  }

  /** The keys of the index rows of a record that is here. */
  static List<Bytes> indexKeys(Origin origin, LogRecord record) {
    Bytes place = origin.bytes().plus(Bytes.u64(record.index()));
    return List.of(ofKey(record.id()).plus(place), ofPayload(record.payloadDigest()).plus(place));
  }

  /** Puts a place's row, and of a record the rows that lead to it. */
  static void put(Origin origin, long index, PartialStretch.Item item, List<RowChange> into) {
    into.add(RowChange.put(PartialLogs.TABLE, placeKey(origin, index), row(item)));
    if (item instanceof PartialStretch.Held held) {
      for (Bytes key : indexKeys(origin, LogRecord.decode(held.record()))) {
        into.add(RowChange.put(PartialLogs.TABLE, key, held.leaf()));
      }
    }
  }

  private static Bytes row(PartialStretch.Item item) {
    return item instanceof PartialStretch.Held held
        ? Bytes.wrap(new byte[] {HELD}).plus(held.record())
        : Bytes.wrap(new byte[] {HOLE}).plus(item.leaf());
  }

  static boolean isHeld(Bytes row) {
    return row.length() > 1 && row.at(0) == HELD;
  }

  /** Deletes a row of a place or a note, and the rows that lead to it. */
  static void remove(Origin origin, Bytes key, Bytes value, List<RowChange> into) {
    if (key.at(0) == PLACE && isHeld(value)) {
      for (Bytes leading : indexKeys(origin, record(origin, number(key), value.slice(1)))) {
        into.add(RowChange.delete(PartialLogs.TABLE, leading));
      }
    }
    into.add(RowChange.delete(PartialLogs.TABLE, key));
  }

  static PartialStretch.Item item(Origin origin, Bytes row) {
    if (isHeld(row)) {
      return new PartialStretch.Held(row.slice(1));
    }
    if (row.length() == 1 + TreeHasher.HASH_BYTES && row.at(0) == HOLE) {
      return new PartialStretch.Hole(row.slice(1));
    }
    throw new DamagedException("partial log " + origin + ": a damaged row: " + row.toHex());
  }

  static LogRecord record(Origin origin, long index, Bytes encoded) {
    try {
      LogRecord record = LogRecord.decode(encoded);
      if (record.index() == index) {
        return record;
      }
    } catch (MalformedException | UnsupportedVersionException e) {
      throw new DamagedException("partial log " + origin + ": record " + index + " is damaged", e);
    }
    throw new DamagedException("partial log " + origin + ": at " + index + " lies another record");
  }

  // ---- heads

  /** The origins of all partial logs, in order. */
  static List<Origin> origins(TableReader reader) {
    List<Origin> all = new ArrayList<>();
    try (RowCursor rows = reader.scanPrefix(PartialLogs.TABLE, prefix(HEAD))) {
      while (rows.next()) {
        all.add(logOf(rows.key()));
      }
    }
    return all;
  }

  /**
   * Of which log a row is, by its key alone.
   *
   * @throws DamagedException if no row has such a key
   */
  static Origin logOf(Bytes key) {
    return PartialLogs.TABLE.read(
        key,
        key,
        (row, same) -> {
          int at =
              switch (row.at(0)) {
                case HEAD, PLACE, NOTE -> 1;
                case OF_KEY -> 1 + HashAlgorithm.DIGEST_BYTES + Short.BYTES;
                case OF_PAYLOAD -> 1 + HashAlgorithm.DIGEST_BYTES;
                default -> throw new MalformedException("no row's key begins so");
              };
          int end = at + Origin.BYTES;
          if (row.length() != (row.at(0) == HEAD ? end : end + Long.BYTES)) {
            throw new MalformedException("a key of " + row.length() + " bytes");
          }
          return Origin.fromBytes(row.slice(at, end));
        });
  }

  static Optional<Head> head(TableReader reader, Origin origin) {
    Bytes key = key(HEAD, origin);
    return Optional.ofNullable(reader.get(PartialLogs.TABLE, key))
        .map(row -> decode(origin, key, row));
  }

  static RowChange put(Origin origin, Head head) {
    return RowChange.put(PartialLogs.TABLE, key(HEAD, origin), encode(head));
  }

  /**
   * Computes a log's root from every record and leaf hash, and compares it with the checkpoint;
   * every record must be led to by its index rows.
   *
   * @return how many places it has
   * @throws DamagedException if it is another, or a row is missing
   */
  static long verify(TableReader reader, String federation, Origin origin, Head head) {
    CompactRange range = new CompactRange();
    long held = 0;
    try (RowCursor rows = reader.scanPrefix(PartialLogs.TABLE, key(PLACE, origin))) {
      while (rows.next() && number(rows.key()) == range.size()) {
        PartialStretch.Item item = item(origin, rows.value());
        if (item instanceof PartialStretch.Held record) {
          held++;
          checkIndexed(reader, origin, range.size(), record);
        }
        range.append(item.leaf());
      }
    }
    Checkpoint checkpoint = checkpoint(federation, origin, head);
    if (range.size() != head.size || held != head.held || !range.root().equals(checkpoint.root())) {
      throw new DamagedException(
          "partial log "
              + origin
              + ": its "
              + range.size()
              + " places do not give the root of its checkpoint of "
              + checkpoint.treeSize());
    }
    return range.size();
  }

  private static Checkpoint checkpoint(String federation, Origin origin, Head head) {
    try {
      return Checkpoint.verify(head.checkpoint, origin, federation, head.key);
    } catch (MalformedException e) {
      throw new DamagedException("partial log " + origin + ": its checkpoint is damaged", e);
    }
  }

  static List<RowChange> removal(TableReader reader, Origin origin) {
    List<RowChange> gone = new ArrayList<>();
    for (int kind : List.of(PLACE, NOTE)) {
      delete(reader, key(kind, origin), gone);
    }
    // Not by what the records say, for they may be damaged.
    for (int kind : List.of(OF_KEY, OF_PAYLOAD)) {
      try (RowCursor rows = reader.scanPrefix(PartialLogs.TABLE, prefix(kind))) {
        while (rows.next()) {
          if (isOf(rows.key(), origin)) {
            gone.add(RowChange.delete(PartialLogs.TABLE, rows.key()));
          }
        }
      }
    }
    gone.add(RowChange.delete(PartialLogs.TABLE, key(HEAD, origin)));
    // Whoever gives it again may not know of what it removes: all are asked anew.
    delete(reader, prefix(TOLD), gone);
    return gone;
  }

  private static boolean isOf(Bytes key, Origin origin) {
    try {
      return logOf(key).equals(origin);
    } catch (DamagedException e) {
      // No log's: told and removed by itself.
      return false;
    }
  }

  private static void delete(TableReader reader, Bytes prefix, List<RowChange> gone) {
    try (RowCursor rows = reader.scanPrefix(PartialLogs.TABLE, prefix)) {
      while (rows.next()) {
        gone.add(RowChange.delete(PartialLogs.TABLE, rows.key()));
      }
    }
  }

  // ---- what peers told of removals

  static Bytes toldKey(NodeId peer) {
    return prefix(TOLD).plus(peer.digest());
  }

  static boolean isTold(Bytes key) {
    return key.length() > 0 && key.at(0) == TOLD;
  }

  static Optional<Told> told(TableReader reader, NodeId peer) {
    Bytes key = toldKey(peer);
    return Optional.ofNullable(reader.get(PartialLogs.TABLE, key)).map(row -> told(key, row));
  }

  /** Reads such a row, of any peer. */
  static Told told(Bytes key, Bytes row) {
    return PartialLogs.TABLE.read(
        key,
        row,
        (same, value) -> {
          NodeId unused = new NodeId(same.slice(1));
          CborReader in = new CborReader("removals told", value);
          in.structure(VERSION, TOLD_FIELDS);
          long number = in.uint();
          InterestFilter filter = InterestFilter.parse(in.text());
          TreeMap<Origin, Long> sizes = new TreeMap<>();
          for (int left = in.array(); left > 0; left--) {
            in.array(2);
            sizes.put(Origin.fromBytes(in.bytes()), in.uint());
          }
          in.end();
          return new Told(number, filter, sizes);
        });
  }

  /** The changes that keep what a peer told, and forget what was told longest ago if need be. */
  static List<RowChange> tell(
      TableReader reader, NodeId peer, InterestFilter filter, SortedMap<Origin, Long> sizes) {
    TreeMap<Long, Bytes> others = new TreeMap<>();
    Bytes own = toldKey(peer);
    Told before = null;
    try (RowCursor rows = reader.scanPrefix(PartialLogs.TABLE, prefix(TOLD))) {
      while (rows.next()) {
        Told told = told(rows.key(), rows.value());
        if (!rows.key().equals(own)) {
          others.put(told.number(), rows.key());
        } else {
          before = told;
        }
      }
    }
    if (before != null
        && before.filter().equals(filter)
        && before.sizes().equals(sizes)
        && (others.isEmpty() || others.lastKey() < before.number())) {
      return List.of();
    }
    List<RowChange> changes = new ArrayList<>();
    long number = others.isEmpty() ? 0 : others.lastKey() + 1;
    while (others.size() >= PartialLogs.TOLD_PEERS_MAX) {
      changes.add(RowChange.delete(PartialLogs.TABLE, others.pollFirstEntry().getValue()));
    }
    CborWriter out =
        new CborWriter()
            .array(TOLD_FIELDS)
            .uint(VERSION)
            .uint(number)
            .text(filter.toString())
            .array(sizes.size());
    sizes.forEach((origin, size) -> out.array(2).bytes(origin.bytes()).uint(size));
    changes.add(RowChange.put(PartialLogs.TABLE, own, out.toBytes()));
    return changes;
  }

  private static void checkIndexed(
      TableReader reader, Origin origin, long index, PartialStretch.Held held) {
    for (Bytes key : indexKeys(origin, record(origin, index, held.record()))) {
      Bytes leaf = reader.get(PartialLogs.TABLE, key);
      if (leaf == null || !leaf.equals(held.leaf())) {
        throw new DamagedException(
            "partial log " + origin + ": the row that leads to record " + index + " is damaged");
      }
    }
  }

  private static Bytes encode(Head head) {
    return new CborWriter()
        .array(HEAD_FIELDS)
        .uint(VERSION)
        .bytes(head.key.encoded())
        .uint(head.size)
        .text(head.filter.toString())
        .uint(head.held)
        .bytes(Bytes.concat(head.range.hashes().toArray(Bytes[]::new)))
        .bytes(head.last == null ? Bytes.EMPTY : head.last.encode())
        .bytes(head.checkpoint)
        .toBytes();
  }

  private static Head decode(Origin origin, Bytes key, Bytes row) {
    return PartialLogs.TABLE.read(
        key,
        row,
        (same, value) -> {
          CborReader in = new CborReader("partial log " + origin, value);
          in.structure(VERSION, HEAD_FIELDS);
          PublicKey signer = PublicKey.checkedBefore(in.bytes());
          long size = in.uint();
          InterestFilter filter = InterestFilter.parse(in.text());
          long held = in.uint();
          Bytes hashes = in.bytes();
          Bytes last = in.bytes();
          Bytes checkpoint = in.bytes();
          in.end();
          List<Bytes> edge = new ArrayList<>();
          for (int at = 0; at < hashes.length(); at += TreeHasher.HASH_BYTES) {
            edge.add(hashes.slice(at, at + TreeHasher.HASH_BYTES));
          }
          return new Head(
              signer,
              size,
              filter,
              held,
              CompactRange.of(size, edge),
              last.isEmpty() ? null : LogRecord.decode(last),
              checkpoint);
        });
  }
}
