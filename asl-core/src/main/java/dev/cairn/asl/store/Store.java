package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.crypto.SignatureCheck;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.Row;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.TableReader;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.evidence.Evidence;
import dev.cairn.asl.merkle.CompactRange;
import dev.cairn.asl.merkle.MerkleProofs;
import dev.cairn.asl.metrics.StoreMetrics;
import dev.cairn.asl.model.ArtifactHasher;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.Federation;
import dev.cairn.asl.model.LogClosing;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.note.Checkpoint;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.Channels;
import java.nio.channels.ReadableByteChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * An artifact store: the log of one node, the logs it holds of others, and the indexes folded from
 * them.
 *
 * <p>Safe for any thread. Writes go through one sequencer; callers that wait together share a sync.
 * A call that returned is durable, unless it was asked for {@link Durability#RELAXED}. After {@link
 * dev.cairn.asl.error.StoreFailedException} the store refuses writes until it is opened again.
 */
public final class Store implements AutoCloseable {
  /** Longest payload that is kept and sent in one piece with its record. */
  public static final int INLINE_BYTES_MAX = 64 << 10;

  /** A node signs its log at least once in so many records. */
  public static final int CHECKPOINT_SPACING_RECORDS = 4096;

  /** And at least once in so many bytes of records and rows. */
  public static final long CHECKPOINT_SPACING_BYTES = 64L << 20;

  /**
   * Most bytes of records, small payloads and rows that one commit may come to. With the spacing
   * above, what lies between two checkpoints fits one write of the store that receives it.
   */
  public static final long COMMIT_BYTES_MAX = 256L << 20;

  /**
   * Most records between two checkpoints: the spacing and one commit of any size that was begun
   * before it was due.
   */
  public static final int STRETCH_RECORDS_MAX =
      CHECKPOINT_SPACING_RECORDS + Sequencer.GROUP_RECORDS + LogRecord.COMMIT_RECORDS_MAX;

  static final Bytes META_FORMAT = Bytes.utf8("format");
  static final Bytes META_FEDERATION = Bytes.utf8("federation");
  static final Bytes META_NODE = Bytes.utf8("node");
  static final long FORMAT_VERSION = 2;
  private static final long FORMAT_VERSION_MIN = 1;
  private static final int PREFIX_DIGITS_MIN = 1;

  private final StorageEngine engine;
  private final StoreConfig config;
  private final Logs logs;
  private final PayloadStore payloads;
  private final Structures structures;
  private final StretchChecker checker;
  private final KeptSnapshots kept;
  private final Leases leases;
  private final Views views;
  private final LogWriter writer;
  private final Sequencer sequencer;

  private Store(StorageEngine engine, StoreConfig config, boolean readOnly) {
    this.engine = engine;
    this.config = config.withMetrics(new GuardedMetrics(config.metrics()));
    long format = checkIdentity(readOnly);
    List<Index> indexes = new ArrayList<>();
    indexes.add(new LivenessIndex());
    indexes.addAll(config.indexes());
    long nextArrival = nextArrival();
    long fence = readOnly ? 0 : nextFence(engine);
    this.logs = new Logs(engine);
    this.payloads = new PayloadStore(engine, config.clock(), OpeningNumbers.firstArrival(fence));
    this.structures = new Structures(indexes);
    this.checker =
        new StretchChecker(config.federation(), config.signatures(), payloads, structures);
    this.views = new Views(engine, logs, structures);
    this.kept = new KeptSnapshots(engine);
    this.leases = new Leases(engine);
    IndexCatchUp catchUp = new IndexCatchUp(engine, logs, payloads, this.config.metrics());
    if (engine instanceof ScratchEngine scratch) {
      catchUp.runBeside(scratch, indexes, nextArrival);
    } else if (readOnly) {
      catchUp.requireDone(indexes);
    } else {
      catchUp.run(
          indexes,
          nextArrival,
          () -> {
            if (format < FORMAT_VERSION) {
              new Upgrade(engine).movePayloads();
            }
          });
      if (format < FORMAT_VERSION) {
        engine.write(List.of(formatRow()), Durability.SYNCED);
      }
    }
    this.writer =
        new LogWriter(
            engine,
            this.config,
            indexes,
            logs,
            payloads,
            new Erasures(payloads, structures, kept, views),
            nextArrival,
            fence,
            readOnly);
    this.sequencer =
        new Sequencer(engine, logs, payloads, structures, writer, this.config.metrics());
    if (!readOnly) {
      sequencer.removeErased();
    }
  }

  /**
   * Opens a store on an engine, which it closes in {@link #close}, or at once if it cannot be
   * opened. A fresh engine becomes a fresh store.
   */
  public static Store open(StorageEngine engine, StoreConfig config) {
    return opened(engine, () -> new Store(engine, config, false), config);
  }

  /**
   * As {@link #open}, but writes nothing: whatever would is a {@link RefusedException}. What is
   * shown is what the engine holds, which another process may have written and not yet synced.
   * Closes the engine if it cannot be opened, too.
   *
   * @throws NotFoundException if the engine holds no store
   * @throws RefusedException if the store is of an earlier format or an index must be brought up to
   *     date: opening it for writing once does that
   */
  public static Store openReadOnly(StorageEngine engine, StoreConfig config) {
    return opened(engine, () -> new Store(new ReadOnlyEngine(engine), config, true), config);
  }

  /**
   * As {@link #openReadOnly(StorageEngine, StoreConfig)}, but what need not stay can be written:
   * payloads of artifacts that are prepared and never committed, signatures of the own log's end,
   * and indexes that the store does not have or has of another version, which are built by this.
   * That goes into another engine, and nothing is written to {@code engine}.
   *
   * @param scratch makes an empty engine for it with the tables of the store; called once at most,
   *     and if nothing is written never. This store closes it; whatever it leaves is of no use
   */
  public static Store openReadOnly(
      StorageEngine engine, StoreConfig config, Supplier<StorageEngine> scratch) {
    ScratchEngine over = new ScratchEngine(engine, scratch);
    return opened(over, () -> new Store(over, config, true), config);
  }

  /** The caller has given the engine away: nobody else would close it. */
  private static Store opened(StorageEngine engine, Supplier<Store> opening, StoreConfig config) {
    try {
      Federation.checkName(config.federation());
      return opening.get();
    } catch (RuntimeException | Error e) {
      try {
        engine.close();
      } catch (RuntimeException closing) {
        e.addSuppressed(closing);
      }
      throw e;
    }
  }

  static Origin originOf(StoreConfig config) {
    return new Origin(NodeId.of(config.key().publicKey()), config.epoch());
  }

