package dev.cairn.federation.filter;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.TableReader;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.MisbehaviourException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.RevokedException;
import dev.cairn.asl.error.UnextendedException;
import dev.cairn.asl.evidence.Evidence;
import dev.cairn.asl.merkle.CompactRange;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogClosing;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.note.Checkpoint;
import dev.cairn.asl.store.HistoryEntry;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.filter.PartialRows.Head;
import dev.cairn.federation.protocol.LogDoubt;
import dev.cairn.federation.protocol.StoreReplica;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
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
 *     3 | digest | u16be hash id | origin | u64be index      leaf hash; of each record, by its key
 *     4 | payload digest | origin | u64be index              leaf hash; the same by its payload
 *     5 | node                     [1, number, filter, [[origin, size], ...]]: up to where it told of removals
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

  /** Of so many peers it is kept how far they told of removals; of those heard of last. */
  static final int TOLD_PEERS_MAX = 64;

  /** Most rows that are no log's that a check names. */
  static final int STRAYS_MAX = 10_000;

  private final Store store;

  /** The partial logs beside those of {@code store}. */
  public PartialLogs(Store store) {
    this.store = store;
  }

  /** A store as sessions see it, which has room for evidence against logs that it holds in part. */
  public static StoreReplica replica(Store store) {
    PartialLogs beside = new PartialLogs(store);
    return new StoreReplica(store, Runnable::run, origin -> beside.coverage(origin).isPresent());
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

  /** Every partial log, in order of origins; none in a store without {@link #TABLE}. */
  public List<Coverage> coverage() {
    if (!store.hasLocal(TABLE)) {
      return List.of();
    }
    return PartialRows.origins(store.rows()).stream()
        .map(origin -> coverage(origin, require(origin)))
        .toList();
  }

  /** One partial log. */
  public Optional<Coverage> coverage(Origin origin) {
    return store.hasLocal(TABLE)
        ? find(origin).map(head -> coverage(origin, head))
        : Optional.empty();
  }

  private static Coverage coverage(Origin origin, Head head) {
    return new Coverage(origin, head.filter(), head.size(), head.held(), head.checkpoint());
  }

  /** What is at a place of a log. */
  public Optional<PartialStretch.Item> at(Origin origin, long index) {
    return Optional.ofNullable(store.rows().get(TABLE, PartialRows.placeKey(origin, index)))
        .map(row -> PartialRows.item(origin, row));
  }

  /**
   * Takes a stretch behind what is here.
   *
   * @param filter what it was filtered by; the same as for the log so far
   * @throws MalformedException if it does not verify: nothing of it is taken. An {@link
   *     UnextendedException} if that may be so as the origin signed another log in front of it; see
   *     {@link #doubt}
   * @throws RefusedException if it does not begin where the log ends, is of another filter, or the
   *     store holds that log itself
   * @throws MisbehaviourException if what the origin signed contradicts what it signed before, or
   *     the log is frozen
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
        Checkpoint.verify(
            stretch.checkpoint(), origin, store.federation(), stretch.key(), store.signatures());
    long end = stretch.firstIndex() + stretch.items().size();
    if (stretch.items().isEmpty() || checkpoint.treeSize() != end) {
      throw wrong(origin, "ends at " + end + ", its checkpoint at " + checkpoint.treeSize());
    }
    checkNotFrozen(origin);
    if (end > store.believed(origin)) {
      throw new RevokedException(
          "log " + origin + ": its node's key is believed up to record " + store.believed(origin));
    }
    CompactRange range = head.range().copy();
    List<RowChange> rows = new ArrayList<>();
    List<LogRecord> came = new ArrayList<>();
    for (int i = 0; i < stretch.items().size(); i++) {
      PartialStretch.Item item = stretch.items().get(i);
      long index = stretch.firstIndex() + i;
      if (item instanceof PartialStretch.Held record) {
        came.add(placed(origin, index, record.record()));
      }
      range.append(item.leaf());
      PartialRows.put(origin, index, item, rows);
    }
    if (!range.root().equals(checkpoint.root())) {
      String what = "records and leaf hashes do not give the root that the checkpoint signs";
      throw head.size() > 0 ? unextended(origin, what) : wrong(origin, what);
    }
    LogRecord last = head.last();
    for (LogRecord record : came) {
      checkOrder(origin, last, record);
      last = record;
    }
    checkLogseq(stretch, head, checkpoint, last);
    Head after =
        new Head(
            stretch.key(),
            end,
            filter,
            head.held() + came.size(),
            range,
            last,
            stretch.checkpoint());
    rows.add(RowChange.put(TABLE, PartialRows.noteKey(origin, end), stretch.checkpoint()));
    rows.add(PartialRows.put(origin, after));
    store.writeLocal(rows, Durability.SYNCED);
  }

  private void checkNotFrozen(Origin origin) {
    if (store.frozen().contains(origin)) {
      throw new MisbehaviourException(
          "log " + origin + " is frozen: nothing more of it is taken in part either");
    }
  }

  private void checkPlace(PartialStretch stretch, InterestFilter filter, Head head) {
    Origin origin = stretch.origin();
    if (store.head(origin).isPresent()) {
      throw new RefusedException("log " + origin + " is held as a whole: it is not held in part");
    }
    if (stretch.firstIndex() != head.size()) {
      throw new RefusedException(
          "partial log "
              + origin
              + ": a stretch from record "
              + stretch.firstIndex()
              + " where "
              + head.size()
              + " is due");
    }
    if (stretch.items().size() > Store.STRETCH_RECORDS_MAX) {
      throw new RefusedException(
          "partial log " + origin + ": a stretch of " + stretch.items().size() + " records");
    }
    if (!head.filter().equals(filter)) {
      throw new RefusedException(
          "partial log " + origin + ": held by the filter " + head.filter() + ", not " + filter);
    }
  }

  private static LogRecord placed(Origin origin, long index, Bytes encoded) {
    LogRecord record = LogRecord.decode(encoded);
    if (record.index() != index) {
      throw wrong(origin, "record " + index + " says that it is " + record.index());
    }
    return record;
  }

  /**
   * Records that are here keep the rules of commits, though others may stand between them. Only
   * once the checkpoint is known to cover them: then it is the origin who broke the order.
   */
  private static void checkOrder(Origin origin, @Nullable LogRecord last, LogRecord record) {
    long index = record.index();
    if (last != null && LogClosing.closes(last)) {
      throw broken(origin, "record " + index + " stands behind the one that closes its log");
    }
    if (last != null) {
      boolean ordered =
          last.logseq() == record.logseq()
              ? last.hlc() == record.hlc() && last.id().compareTo(record.id()) < 0
              : last.logseq() < record.logseq() && last.hlc() < record.hlc();
      if (!ordered) {
        throw broken(origin, "record " + index + " is out of order");
      }
    }
  }

  /** The root is the origin's own by now: what does not fit is its doing. */
  private void checkLogseq(
      PartialStretch stretch, Head head, Checkpoint checkpoint, @Nullable LogRecord last) {
    Origin origin = stretch.origin();
    if (head.size() > 0) {
      long before = Checkpoint.verify(head.checkpoint(), head.key()).lastLogseq();
      if (checkpoint.lastLogseq() <= before) {
        throw accuse(stretch, head);
      }
    }
    int end = stretch.items().size() - 1;
    boolean endsHeld = stretch.items().get(end) instanceof PartialStretch.Held;
    if (last != null
        && (endsHeld
            ? last.logseq() != checkpoint.lastLogseq()
            : last.logseq() > checkpoint.lastLogseq())) {
      throw broken(
          origin,
          "it ends at logseq "
              + checkpoint.lastLogseq()
              + ", with a record of logseq "
              + last.logseq());
    }
  }

  /** Two checkpoints of which the logseqs do not rise: they are evidence by themselves. */
  private MisbehaviourException accuse(PartialStretch stretch, Head head) {
    Evidence evidence =
        Evidence.between(
                head.key(),
                head.checkpoint(),
                stretch.checkpoint(),
                new PartialHandover(store).subtrees(stretch.origin()))
            .orElseThrow();
    try {
      store.keep(evidence, true);
    } catch (RefusedException e) {
      // No room for it: the accusation stands without.
      return new MisbehaviourException(evidence.describe());
    }
    return new MisbehaviourException(evidence.describe(), evidence.id().toHex());
  }

  /**
   * Up to where a peer has told of removals, by a filter: among the first so many records of each
   * log, whatever it removes that the filter shows is here. Nothing if it was asked for something
   * else last, or not at all.
   */
  public SortedMap<Origin, Long> told(NodeId peer, InterestFilter filter) {
    return store.hasLocal(TABLE)
        ? PartialRows.told(store.rows(), peer)
            .filter(told -> told.filter().equals(filter))
            .map(PartialRows.Told::sizes)
            .orElseGet(TreeMap::new)
        : new TreeMap<>();
  }

  /**
   * Keeps up to where a peer has told of removals; what was told longest ago is forgotten once that
   * is of more than {@value #TOLD_PEERS_MAX} peers. What is lost of it is told again.
   */
  public void keepTold(NodeId peer, InterestFilter filter, SortedMap<Origin, Long> sizes) {
    List<RowChange> changes = PartialRows.tell(store.rows(), peer, filter, sizes);
    if (!changes.isEmpty()) {
      store.writeLocal(changes, Durability.RELAXED);
    }
  }

  private static MisbehaviourException broken(Origin origin, String what) {
    return new MisbehaviourException(
        "node " + origin.node() + ", epoch " + origin.epoch() + ", signed a log of which " + what);
  }

  /**
   * Widens the interest in a log: holes become records. Each must be the one whose leaf hash is
   * here; one that is here already is passed over.
   *
   * @param filter what is of interest from now on
   * @param records by index
   * @return how many holes that filled
   * @throws MalformedException if one is not that record: nothing is written. An {@link
   *     UnextendedException} if that may be so as the origin signed another log
   * @throws MisbehaviourException if the log is frozen
   */
  public int widen(Origin origin, InterestFilter filter, SortedMap<Long, Bytes> records) {
    Head head = require(origin);
    checkNotFrozen(origin);
    List<RowChange> rows = new ArrayList<>();
    LogRecord last = head.last();
    int came = 0;
    for (Map.Entry<Long, Bytes> entry : records.entrySet()) {
      long index = entry.getKey();
      Bytes encoded = entry.getValue();
      PartialStretch.Item item =
          at(origin, index)
              .orElseThrow(() -> wrong(origin, "record " + index + " is beyond its end"));
      if (!TreeHasher.leaf(encoded).equals(item.leaf())) {
        throw unextended(origin, "record " + index + " is not the one whose leaf hash is held");
      }
      LogRecord record = placed(origin, index, encoded);
      if (item instanceof PartialStretch.Hole) {
        PartialRows.put(origin, index, new PartialStretch.Held(encoded), rows);
        came++;
      }
      last = last == null || last.index() < index ? record : last;
    }
    Head after =
        new Head(
            head.key(),
            head.size(),
            filter,
            head.held() + came,
            head.range(),
            last,
            head.checkpoint());
    rows.add(PartialRows.put(origin, after));
    store.writeLocal(rows, Durability.SYNCED);
    return came;
  }

  /** To find out whether the origin of a log that is here in part signed two of it. */
  public LogDoubt doubt(Origin origin, UnextendedException what) {
    Head head = require(origin);
    return LogDoubt.ofPart(
        origin, head.key(), head.checkpoint(), new PartialHandover(store).subtrees(origin), what);
  }

  /**
   * Computes a log's root from every record and leaf hash, and compares it with the checkpoint.
   *
   * @throws DamagedException if it is another, or a row is missing
   */
  public void verify(Origin origin) {
    PartialRows.verify(store.rows(), store.federation(), origin, require(origin));
  }

  /**
   * What a check found.
   *
   * @param places that were looked at
   * @param damaged what is wrong with which log
   * @param strays rows that are no log's, by their keys, and what is wrong with them; {@link
   *     #STRAYS_MAX} at most
   * @param moreStrays how many more there are
   */
  public record Check(
      long places, Map<Origin, String> damaged, Map<Bytes, String> strays, long moreStrays) {
    public Check {
      damaged = new TreeMap<>(damaged);
      strays = new TreeMap<>(strays);
    }

    /** How many logs and rows are wrong. */
    public long wrong() {
      return damaged.size() + strays.size() + moreStrays;
    }
  }

  /** Verifies every partial log of a store that is not open, by its rows. */
  public static Check check(TableReader reader, String federation) {
    long places = 0;
    Map<Origin, String> damaged = new TreeMap<>();
    Map<Bytes, String> strays = new TreeMap<>();
    long moreStrays = 0;
    Set<Origin> logs = new TreeSet<>();
    try (RowCursor rows = reader.scan(TABLE, Bytes.EMPTY, Bytes.EMPTY)) {
      while (rows.next()) {
        try {
          if (PartialRows.isTold(rows.key())) {
            var unused = PartialRows.told(rows.key(), rows.value());
          } else {
            logs.add(PartialRows.logOf(rows.key()));
          }
        } catch (DamagedException e) {
          if (strays.size() < STRAYS_MAX) {
            strays.put(rows.key(), String.valueOf(e.getMessage()));
          } else {
            moreStrays++;
          }
        }
      }
    }
    for (Origin origin : logs) {
      try {
        Head head =
            PartialRows.head(reader, origin)
                .orElseThrow(
                    () -> new DamagedException("partial log " + origin + ": its head is missing"));
        places += PartialRows.verify(reader, federation, origin, head);
      } catch (DamagedException e) {
        damaged.put(origin, String.valueOf(e.getMessage()));
      }
    }
    return new Check(places, damaged, strays, moreStrays);
  }

  /**
   * The changes that remove all of a partial log, however damaged: a peer gives it again. As many
   * as it has rows.
   */
  public static List<RowChange> removal(TableReader reader, Origin origin) {
    return PartialRows.removal(reader, origin);
  }

  /**
   * Hands a log without holes to the store, stretch by stretch, and forgets it here.
   *
   * @param payloads gives payloads that are at hand; those that indexes are made of must be
   * @throws RefusedException if there is a hole
   */
  public void promote(Origin origin, Function<PayloadDigest, @Nullable Bytes> payloads) {
    new PartialHandover(store).promote(origin, require(origin), payloads);
  }

  /**
   * How a partial log stands to the store's own log of that origin; see {@link PartialStanding}.
   */
  public PartialStanding standing(Origin origin) {
    return new PartialHandover(store).standing(origin, require(origin));
  }

  /**
   * Clears up: drops what the store holds as a whole by now, promotes logs without holes of which
   * every payload that indexes need is here, and finds out whose logs fork. Of a log that does,
   * both stay.
   */
  public PartialSettlement settle() {
    return store.hasLocal(TABLE) ? new PartialHandover(store).settle() : PartialSettlement.NONE;
  }

  // ---- looking up

  /**
   * The records held here in part that speak of a key, in the total order. Whether it is live does
   * not follow: others that speak of it may be among the holes.
   *
   * @throws DamagedException if one is not the record whose leaf hash leads to it
   */
  public List<HistoryEntry> history(ArtifactKey key) {
    List<HistoryEntry> found = pointed(PartialRows.ofKey(key));
    found.removeIf(entry -> !entry.record().id().equals(key));
    found.sort(Comparator.comparing(entry -> entry.record().position(entry.origin())));
    return found;
  }

  /** The keys of records held here in part whose payload has this digest, in order. */
  public List<ArtifactKey> byPayload(PayloadDigest payload) {
    return pointed(PartialRows.ofPayload(payload)).stream()
        .map(HistoryEntry::record)
        .filter(record -> record.isPut() && record.payloadDigest().equals(payload))
        .map(LogRecord::id)
        .distinct()
        .sorted()
        .toList();
  }

  /**
   * The keys of records held here in part whose digest begins with so many hex digits, in order of
   * digests; at most {@code limit}.
   */
  public List<ArtifactKey> byPrefix(String hexPrefix, int limit) {
    List<ArtifactKey> keys = new ArrayList<>();
    if (!store.hasLocal(TABLE)) {
      return keys;
    }
    boolean odd = (hexPrefix.length() & 1) == 1;
    Bytes from =
        PartialRows.prefix(PartialRows.OF_KEY)
            .plus(Bytes.fromHex(odd ? hexPrefix + "0" : hexPrefix));
    Bytes last =
        PartialRows.prefix(PartialRows.OF_KEY)
            .plus(Bytes.fromHex(odd ? hexPrefix + "f" : hexPrefix));
    try (RowCursor rows = store.rows().scan(TABLE, from, last.prefixEnd())) {
      while (keys.size() < limit && rows.next()) {
        ArtifactKey key = PartialRows.keyOf(rows.key());
        if (keys.isEmpty() || !keys.get(keys.size() - 1).equals(key)) {
          keys.add(key);
        }
      }
    }
    return keys;
  }

  /** The records of a log that are here, from a place on, in its order; to be closed. */
  public PartialRecords records(Origin origin, long from) {
    return new PartialRecords(
        origin,
        store
            .rows()
            .scan(
                TABLE,
                PartialRows.placeKey(origin, from),
                PartialRows.key(PartialRows.PLACE, origin).prefixEnd()));
  }

  private List<HistoryEntry> pointed(Bytes prefix) {
    List<HistoryEntry> found = new ArrayList<>();
    if (!store.hasLocal(TABLE)) {
      return found;
    }
    try (RowCursor rows = store.rows().scanPrefix(TABLE, prefix)) {
      while (rows.next()) {
        PartialRows.Pointer pointer = PartialRows.pointer(rows.key());
        Origin origin = pointer.origin();
        if (at(origin, pointer.index()).orElse(null) instanceof PartialStretch.Held held
            && held.leaf().equals(rows.value())) {
          found.add(
              new HistoryEntry(origin, PartialRows.record(origin, pointer.index(), held.record())));
        } else {
          throw new DamagedException(
              "partial log "
                  + origin
                  + ": record "
                  + pointer.index()
                  + " is not the one whose leaf hash is held");
        }
      }
    }
    return found;
  }

  private Optional<Head> find(Origin origin) {
    return PartialRows.head(store.rows(), origin);
  }

  private Head require(Origin origin) {
    return find(origin)
        .orElseThrow(() -> new NotFoundException("no part of log " + origin + " is held"));
  }

  private static UnextendedException unextended(Origin origin, String what) {
    return new UnextendedException("partial log " + origin + ": " + what);
  }

  static MalformedException wrong(Origin origin, String what) {
    return new MalformedException("partial log " + origin + ": " + what);
  }
}
