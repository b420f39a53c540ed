package dev.cairn.federation.audit;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.merkle.CompactRange;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.note.Checkpoint;
import dev.cairn.asl.store.ContentCursor;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.RecordSums;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.WorkerThreads;
import dev.cairn.federation.audit.AuditFinding.Kind;
import dev.cairn.federation.audit.AuditFinding.Place;
import dev.cairn.federation.audit.CheckResult.Thing;
import dev.cairn.federation.audit.DerivedAudit.Sums;
import dev.cairn.federation.audit.LogDamage.Form;
import dev.cairn.federation.audit.LogDamage.Misfit;
import dev.cairn.federation.protocol.LogVerifier;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.LongStream;
import org.jspecify.annotations.Nullable;

/**
 * Audits one log in one pass: every record, every payload, every checkpoint, and the root, as far
 * as they are asked for. One owner, one log.
 *
 * <p>What a record says is laid beside what derived rows know of it ({@link LogAlignment}). Where
 * the two part, the signed checkpoints decide which of them is wrong, and the stored subtrees of
 * {@value #TILE} records, which checkpoints behind confirm, keep what is wrong in one place from
 * spoiling every root behind it. So findings wait until the next checkpoint that verifies, or the
 * log's end; what merely follows from a record that is not the signed one is not told as well.
 */
final class LogAudit {
  private static final int CHECKPOINT_PAGE = 256;
  private static final String RECORD_MESSAGE = "records that are not what the log's rules demand";

  private static final String OTHER_ROOT = "the records give another root than the one stored";

  /** Records of a subtree that stores keep. */
  static final int TILE = 256;

  /** Their level in the tree. */
  static final int TILE_LEVEL = 8;

  /** Findings that wait at most; beyond, they are told as they are. */
  private static final int WAITING_MAX = 10_000;

  private final String source;
  private final Store store;
  private final LogHead head;
  private final CheckLedger ledger;
  private LogVerifier verifier;
  private final LivenessAudit liveness;
  private final ContentAudit contents;
  private NavigableMap<Long, Bytes> checkpoints = new TreeMap<>();
  private long lastSigned;
  private long lastForged;

  /** Findings until it is known whether the records here are those that were signed. */
  private final List<Waiting> waiting = new ArrayList<>();

  private final List<Misfit> misfits = new ArrayList<>();
  private final LogAlignment alignment = new LogAlignment(this::found);
  private final LogDamage damage;

  /** Rows of misfits that were told, the last {@link LogDamage#KEPT_MAX}. */
  private final TreeSet<Long> told = new TreeSet<>();

  /** Up to here the root is right, or was taken from stored subtrees. */
  private long trusted;

  /** How many rows the records behind the last misfit stand before their index. */
  private long shift;

  /** What the records since {@link #trusted} give by themselves; null if some are not there. */
  private @Nullable CompactRange tile = new CompactRange();

  /** The tree of the records as they are, once a stored subtree contradicts it. */
  private @Nullable CompactRange plain;

  /** True if the records that wait are known not to be those that were signed. */
  private boolean contradicted;

  /** The record read last; null if it is none. */
  private @Nullable LogRecord last;

  /** False once a stretch was not as it should be, and was passed over. */
  private boolean clean = true;

  /** Up to which row what waits is settled behind the next record; -1 for not yet. */
  private long due = -1;

  /** A finding that waits; {@code from}: since where the root was right. */
  private record Waiting(long row, long from, boolean shifted, Kind kind, Runnable tell) {}

  /** The checks that a pass over a log makes. */
  static final Set<AuditCheck> CHECKS =
      Collections.unmodifiableSet(
          EnumSet.of(
              AuditCheck.RECORDS,
              AuditCheck.PAYLOADS,
              AuditCheck.LOG_ROOTS,
              AuditCheck.CHECKPOINTS,
              AuditCheck.TAILS,
              AuditCheck.EPOCHS,
              AuditCheck.LIVENESS,
              AuditCheck.REFERENCES));

  LogAudit(
      Store store, LogHead head, LivenessAudit liveness, CheckLedger ledger, LogDamage damage) {
    this.damage = damage;
    this.source = ledger.source();
    this.store = store;
    this.head = head;
    this.liveness = liveness;
    this.ledger = ledger;
    this.verifier = new LogVerifier(head.origin());
    this.contents =
        new ContentAudit(
            store,
            head.origin(),
            ledger,
            this::await,
            record -> damage.erased(head.origin(), record));
  }