  /** The format that the store has, which is the present one if it is fresh. */
  private long checkIdentity(boolean readOnly) {
    Bytes format = engine.get(StoreTables.META, META_FORMAT);
    Bytes federation = Bytes.utf8(config.federation());
    Bytes node = NodeId.of(config.key().publicKey()).digest();
    if (format == null && readOnly) {
      throw new NotFoundException("there is no store that could be read");
    }
    if (format == null) {
      engine.write(
          List.of(
              formatRow(),
              RowChange.put(StoreTables.META, META_FEDERATION, federation),
              RowChange.put(StoreTables.META, META_NODE, node)),
          Durability.SYNCED);
      return FORMAT_VERSION;
    }
    long version = StoreTables.META.read(META_FORMAT, format, Table::number);
    if (version < FORMAT_VERSION_MIN || version > FORMAT_VERSION) {
      throw new UnsupportedVersionException(
          "store format "
              + version
              + ": this program reads formats "
              + FORMAT_VERSION_MIN
              + " to "
              + FORMAT_VERSION
              + ", use one that is newer");
    }
    if (readOnly && version < FORMAT_VERSION) {
      throw new RefusedException(
          "store format "
              + version
              + " must be brought to "
              + FORMAT_VERSION
              + " first: open the store for writing once");
    }
    checkSame("federation", federation, engine.get(StoreTables.META, META_FEDERATION));
    checkSame("node key", node, engine.get(StoreTables.META, META_NODE));
    return version;
  }

  private static RowChange formatRow() {
    return RowChange.put(StoreTables.META, META_FORMAT, Bytes.u64(FORMAT_VERSION));
  }

  private static void checkSame(String what, Bytes given, @Nullable Bytes stored) {
    if (stored == null || !given.equals(stored)) {
      throw new RefusedException("the store belongs to another " + what + " than the one given");
    }
  }

  private long nextArrival() {
    Row last = engine.last(StoreTables.ARRIVAL, Bytes.EMPTY, Bytes.EMPTY);
    return last == null ? 0 : Arrival.number(last.key()) + 1;
  }

  static long nextFence(StorageEngine engine) {
    long fence = OpeningNumbers.nextFence(engine);
    engine.write(
        List.of(RowChange.put(StoreTables.META, OpeningNumbers.FENCE, Bytes.u64(fence))),
        Durability.RELAXED);
    return fence;
  }

  /** This node's log. */
  public Origin origin() {
    return originOf(config);
  }

  /** The federation's name. */
  public String federation() {
    return config.federation();
  }

  /** What judges signatures of what is replicated here, {@link SignatureCheck#ED25519} mostly. */
  public SignatureCheck signatures() {
    return config.signatures();
  }

  /** The node's key: for signing checkpoints, bundles and certificates. */
  public SigningKey signingKey() {
    return config.key();
  }

  /** Who hears of the store's work. */
  public StoreMetrics metrics() {
    return config.metrics();
  }

  // ---- writing

  /**
   * Hashes and checks an artifact that is in memory; see {@link #prepare(TypeTag, InputStream)}.
   */
  public PreparedArtifact prepare(@Nullable TypeTag tag, Bytes payload) {
    structures.check(tag, payload);
    if (payload.length() <= INLINE_BYTES_MAX) {
      return new PreparedArtifact(ArtifactHasher.identify(payload, tag), payload);
    }
    try {
      return arrive(tag, payload.toArray(), InputStream.nullInputStream());
    } catch (IOException e) {
      throw new AssertionError("a stream of nothing failed", e);
    }
  }

  /**
   * Hashes an artifact of any size in one pass; a large payload is written to the store on the way,
   * invisible until committed. If that is cut short, by a failing stream or the end of the process,
   * another try finds the chunks that came, until {@link #collect} takes them.
   */
  public PreparedArtifact prepare(@Nullable TypeTag tag, InputStream payload) throws IOException {
    byte[] head = payload.readNBytes(INLINE_BYTES_MAX + 1);
    if (head.length <= INLINE_BYTES_MAX) {
      return prepare(tag, Bytes.wrap(head));
    }
    if (structures.isStructured(tag)) {
      byte[] rest = payload.readNBytes(Structures.PAYLOAD_BYTES_MAX + 1 - head.length);
      return prepare(tag, Bytes.concat(Bytes.wrap(head), Bytes.wrap(rest)));
    }
    return arrive(tag, head, payload);
  }

  /** Takes in a large payload: the bytes at hand, which are written over, and what follows. */
  private PreparedArtifact arrive(@Nullable TypeTag tag, byte[] head, InputStream rest)
      throws IOException {
    ArtifactHasher hasher = new ArtifactHasher(HashAlgorithm.SHA_256);
    ArrivingPayload arrival = payloads.arrive(hasher::update);
    boolean whole = false;
    Runnable release = () -> {};
    try {
      byte[] buffer = head;
      for (int count = head.length; count >= 0; count = rest.read(buffer)) {
        arrival.write(buffer, 0, count);
      }
      ArtifactId id = hasher.finish(tag);
      PayloadDigest digest = id.payloadDigest();
      sequencer.hold(digest);
      release = () -> sequencer.release(digest);
      arrival.finish(digest);
      whole = true;
      return new PreparedArtifact(id, release);
    } finally {
      if (!whole) {
        arrival.suspend();
        release.run();
      }
    }
  }

  /** Hashes a file of any size; see {@link #prepare(TypeTag, InputStream)}. */
  public PreparedArtifact prepare(@Nullable TypeTag tag, Path file) throws IOException {
    return new ArtifactWriter(this).prepare(tag, file);
  }

  /** Puts an artifact that is in memory, in a commit of its own; its key, once it is durable. */
  public ArtifactKey put(@Nullable TypeTag tag, Bytes payload) {
    return new ArtifactWriter(this).put(prepare(tag, payload));
  }

  /** As {@link #put(TypeTag, Bytes)}, for a file of any size. */
  public ArtifactKey put(@Nullable TypeTag tag, Path file) throws IOException {
    return new ArtifactWriter(this).put(prepare(tag, file));
  }

  /** As {@link #put(TypeTag, Bytes)}, for all that a stream still gives; the caller closes it. */
  public ArtifactKey put(@Nullable TypeTag tag, InputStream payload) throws IOException {
    return new ArtifactWriter(this).put(prepare(tag, payload));
  }

  /**
   * As {@link #put(TypeTag, Bytes)}, for all that a blocking channel still gives; the caller closes
   * it.
   */
  public ArtifactKey put(@Nullable TypeTag tag, ReadableByteChannel payload) throws IOException {
    return put(tag, Channels.newInputStream(payload));
  }

