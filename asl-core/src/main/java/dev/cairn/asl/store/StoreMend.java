package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.merkle.CompactRange;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.note.Checkpoint;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.function.BiConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Mends what one look at a store found.
 *
 * <p>Every write leaves the store no worse than before, so a repair may be cut short anywhere. Rows
 * that stand for themselves are put right one by one; an index is distrusted before any of its rows
 * goes, by {@link IndexCatchUp}. A chunk goes in one write with the rows that say it is used, so
 * that it is written again when it comes again. Used once.
 */
final class StoreMend {
  private static final long BATCH_BYTES = 4L << 20;
  private static final int BUFFER_BYTES = 1 << 16;

  private final StorageEngine engine;
  private final StoreConfig config;
  private final List<Index> indexes;
  private final List<LocalRows> localRows;
  private final Scratch scratch;
  private final CheckFindings findings;
  private final List<RepairSource> sources;
  private final Logs logs;
  private @Nullable PayloadStore payloads;
  private int setAside;
  private boolean changed;

  StoreMend(
      StorageEngine engine,
      StoreConfig config,
      List<Index> indexes,
      List<LocalRows> localRows,
      Scratch scratch,
      CheckFindings findings,
      List<RepairSource> sources) {
    this.engine = engine;
    this.config = config;
    this.indexes = indexes;
    this.localRows = localRows;
    this.scratch = scratch;
    this.findings = findings;
    this.sources = sources;
    this.logs = new Logs(engine);
    this.setAside = Quarantine.count(engine);
  }

  /** True if anything was changed. */
  boolean run() {
    if (mendLogs()) {
      // What was looked at besides follows from them: it is looked at again.
      engine.sync();
      return true;
    }
    // First what every writer needs.
    // What takes a row's place is made of other rows, damaged ones too: before any of them goes.
    each(MendKind.LOCAL, note -> setLocalAside(note, true));
    each(MendKind.LOCAL, note -> setLocalAside(note, false));
    each(MendKind.SET_ASIDE, this::forget);
    each(MendKind.CONTENT, this::setContentAside);
    each(MendKind.ARRIVED, key -> setRowAside(StoreTables.ARRIVED, Quarantine.PAYLOAD, key));
    each(MendKind.CHUNK, this::setChunkAside);
    each(MendKind.STRAY_CONTENT, key -> setRowAside(StoreTables.CONTENT, Quarantine.OTHER, key));
    each(MendKind.SNAPSHOT, key -> setRowAside(StoreTables.SNAPSHOT, Quarantine.OTHER, key));
    each(MendKind.LEASE, key -> setRowAside(StoreTables.LEASE, Quarantine.OTHER, key));
    each(MendKind.ERASURE, key -> setRowAside(StoreTables.ERASURE, Quarantine.OTHER, key));
    patch(StoreTables.NODE, false);
    if (findings.areLogsReadable()) {
      patch(StoreTables.TILE, false);
      patch(StoreTables.NOTE, false);
    }
    patchUses();
    if (findings.areLogsReadable()) {
      changed |= new ArrivalMend(engine, scratch, logs).run();
      rebuild();
    }
    each(MendKind.CHECKPOINT, this::mendCheckpoint);
    for (RepairSource source : sources) {
      each(MendKind.NODE, key -> fetchKey(source, key));
      fetchNotes(source);
      fetchContents(source);
    }
    engine.sync();
    return changed;
  }

  /** Made when it is needed, behind the mending of what it needs. */
  private PayloadStore payloads() {
    PayloadStore made = payloads;
    if (made == null) {
      long first = OpeningNumbers.firstArrival(Store.nextFence(engine));
      made = new PayloadStore(engine, config.clock(), first);
      payloads = made;
    }
    return made;
  }

  private boolean mendLogs() {
    LogMend mend = new LogMend(engine, config, sources);
    boolean mended = false;
    for (Origin origin : findings.damagedLogs()) {
      mended |= mend.run(origin);
    }
    return mended;
  }

  @FunctionalInterface
  private interface KeyAction {
    void mend(Bytes key);
  }

  private void each(MendKind kind, KeyAction action) {
    try (RowCursor keys = scratch.toMend(kind)) {
      while (keys.next()) {
        action.mend(kind.rowKey(keys.key()));
      }
    }
  }

  private void write(List<RowChange> changes) {
    if (!changes.isEmpty()) {
      engine.write(changes, Durability.RELAXED);
      changed = true;
    }
  }

  // ---- setting aside