  private Origin origin() {
    return head.origin();
  }

  /**
   * Checks the log as long as nothing is wrong with it, stretches of it beside each other.
   *
   * @param derived is told if its sums do not agree with the records
   * @param read counts them
   * @return false if anything is wrong: then {@link #run} finds out what, with a ledger of its own
   */
  boolean isClean(DerivedAudit derived, WorkerThreads workers, RecordsRead read) {
    if (CHECKS.stream().noneMatch(ledger::asks)) {
      return true;
    }
    try {
      pageCheckpoints(0);
      workers.each(
          stretches(derived.sums()),
          checked -> {
            derived.add(checked.result().sums());
            read.add(checked.to() - checked.from());
            clean &= checked.result().clean().filter(this::goOnBehind).isPresent();
          });
    } catch (CairnException e) {
      // Stretches that were not handed on were not compared.
      derived.add(Sums.UNKNOWN);
      return false;
    }
    if (clean) {
      end();
    }
    return clean && ledger.isSound();
  }

  /**
   * Checks the log and tells what is wrong with it.
   *
   * @param known true if derived rows are known to tell of these very records: then stretches are
   *     checked beside each other, and only those record by record with which something is wrong
   * @param read counts them
   */
  void run(boolean known, WorkerThreads workers, RecordsRead read) {
    if (CHECKS.stream().noneMatch(ledger::asks)) {
      return;
    }
    try {
      pageCheckpoints(0);
      if (known) {
        workers.each(
            stretches(null),
            checked -> {
              stretch(checked);
              read.add(checked.to() - checked.from());
            });
      } else {
        for (long from = 0; from < head.treeSize(); from += RecordSums.STRETCH) {
          long to = Math.min(head.treeSize(), from + RecordSums.STRETCH);
          records(from, to);
          read.add(to - from);
        }
      }
    } catch (CairnException e) {
      unreadable(e);
      return;
    }
    end();
  }

  /** Places of a log, and what came of them. */
  private record Checked(long from, long to, StretchAudit.Checked result) {}

  private Iterator<Supplier<Checked>> stretches(@Nullable RecordSums sums) {
    long count = (head.treeSize() + RecordSums.STRETCH - 1) / RecordSums.STRETCH;
    return LongStream.range(0, count).mapToObj(stretch -> checking(stretch, sums)).iterator();
  }

  private Supplier<Checked> checking(long stretch, @Nullable RecordSums sums) {
    long from = stretch * RecordSums.STRETCH;
    long to = Math.min(head.treeSize(), from + RecordSums.STRETCH);
    return () ->
        new Checked(from, to, new StretchAudit(store, head, from, to, sums, ledger).check());
  }

  private void stretch(Checked checked) {
    if (checked.result().clean().filter(this::goOnBehind).isEmpty()) {
      records(checked.from(), checked.to());
    }
  }

  private void records(long from, long to) {
    try (ContentCursor cursor = store.contents(origin(), from, to)) {
      while (cursor.next()) {
        record(cursor);
        checkpoint();
      }
    }
  }

  /** Takes a clean stretch as it is, if what stands before it lets it be understood alone. */
  private boolean goOnBehind(StretchAudit.Clean clean) {
    CompactRange edge = verifier.edge();
    if (edge == null
        || verifier.next() != clean.from()
        || contradicted
        || plain != null
        || !misfits.isEmpty()) {
      return false;
    }
    LogVerifier behind = verifier.copy();
    try {
      behind.take(clean.verifier(), clean.edge(edge, this::checkStored));
    } catch (MalformedException | DamagedException e) {
      // Record by record it shows what is wrong.
      return false;
    }
    if (ledger.asks(AuditCheck.RECORDS) && !alignment.skip(clean.from(), behind.next())) {
      return false;
    }
    if (due >= 0) {
      settle(due);
    }
    verifier = behind;
    ledger.addLooked(clean.counts());
    clean.erased().forEach(record -> damage.erased(origin(), record));
    last = behind.last();
    tile = clean.rest();
    trusted = behind.next() - clean.rest().size();
    if (!clean.signed().isEmpty()) {
      lastSigned = clean.signed().lastKey();
      due = lastSigned;
      pageCheckpoints(lastSigned);
    }
    return true;
  }

