package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactHasher;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.PayloadRow.Chunk;
import dev.cairn.asl.time.WallClock;
import dev.cairn.asl.work.BesideThreads;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The payloads that are held, each beside a record that put its artifact.
 *
 * <pre>
 *   asl.content     origin | u64be index -> {@link PayloadRow}      beside the record of that place
 *   asl.arrived     payload digest -> u64be millis | {@link PayloadRow}     came before its record, waits
 *   asl.chunk       digest -> bytes
 *   asl.chunk-use   chunk digest | payload digest -> nothing
 *                   chunk digest | 24 zero bytes | u64be number of an arriving payload -> u64be millis
 * </pre>
 *
 * <p>Keyed by place, payloads are written in the order of the log, so that they need no merging and
 * that a log with its payloads is read in one pass. An artifact has several places if it was put
 * several times; its payload lies at one of them, mostly the latest. Artifacts with the same
 * payload and different types have a row each and share chunks.
 *
 * <p>Chunks are written before the commit that needs them, idempotent and invisible. A chunk that
 * loses its last user is removed while no other payload may take it over: between {@link
 * #beginRemovals} and {@link #endRemovals} arriving payloads wait. Safe for any thread.
 */
final class PayloadStore {
  /** So many rows behind each other are found sooner by a walk, which costs some to begin. */
  private static final int WALKED_ROWS_MIN = 16;

  /** A walk may pass over as many rows as cost less than a look-up. */
  private static final int WALKED_GAP_MAX = 2;

  private final StorageEngine engine;
  private final RowSource stored;
  private final WallClock clock;
  private final AtomicLong arrivals;
  private final Set<Long> arriving = new ConcurrentSkipListSet<>();
  private final Absences absences;
  private final BesideThreads beside = new BesideThreads("chunks");

  /**
   * Shared by those who use payloads and chunks, held alone by the sequencer while it removes some.
   */
  private final ReentrantReadWriteLock chunkUse = new ReentrantReadWriteLock();

  /** How many hold each payload. */
  private final ConcurrentMap<PayloadDigest, Integer> holders = new ConcurrentSkipListMap<>();

  /** Those of them whose removal was asked for meanwhile. */
  private final Set<PayloadDigest> putOff = new ConcurrentSkipListSet<>();

  /**
   * Payloads on an engine.
   *
   * @param engine where rows go
   * @param clock says when payloads arrive
   * @param firstArrival a number that no earlier process on this engine gave to an arriving payload
   */
  PayloadStore(StorageEngine engine, WallClock clock, long firstArrival) {
    this.engine = engine;
    this.clock = clock;
    this.stored = RowSource.of(engine);
    this.arrivals = new AtomicLong(firstArrival);
    this.absences = new Absences(engine);
  }

  /** Which payloads did not come with their records. */
  Absences absences() {
    return absences;
  }

  // ---- what is held

  boolean has(PayloadDigest digest) {
    return isHeld(stored, digest) || engine.get(StoreTables.NOTE, digest.digest()) != null;
  }

  /**
   * True if the payload of what a view showed as live is held: one look where it mostly is. Bytes
   * that lie beside no record of the artifact are read, as its record may lie of them.
   */
  boolean has(LiveEntry entry) {
    Bytes place = Place.key(entry.origin().bytes(), entry.index());
    return engine.get(StoreTables.CONTENT, place) != null || has(entry.artifact());
  }

  /** True if an artifact's payload lies beside a record of it, or is here and gives its key. */
  boolean has(ArtifactId id) {
    return held(stored, id.key(), Facts.row(stored, id.key())) != null
        || (has(id.payloadDigest()) && gives(id));
  }

  /** True if the payload that is stated is here and is that artifact's: it is read to its end. */
  boolean gives(ArtifactId id) {
    try {
      return identify(id.payloadDigest(), id.key().algorithm(), id.tag()).equals(id);
    } catch (DamagedException | NotFoundException e) {
      return false;
    }
  }

  /** What a payload is under a type, all of it read and verified against its digest. */
  ArtifactId identify(PayloadDigest digest, HashAlgorithm algorithm, @Nullable TypeTag tag) {
    ArtifactHasher hasher = new ArtifactHasher(algorithm);
    OutputStream hashed =
        new OutputStream() {
          @Override
          public void write(int octet) {
            write(new byte[] {(byte) octet}, 0, 1);
          }

          @Override
          public void write(byte[] bytes, int offset, int count) {
            hasher.update(bytes, offset, count);
          }
        };
    try (InputStream in = open(digest, () -> {})) {
      in.transferTo(hashed);
    } catch (IOException e) {
      throw new AssertionError("payload streams throw unchecked exceptions only", e);
    }
    return hasher.finish(tag);
  }

  /** True if the payload of some artifact, or one that waits for its record, has this digest. */
  static boolean isHeld(RowSource rows, PayloadDigest digest) {
    return find(rows, digest) != null;
  }

  /** True if the artifact's payload is held beside one of its records. */
  static boolean isHeld(RowSource rows, ArtifactKey id, LiveRow row) {
    Fact.Put latest = row.put();
    return latest != null
        && (rows.has(StoreTables.CONTENT, latest.place().key()) || held(rows, id, row) != null);
  }

  /**
   * Finds the payloads beside the latest puts of some rows for {@link #isHeld}, with one walk for
   * each stretch of them that lie together, as those of an earlier commit do. Others are looked up
   * one by one when they are asked for.
   */
  static void findHeld(Batch batch, List<LiveRow> rows) {
    List<Place> places = new ArrayList<>();
    for (LiveRow row : rows) {
      Fact.Put put = row.put();
      if (put != null) {
        places.add(put.place());
      }
    }
    if (places.size() < WALKED_ROWS_MIN) {
      return;
    }
    places.sort(Comparator.comparing(Place::origin).thenComparingLong(Place::index));
    int first = 0;
    for (int i = 1; i <= places.size(); i++) {
      Place last = places.get(i - 1);
      if (i == places.size() || !isNear(last, places.get(i))) {
        if (i - first >= WALKED_ROWS_MIN) {
          batch.findRows(
              StoreTables.CONTENT,
              places.get(first).key(),
              Place.key(last.origin().bytes(), last.index() + 1));
        }
        first = i;
      }
    }
  }

  private static boolean isNear(Place one, Place next) {
    return one.origin().equals(next.origin()) && next.index() - one.index() <= WALKED_GAP_MAX;
  }

  /**
   * An artifact's payload with the put that it lies beside. What lies beside a record has given the
   * artifact's key under the type that this record states; others of the same artifact, the latest
   * too, may state another type and payload, which is a lie that their origin signed.
   *
   * @param row the {@link PayloadRow}
   */
  private record Held(Fact.Put put, Bytes row) {}

  private static @Nullable Held held(RowSource rows, ArtifactKey id, LiveRow row) {
    Fact.Put latest = row.put();
    if (latest == null) {
      return null;
    }
    Bytes found = rows.get(StoreTables.CONTENT, latest.place().key());
    if (found != null) {
      return new Held(latest, found);
    }
    for (Fact.Put put : Facts.puts(rows, id, row)) {
      found = rows.get(StoreTables.CONTENT, put.place().key());
      if (found != null) {
        return new Held(put, found);
      }
    }
    return null;
  }

  /** True if another payload of the artifact is held: then who states this one of it lies. */
  static boolean holdsOther(RowSource rows, ArtifactKey id, LiveRow row, PayloadDigest digest) {
    Held held = held(rows, id, row);
    return held != null && !held.put().payloadDigest().equals(digest);
  }

  /** The puts of an artifact that its payload lies beside; the latest alone if that is one. */
  static List<Fact.Put> holding(RowSource rows, ArtifactKey id, LiveRow row) {
    Fact.Put latest = row.put();
    if (latest != null && rows.get(StoreTables.CONTENT, latest.place().key()) != null) {
      return List.of(latest);
    }
    return Facts.puts(rows, id, row).stream()
        .filter(put -> rows.get(StoreTables.CONTENT, put.place().key()) != null)
        .toList();
  }

  /**
   * An artifact as the record states it that its payload lies beside; {@code stated} if it lies
   * beside none.
   */
  ArtifactId held(ArtifactId stated) {
    ArtifactKey key = stated.key();
    Held held = held(stored, key, Facts.row(stored, key));
    return held == null ? stated : held.put().entry(key).artifact();
  }

  /** What a view showed; if the payload that is held shows it to lie, what that one lies beside. */
  LiveEntry held(LiveEntry shown) {
    ArtifactKey key = shown.key();
    Held held = held(stored, key, Facts.row(stored, key));
    LiveEntry proved = held == null ? shown : held.put().entry(key);
    return proved.artifact().equals(shown.artifact()) ? shown : proved;
  }

  /** The row of a payload that is here, arrived or beside some record. */
  static @Nullable Bytes find(RowSource rows, PayloadDigest digest) {
    Bytes found = arrived(rows, digest);
    return found != null ? found : findPlaced(rows, digest);
  }

  /** True if the payload lies beside some record. */
  static boolean isPlaced(RowSource rows, PayloadDigest digest) {
    return findPlaced(rows, digest) != null;
  }

  static @Nullable Bytes arrived(RowSource rows, PayloadDigest digest) {
    Bytes row = rows.get(StoreTables.ARRIVED, digest.digest());
    if (row != null && row.length() < Long.BYTES) {
      throw damaged(digest, "its row in " + StoreTables.ARRIVED.name() + " is too short");
    }
    return row == null ? null : row.slice(Long.BYTES);
  }

  /** When a payload arrived, of a row that waits for its record. */
  static long arrivedMillis(Bytes row) {
    return row.length() < Long.BYTES ? 0 : row.u64At(0);
  }

  /** A row that waits for its record. */
  static RowChange arrivedRow(PayloadDigest digest, long millis, Bytes payloadRow) {
    return RowChange.put(StoreTables.ARRIVED, digest.digest(), Bytes.u64(millis).plus(payloadRow));
  }

  private static @Nullable Bytes findPlaced(RowSource rows, PayloadDigest digest) {
    Bytes place = findPlace(rows, digest);
    return place == null ? null : rows.get(StoreTables.CONTENT, place);
  }

  /** The key of the row beside some record in which the payload lies; null if there is none. */
  @Nullable Bytes place(PayloadDigest digest) {
    return findPlace(stored, digest);
  }

  private static @Nullable Bytes findPlace(RowSource rows, PayloadDigest digest) {
    List<ArtifactKey> sharers = Facts.sharers(rows, digest);
    // Mostly it lies beside the latest record, which costs no look at the others.
    for (ArtifactKey sharer : sharers) {
      Fact.Put latest = Facts.row(rows, sharer).put();
      if (latest != null && isPlaced(rows, latest, digest)) {
        return latest.place().key();
      }
    }
    for (ArtifactKey sharer : sharers) {
      for (Fact.Put put : Facts.puts(rows, sharer, Facts.row(rows, sharer))) {
        if (isPlaced(rows, put, digest)) {
          return put.place().key();
        }
      }
    }
    return null;
  }

  private static boolean isPlaced(RowSource rows, Fact.Put put, PayloadDigest digest) {
    return put.payloadDigest().equals(digest)
        && rows.get(StoreTables.CONTENT, put.place().key()) != null;
  }

  /** The row of a {@link #place}, if it is still there. */
  @Nullable Bytes placed(Bytes place) {
    return engine.get(StoreTables.CONTENT, place);
  }

  /** True if the payload lies beside no record, but waits for one, or is a tombstone's note. */
  boolean hasUnplaced(PayloadDigest digest) {
    return arrived(stored, digest) != null || engine.get(StoreTables.NOTE, digest.digest()) != null;
  }

  // ---- reading

  /** A payload, whoever it belongs to, verified. */
  Bytes read(PayloadDigest digest, long maxBytes) {
    return read(digest, row(digest), maxBytes);
  }

  /** A payload of which the row is at hand, verified. */
  Bytes read(PayloadDigest digest, Bytes row, long maxBytes) {
    return read(digest, PayloadRow.decode(digest, row), maxBytes);
  }

  /** The same, but only its chunks are verified. */
  Bytes whole(PayloadDigest digest, Bytes row, long maxBytes) {
    return whole(digest, PayloadRow.decode(digest, row), maxBytes);
  }

  private Bytes read(PayloadDigest digest, PayloadRow row, long maxBytes) {
    Bytes payload = whole(digest, row, maxBytes);
    if (!HashAlgorithm.SHA_256.hash(payload).equals(digest.digest())) {
      throw damaged(digest, "its bytes hash to another digest");
    }
    return payload;
  }

  /** A live artifact's payload, verified against its key. */
  Bytes read(LiveEntry entry, long maxBytes) {
    Bytes latest =
        engine.get(StoreTables.CONTENT, Place.key(entry.origin().bytes(), entry.index()));
    if (latest != null) {
      return read(entry.artifact(), PayloadRow.decode(entry.key(), latest), maxBytes);
    }
    ArtifactId id = held(entry.artifact());
    return read(id, row(id), maxBytes);
  }

  private Bytes read(ArtifactId id, PayloadRow row, long maxBytes) {
    Bytes payload = whole(id.key(), row, maxBytes);
    if (!ArtifactHasher.keyOf(id.key().algorithm(), payload, id.tag()).equals(id.key())) {
      throw damaged(id.key(), "its bytes hash to another key");
    }
    return payload;
  }

  private Bytes whole(Object what, PayloadRow row, long maxBytes) {
    if (row.length() > maxBytes) {
      throw new RefusedException(
          "payload "
              + what
              + ": "
              + row.length()
              + " bytes, more than the "
              + maxBytes
              + " asked for");
    }
    Bytes inline = row.inline();
    if (inline != null) {
      return inline;
    }
    List<Bytes> pieces = new ArrayList<>();
    for (Chunk chunk : row.chunks()) {
      pieces.add(chunk(what, chunk));
    }
    return Bytes.concat(pieces.toArray(Bytes[]::new));
  }

  /**
   * A payload of any size.
   *
   * @param done runs once when no more is read: at the end, on closing, or if there is nothing to
   *     read; who holds the payload until then reads it whole
   */
  InputStream open(PayloadDigest digest, Runnable done) {
    return opened(done, () -> range(digest, row(digest), 0, Long.MAX_VALUE, done));
  }

  /** Bytes {@code [from, to)} of a payload. */
  InputStream open(PayloadDigest digest, long from, long to, Runnable done) {
    return opened(done, () -> range(digest, row(digest), from, to, done));
  }

  /** A whole payload, checked to be that artifact's. */
  InputStream open(ArtifactId id, Runnable done) {
    return opened(done, () -> whole(id, done));
  }

  private static InputStream opened(Runnable done, Supplier<InputStream> opening) {
    boolean opened = false;
    try {
      InputStream in = opening.get();
      opened = true;
      return in;
    } finally {
      if (!opened) {
        done.run();
      }
    }
  }

  private InputStream range(
      PayloadDigest digest, PayloadRow row, long from, long end, Runnable done) {
    long to = end == Long.MAX_VALUE ? row.length() : end;
    if (from < 0 || to < from || to > row.length()) {
      throw new RefusedException(
          "payload "
              + digest
              + ": range "
              + from
              + "-"
              + to
              + " is not within its "
              + row.length()
              + " bytes");
    }
    Bytes inline = row.inline();
    if (inline != null) {
      Bytes whole = read(digest, row.length());
      return new PayloadInputStream(List.of(() -> whole), from, to, null, done);
    }
    List<PayloadInputStream.Piece> pieces = new ArrayList<>();
    long at = 0;
    long skip = from;
    for (Chunk chunk : row.chunks()) {
      long next = at + chunk.length();
      if (next <= from) {
        skip -= chunk.length();
      } else if (at < to) {
        pieces.add(() -> chunk(digest, chunk));
      }
      at = next;
    }
    boolean whole = from == 0 && to == row.length();
    return new PayloadInputStream(pieces, skip, skip + (to - from), whole ? digest : null, done);
  }

  private InputStream whole(ArtifactId id, Runnable done) {
    PayloadRow row = row(id);
    if (row.length() != id.payloadLength()) {
      throw notThatArtifact(id);
    }
    Bytes inline = row.inline();
    List<PayloadInputStream.Piece> pieces = new ArrayList<>();
    if (inline != null) {
      pieces.add(() -> inline);
    }
    row.chunks().forEach(chunk -> pieces.add(() -> chunk(id.payloadDigest(), chunk)));
    return new ArtifactInputStream(new PayloadInputStream(pieces, 0, row.length(), null, done), id);
  }

  static DamagedException notThatArtifact(ArtifactId id) {
    return new DamagedException(
        "artifact "
            + id.key()
            + ": the payload "
            + id.payloadDigest()
            + " that its latest record states is not its payload");
  }

  /** Chunk digests, for people; empty if inline. */
  List<Bytes> chunkDigests(PayloadDigest digest) {
    return row(digest).chunks().stream().map(Chunk::digest).toList();
  }

  /** The chunks of a payload, in order; empty if it is kept whole. */
  List<PayloadChunk> chunks(PayloadDigest digest) {
    return row(digest).chunks().stream()
        .map(chunk -> new PayloadChunk(chunk.digest(), chunk.length()))
        .toList();
  }

  /** A chunk, if it is one of a payload that is held; verified. */
  Optional<Bytes> chunk(PayloadDigest digest, Bytes chunk) {
    if (engine.get(StoreTables.CHUNK_USE, chunk.plus(digest.digest())) == null) {
      return Optional.empty();
    }
    Bytes bytes = engine.get(StoreTables.CHUNK, chunk);
    if (bytes == null || !HashAlgorithm.SHA_256.hash(bytes).equals(chunk)) {
      throw damaged(digest, "chunk " + chunk.toHex() + " is missing or hashes to another digest");
    }
    return Optional.of(bytes);
  }

  /** A chunk that is here, verified. */
  Bytes chunk(PayloadDigest digest, PayloadChunk chunk) {
    return chunk(digest, new Chunk(chunk.digest(), chunk.length()));
  }

  /** The payload that is stated, beside a record of the artifact or wherever it lies. */
  private PayloadRow row(ArtifactId id) {
    Held held = held(stored, id.key(), Facts.row(stored, id.key()));
    return held != null && held.put().payloadDigest().equals(id.payloadDigest())
        ? PayloadRow.decode(id.key(), held.row())
        : row(id.payloadDigest());
  }

  private PayloadRow row(PayloadDigest digest) {
    Bytes found = find(stored, digest);
    if (found != null) {
      return PayloadRow.decode(digest, found);
    }
    Bytes note = engine.get(StoreTables.NOTE, digest.digest());
    if (note == null) {
      throw Quarantine.error(engine, digest)
          .<CairnException>map(setAside -> setAside)
          .orElseGet(() -> new NotFoundException("payload " + digest + " is not held here"));
    }
    return new PayloadRow(note.length(), note, List.of());
  }

  private Bytes chunk(Object payload, Chunk chunk) {
    Bytes bytes = engine.get(StoreTables.CHUNK, chunk.digest());
    if (bytes == null) {
      throw damaged(payload, "chunk " + chunk.digest().toHex() + " is missing");
    }
    if (bytes.length() != chunk.length()
        || !HashAlgorithm.SHA_256.hash(bytes).equals(chunk.digest())) {
      throw damaged(payload, "chunk " + chunk.digest().toHex() + " hashes to another digest");
    }
    return bytes;
  }

  static DamagedException damaged(Object payload, String how) {
    return PayloadRow.damaged(payload, how);
  }

  // ---- keeping, in the batch that commits

  /** A small payload, beside the record at {@code place}. */
  static void putInline(RowWriter rows, Bytes place, Bytes payload) {
    rows.put(StoreTables.CONTENT, place, PayloadRow.inline(payload));
  }

  /** The row of a tombstone's note, for the batch that commits the tombstone. */
  static void putNote(RowWriter rows, PayloadDigest digest, Bytes note) {
    rows.put(StoreTables.NOTE, digest.digest(), note);
  }

  /**
   * Puts a payload that is here already, arrived or another artifact's, beside the record at {@code
   * place}; false if it is not here. Once all that a batch places is placed, {@link #endArrival}
   * must follow.
   */
  static boolean place(Batch batch, Bytes place, PayloadDigest digest) {
    Bytes row = find(batch, digest);
    if (row == null) {
      return false;
    }
    batch.put(StoreTables.CONTENT, place, row);
    return true;
  }

  /** Ends the wait of a payload that arrived before its record and now lies beside it. */
  static void endArrival(Batch batch, PayloadDigest digest) {
    if (batch.get(StoreTables.ARRIVED, digest.digest()) != null) {
      batch.delete(StoreTables.ARRIVED, digest.digest());
    }
  }

  // ---- holding and removing

  /**
   * Keeps a payload from being removed until it is released as often as it was held. What is found
   * here after this call stays.
   */
  void hold(PayloadDigest digest) {
    Lock using = chunkUse.readLock();
    using.lock();
    try {
      holders.merge(digest, 1, Integer::sum);
    } finally {
      using.unlock();
    }
  }

  /** Ends one {@link #hold}; true if a removal was put off for it and may be done now. */
  boolean release(PayloadDigest digest) {
    Lock using = chunkUse.readLock();
    using.lock();
    try {
      Integer left =
          holders.computeIfPresent(digest, (ignored, count) -> count == 1 ? null : count - 1);
      return left == null && putOff.remove(digest);
    } finally {
      using.unlock();
    }
  }

  /** True if somebody holds the payload. Between removals only. */
  boolean isHeldBack(PayloadDigest digest) {
    return holders.containsKey(digest);
  }

  /** The same; whoever holds it will be told on release. */
  boolean putsOff(PayloadDigest digest) {
    boolean held = holders.containsKey(digest);
    if (held) {
      putOff.add(digest);
    }
    return held;
  }

  /**
   * Begins removals: from now on nobody holds what he did not hold before, and no payload takes
   * over a chunk. The same thread must call {@link #endRemovals} once the batch is written or given
   * up.
   */
  void beginRemovals() {
    if (!chunkUse.isWriteLockedByCurrentThread()) {
      chunkUse.writeLock().lock();
    }
  }

  /** Removes a payload's rows in this batch, and those of its chunks that nothing else uses. */
  void remove(Batch batch, PayloadDigest digest) {
    if (!chunkUse.isWriteLockedByCurrentThread()) {
      throw new AssertionError("a removal that was not begun");
    }
    TreeSet<Bytes> chunks = new TreeSet<>();
    takeArrived(batch, digest, chunks);
    for (ArtifactKey sharer : Facts.sharers(batch, digest)) {
      for (Fact.Put put : Facts.puts(batch, sharer, Facts.row(batch, sharer), digest)) {
        Bytes row = batch.get(StoreTables.CONTENT, put.place().key());
        if (row != null) {
          batch.delete(StoreTables.CONTENT, put.place().key());
          addChunks(digest, row, chunks);
        }
      }
    }
    removeUses(batch, digest, chunks);
  }

  /** Removes a payload that waits for its record; its chunks stay if an artifact uses them. */
  void removeArrived(Batch batch, PayloadDigest digest) {
    TreeSet<Bytes> chunks = new TreeSet<>();
    takeArrived(batch, digest, chunks);
    if (findPlaced(batch, digest) == null) {
      removeUses(batch, digest, chunks);
    }
  }

  /** Removes one use of a chunk, and the chunk if it was the last. */
  void removeUse(Batch batch, Bytes use) {
    Bytes chunk = use.slice(0, HashAlgorithm.DIGEST_BYTES);
    batch.delete(StoreTables.CHUNK_USE, use);
    if (!batch.anyWithPrefix(StoreTables.CHUNK_USE, chunk)) {
      batch.delete(StoreTables.CHUNK, chunk);
    }
  }

  private void removeUses(Batch batch, PayloadDigest digest, Set<Bytes> chunks) {
    for (Bytes chunk : chunks) {
      removeUse(batch, chunk.plus(digest.digest()));
    }
  }

  private static void takeArrived(Batch batch, PayloadDigest digest, Set<Bytes> chunks) {
    Bytes row = arrived(batch, digest);
    if (row != null) {
      batch.delete(StoreTables.ARRIVED, digest.digest());
      addChunks(digest, row, chunks);
    }
  }

  private static void addChunks(PayloadDigest digest, Bytes row, Set<Bytes> chunks) {
    PayloadRow.decode(digest, row).chunks().forEach(chunk -> chunks.add(chunk.digest()));
  }

  /** Lets arriving payloads and readers go on, if this thread began removals. */
  void endRemovals() {
    if (chunkUse.isWriteLockedByCurrentThread()) {
      chunkUse.writeLock().unlock();
    }
  }

  // ---- arriving

  /** A payload in arrival; its bytes go into chunks as they come. */
  ArrivingPayload arrive() {
    return new ArrivingPayload(this, beginArriving());
  }

  /** The same for one who hashes the bytes himself, as {@code feed} gets them. */
  ArrivingPayload arrive(ArrivingPayload.Feed feed) {
    return new ArrivingPayload(this, beginArriving(), feed);
  }

  /** The number of one more payload in arrival; {@link #endArriving} must follow. */
  long beginArriving() {
    long number = arrivals.getAndIncrement();
    arriving.add(number);
    return number;
  }

  /** True if the payload with that number is on its way. */
  boolean isArriving(long number) {
    return arriving.contains(number);
  }

  void endArriving(long number) {
    arriving.remove(number);
  }

  long nowMillis() {
    return clock.millis();
  }

  /** Waits until no payload is cut beside its owner, who may have left it behind unfinished. */
  void close() {
    beside.close();
  }

  /** Begins work of an arriving payload beside its owner; see {@link BesideThreads#await}. */
  Future<?> beside(Runnable piece) {
    return beside.begin(piece);
  }

  /** Writes rows of an arriving payload while nothing is removed. */
  void writeArriving(List<RowChange> changes, Durability durability) {
    Lock using = chunkUse.readLock();
    using.lock();
    try {
      engine.write(changes, durability);
    } finally {
      using.unlock();
    }
  }

  /** How a chunk is here. */
  enum ChunkPresence {
    /** It is not. */
    NONE,
    /**
     * As part of payloads that are on their way or broke off, whole: perhaps past the log of
     * writes, so that it is durable only once {@link #sync} has returned.
     */
    ARRIVED,
    /** As part of a payload that is all here: durable as soon as anything is that refers to it. */
    KEPT
  }

  /**
   * How a chunk is here.
   *
   * @param token of the arrival that asks, whose own use says nothing
   */
  ChunkPresence presence(Bytes chunk, Bytes token) {
    boolean tried = false;
    for (Bytes use : stored.keysWithPrefix(StoreTables.CHUNK_USE, chunk)) {
      Bytes user = ArrivingPayload.user(use);
      if (!ArrivingPayload.isToken(user)) {
        return ChunkPresence.KEPT;
      }
      tried |= !user.equals(token);
    }
    if (!tried) {
      return ChunkPresence.NONE;
    }
    Bytes bytes = engine.get(StoreTables.CHUNK, chunk);
    return bytes != null && HashAlgorithm.SHA_256.hash(bytes).equals(chunk)
        ? ChunkPresence.ARRIVED
        : ChunkPresence.NONE;
  }

  /** Removes uses of chunks, and chunks of which they were the last. */
  void removeUses(List<Bytes> uses) {
    if (uses.isEmpty()) {
      return;
    }
    beginRemovals();
    try {
      Batch batch = new Batch(engine);
      uses.forEach(use -> removeUse(batch, use));
      engine.write(batch.changes(), Durability.RELAXED);
    } finally {
      endRemovals();
    }
  }

  /** Makes durable what was written so far, outside the log of writes too. */
  void sync() {
    engine.sync();
  }
}