  /**
   * States, durably, that an artifact is no longer live. {@link CommitResult.Outcome#written} is
   * false if it was not.
   *
   * @throws NotFoundException if nothing is known of it
   */
  public CommitResult.Outcome tombstone(ArtifactKey key, @Nullable String reason) {
    return new ArtifactWriter(this).tombstone(key, reason);
  }

  /**
   * As {@link #tombstone}, and the payload goes as soon as no other live artifact, no pinned
   * snapshot and no arriving stretch needs it.
   *
   * @throws RefusedException if indexes are made from it
   */
  public CommitResult.Outcome erase(ArtifactKey key, @Nullable String reason) {
    return new ArtifactWriter(this).erase(key, reason);
  }

  /** Commits a draft; returns once it is durable. */
  public CommitResult commit(CommitDraft draft) {
    return commit(draft, Durability.SYNCED);
  }

  /**
   * Commits a draft; returns once it is as durable as asked.
   *
   * <p>{@link Durability#RELAXED}: it is visible here when this returns, and not yet on stable
   * storage. A loss of power may take it, and then every commit after it too: what is left is as it
   * was at an earlier moment. {@link #sync}, and any later synced commit, makes it durable. No peer
   * hears of it before: checkpoints and snapshots make durable what they sign, and {@link
   * #durableHeads} is what a peer is told.
   */
  public CommitResult commit(CommitDraft draft, Durability durability) {
    if (durability == Durability.DEFERRED) {
      throw new IllegalArgumentException("a commit is synced or relaxed, never deferred");
    }
    return sequencer.commit(draft, durability);
  }

  /** Makes every commit that was acknowledged so far durable. */
  public void sync() {
    sequencer.sync();
  }

  /**
   * Verifies a stretch of another origin's log and makes it visible, all or nothing. What is held
   * already is compared and dropped.
   */
  public ReplicaResult replicate(Stretch stretch) {
    return replicate(verify(stretch));
  }

  /**
   * Verifies of a stretch all that can be verified while others are written: all but that it goes
   * on with the log as it is then. Changes nothing. A stretch that leans on a payload which another
   * one brings verifies once that one is taken.
   *
   * @throws dev.cairn.asl.error.MalformedException if it does not agree with itself
   * @throws RefusedException if it has more than {@link #STRETCH_RECORDS_MAX} records
   */
  public VerifiedStretch verify(Stretch stretch) {
    return checker.check(stretch);
  }

  /**
   * Makes a stretch visible that {@link #verify} has verified, all or nothing, if it goes on with
   * what is held. What is held already is compared and dropped.
   */
  public ReplicaResult replicate(VerifiedStretch verified) {
    if (!checker.equals(verified.by())) {
      throw new IllegalArgumentException("a stretch that another store verified");
    }
    return sequencer.replicate(verified);
  }

  /**
   * Takes a payload that arrives in pieces, before the stretch that needs it. It stays invisible,
   * and is kept only if it hashes to {@code expected}. Until the stage is closed no erasure removes
   * it: close it once that stretch is here. A payload that is here already is not written again.
   */
  public PayloadStage stagePayload(PayloadDigest expected, long length) {
    sequencer.hold(expected);
    return new StagedPayload(
        expected,
        length,
        payloads.has(expected) ? null : payloads.arrive(),
        () -> sequencer.release(expected));
  }

  /**
   * Takes a large payload chunk by chunk, in any order, for records that are here or will be. Until
   * the stage is closed no erasure removes what came.
   *
   * @param chunks in the payload's order, as whoever has it lists them; not believed
   * @throws IllegalArgumentException if they do not add up to {@code length}
   */
  public ChunkStage stageChunks(PayloadDigest expected, long length, List<PayloadChunk> chunks) {
    if (chunks.stream().mapToLong(PayloadChunk::length).sum() != length) {
      throw new IllegalArgumentException(
          "payload " + expected + ": its chunks do not add up to " + length);
    }
    sequencer.hold(expected);
    return new StagedChunks(payloads, expected, length, chunks, () -> sequencer.release(expected));
  }

  /**
   * Puts payloads that were staged beside the records that were here before them, durably. One that
   * no live artifact has is left to collection.
   *
   * @return those that are now held, in order
   * @throws MalformedException if one is not the payload of the artifact whose record states it;
   *     nothing is kept then
   */
  public List<PayloadDigest> keepPayloads(Collection<PayloadDigest> digests) {
    PayloadKeeper keeper = new PayloadKeeper(engine, payloads);
    keeper.verify(digests);
    List<PayloadDigest> kept =
        sequencer.change(
            () -> {
              Batch batch = new Batch(engine);
              List<PayloadDigest> written = keeper.write(batch);
              if (!batch.isEmpty()) {
                writer.writeRows(batch);
              }
              return written;
            });
    writer.news().payloadsArrived();
    return kept;
  }

  /**
   * Payloads of live artifacts that did not come with their records and have not come since, in
   * order, behind {@code after}; at most {@code limit}.
   */
  public List<AbsentPayload> absentPayloads(@Nullable PayloadDigest after, int limit) {
    return payloads.absences().list(after, limit);
  }

  /**
   * A number that rises with whatever may have brought a payload, or told of whose it is: a commit
   * of whomever, or payloads behind their records.
   */
  public long arrivals() {
    return writer.news().events();
  }

  /** True if a payload did not come with a record and has not come since. */
  public boolean neverCame(PayloadDigest digest) {
    return payloads.absences().has(digest);
  }

  /**
   * Waits until an artifact is live and its payload is here, whoever brings it; at most so long.
   *
   * @return false if the time is over, or the store has closed
   */
  public boolean waitFor(ArtifactKey key, long timeoutMillis) throws InterruptedException {
    long left = TimeUnit.MILLISECONDS.toNanos(timeoutMillis);
    while (!writer.news().isClosed()) {
      long seen = writer.news().events();
      Optional<LiveEntry> entry = now().live(key);
      if (entry.isPresent() && hasPayload(entry.get())) {
        return true;
      }
      if (left <= 0) {
        return false;
      }
      left = writer.news().awaitEvent(seen, left);
    }
    return false;
  }

  // ---- reading

  /** The store as it is, moving. */
  public View now() {
    return views.now();
  }

  /** The store as of a cut of what it holds. */
  public View at(Cut cut) {
    return views.at(cut);
  }

  /** Reads artifacts by key, as they are at each call. */
  public ArtifactReader reader() {
    return reader(now());
  }