  /** Nothing behind this place was looked at, by any of the checks. */
  private void unreadable(CairnException e) {
    alignment.decide();
    if (due >= 0) {
      settle(due);
    }
    // No checkpoint decides of the records since the last one: that they are wrong is likelier.
    contradicted |= !misfits.isEmpty();
    settle(Long.MAX_VALUE);
    String message = "the log cannot be read on";
    AuditCheck teller = CHECKS.stream().filter(ledger::asks).findFirst().orElseThrow();
    ledger.failed(teller, Kind.UNREADABLE, origin().toString(), message, place(verifier.next()), e);
    CHECKS.forEach(check -> ledger.cutShort(check, message));
  }

  private void record(ContentCursor cursor) {
    Bytes encoded = cursor.encoded();
    ledger.looked(AuditCheck.RECORDS, Thing.RECORDS, 1);
    LogRecord record = readable(encoded);
    if (record != null) {
      gap(cursor.place(), record);
    }
    long index = verifier.next();
    align(index, record);
    if (due >= 0) {
      settle(due);
    }
    try {
      verifier.record(encoded);
    } catch (MalformedException | UnsupportedVersionException e) {
      verifier.skip(encoded);
      Runnable tell = () -> add(AuditCheck.RECORDS, Kind.RECORD, index, RECORD_MESSAGE, e);
      await(index, record == null ? Kind.UNREADABLE : Kind.RECORD, tell);
    }
    if (record == null) {
      ledger.cutShort(AuditCheck.PAYLOADS, "a record cannot be read");
      ledger.cutShort(AuditCheck.LIVENESS, "a record cannot be read");
    } else {
      contents(index, record, cursor);
    }
    last = record;
    grow(encoded);
  }

  private static @Nullable LogRecord readable(Bytes encoded) {
    try {
      return LogRecord.decode(encoded);
    } catch (MalformedException | UnsupportedVersionException e) {
      // Told by the verifier, which reads it again.
      return null;
    }
  }

  private void contents(long index, LogRecord record, ContentCursor cursor) {
    boolean verified = record.index() != index || contents.payload(index, record, cursor);
    liveness(index, record);
    if (verified && record.index() == index && record.isPut()) {
      contents.meaning(index, record, cursor);
    }
  }

  // ---- what derived rows know

  /** Rows that are not there are seen by a record that stands behind them, as it should. */
  private void gap(long place, LogRecord record) {
    long next = verifier.next();
    if (!ledger.asks(AuditCheck.RECORDS) || place <= next || record.index() != place) {
      return;
    }
    LivenessAudit.Known known = known(record);
    if (known == null || known.index() != place || place >= head.treeSize()) {
      return;
    }
    alignment.decide();
    if (due >= 0) {
      // What a checkpoint decided stands before the gap, and says nothing of it.
      settle(due);
    }
    alignment.gap(next, place);
    contradicted = true;
    verifier.goOn(place, null);
    tile = null;
    plain = null;
    trusted = Math.min(trusted, next);
  }

  private void align(long row, @Nullable LogRecord record) {
    if (!ledger.asks(AuditCheck.RECORDS)) {
      return;
    }
    LivenessAudit.Known known = record == null ? null : known(record);
    if (record == null || known == null) {
      alignment.unknown(row, record);
    } else {
      alignment.known(row, record, known.index(), known.same());
    }
  }

  private LivenessAudit.@Nullable Known known(LogRecord record) {
    try {
      return liveness.known(origin(), record);
    } catch (DamagedException e) {
      // Told by the check of what is live.
      return null;
    }
  }

  // ---- subtrees

  private void grow(Bytes encoded) {
    Bytes leaf = TreeHasher.leaf(encoded);
    CompactRange present = tile;
    if (present != null) {
      present.append(leaf);
    }
    CompactRange all = plain;
    if (all != null) {
      all.append(leaf);
    }
    long size = verifier.next();
    if (size % TILE == 0) {
      subtree(size);
    }
  }