  private void forget(Bytes key) {
    write(List.of(RowChange.delete(StoreTables.QUARANTINE, key)));
    setAside--;
  }

  /** Not in a log with damaged records: it may be the record that is wrong about the payload. */
  private void setContentAside(Bytes place) {
    if (findings.damagedLogs().contains(originOf(place))) {
      return;
    }
    Optional<LogRecord> record = recordAt(place);
    if (record.isPresent()) {
      Bytes digest = record.get().payloadDigest().digest();
      setAside(RowChange.delete(StoreTables.CONTENT, place), Quarantine.PAYLOAD, digest, List.of());
    }
  }

  private Optional<LogRecord> recordAt(Bytes place) {
    try {
      return logs.record(originOf(place), place.u64At(Origin.BYTES));
    } catch (DamagedException e) {
      // The log's own check tells.
      CheckFindings.describe(e);
      return Optional.empty();
    }
  }

  private static Origin originOf(Bytes place) {
    return Origin.fromBytes(place.slice(0, Origin.BYTES));
  }

  private void setRowAside(Table table, int kind, Bytes key) {
    setAside(RowChange.delete(table, key), kind, key, List.of());
  }

  /**
   * Moves local rows away.
   *
   * @param replaced whether those of which something takes the place, or the others
   */
  private void setLocalAside(Bytes note, boolean replaced) {
    for (LocalRows local : localRows) {
      Bytes key = LocalRows.keyOf(local.table(), note);
      if (key != null) {
        Bytes instead = local.substitute().row(key);
        if (replaced != (instead != null)) {
          continue;
        }
        RowChange change = new RowChange(local.table(), key, instead);
        if (!setAside(change, Quarantine.OTHER, note, List.of()) && instead != null) {
          write(List.of(change));
        }
      }
    }
  }

  private void setChunkAside(Bytes digest) {
    List<RowChange> uses = new ArrayList<>();
    try (RowCursor rows = engine.scanPrefix(StoreTables.CHUNK_USE, digest)) {
      while (rows.next()) {
        uses.add(RowChange.delete(StoreTables.CHUNK_USE, rows.key()));
      }
    }
    if (!setAside(RowChange.delete(StoreTables.CHUNK, digest), Quarantine.CHUNK, digest, uses)) {
      write(uses);
    }
  }

  /**
   * Moves a row away with further changes; false if it is not there or there is no room.
   *
   * @param goes the row that is to go, and what takes its place
   */
  private boolean setAside(RowChange goes, int kind, Bytes name, List<RowChange> more) {
    Table table = goes.table();
    Bytes key = goes.key();
    String error = "it does not verify";
    Bytes row;
    try {
      row = engine.get(table, key);
    } catch (DamagedException e) {
      error = CheckFindings.describe(e);
      row = Bytes.EMPTY;
    }
    if (row == null || setAside >= Quarantine.ROWS_MAX) {
      return false;
    }
    setAside++;
    List<RowChange> changes = new ArrayList<>(more);
    changes.add(
        new Quarantine(table.name() + " " + key.toHex(), error, config.clock().millis(), row)
            .row(kind, name));
    changes.add(goes);
    write(changes);
    return true;
  }

  // ---- what follows from the rest

  /**
   * Puts right the rows of a table that stand for themselves.
   *
   * @param keepMore whether rows that are not due stay
   */
  private void patch(Table table, boolean keepMore) {
    List<RowChange> changes = new ArrayList<>();
    long[] bytes = {0};
    RowComparison.run(
        engine,
        scratch.engine(),
        table,
        (key, stored, due) -> {
          RowChange change = change(table, key, stored, due, keepMore);
          if (change != null) {
            changes.add(change);
            bytes[0] += key.length() + (due == null ? 0 : due.length());
            if (bytes[0] >= BATCH_BYTES) {
              write(List.copyOf(changes));
              changes.clear();
              bytes[0] = 0;
            }
          }
        });
    write(changes);
  }

  private @Nullable RowChange change(
      Table table, Bytes key, @Nullable Bytes stored, @Nullable Bytes due, boolean keepMore) {
    if (Objects.equals(stored, due)) {
      return null;
    }
    if (due == null) {
      return keepMore ? null : RowChange.delete(table, key);
    }
    boolean gone =
        table.equals(StoreTables.CHUNK_USE)
            && scratch.isToMend(MendKind.CHUNK, key.slice(0, HashAlgorithm.DIGEST_BYTES));
    return gone ? null : RowChange.put(table, key, due);
  }