  /** Reads artifacts by key as of {@link #at} a cut. */
  public ArtifactReader reader(View view) {
    return new ArtifactReader(this, view);
  }

  /**
   * All that is known of an artifact.
   *
   * @throws NotFoundException if nothing is
   */
  public ArtifactStat stat(ArtifactKey key) {
    return ArtifactStat.of(this, key);
  }

  /**
   * What a tombstone says beside its target; empty if the record is none, or the note is not here.
   *
   * @throws DamagedException if the note is damaged
   */
  public Optional<TombstoneNote> note(LogRecord record) {
    return record.kind() == RecordKind.TOMBSTONE && hasPayload(record.payloadDigest())
        ? Optional.of(
            TombstoneNote.decode(payload(record.payloadDigest(), TombstoneNote.BYTES_MAX)))
        : Optional.empty();
  }

  /** True if the payload's bytes are here. */
  public boolean hasPayload(PayloadDigest digest) {
    return payloads.has(digest);
  }

  /** True if the bytes of an artifact are here: beside a record of it, or such as give its key. */
  public boolean hasPayload(ArtifactId id) {
    return payloads.has(id);
  }

  /** True if the payload's bytes of what a view showed as live are here; much the faster way. */
  public boolean hasPayload(LiveEntry entry) {
    return payloads.has(entry);
  }

  /**
   * How many payloads and chunks were damaged, are set aside, and did not come again: a peer has
   * them, or nobody.
   */
  public int setAside() {
    return Quarantine.lacking(engine, payloads);
  }

  /**
   * True if indexes are folded from payloads of this type: those are never erased, only tombstoned.
   */
  public boolean isStructured(@Nullable TypeTag tag) {
    return structures.isStructured(tag);
  }

  /**
   * False if an erasing tombstone would leave the artifact's payload, as indexes are folded from
   * it.
   */
  public boolean isErasable(ArtifactKey key) {
    RowSource rows = RowSource.of(engine);
    LiveRow row = Facts.row(rows, key);
    List<Fact.Put> holding = PayloadStore.holding(rows, key, row);
    List<Fact.Put> telling = holding.isEmpty() ? Facts.puts(rows, key, row) : holding;
    return telling.stream().noneMatch(put -> structures.isStructured(put.tag()));
  }

  /**
   * What the records of an artifact state of it, each payload once: the latest put, then the latest
   * of each other log, in the total order from its end; at most {@code limit}. All but one of them
   * are lies, as a key is that of one payload; which, its bytes tell.
   */
  public List<ArtifactId> statements(ArtifactKey key, int limit) {
    RowSource rows = RowSource.of(engine);
    Map<PayloadDigest, ArtifactId> stated = new LinkedHashMap<>();
    for (Fact.Put put : Facts.latestOfEachLog(Facts.puts(rows, key, Facts.row(rows, key)))) {
      stated.putIfAbsent(put.payloadDigest(), put.entry(key).artifact());
    }
    return stated.values().stream().limit(limit).toList();
  }

  /**
   * An artifact as the record states it that its payload lies beside; what {@code stated} says if
   * no payload is here. Two records of one artifact can state different payloads, of which one is
   * its own: that which is here has been proved to be.
   */
  public ArtifactId held(ArtifactId stated) {
    return payloads.held(stated);
  }

  /**
   * What a view showed, unless the payload that is here proves that it lies: then that by the
   * record which this payload lies beside.
   */
  public LiveEntry held(LiveEntry shown) {
    return payloads.held(shown);
  }

  /** A payload of at most {@code maxBytes}, verified. */
  public Bytes payload(PayloadDigest digest, long maxBytes) {
    return payloads.read(digest, maxBytes);
  }

  /** The payload of what a view showed as live, of at most {@code maxBytes}, verified. */
  public Bytes payload(LiveEntry entry, long maxBytes) {
    return payloads.read(entry, maxBytes);
  }

  /**
   * A payload of any size; verified as it is read, chunk by chunk, the last read failing if the
   * whole does not verify. Nothing removes it until it is read to the end or the stream is closed.
   */
  public InputStream openPayload(PayloadDigest digest) {
    sequencer.hold(digest);
    return payloads.open(digest, () -> sequencer.release(digest));
  }

  /**
   * An artifact's whole payload; verified as {@link #openPayload(PayloadDigest)} does, and that it
   * gives the artifact's key: the way to read by key what a peer's record named, as {@link #held}.
   */
  public InputStream openPayload(ArtifactId id) {
    ArtifactId held = payloads.held(id);
    PayloadDigest digest = held.payloadDigest();
    sequencer.hold(digest);
    return payloads.open(held, () -> sequencer.release(digest));
  }

  /** Bytes {@code [from, to)} of a payload, reading only the chunks that hold them. */
  public InputStream openPayload(PayloadDigest digest, long from, long to) {
    sequencer.hold(digest);
    return payloads.open(digest, from, to, () -> sequencer.release(digest));
  }

  /** Digests of the chunks that a payload is kept in; empty if it is kept whole. */
  public List<Bytes> chunks(PayloadDigest digest) {
    return payloads.chunkDigests(digest);
  }

  /** A payload's chunks, in its order; empty if it is kept whole. */
  public List<PayloadChunk> payloadChunks(PayloadDigest digest) {
    return payloads.chunks(digest);
  }

  /** A chunk of a payload, verified; empty if that payload is not held in such a chunk. */
  public Optional<Bytes> payloadChunk(PayloadDigest digest, Bytes chunk) {
    return payloads.chunk(digest, chunk);
  }

  /**
   * The tombstone that erased an artifact, if it is erased: not live, with no put after the latest
   * erasure.
   */
  public Optional<HistoryEntry> erasure(ArtifactKey key) {
    LiveRow row = views.row(key);
    Fact.Tombstone erasure = row.erasure();
    if (erasure == null || !row.isErased()) {
      return Optional.empty();
    }
    Place place = erasure.place();
    return Optional.of(
        new HistoryEntry(place.origin(), logs.require(place.origin(), place.index())));
  }

  /** Every record of an id in the total order. */
  public List<HistoryEntry> history(ArtifactKey key) {
    return views.history(key);
  }

  /**
   * Where the records of an id stand by the rows that are derived of it, in the total order; the
   * log itself is not read, so that the two can be compared.
   */
  public List<RecordPlace> places(ArtifactKey key) {
    List<RecordPlace> places = new ArrayList<>();
    for (Fact fact : Facts.of(RowSource.of(engine), key)) {
      places.add(place(key, fact));
    }
    return Collections.unmodifiableList(places);
  }