  /** At the end of a subtree that is stored, compares it, and goes on from what is stored. */
  private void subtree(long size) {
    CompactRange present = tile;
    try {
      Bytes stored = stored(TILE_LEVEL, size / TILE - 1);
      if (present == null || !present.root().equals(stored)) {
        contradicted = true;
        damage.suspect(origin(), size / TILE - 1);
        await(size - 1, Kind.LOG_ROOT, () -> otherSubtree(size));
        plain = plain == null && present != null ? verifier.edge() : plain;
        verifier.goOn(size, CompactRange.from(this::stored, size));
      }
      subtreesAbove(size);
    } catch (DamagedException e) {
      add(AuditCheck.LOG_ROOTS, Kind.UNREADABLE, size - 1, "a stored subtree cannot be read", e);
    }
    trusted = size;
    tile = new CompactRange();
  }

  /** Of each 256 stored subtrees the one above them is stored, too, and so on. */
  private static boolean isStoredAbove(int level) {
    return level > TILE_LEVEL && level % TILE_LEVEL == 0;
  }

  /** Refuses a stored subtree that is not what the records give. */
  private void checkStored(int level, long index, Bytes hash) {
    if (isStoredAbove(level)
        && ledger.asks(AuditCheck.LOG_ROOTS)
        && !stored(level, index).equals(hash)) {
      throw new MalformedException("stored subtree " + index + " of level " + level);
    }
  }

  /** Tells of stored subtrees that end here and are not what the ones below them give. */
  private void subtreesAbove(long size) {
    for (int level = TILE_LEVEL + 1; level < Long.SIZE - 1 && size % (1L << level) == 0; level++) {
      long index = (size >>> level) - 1;
      long from = index << level;
      if (!isStoredAbove(level)
          || !damage.suspects(origin()).subSet(from / TILE, size / TILE).isEmpty()) {
        continue;
      }
      CompactRange below = new CompactRange();
      for (long child = index * TILE; child < (index + 1) * TILE; child++) {
        below.appendSubtree(level - TILE_LEVEL, stored(level - TILE_LEVEL, child));
      }
      if (!below.root().equals(stored(level, index))) {
        ledger.add(
            AuditCheck.LOG_ROOTS,
            Kind.LOG_ROOT,
            origin().toString(),
            OTHER_ROOT,
            place(from).with("the root that is stored of records " + from + " to " + (size - 1)));
      }
    }
  }

  private Bytes stored(int level, long index) {
    return store.logSubtree(origin(), level, index);
  }

  private void otherSubtree(long size) {
    ledger.add(
        AuditCheck.LOG_ROOTS,
        Kind.LOG_ROOT,
        origin().toString(),
        OTHER_ROOT,
        place(size - TILE)
            .with(
                "records "
                    + (size - TILE)
                    + " to "
                    + (size - 1)
                    + " are not those that the stored tree was built of"));
  }

  // ---- what waits

  private void found(Misfit misfit) {
    if (misfits.size() < WAITING_MAX) {
      misfits.add(misfit);
    } else {
      int end = misfits.size() - 1;
      misfits.set(end, misfits.get(end).withMore(1 + misfit.more()));
    }
  }

  private void await(long row, Kind kind, Runnable tell) {
    waiting.add(new Waiting(row, trusted, alignment.shift() != 0, kind, tell));
    if (waiting.size() > WAITING_MAX) {
      settle(Long.MAX_VALUE);
    }
  }

  /** Tells what waits before a row: of records that are not those that were signed, only that. */
  private void settle(long end) {
    due = -1;
    Set<Long> rows = new TreeSet<>();
    for (Misfit misfit : misfits) {
      if (misfit.row() < end) {
        rows.add(misfit.row());
        if (contradicted) {
          misfit(misfit);
        } else {
          derived(misfit);
        }
      }
    }
    List<Waiting> ripe = waiting.stream().filter(each -> each.row() < end).toList();
    for (Waiting each : ripe) {
      if (!contradicted || !follows(each, rows)) {
        each.tell().run();
      }
    }
    waiting.removeIf(each -> each.row() < end);
    misfits.removeIf(misfit -> misfit.row() < end);
    // Where records are missing, no checkpoint confirms anything until the root is known again.
    contradicted = !verifier.checksRoots();
  }