  /**
   * Uses first, then the chunks that none is left of. Nothing goes while some payload does not say
   * what chunks it has.
   */
  private void patchUses() {
    patch(StoreTables.CHUNK_USE, findings.isPayloadDamaged());
    if (!findings.isPayloadDamaged()) {
      each(
          MendKind.STRAY_CHUNK,
          digest -> write(List.of(RowChange.delete(StoreTables.CHUNK, digest))));
    }
  }

  private void rebuild() {
    IndexCatchUp catchUp = new IndexCatchUp(engine, logs, payloads());
    boolean any = false;
    boolean all = true;
    for (Index index : indexes) {
      boolean damaged = index.tables().stream().anyMatch(findings::isDamaged);
      all &= findings.isFolded(index);
      if (damaged && findings.isFolded(index)) {
        catchUp.distrust(index);
        any = true;
      }
    }
    long arrivals = StoreCheck.arrivals(engine);
    if (any && all) {
      catchUp.run(indexes, arrivals, () -> {});
      changed = true;
    }
    boolean liveness = findings.isFolded(indexes.get(0));
    boolean treeDamaged = findings.isDamaged(StoreTables.TREE);
    if (liveness && (treeDamaged || (any && all))) {
      if (treeDamaged) {
        catchUp.clearTree();
      }
      new StateTreeKeeper(engine, logs).advance(arrivals);
      changed = true;
    }
  }

  // ---- checkpoints

  /**
   * A checkpoint comes from the source, or, if it is this node's and lies before one that verifies,
   * is signed again: the same log gives the same bytes. The last one of this node goes, and is
   * signed when it is due.
   */
  private void mendCheckpoint(Bytes row) {
    if (row.length() != Origin.BYTES + Long.BYTES) {
      setRowAside(StoreTables.CHECKPOINT, Quarantine.OTHER, row);
      return;
    }
    Origin origin = Origin.fromBytes(row.slice(0, Origin.BYTES));
    long size = row.u64At(Origin.BYTES);
    boolean own = origin.node().equals(NodeId.of(config.key().publicKey()));
    if (own && size > 0 && size < findings.signedSize(origin)) {
      LogRecord last = logs.require(origin, size - 1);
      Bytes root = CompactRange.from(logs.subtrees(origin), size).root();
      Checkpoint checkpoint =
          new Checkpoint(config.federation(), origin, size, root, last.logseq());
      write(List.of(RowChange.put(StoreTables.CHECKPOINT, row, checkpoint.sign(config.key()))));
      return;
    }
    Optional<Bytes> fetched =
        sources.stream()
            .flatMap(source -> source.checkpoint(origin, size).stream())
            .filter(fits(origin, size))
            .findFirst();
    if (fetched.isPresent()) {
      write(List.of(RowChange.put(StoreTables.CHECKPOINT, row, fetched.get())));
    } else if (own || engine.head(origin.bytes()) == 0) {
      setRowAside(StoreTables.CHECKPOINT, Quarantine.OTHER, row);
    }
  }

  private Predicate<Bytes> fits(Origin origin, long size) {
    return note -> {
      try {
        Bytes key = engine.get(StoreTables.NODE, origin.node().digest());
        return key != null
            && Checkpoint.verify(note, origin, config.federation(), PublicKey.of(key)).treeSize()
                == size;
      } catch (CairnException e) {
        CheckFindings.describe(e);
        return false;
      }
    };
  }

  // ---- from elsewhere

  private void fetchKey(RepairSource from, Bytes node) {
    from.key(new NodeId(node))
        .filter(key -> NodeId.of(key).digest().equals(node))
        .ifPresent(key -> write(List.of(RowChange.put(StoreTables.NODE, node, key.encoded()))));
  }

  /** Announces what is to be asked for, page by page, and then asks for it. */
  private void announced(
      RepairSource from, MendKind kind, NeedOf needOf, BiConsumer<RepairSource, Bytes> fetch) {
    List<Bytes> page = new ArrayList<>();
    List<RepairSource.Need> needs = new ArrayList<>();
    try (RowCursor keys = scratch.toMend(kind)) {
      boolean more = true;
      while (more) {
        more = keys.next();
        if (more) {
          Bytes key = kind.rowKey(keys.key());
          needOf
              .need(key, keys.value())
              .ifPresent(
                  need -> {
                    page.add(key);
                    needs.add(need);
                  });
        }
        if (!page.isEmpty() && (!more || page.size() == RepairSource.NEEDS_MAX)) {
          from.announce(List.copyOf(needs), this::heldChunk);
          page.forEach(key -> fetch.accept(from, key));
          page.clear();
          needs.clear();
        }
      }
    }
  }