  /**
   * The same, page by page: what stands behind a place, or from the first one on.
   *
   * @param after the last of the page before; null for the first page
   * @param limit at most so many; it reads about as many rows
   */
  public List<RecordPlace> places(ArtifactKey key, @Nullable RecordPlace after, int limit) {
    Place behind = after == null ? null : new Place(after.logseq(), after.origin(), after.index());
    return Facts.page(engine, key, behind, limit).stream().map(fact -> place(key, fact)).toList();
  }

  /**
   * Where the latest put of an id stands, if a tombstone of it is known too; else empty. It reads
   * one row.
   */
  public Optional<RecordPlace> putBesideTombstones(ArtifactKey key) {
    LiveRow row = views.row(key);
    Fact.Put put = row.put();
    return put == null || row.tombstone() == null ? Optional.empty() : Optional.of(place(key, put));
  }

  /**
   * Where the record of an id that a log has at a logseq stands by those rows; empty if they know
   * of none. It reads two rows, however many records the id has.
   */
  public Optional<RecordPlace> place(ArtifactKey key, long logseq, Origin origin) {
    return Optional.ofNullable(Facts.at(RowSource.of(engine), key, new Place(logseq, origin, 0)))
        .map(fact -> place(key, fact));
  }

  private static RecordPlace place(ArtifactKey key, Fact fact) {
    Place place = fact.place();
    ArtifactId put = fact instanceof Fact.Put stated ? stated.entry(key).artifact() : null;
    boolean erases = fact instanceof Fact.Tombstone tombstone && tombstone.erase();
    return new RecordPlace(place.origin(), place.index(), place.logseq(), put, erases);
  }

  /** The artifacts, live or not, whose payload has this digest, in order of keys. */
  public List<ArtifactKey> byPayload(PayloadDigest digest) {
    List<ArtifactKey> keys = new ArrayList<>(Facts.sharers(RowSource.of(engine), digest));
    Collections.sort(keys);
    return Collections.unmodifiableList(keys);
  }

  /**
   * Keys known here, live or not, whose digest begins with a hex prefix; at most {@code limit}, in
   * order of digests.
   */
  public List<ArtifactKey> byPrefix(String hexPrefix, int limit) {
    int digits = hexPrefix.length();
    if (digits < PREFIX_DIGITS_MIN || digits > 2 * HashAlgorithm.DIGEST_BYTES) {
      throw new IllegalArgumentException("a prefix of " + digits + " digits");
    }
    boolean odd = (digits & 1) == 1;
    Bytes from = Bytes.fromHex(odd ? hexPrefix + "0" : hexPrefix);
    Bytes to = odd ? Bytes.fromHex(hexPrefix + "f").prefixEnd() : from.prefixEnd();
    List<ArtifactKey> keys = new ArrayList<>();
    try (RowCursor rows = engine.scan(StoreTables.LIVE, from, to)) {
      while (keys.size() < limit && rows.next()) {
        keys.add(LiveRow.id(rows.key()));
      }
    }
    return Collections.unmodifiableList(keys);
  }

  // ---- logs

  /** The commits, page by page, to read on from where one stopped and to follow. */
  public CommitLog log() {
    return new CommitLog(
        engine, logs, writer.news(), LogPosition.storeMark(origin().node(), config.federation()));
  }

  /** Where each log ends, in order of origins; one's own once it has a record. */
  public List<LogHead> heads() {
    return writer.heads();
  }

  /**
   * As {@link #heads}, but one's own log ends behind its last durable commit: what a peer may be
   * told.
   */
  public List<LogHead> durableHeads() {
    return writer.durableHeads();
  }

  /** One log's end, if any record of it is held. */
  public Optional<LogHead> head(Origin origin) {
    return writer.head(origin);
  }

  /** Records {@code [from, to)} of a log; must be closed. */
  public RecordCursor records(Origin origin, long from, long to) {
    return logs.cursor(origin, from, to);
  }

  /**
   * Records {@code [from, to)} of a log with their payloads, in one pass; must be closed. The way
   * to read or verify much of a log: looking up each payload costs several times as much.
   */
  public ContentCursor contents(Origin origin, long from, long to) {
    return contents(origin, from, to, false);
  }

  /**
   * As {@link #contents}, for one who reads them to the end, once, and much at that: read ahead,
   * and not kept in the cache.
   */
  public ContentCursor contentsAhead(Origin origin, long from, long to) {
    return contents(origin, from, to, true);
  }

  private ContentCursor contents(Origin origin, long from, long to, boolean ahead) {
    RecordCursor records =
        ahead ? logs.cursorAhead(origin, from, to) : logs.cursor(origin, from, to);
    boolean opened = false;
    try {
      Bytes first = Place.key(origin.bytes(), from);
      Bytes end = Place.key(origin.bytes(), to);
      ContentCursor cursor =
          new ContentCursor(
              this,
              payloads,
              origin,
              records,
              ahead
                  ? engine.scanAhead(StoreTables.CONTENT, first, end)
                  : engine.scan(StoreTables.CONTENT, first, end));
      opened = true;
      return cursor;
    } finally {
      if (!opened) {
        records.close();
      }
    }
  }

  /** One record. */
  public Optional<LogRecord> record(Origin origin, long index) {
    return logs.record(origin, index);
  }

  /**
   * The least index of a log whose record has a logseq above {@code logseq}; the log's size if
   * there is none.
   */
  public long firstIndexAfter(Origin origin, long logseq) {
    return logs.firstIndexAfter(origin, logseq);
  }

  /**
   * Signs the present end of this node's log, if it has a record and is not signed yet; the encoded
   * note.
   */
  public Optional<Bytes> signHead() {
    return sequencer.signHead();
  }

  /**
   * The checkpoints held of a log with {@code treeSize > after}, by tree size; at most {@code
   * limit}.
   */
  public NavigableMap<Long, Bytes> checkpoints(Origin origin, long after, int limit) {
    TreeMap<Long, Bytes> found = new TreeMap<>();
    Bytes from = LogWriter.checkpointKey(origin, after + 1);
    try (RowCursor rows = engine.scan(StoreTables.CHECKPOINT, from, origin.bytes().prefixEnd())) {
      while (found.size() < limit && rows.next()) {
        found.put(LogWriter.checkpointSize(rows.key()), rows.value());
      }
    }
    return Collections.unmodifiableNavigableMap(found);
  }

  /** RFC 6962 proof that record {@code index} is in the log of {@code treeSize} records. */
  public List<Bytes> inclusionProof(Origin origin, long index, long treeSize) {
    checkHeld(origin, treeSize);
    return MerkleProofs.inclusion(logs.subtrees(origin), index, treeSize);
  }