  /** Something is wrong with a record, which will be told when all that can name it was read. */
  private void misfit(Misfit misfit) {
    damage.add(origin(), misfit);
    told.add(misfit.row());
    if (misfit.form() == Form.ORDER) {
      told.add(misfit.row() + 1);
    }
    if (told.size() > LogDamage.KEPT_MAX) {
      told.pollFirst();
    }
    if (alignment.shift() != shift) {
      shift = alignment.shift();
      damage.shifted(origin(), misfit.index(), shift);
      // Rows that are derived speak of other places than these.
      String why = "records of " + origin() + " stand in other places than they were applied at";
      ledger.cutShort(AuditCheck.PAYLOADS, why);
      ledger.cutShort(AuditCheck.LIVENESS, why);
    }
  }

  /** The records are those that were signed, so what is derived of them is wrong. */
  private void derived(Misfit misfit) {
    LogRecord record = misfit.record();
    if (record == null && misfit.form() == Form.ALTERED) {
      // Told as a record that cannot be read.
      return;
    }
    Place place =
        record == null
            ? place(misfit.index()).with("derived rows know other records around it")
            : Place.of(source, origin(), misfit.row(), record)
                .with("derived rows know it otherwise");
    ledger.add(
        AuditCheck.LIVENESS,
        Kind.LIVENESS,
        record == null ? origin().toString() : record.id().toString(),
        "what is shown as live is not what the records say",
        place);
  }

  /** True if something that waits merely follows from a misfit that is told. */
  private boolean follows(Waiting each, Set<Long> rows) {
    return switch (each.kind()) {
      case UNREADABLE -> false;
      case RECORD -> !rows.isEmpty() || shift != 0;
      case LOG_ROOT, CHECKPOINT, UNSIGNED ->
          shift != 0 || !told.subSet(each.from(), each.row() + 1).isEmpty();
      default -> told.contains(each.row()) || (shift != 0 && each.shifted());
    };
  }

  private void liveness(long index, LogRecord record) {
    if (!ledger.asks(AuditCheck.LIVENESS)) {
      return;
    }
    ledger.looked(AuditCheck.LIVENESS, Thing.RECORDS, 1);
    if (unlike(record).isPresent()) {
      // A tombstone behind what is wrong with a log stands elsewhere: looked at again in the end.
      await(index, Kind.LIVENESS, () -> damage.later(() -> tellLiveness(index, record)));
    }
  }

  private Optional<CairnException> unlike(LogRecord record) {
    try {
      liveness.record(origin(), record);
      return Optional.empty();
    } catch (CairnException e) {
      return Optional.of(e);
    }
  }

  private void tellLiveness(long index, LogRecord record) {
    unlike(record)
        .ifPresent(
            e ->
                ledger.failed(
                    AuditCheck.LIVENESS,
                    Kind.LIVENESS,
                    record.id().toString(),
                    "what is shown as live is not what the records say",
                    Place.of(source, origin(), index, record),
                    e));
  }

  private void checkpoint() {
    while (!checkpoints.isEmpty() && checkpoints.firstKey() <= verifier.next()) {
      Map.Entry<Long, Bytes> held = checkpoints.pollFirstEntry();
      checkpoint(held.getKey(), held.getValue());
      if (checkpoints.isEmpty()) {
        pageCheckpoints(held.getKey());
      }
    }
  }

  private void checkpoint(long size, Bytes note) {
    ledger.looked(AuditCheck.CHECKPOINTS, Thing.CHECKPOINTS, 1);
    if (verifier.checksRoots()) {
      due = verifier.next();
    } else {
      ledger.cutShort(
          AuditCheck.CHECKPOINTS, "records before a checkpoint are missing, which its root is of");
    }
    try {
      verifier.checkpoint(store.federation(), head.key(), note);
      lastSigned = size;
    } catch (MalformedException e) {
      LogRecord ended = last;
      Place place =
          ended == null || ended.index() != size - 1
              ? place(size - 1)
              : Place.of(source, origin(), size - 1, ended);
      Runnable tell =
          () ->
              ledger.failed(
                  AuditCheck.CHECKPOINTS,
                  Kind.CHECKPOINT,
                  origin().toString(),
                  "checkpoints that do not verify",
                  place,
                  e);
      Checkpoint signed = signed(size, note);
      if (signed == null) {
        tell.run();
        lastForged = size;
        return;
      }
      lastSigned = size;
      CompactRange all = plain;
      if (all != null && all.size() == size && all.root().equals(signed.root())) {
        // The records are right after all, and the stored subtrees are not.
        contradicted = false;
        verifier.goOn(size, all);
        plain = null;
        return;
      }
      contradicted = true;
      damage.suspect(origin(), (size - 1) / TILE);
      await(size - 1, Kind.CHECKPOINT, tell);
    }
  }

