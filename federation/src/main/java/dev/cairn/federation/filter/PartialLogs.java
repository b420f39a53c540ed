package dev.cairn.federation.filter;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.Row;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.MisbehaviourException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.merkle.CompactRange;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.note.Checkpoint;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.Stretch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Logs of which a node holds only the records of interest, and the leaf hash of every other; kept
 * beside the store's logs, in a local table of it.
 *
 * <pre>
 *   federation.partial
 *     0 | origin                   [1, key, size, filter, held, right edge, last held record or empty, checkpoint]
 *     1 | origin | u64be index     0 | leaf hash 32, or 1 | record
 *     2 | origin | u64be size      the checkpoint's note
 * </pre>
 *
 * <p>Beside, not within: everything that is folded from a log, liveness and state root, edges,
 * receipts, counts on its having every record, and what such a fold says of part of a log looks
 * like the truth and is not. So a partial log gives records and proofs and is no part of any state
 * root; once its last hole is filled, {@link #promote} hands it to the store as any stretch, which
 * verifies all of it again.
 *
 * <p>Every method verifies before it writes, and writes all or nothing, durably. Of a log that the
 * store itself holds nothing is taken. One writer at a time; reads are safe for any thread.
 */
public final class PartialLogs {
  /** The table that the store must be opened with among its local ones. */
  public static final Table TABLE =
      new Table("federation.partial", Table.Scope.LOCAL, Table.Access.IN_ORDER);

  private static final int VERSION = 1;
  private static final int HEAD_FIELDS = 8;
  private static final int HEAD = 0;
  private static final int PLACE = 1;
  private static final int NOTE = 2;
  private static final int HOLE = 0;
  private static final int HELD = 1;

  private final Store store;

  /** The partial logs beside those of {@code store}. */
  public PartialLogs(Store store) {
    this.store = store;
  }

  /**
   * How much of a log is here.
   *
   * @param origin whose log
   * @param filter what was of interest
   * @param size records of the log, up to the last checkpoint
   * @param held records that are here
   * @param checkpoint the last one
   */
  public record Coverage(
      Origin origin, InterestFilter filter, long size, long held, Bytes checkpoint) {
    /** Records of which only the leaf hash is here. */
    public long holes() {
      return size - held;
    }
  }

  private record Head(
      PublicKey key,
      long size,
      InterestFilter filter,
      long held,
      CompactRange range,
      @Nullable LogRecord last,
      Bytes checkpoint) {}

  /** Every partial log, in order of origins. */
  public List<Coverage> coverage() {
    List<Coverage> all = new ArrayList<>();
    try (RowCursor rows = store.rows().scanPrefix(TABLE, Bytes.wrap(new byte[] {HEAD}))) {
      while (rows.next()) {
        Origin origin = Origin.fromBytes(rows.key().slice(1));
        all.add(coverage(origin, decode(origin, rows.value())));
      }
    }
    return all;
  }

  /** One partial log. */
  public Optional<Coverage> coverage(Origin origin) {
    return find(origin).map(head -> coverage(origin, head));
  }

  private static Coverage coverage(Origin origin, Head head) {
    return new Coverage(origin, head.filter, head.size, head.held, head.checkpoint);
  }

  /** What is at a place of a log. */
  public Optional<PartialStretch.Item> at(Origin origin, long index) {
    return Optional.ofNullable(store.rows().get(TABLE, placeKey(origin, index)))
        .map(row -> item(origin, row));
  }

  /**
   * Takes a stretch behind what is here.
   *
   * @param filter what it was filtered by; the same as for the log so far
   * @throws MalformedException if it does not verify: nothing of it is taken
   * @throws RefusedException if it does not begin where the log ends, is of another filter, or the
   *     store holds that log itself
   * @throws MisbehaviourException if what the origin signed contradicts what it signed before
   */
  public void take(PartialStretch stretch, InterestFilter filter) {
    Origin origin = stretch.origin();
    if (!NodeId.of(stretch.key()).equals(origin.node())) {
      throw wrong(origin, "the public key is another node's");
    }
    Head head =
        find(origin)
            .orElseGet(
                () -> new Head(stretch.key(), 0, filter, 0, new CompactRange(), null, Bytes.EMPTY));
    checkPlace(stretch, filter, head);
    Checkpoint checkpoint =
        Checkpoint.verify(stretch.checkpoint(), origin, store.federation(), stretch.key());
    long end = stretch.firstIndex() + stretch.items().size();
    if (stretch.items().isEmpty() || checkpoint.treeSize() != end) {
      throw wrong(origin, "ends at " + end + ", its checkpoint at " + checkpoint.treeSize());
    }
    CompactRange range = head.range.copy();
    List<RowChange> rows = new ArrayList<>();
    LogRecord last = head.last;
    long held = head.held;
    for (int i = 0; i < stretch.items().size(); i++) {
      PartialStretch.Item item = stretch.items().get(i);
      long index = stretch.firstIndex() + i;
      if (item instanceof PartialStretch.Held record) {
        last = inOrder(origin, last, index, record.record());
        held++;
      }
      range.append(item.leaf());
      rows.add(RowChange.put(TABLE, placeKey(origin, index), row(item)));
    }
    if (!range.root().equals(checkpoint.root())) {
      throw wrong(origin, "records and leaf hashes do not give the root that the checkpoint signs");
    }
    checkLogseq(stretch, head, checkpoint, last);
    Head after = new Head(stretch.key(), end, filter, held, range, last, stretch.checkpoint());
    rows.add(RowChange.put(TABLE, key(NOTE, origin).plus(Bytes.u64(end)), stretch.checkpoint()));
    rows.add(RowChange.put(TABLE, key(HEAD, origin), encode(after)));
    store.writeLocal(rows, Durability.SYNCED);
  }

  private void checkPlace(PartialStretch stretch, InterestFilter filter, Head head) {
    Origin origin = stretch.origin();
    if (store.head(origin).isPresent()) {
      throw new RefusedException("log " + origin + " is held as a whole: it is not held in part");
    }
    if (stretch.firstIndex() != head.size) {
      throw new RefusedException(
          "partial log "
              + origin
              + ": a stretch from record "
              + stretch.firstIndex()
              + " where "
              + head.size
              + " is due");
    }
    if (stretch.items().size() > Store.STRETCH_RECORDS_MAX) {
      throw new RefusedException(
          "partial log " + origin + ": a stretch of " + stretch.items().size() + " records");
    }
    if (!head.filter.equals(filter)) {
      throw new RefusedException(
          "partial log " + origin + ": held by the filter " + head.filter + ", not " + filter);
    }
  }

  /** Records that are here keep the rules of commits, though others may stand between them. */
  private static LogRecord inOrder(
      Origin origin, @Nullable LogRecord last, long index, Bytes encoded) {
    LogRecord record = LogRecord.decode(encoded);
    if (record.index() != index) {
      throw wrong(origin, "record " + index + " says that it is " + record.index());
    }
    if (last != null) {
      boolean ordered =
          last.logseq() == record.logseq()
              ? last.hlc() == record.hlc() && last.id().compareTo(record.id()) < 0
              : last.logseq() < record.logseq() && last.hlc() < record.hlc();
      if (!ordered) {
        throw wrong(origin, "record " + index + " is out of order");
      }
    }
    return record;
  }

  /** The root is the origin's own by now: what does not fit is its doing. */
  private static void checkLogseq(
      PartialStretch stretch, Head head, Checkpoint checkpoint, @Nullable LogRecord last) {
    Origin origin = stretch.origin();
    if (head.size > 0) {
      long before = Checkpoint.verify(head.checkpoint, head.key).lastLogseq();
      if (checkpoint.lastLogseq() <= before) {
        throw new MisbehaviourException(
            "node "
                + origin.node()
                + ": signed logseq "
                + checkpoint.lastLogseq()
                + " behind "
                + before);
      }
    }
    int end = stretch.items().size() - 1;
    boolean endsHeld = stretch.items().get(end) instanceof PartialStretch.Held;
    if (last != null
        && (endsHeld
            ? last.logseq() != checkpoint.lastLogseq()
            : last.logseq() > checkpoint.lastLogseq())) {
      throw new MisbehaviourException(
          "node "
              + origin.node()
              + ": signed a log that ends at logseq "
              + checkpoint.lastLogseq()
              + ", with a record of logseq "
              + last.logseq());
    }
  }

  /**
   * Widens the interest in a log: holes become records. Each must be the one whose leaf hash is
   * here; one that is here already is passed over.
   *
   * @param filter what is of interest from now on
   * @param records by index
   * @throws MalformedException if one is not that record: nothing is written
   */
  public void widen(Origin origin, InterestFilter filter, SortedMap<Long, Bytes> records) {
    Head head = require(origin);
    List<RowChange> rows = new ArrayList<>();
    LogRecord last = head.last;
    for (Map.Entry<Long, Bytes> entry : records.entrySet()) {
      long index = entry.getKey();
      Bytes encoded = entry.getValue();
      PartialStretch.Item item =
          at(origin, index)
              .orElseThrow(() -> wrong(origin, "record " + index + " is beyond its end"));
      if (!TreeHasher.leaf(encoded).equals(item.leaf())) {
        throw wrong(origin, "record " + index + " is not the one whose leaf hash is held");
      }
      LogRecord record = LogRecord.decode(encoded);
      if (record.index() != index) {
        throw wrong(origin, "record " + index + " says that it is " + record.index());
      }
      if (item instanceof PartialStretch.Hole) {
        rows.add(
            RowChange.put(TABLE, placeKey(origin, index), row(new PartialStretch.Held(encoded))));
      }
      last = last == null || last.index() < index ? record : last;
    }
    Head after =
        new Head(
            head.key,
            head.size,
            filter,
            head.held + rows.size(),
            head.range,
            last,
            head.checkpoint);
    rows.add(RowChange.put(TABLE, key(HEAD, origin), encode(after)));
    store.writeLocal(rows, Durability.SYNCED);
  }

  /**
   * Computes a log's root from every record and leaf hash, and compares it with the checkpoint.
   *
   * @throws DamagedException if it is another, or a row is missing
   */
  public void verify(Origin origin) {
    Head head = require(origin);
    CompactRange range = new CompactRange();
    long held = 0;
    try (RowCursor rows = store.rows().scanPrefix(TABLE, key(PLACE, origin))) {
      while (rows.next()) {
        if (rows.key().u64At(1 + Origin.BYTES) != range.size()) {
          break;
        }
        PartialStretch.Item item = item(origin, rows.value());
        held += item instanceof PartialStretch.Held ? 1 : 0;
        range.append(item.leaf());
      }
    }
    Checkpoint checkpoint =
        Checkpoint.verify(head.checkpoint, origin, store.federation(), head.key);
    if (range.size() != head.size || held != head.held || !range.root().equals(checkpoint.root())) {
      throw new DamagedException(
          "partial log "
              + origin
              + ": its "
              + range.size()
              + " places do not give the root of its checkpoint of "
              + checkpoint.treeSize());
    }
  }

  /**
   * Hands a log without holes to the store, stretch by stretch, and forgets it here.
   *
   * @param payloads gives payloads that are at hand; those that indexes are made of must be
   * @throws RefusedException if there is a hole
   */
  public void promote(Origin origin, Function<PayloadDigest, @Nullable Bytes> payloads) {
    Head head = require(origin);
    if (head.held != head.size) {
      throw new RefusedException(
          "partial log " + origin + ": " + (head.size - head.held) + " records are not here");
    }
    List<RowChange> gone = new ArrayList<>();
    long from = 0;
    Row note = note(origin, from);
    while (note != null) {
      long end = note.key().u64At(1 + Origin.BYTES);
      List<Stretch.Item> items = new ArrayList<>();
      for (long index = from; index < end; index++) {
        items.add(whole(origin, index, payloads));
        gone.add(RowChange.delete(TABLE, placeKey(origin, index)));
      }
      store.replicate(new Stretch(origin, head.key, from, items, note.value()));
      gone.add(RowChange.delete(TABLE, note.key()));
      from = end;
      note = note(origin, from);
    }
    gone.add(RowChange.delete(TABLE, key(HEAD, origin)));
    store.writeLocal(gone, Durability.SYNCED);
  }

  private Stretch.Item whole(
      Origin origin, long index, Function<PayloadDigest, @Nullable Bytes> payloads) {
    if (!(at(origin, index).orElse(null) instanceof PartialStretch.Held held)) {
      throw new DamagedException("partial log " + origin + ": record " + index + " is missing");
    }
    return new Stretch.Item(
        held.record(), payloads.apply(LogRecord.decode(held.record()).payloadDigest()));
  }

  private @Nullable Row note(Origin origin, long after) {
    Bytes prefix = key(NOTE, origin);
    try (RowCursor rows =
        store.rows().scan(TABLE, prefix.plus(Bytes.u64(after + 1)), prefix.prefixEnd())) {
      return rows.next() ? new Row(rows.key(), rows.value()) : null;
    }
  }

  private Optional<Head> find(Origin origin) {
    return Optional.ofNullable(store.rows().get(TABLE, key(HEAD, origin)))
        .map(row -> decode(origin, row));
  }

  private Head require(Origin origin) {
    return find(origin)
        .orElseThrow(() -> new NotFoundException("no part of log " + origin + " is held"));
  }

  private static MalformedException wrong(Origin origin, String what) {
    return new MalformedException("partial log " + origin + ": " + what);
  }

  // ---- rows

  private static Bytes key(int kind, Origin origin) {
    return Bytes.wrap(new byte[] {(byte) kind}).plus(origin.bytes());
  }

  private static Bytes placeKey(Origin origin, long index) {
    return key(PLACE, origin).plus(Bytes.u64(index));
  }

  private static Bytes row(PartialStretch.Item item) {
    return item instanceof PartialStretch.Held held
        ? Bytes.wrap(new byte[] {HELD}).plus(held.record())
        : Bytes.wrap(new byte[] {HOLE}).plus(item.leaf());
  }

  private static PartialStretch.Item item(Origin origin, Bytes row) {
    if (row.length() > 1 && row.at(0) == HELD) {
      return new PartialStretch.Held(row.slice(1));
    }
    if (row.length() == 1 + TreeHasher.HASH_BYTES && row.at(0) == HOLE) {
      return new PartialStretch.Hole(row.slice(1));
    }
    throw new DamagedException("partial log " + origin + ": a damaged row: " + row.toHex());
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

  private static Head decode(Origin origin, Bytes row) {
    try {
      CborReader in = new CborReader("partial log " + origin, row);
      in.structure(VERSION, HEAD_FIELDS);
      PublicKey key = PublicKey.checkedBefore(in.bytes());
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
          key,
          size,
          filter,
          held,
          CompactRange.of(size, edge),
          last.isEmpty() ? null : LogRecord.decode(last),
          checkpoint);
    } catch (MalformedException | IllegalArgumentException | IndexOutOfBoundsException e) {
      throw new DamagedException("partial log " + origin + ": its head is damaged", e);
    }
  }
}