  /** What is to be asked for because of a row; nothing if it is here by now. */
  @FunctionalInterface
  private interface NeedOf {
    Optional<RepairSource.Need> need(Bytes key, Bytes about);
  }

  private Optional<Bytes> heldChunk(PayloadChunk chunk) {
    try {
      return Optional.ofNullable(engine.get(StoreTables.CHUNK, chunk.digest()))
          .filter(
              bytes ->
                  bytes.length() == chunk.length()
                      && HashAlgorithm.SHA_256.hash(bytes).equals(chunk.digest()));
    } catch (DamagedException e) {
      CheckFindings.describe(e);
      return Optional.empty();
    }
  }

  private void fetchNotes(RepairSource source) {
    announced(
        source,
        MendKind.NOTE,
        (digest, length) ->
            !isNote(digest)
                ? Optional.of(
                    new RepairSource.Need(
                        new PayloadDigest(digest), length.isEmpty() ? 0 : length.u64At(0)))
                : Optional.empty(),
        this::fetchNote);
  }

  private boolean isNote(Bytes digest) {
    Bytes note = engine.get(StoreTables.NOTE, digest);
    return note != null && PayloadDigest.of(note).digest().equals(digest);
  }

  private void fetchContents(RepairSource source) {
    announced(
        source,
        MendKind.CONTENT,
        (place, about) ->
            engine.get(StoreTables.CONTENT, place) != null
                ? Optional.empty()
                : recordAt(place)
                    .map(
                        record ->
                            new RepairSource.Need(record.payloadDigest(), record.payloadLength())),
        this::fetchContent);
  }

  private void fetchNote(RepairSource from, Bytes digest) {
    Bytes note = fetch(from, new PayloadDigest(digest), 1 << 16);
    if (note == null || !PayloadDigest.of(note).digest().equals(digest)) {
      return;
    }
    try {
      TombstoneNote.decode(note);
    } catch (CairnException e) {
      CheckFindings.describe(e);
      return;
    }
    write(List.of(RowChange.put(StoreTables.NOTE, digest, note)));
  }

  private static @Nullable Bytes fetch(RepairSource from, PayloadDigest digest, int bytesMax) {
    try {
      Optional<InputStream> found = from.payload(digest);
      if (found.isEmpty()) {
        return null;
      }
      try (InputStream in = found.get()) {
        return Bytes.wrap(in.readNBytes(bytesMax));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (CairnException e) {
      CheckFindings.describe(e);
      return null;
    }
  }

  /** What was damaged or missing beside a record, fetched and put there. */
  private void fetchContent(RepairSource from, Bytes place) {
    Optional<LogRecord> record = recordAt(place);
    if (record.isEmpty() || engine.get(StoreTables.CONTENT, place) != null) {
      return;
    }
    PayloadDigest digest = record.get().payloadDigest();
    if (!arrive(from, digest)) {
      return;
    }
    Bytes row = PayloadStore.arrived(RowSource.of(engine), digest);
    if (row == null) {
      throw new AssertionError("payload " + digest + " arrived a moment ago");
    }
    if (!payloads().gives(stated(record.get()))) {
      // The record lies: the bytes that it states are another artifact's, and stay until
      // collection.
      return;
    }
    write(
        List.of(
            RowChange.put(StoreTables.CONTENT, place, row),
            RowChange.delete(StoreTables.ARRIVED, digest.digest()),
            RowChange.delete(
                StoreTables.QUARANTINE, Quarantine.key(Quarantine.PAYLOAD, digest.digest()))));
  }

  private static ArtifactId stated(LogRecord record) {
    return new ArtifactId(
        record.id(), record.tag(), record.payloadLength(), record.payloadDigest());
  }

  private boolean arrive(RepairSource from, PayloadDigest digest) {
    ArrivingPayload arrival = payloads().arrive();
    try {
      Optional<InputStream> found = from.payload(digest);
      if (found.isEmpty()) {
        return false;
      }
      byte[] buffer = new byte[BUFFER_BYTES];
      try (InputStream in = found.get()) {
        for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
          arrival.write(buffer, 0, count);
        }
      }
      arrival.finish(digest);
      return true;
    } catch (IOException e) {
      arrival.abandon();
      throw new UncheckedIOException(e);
    } catch (CairnException e) {
      arrival.abandon();
      CheckFindings.describe(e);
      return false;
    }
  }
}