  /** A checkpoint that the log's own node signed of so many records, whichever they were. */
  private @Nullable Checkpoint signed(long size, Bytes note) {
    try {
      Checkpoint read = Checkpoint.verify(note, origin(), store.federation(), head.key());
      return read.treeSize() == size ? read : null;
    } catch (MalformedException e) {
      // Told by the check of checkpoints.
      return null;
    }
  }

  private void pageCheckpoints(long after) {
    checkpoints = new TreeMap<>(store.checkpoints(origin(), after, CHECKPOINT_PAGE));
  }

  private void end() {
    long size = verifier.next();
    // What a forged checkpoint says to cover is told with it.
    long covered =
        ledger.asks(AuditCheck.CHECKPOINTS) ? Math.max(lastSigned, lastForged) : lastSigned;
    boolean unsigned = covered < head.treeSize() && !mayEndUnsigned(store, origin());
    boolean cut =
        !checkpoints.isEmpty()
            && signed(checkpoints.firstKey(), checkpoints.firstEntry().getValue()) != null;
    alignment.end(lastSigned);
    if (due >= 0) {
      settle(due);
    }
    contradicted |= unsigned || cut || !verifier.checksRoots();
    if (size != head.treeSize()) {
      contradicted = true;
      await(
          size,
          Kind.RECORD,
          () ->
              ledger.add(
                  AuditCheck.RECORDS,
                  Kind.RECORD,
                  origin().toString(),
                  RECORD_MESSAGE,
                  place(size).with("the log ends here, its head says " + head.treeSize())));
    } else if (verifier.checksRoots() && !verifier.root().equals(head.root())) {
      contradicted = true;
      await(size - 1, Kind.LOG_ROOT, this::otherRoot);
    }
    if (!checkpoints.isEmpty()) {
      await(size, Kind.CHECKPOINT, this::cutOff);
    }
    if (unsigned) {
      await(size - 1, Kind.UNSIGNED, this::unsigned);
    }
    settle(Long.MAX_VALUE);
    ledger.looked(AuditCheck.RECORDS, Thing.LOGS, 1);
    ledger.looked(AuditCheck.LOG_ROOTS, Thing.LOGS, 1);
    ledger.looked(AuditCheck.TAILS, Thing.LOGS, 1);
  }

  /**
   * True of the log that a store writes, and until it has written to it, of those of its node's
   * other epochs: the first commit of an epoch comes with signatures over the ends of all of them.
   */
  static boolean mayEndUnsigned(Store store, Origin origin) {
    Origin present = store.origin();
    return origin.equals(present)
        || (origin.node().equals(present.node()) && store.head(present).isEmpty());
  }

  private void otherRoot() {
    ledger.add(
        AuditCheck.LOG_ROOTS,
        Kind.LOG_ROOT,
        origin().toString(),
        OTHER_ROOT,
        place(head.treeSize() - 1)
            .with(verifier.root().toHex() + ", stored " + head.root().toHex()));
  }

  private void cutOff() {
    ledger.add(
        AuditCheck.CHECKPOINTS,
        Kind.CHECKPOINT,
        origin().toString(),
        "checkpoints that do not verify",
        place(head.treeSize())
            .with("a checkpoint signs " + checkpoints.firstKey() + " records, the log ends here"));
  }

  private void unsigned() {
    ledger.add(
        AuditCheck.TAILS,
        Kind.UNSIGNED,
        origin().toString(),
        "records of another node that no checkpoint covers",
        place(lastSigned).with("from here on"));
  }

  private void add(AuditCheck check, Kind kind, long index, String message, CairnException e) {
    ledger.failed(check, kind, origin().toString(), message, place(index), e);
  }

  private Place place(long index) {
    return Place.of(source, origin(), index);
  }
}