  /** RFC 6962 proof that the log of {@code newSize} records extends that of {@code oldSize}. */
  public List<Bytes> consistencyProof(Origin origin, long oldSize, long newSize) {
    checkHeld(origin, newSize);
    return MerkleProofs.consistency(logs.subtrees(origin), oldSize, newSize);
  }

  /**
   * From which a reader computes the root of a log's first {@code oldSize} records and of its first
   * {@code newSize}, whatever he took the first to be.
   *
   * @param oldSize from 1
   * @param newSize above {@code oldSize}
   */
  public List<Bytes> prefixProof(Origin origin, long oldSize, long newSize) {
    checkHeld(origin, newSize);
    return MerkleProofs.prefixProof(logs.subtrees(origin), oldSize, newSize);
  }

  /** The last checkpoint held of a log, if there is one. */
  public Optional<Bytes> lastCheckpoint(Origin origin) {
    Row row = engine.last(StoreTables.CHECKPOINT, origin.bytes(), origin.bytes().prefixEnd());
    return row == null ? Optional.empty() : Optional.of(row.value());
  }

  /**
   * The last checkpoint held of a log that is not beyond what {@link #durableHeads} says of it, if
   * there is one: a later one may cover records that a loss of power takes.
   */
  public Optional<Bytes> durableCheckpoint(Origin origin) {
    return writer.durableCheckpoint(origin);
  }

  /** Merkle root of a log's first {@code treeSize} records. */
  public Bytes logRoot(Origin origin, long treeSize) {
    checkHeld(origin, treeSize);
    return CompactRange.from(logs.subtrees(origin), treeSize).root();
  }

  // ---- evidence

  /** The evidence kept, each of a log that is frozen, in order of origins. */
  public List<HeldEvidence> evidence() {
    return writer.shelf().all();
  }

  /** The evidence for which a log is frozen, if it is. */
  public Optional<HeldEvidence> evidence(Origin origin) {
    return writer.shelf().find(origin);
  }

  /** The logs that are frozen: nothing more of them is taken. */
  public Set<Origin> frozen() {
    return writer.shelf().origins();
  }

  /**
   * Keeps evidence, durably, and freezes its log; what is held of it stays. A node's own log is
   * closed by it: the node goes on in its next epoch, once its store is opened again.
   *
   * @return false if the log is frozen already
   * @throws RefusedException if it is of another federation, or there is no room for it
   */
  public boolean keep(Evidence evidence) {
    return keep(evidence, false);
  }

  /**
   * As {@link #keep(Evidence)}, for one who may hold something of the log beside the logs of this
   * store.
   *
   * @param held true if so: then there is always room
   */
  public boolean keep(Evidence evidence, boolean held) {
    return sequencer.change(() -> writer.keep(evidence, held));
  }

  /**
   * Compares a checkpoint that somebody shows with the log that is held here, as far as its own
   * checkpoints go; evidence is kept, and its log frozen.
   *
   * @param key the key of the checkpoint's node
   * @return the evidence, if the two cannot both be true
   * @throws dev.cairn.asl.error.MalformedException unless {@code note} is a checkpoint of this
   *     federation, signed by that key
   */
  public Optional<Evidence> examine(Bytes note, PublicKey key) {
    Checkpoint shown = Checkpoint.verify(note, key);
    if (!shown.federation().equals(config.federation())) {
      throw new MalformedException("checkpoint of federation " + shown.federation());
    }
    return sequencer.change(
        () -> {
          Optional<Evidence> found = new Examination(writer, logs).of(note, shown, key);
          found.ifPresent(evidence -> writer.keep(evidence, true));
          return found;
        });
  }

  // ---- plausibility

  /** The logs that are held back, in order of origins. */
  public List<HeldBack> heldBack() {
    return writer.heldBack().all();
  }

  /**
   * Lets a log in that is held back, as it was seen: up to its logseq, and with a clock as far
   * ahead. Durable; the next conversation brings what was not taken.
   *
   * @return what was held back
   * @throws NotFoundException if it is not held back
   * @throws RefusedException if it cannot be admitted, as too few logseqs would be left behind it
   */
  public HeldBack admit(Origin origin) {
    return sequencer.change(() -> writer.admit(origin));
  }

  // ---- keys that ended

  /** The logs that their nodes closed for good, in order of origins. */
  public List<ClosedLog> closedLogs() {
    return writer.ends().closed();
  }

  /**
   * Gives this node's key up: its log ends with a record that says so, signed and durable, and
   * nothing more is written here. Nobody can take it back.
   *
   * @param successor the key of the node that goes on; null if none does
   * @return the log that is closed
   * @throws dev.cairn.asl.error.RevokedException if it was given up before
   */
  public ClosedLog closeLog(@Nullable SigningKey successor) {
    SortedMap<Integer, Long> others = writer.otherEpochs();
    while (!close(successor, others)) {
      others = writer.otherEpochs();
    }
    signHead();
    return closedLogs().stream()
        .filter(log -> log.origin().equals(origin()))
        .findFirst()
        .orElseThrow(() -> new AssertionError("a closed log is known"));
  }

  /** False if more of this node's other epochs came before the closing could be written. */
  private boolean close(@Nullable SigningKey successor, SortedMap<Integer, Long> others) {
    LogClosing closing = LogClosing.of(config.federation(), config.key(), successor, others);
    try {
      commit(new CommitDraft().put(prepare(TypeTag.CLOSING, closing.encode())));
      return true;
    } catch (RefusedException e) {
      if (others.equals(writer.otherEpochs())) {
        throw e;
      }
      return false;
    }
  }

  /** The keys that are revoked here: of each node how many records of each epoch are believed. */
  public SortedMap<NodeId, SortedMap<Integer, Long>> revokedKeys() {
    return writer.ends().revoked();
  }

  /**
   * Believes what a node's key signed up to these places of its logs and no further, whoever brings
   * it; what is held beyond stays. Durable; replaces what was said before.
   *
   * @param sizes records of each epoch's log; of an epoch that is not named none are believed
   * @throws RefusedException if it is this node, or too many are revoked
   */
  public void revokeKey(NodeId node, SortedMap<Integer, Long> sizes) {
    if (node.equals(origin().node())) {
      throw new RefusedException("node " + node + " is this node: close its log instead");
    }
    sequencer.change(
        () -> {
          writer.revoke(node, sizes);
          return true;
        });
  }

  /** Takes a revocation back; false if there is none. */
  public boolean believeKey(NodeId node) {
    return sequencer.change(
        () -> {
          boolean known = writer.ends().revoked().containsKey(node);
          if (known) {
            writer.revoke(node, null);
          }
          return known;
        });
  }

  /**
   * How many records of a log are believed, as its node closed it or a person revoked the key;
   * {@link Long#MAX_VALUE} if there is no bound.
   */
  public long believed(Origin origin) {
    return writer.ends().limit(origin);
  }

  private void checkHeld(Origin origin, long treeSize) {
    if (treeSize > logs.size(origin)) {
      throw new NotFoundException(
          "log " + origin + ": " + treeSize + " records asked for, " + logs.size(origin) + " held");
    }
  }

  // ---- state and snapshots

  /**
   * Root of the live state's tree; takes time proportional to what changed since it was asked last.
   */
  public Bytes stateRoot() {
    return sequencer.stateTree().hash();
  }

  /** How much is live. */
  public LiveCounts liveCounts() {
    return sequencer.stateTree().counts();
  }

  /** The state root under a cut, from nothing. */
  public Bytes stateRootAt(Cut cut) {
    return rebuild(views.at(cut)).hash();
  }

  /**
   * The state tree under a cut, to be descended. That of the present costs little more than the
   * {@link #stateRoot}, any other one pass over all live rows.
   */
  public StateTreeView stateTree(Cut cut) {
    Optional<StateTreeView> present =
        sequencer.exclusively(
            () -> {
              if (!cut.equals(cut()) || writer.isReadOnly()) {
                return Optional.empty();
              }
              sequencer.stateTree();
              return Optional.of(StateTreeView.stored(engine, views.at(cut)));
            });
    return present.orElseGet(() -> StateTreeView.made(views.at(cut)));
  }

  /**
   * The hash of the complete subtree over leaves {@code [index * 2^level, (index + 1) * 2^level)}.
   */
  public Bytes logSubtree(Origin origin, int level, long index) {
    if (level < 0 || level > 62 || index < 0 || index >= logs.size(origin) >>> level) {
      throw new NotFoundException(
          "log " + origin + ": subtree " + index + " of level " + level + " is not complete");
    }
    return logs.subtrees(origin).subtree(level, index);
  }

  /**
   * Whether an artifact is live under a cut, provable to whoever holds the state root there. Costs
   * what {@link #stateTree} costs.
   */
  public StateProof stateProof(ArtifactKey key, Cut cut) {
    return StateProof.of(key, stateTree(cut)::content);
  }

  /** The present state root computed from nothing, not from the stored tree: they must agree. */
  public Bytes rebuiltStateRoot() {
    return sequencer.exclusively(() -> rebuild(views.now()).hash());
  }

  /**
   * The present state from nothing, as {@link #rebuiltStateRoot} has it, and what all derived rows
   * tell of the logs' records, from one pass over these rows. The store should not be written to
   * meanwhile, else the two may not fit each other.
   *
   * @param sums take in what is told of each record
   * @param workers read parts of the rows, none of which waits for another
   * @throws DamagedException if a row means nothing
   */
  public DerivedState sumDerived(RecordSums sums, Workers workers) {
    DerivedRows derived = new DerivedRows(engine, sums);
    StateNode state = derived.whole(workers.all(derived.parts()));
    return new DerivedState(state.hash(), state.counts());
  }

  private StateNode rebuild(View view) {
    try (IdCursor ids = view.ids(Bytes.EMPTY, Bytes.EMPTY)) {
      return StateTree.rootOf(StateTree.entries(ids));
    }
  }

  /**
   * Takes a snapshot of the present, and pins it. Changes no log. The same state gives the same
   * snapshot; a new label replaces the old one.
   */
  public SnapshotInfo snapshot(@Nullable String label) {
    return snapshot(label, true);
  }

  /**
   * As {@link #snapshot}, but without pinning it: for who will need its name, and not what it shows
   * of what is erased since. One that is pinned already stays so.
   */
  public SnapshotInfo unpinnedSnapshot(@Nullable String label) {
    return snapshot(label, false);
  }

  private SnapshotInfo snapshot(@Nullable String label, boolean pin) {
    return sequencer.change(
        () -> {
          StateNode root = sequencer.stateTree();
          List<Snapshot.Head> heads = new ArrayList<>();
          for (LogHead head : writer.heads()) {
            heads.add(
                new Snapshot.Head(head.origin(), head.lastLogseq(), head.treeSize(), head.root()));
          }
          sequencer.signHead();
          Snapshot snapshot = new Snapshot(config.federation(), heads, root.hash());
          return keep(snapshot, root.counts(), label, pin);
        });
  }

  /**
   * Takes a snapshot of how it was under an earlier cut, and pins it; takes a pass over all live
   * rows. What was erased or collected since stays gone. Of an origin that the cut lets end between
   * two commits the snapshot names the former; one without a commit under the cut is left out.
   *
   * @throws RefusedException if the cut names what is not held here
   */
  public SnapshotInfo snapshotAt(Cut cut, @Nullable String label) {
    List<Snapshot.Head> heads = headsAt(cut);
    StateNode root = rebuild(views.at(cut));
    Snapshot snapshot = new Snapshot(config.federation(), heads, root.hash());
    return sequencer.change(() -> keep(snapshot, root.counts(), label, true));
  }

  /**
   * The snapshot that {@link #snapshotAt} would take, computed from the records and not kept: a
   * pass over all live rows.
   *
   * @throws RefusedException if the cut names what is not held here
   */
  public Snapshot computedSnapshot(Cut cut) {
    List<Snapshot.Head> heads = headsAt(cut);
    return new Snapshot(config.federation(), heads, rebuild(views.at(cut)).hash());
  }

  private List<Snapshot.Head> headsAt(Cut cut) {
    List<Snapshot.Head> heads = new ArrayList<>();
    cut.logseqs().forEach((origin, logseq) -> headAt(origin, logseq).ifPresent(heads::add));
    return heads;
  }

  private Optional<Snapshot.Head> headAt(Origin origin, long logseq) {
    Optional<LogHead> head = head(origin);
    if (logseq == 0) {
      return Optional.empty();
    }
    if (head.isEmpty() || head.get().lastLogseq() < logseq) {
      throw new RefusedException(
          "log " + origin + " is not held up to logseq " + Long.toUnsignedString(logseq));
    }
    long size = firstIndexAfter(origin, logseq);
    if (size == 0) {
      return Optional.empty();
    }
    long last = record(origin, size - 1).orElseThrow().logseq();
    return Optional.of(new Snapshot.Head(origin, last, size, logRoot(origin, size)));
  }

  /** Keeps a snapshot, pinned if that is asked or it was; under the sequencer's lock. */
  private SnapshotInfo keep(
      Snapshot snapshot, LiveCounts live, @Nullable String label, boolean pin) {
    Optional<SnapshotInfo> known = kept.find(snapshot.key());
    SnapshotInfo info =
        new SnapshotInfo(
            snapshot,
            label != null ? label : known.map(SnapshotInfo::label).orElse(null),
            known.map(SnapshotInfo::createdMillis).orElseGet(this::nowMillis),
            live,
            pin || known.map(SnapshotInfo::pinned).orElse(false));
    kept.keep(info);
    return info;
  }

  /**
   * Keeps what a snapshot shows from being removed, as taking it does. What went while it was not
   * pinned stays gone.
   *
   * @throws NotFoundException if it is not kept here
   */
  public SnapshotInfo pin(ArtifactKey snapshot) {
    return sequencer.change(() -> kept.pin(snapshot, true));
  }

  /**
   * Keeps a snapshot, but not what it shows: payloads that were erased and that only it showed go.
   *
   * @throws NotFoundException if it is not kept here
   */
  public SnapshotInfo unpin(ArtifactKey snapshot) {
    SnapshotInfo info = sequencer.change(() -> kept.pin(snapshot, false));
    sequencer.removeErased();
    return info;
  }

  /**
   * Forgets a snapshot; payloads that were erased and that only it showed go with it.
   *
   * @throws NotFoundException if it is not kept here
   */
  public void dropSnapshot(ArtifactKey snapshot) {
    sequencer.change(
        () -> {
          kept.drop(snapshot);
          return null;
        });
    sequencer.removeErased();
  }

  /** The snapshots kept here, oldest first. */
  public List<SnapshotInfo> snapshots() {
    return kept.all();
  }

  /** The cut that shows all that is held now. */
  public Cut cut() {
    TreeMap<Origin, Long> logseqs = new TreeMap<>();
    writer.heads().forEach(head -> logseqs.put(head.origin(), head.lastLogseq()));
    return new Cut(logseqs);
  }

  /**
   * What became live and what ceased to be, from one cut to another, in the order of digests; takes
   * time for the records between them, at most for all artifacts.
   */
  public void diff(Cut from, Cut to, Consumer<LiveChange> action) {
    SnapshotDiff.run(engine, logs, views, from, to, action);
  }

  // ---- collection

  /**
   * Takes away payloads that nothing needs any more; runs beside writers and readers, and may take
   * long. {@link #reclaim} gives the room back.
   */
  public CollectResult collect(CollectOptions options) {
    return collect(options, looked -> {});
  }

  /**
   * The same, for who watches.
   *
   * @param progress told now and then how many rows more were looked at, by the calling thread
   */
  public CollectResult collect(CollectOptions options, LongConsumer progress) {
    return new Collector(
            engine,
            sequencer,
            writer,
            payloads,
            structures,
            logs,
            kept,
            views,
            leases,
            options,
            progress,
            nowMillis())
        .run();
  }

  /**
   * How many rows a collection looks at, for who watches it: exactly if no table has 1,024, else
   * about, as the first rows of each tell. Costs little.
   */
  public long rowsToCollect() {
    return Collector.rowsAbout(engine);
  }

  /** Milliseconds since 1970; a clock that says less counts as 0. */
  private long nowMillis() {
    return Math.max(0, config.clock().millis());
  }

  /**
   * Gives the room of removed rows back to the medium: rewrites what lies around them. Runs beside
   * writers and readers, and may take long.
   */
  public void reclaim() {
    engine.reclaim();
  }

  /** Grants a lease, durably, or renews the one of that name. */
  public void lease(Lease lease) {
    sequencer.change(
        () -> {
          leases.grant(lease, nowMillis());
          return null;
        });
  }

  /** Ends a lease; nothing happens if there is none of that name. */
  public void endLease(String name) {
    sequencer.change(
        () -> {
          leases.end(name);
          return null;
        });
  }

  /** The leases that hold now, by name. */
  public List<Lease> leases() {
    return leases.all(nowMillis());
  }

  // ---- rows

  /** How many rows were read in scans so far, for who watches long work: now and then. */
  public long rowsRead() {
    return engine.rowsRead();
  }

  /** About how many artifacts a pass over all that was ever live meets; costs little. */
  public long liveRowsAbout() {
    return engine.rowsAbout(StoreTables.LIVE);
  }

  /**
   * About how many rows are read to bring the state up to the present, for who watches: all of
   * {@link #liveRowsAbout} if there is none yet; else that is not known, and -1. Costs little.
   */
  public long rowsToState() {
    return StateTree.isSmall(engine) ? liveRowsAbout() : -1;
  }

  /** About how many rows tables of indexes have together, for who watches; costs little. */
  public long rowsAbout(List<Table> tables) {
    return tables.stream().mapToLong(engine::rowsAbout).sum();
  }

  /** Reads the rows of indexes and local tables. */
  public TableReader rows() {
    return engine;
  }

  /** True if the store was opened with an index that keeps that table. */
  public boolean hasIndexed(Table table) {
    return config.indexes().stream().anyMatch(index -> index.tables().contains(table));
  }

  /** True if the store was opened with that local table. */
  public boolean hasLocal(Table table) {
    return config.localTables().contains(table);
  }

  /** Writes rows of local tables named in {@link StoreConfig#localTables}. */
  public void writeLocal(List<RowChange> changes, Durability durability) {
    for (RowChange change : changes) {
      if (!config.localTables().contains(change.table())
          || change.table().scope() != Table.Scope.LOCAL) {
        throw new IllegalArgumentException("not a local table of the caller: " + change.table());
      }
    }
    engine.write(changes, durability);
  }

  /**
   * Makes a copy of the store, durable, in a new folder that an engine of the same kind can be
   * opened on: all that was acknowledged before this returns, relaxed commits as well, and nothing
   * half. Commits wait meanwhile. This node's log is signed to its end in it.
   *
   * <p>Whoever writes to the copy must do so in another epoch or as another node: see {@link
   * StoreIdentity}.
   *
   * @throws RefusedException if the engine keeps nothing in files
   */
  public void copyTo(Path directory) {
    sequencer.exclusively(
        () -> {
          writer.makeDurable();
          writer.signHead();
          engine.copyTo(directory);
          return null;
        });
  }

  /** Bytes that the store takes on its medium, roughly. */
  public long bytesOnDisk() {
    return engine.bytesOnDisk();
  }

  /** Closes the engine once no write is under way. Calls after it fail. */
  @Override
  public void close() {
    payloads.close();
    sequencer.close();
  }
}
