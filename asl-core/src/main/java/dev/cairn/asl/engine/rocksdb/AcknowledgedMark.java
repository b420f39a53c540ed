package dev.cairn.asl.engine.rocksdb;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.DataLossException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.time.Ticker;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.zip.CRC32C;
import org.slf4j.LoggerFactory;

/**
 * The high-water mark: a small file beside the database that says what was acknowledged as durable,
 * so that a tail that is gone is noticed instead of being taken for one that never was.
 *
 * <pre>
 *   page 0          "cairn acknowledged 1\n" | 1 if the mark before this one is lost, else 0 | zeros
 *   page 1 + 2k     side 0 of slots 32k … 32k + 31
 *   page 2 + 2k     side 1 of the same slots
 *   page            4096 bytes: 32 slots of 128
 *   slot            u32be CRC32C of the rest | u16be log length | log, 64 bytes with zeros
 *                   | u64be head | u64be write-ahead log that it was written to
 *                   | u64be sequence | u64be synced log | u64be MANIFEST | u64be its bytes
 *                   | u64be first sequence of a write that failed, 0 if none did
 *                   | u16be slots that are durable, at most 65535
 * </pre>
 *
 * <p>Slot 0 has an empty log and is always there, as are as many slots as any says are durable: a
 * mark that was cut or emptied is not taken for one that tells of less. What a slot says of the
 * whole store counts wherever it stands, the greatest wins. Slots are overwritten in place after
 * the sync that they tell of, one write of 128 bytes a commit, and not synced then: another sync
 * would halve the rate of commits. The file is synced by whoever commits {@value
 * #SYNC_SPACING_MILLIS} ms or more after the last time, when a new write-ahead log has begun, and
 * on closing. Between two syncs only one side of each slot is written, so that a crash that tears
 * it leaves the other as it was synced.
 *
 * <p>What it shows therefore: after the death of a process, everything acknowledged, exactly. After
 * the death of a machine, what was acknowledged until the last sync of the mark or whatever reached
 * the medium later by itself: with commits going on, all but the last {@value #SYNC_SPACING_MILLIS}
 * ms; a last commit before a pause, all but the seconds that the system takes to write pages back.
 * It never tells of more than was durable. Logs whose binary form is longer than 64 bytes, and
 * those beyond the first {@value #LOGS_MAX}, are covered by the sequence number alone.
 *
 * <p>Cost: a write of 128 bytes into the page cache is 2 µs beside a sync of 165 µs and more; one
 * more sync in 100 ms is 0.2 % of the time.
 *
 * <p>Safe for any thread.
 */
final class AcknowledgedMark implements AutoCloseable {
  /** The file's name in the database's folder. RocksDB leaves names alone that it does not know. */
  static final String NAME = "cairn.acknowledged";

  /** Commits go on so long without a sync of the mark. */
  static final int SYNC_SPACING_MILLIS = 100;

  /** Most logs with a slot of their own. */
  static final int LOGS_MAX = 1 << 16;

  static final int PAGE_BYTES = 4096;
  static final int SLOT_BYTES = 128;

  private static final byte[] MAGIC = Bytes.utf8("cairn acknowledged 1\n").toArray();
  private static final int SLOTS_A_PAGE = PAGE_BYTES / SLOT_BYTES;
  private static final int LOG_BYTES_MAX = 64;
  private static final int FIELDS = 6 + LOG_BYTES_MAX;
  private static final int DURABLE_SLOTS = FIELDS + 7 * Long.BYTES;
  private static final int DURABLE_SLOTS_MAX = 0xffff;

  /**
   * The name of an empty family that says that the database has a mark: made after it, so that one
   * that is missing is told from one that never was.
   */
  static final String FAMILY = NAME;

  private final Path file;
  // Not a channel: a thread that is interrupted would close that.
  private final RandomAccessFile out;
  private final Ticker ticker;
  private final Map<Bytes, Integer> slots = new HashMap<>();
  private final Map<Integer, Slot> contents = new HashMap<>();
  private final ByteBuffer buffer = ByteBuffer.allocate(SLOT_BYTES);
  private final CRC32C crc = new CRC32C();
  private final Set<Integer> changed = new TreeSet<>();

  // What was acknowledged since opening of logs that had lost their tail.
  private final Map<Bytes, AcknowledgedState.Head> behind = new TreeMap<>();
  private long sequenceSinceOpening;
  private long sequence;
  private long syncedLog;
  private long manifest;
  private long manifestBytes;
  private long failedFrom;
  private boolean lost;
  private int durableSlots;
  private int side;
  private long syncedAt;
  private boolean syncDue;

  private AcknowledgedMark(Path file, RandomAccessFile out, Ticker ticker) {
    this.file = file;
    this.out = out;
    this.ticker = ticker;
    this.syncedAt = ticker.nanos();
  }

  private record Slot(Bytes log, AcknowledgedState.Head head) {}

  /**
   * What a mark says; {@link AcknowledgedState#NONE} if there is none.
   *
   * @throws DataLossException if it is damaged: nobody knows then what was acknowledged
   */
  static AcknowledgedState read(Path directory) {
    Path file = directory.resolve(NAME);
    byte[] bytes;
    try {
      if (Files.size(file) > (2L * LOGS_MAX / SLOTS_A_PAGE + 3) * PAGE_BYTES) {
        throw damaged(file, "is longer than any mark");
      }
      bytes = Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      return AcknowledgedState.NONE;
    } catch (IOException e) {
      throw new UnavailableException("cannot read " + file + ": " + e, e);
    }
    Reading reading = new Reading(file, bytes);
    reading.run();
    return reading.state();
  }

  /** The same; {@link AcknowledgedState#LOST} if it is damaged. */
  static AcknowledgedState readOrLost(Path directory) {
    try {
      return read(directory);
    } catch (DataLossException e) {
      LoggerFactory.getLogger(AcknowledgedMark.class).debug("a new mark is made", e);
      return AcknowledgedState.LOST;
    }
  }

  /** True if there is one, damaged or not. */
  static boolean isThere(Path directory) {
    return Files.exists(directory.resolve(NAME));
  }

  private static DataLossException damaged(Path file, String what) {
    return new DataLossException(
        file + " " + what + ": what the store acknowledged as durable is not known");
  }

  /**
   * Opens the mark for writing, after it was read, and makes it if there is none, or what there is
   * was lost.
   */
  static AcknowledgedMark open(Path directory, AcknowledgedState state, Ticker ticker) {
    Path file = directory.resolve(NAME);
    try {
      if (state.lost() || !Files.exists(file)) {
        make(directory, file, state.lost());
      }
      RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw");
      AcknowledgedMark mark = new AcknowledgedMark(file, out, ticker);
      boolean ready = false;
      try {
        mend(out);
        mark.lost = state.lost();
        mark.rewrite(state);
        ready = true;
        return mark;
      } finally {
        if (!ready) {
          out.close();
        }
      }
    } catch (IOException e) {
      throw new UnavailableException("cannot write " + file + ": " + e, e);
    }
  }

  /** Beside its place, then renamed: a mark is whole or not there. */
  private static void make(Path directory, Path file, boolean lost) throws IOException {
    Path draft = directory.resolve(NAME + ".draft");
    try (RandomAccessFile out = new RandomAccessFile(draft.toFile(), "rw")) {
      out.setLength(0);
      ByteBuffer pages = ByteBuffer.allocate(3 * PAGE_BYTES);
      pages.put(MAGIC).put((byte) (lost ? 1 : 0));
      int sum = sum(pages.slice(PAGE_BYTES, SLOT_BYTES));
      pages.putInt((int) place(0, 0), sum);
      pages.putInt((int) place(0, 1), sum);
      out.write(pages.array());
      out.getFD().sync();
    }
    Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
    DurableFiles.syncDirectory(directory);
  }

  /**
   * Puts what a crash damaged right from the other side of its slot, durably. Before anything else
   * is written: a crash while the whole side is rewritten would leave neither.
   */
  static void mend(RandomAccessFile out) throws IOException {
    byte[] all = new byte[(int) out.length()];
    out.seek(0);
    out.readFully(all);
    ByteBuffer bytes = ByteBuffer.wrap(all);
    boolean mended = false;
    for (int slot = 0; place(slot, 1) + SLOT_BYTES <= all.length; slot++) {
      ByteBuffer first = bytes.slice((int) place(slot, 0), SLOT_BYTES);
      ByteBuffer second = bytes.slice((int) place(slot, 1), SLOT_BYTES);
      if (isWhole(first) != isWhole(second)) {
        int damaged = isWhole(first) ? 1 : 0;
        out.seek(place(slot, damaged));
        out.write(all, (int) place(slot, 1 - damaged), SLOT_BYTES);
        mended = true;
      }
    }
    if (mended) {
      out.getFD().sync();
    }
  }

  private static boolean isWhole(ByteBuffer slot) {
    return sum(slot) == slot.getInt(0);
  }

  private static int sum(ByteBuffer slot) {
    CRC32C crc = new CRC32C();
    crc.update(slot.slice(4, SLOT_BYTES - 4));
    return (int) crc.getValue();
  }

  /**
   * Makes the mark say this and nothing else, durably. A sync of what was written before, one side,
   * a sync, then the other: a crash on the way leaves one of them.
   */
  private void rewrite(AcknowledgedState state) throws IOException {
    sequence = state.sequence();
    syncedLog = state.syncedLog();
    manifest = state.manifest();
    manifestBytes = state.manifestBytes();
    slots.clear();
    contents.clear();
    changed.clear();
    slots.put(Bytes.EMPTY, 0);
    contents.put(0, new Slot(Bytes.EMPTY, new AcknowledgedState.Head(0, 0)));
    for (Map.Entry<Bytes, AcknowledgedState.Head> entry : state.heads().entrySet()) {
      contents.put(slots.size(), new Slot(entry.getKey(), entry.getValue()));
      slots.put(entry.getKey(), slots.size());
    }
    // Their places hold slots already, in whatever order, or all of it is new and of no use
    // halfway.
    durableSlots = slots.size();
    long end = place(slots.size() - 1, 1) / PAGE_BYTES * PAGE_BYTES + PAGE_BYTES;
    // The last sync before this, of an earlier process too, has left writes to one side behind it.
    out.getFD().sync();
    for (side = 0; side < 2; side++) {
      for (int slot = 0; slot < slots.size(); slot++) {
        write(slot);
      }
      out.getFD().sync();
    }
    side = 0;
    if (lost != state.lost()) {
      out.seek(MAGIC.length);
      out.write(state.lost() ? 1 : 0);
      out.getFD().sync();
      lost = state.lost();
    }
    if (out.length() > end) {
      out.setLength(end);
      out.getFD().sync();
    }
  }

  /** Takes back, durably, what is lost. */
  synchronized void forget(Iterable<LostTail> losses, long heldSequence) throws IOException {
    TreeMap<Bytes, AcknowledgedState.Head> heads = new TreeMap<>();
    contents.values().forEach(slot -> heads.put(slot.log, slot.head));
    heads.remove(Bytes.EMPTY);
    boolean any = false;
    for (LostTail loss : losses) {
      AcknowledgedState.Head held = new AcknowledgedState.Head(loss.held(), 0);
      heads.computeIfPresent(loss.log(), (log, head) -> behind.getOrDefault(log, held));
      any = true;
    }
    if (any) {
      long known = Math.min(sequence, Math.max(heldSequence, sequenceSinceOpening));
      rewrite(new AcknowledgedState(heads, known, syncedLog, manifest, manifestBytes, 0, false));
    }
    behind.clear();
  }

  /** Says that all changes up to {@code sequence} are durable. */
  synchronized void acknowledge(long sequence) throws IOException {
    sequenceSinceOpening = Math.max(sequenceSinceOpening, sequence);
    if (sequence > this.sequence) {
      this.sequence = sequence;
      change(0);
      syncIfDue();
    }
  }

  /**
   * Says that a log's records up to {@code head} are durable, and all changes up to {@code
   * sequence}.
   */
  synchronized void acknowledge(Bytes log, AcknowledgedState.Head head, long sequence)
      throws IOException {
    this.sequence = Math.max(this.sequence, sequence);
    sequenceSinceOpening = Math.max(sequenceSinceOpening, sequence);
    Integer slot = slots.get(log);
    if (slot == null) {
      if (log.isEmpty() || log.length() > LOG_BYTES_MAX || slots.size() > LOGS_MAX) {
        change(0);
        syncIfDue();
        return;
      }
      slot = slots.size();
      slots.put(log, slot);
    }
    Slot known = contents.get(slot);
    // A tail that is gone stays acknowledged until its loss is accepted.
    if (known == null || known.head.records() < head.records()) {
      contents.put(slot, new Slot(log, head));
    } else {
      behind.put(log, head);
    }
    change(slot);
    syncIfDue();
  }

  /** Says that a sync has succeeded in that write-ahead log: the next acknowledgement is synced. */
  synchronized void synced(long logNumber) {
    if (logNumber > syncedLog) {
      syncedLog = logNumber;
      syncDue = true;
    }
  }

  /** Says how much of the MANIFEST is synced. */
  synchronized void manifest(long number, long bytes) {
    if (number > manifest || (number == manifest && bytes > manifestBytes)) {
      manifest = number;
      manifestBytes = bytes;
    }
  }

  /**
   * Says that a write failed: what the write-ahead log holds from {@code sequence} on is no part of
   * the store. The next opening cuts it off and forgets this.
   */
  synchronized void failedFrom(long sequence) throws IOException {
    failedFrom = sequence;
    write(0);
    out.getFD().sync();
  }

  /** What it says, for a copy of the database whose files are new ones. */
  synchronized AcknowledgedState stateForCopy() {
    TreeMap<Bytes, AcknowledgedState.Head> heads = new TreeMap<>();
    contents
        .values()
        .forEach(slot -> heads.put(slot.log, new AcknowledgedState.Head(slot.head.records(), 0)));
    heads.remove(Bytes.EMPTY);
    return new AcknowledgedState(heads, sequence, 0, 0, 0, 0, lost);
  }

  /** Makes the mark itself durable. */
  synchronized void sync() throws IOException {
    out.getFD().sync();
    durableSlots = slots.size();
    syncedAt = ticker.nanos();
    syncDue = false;
    side = 1 - side;
    // What was written to the other side alone is written to this one too, so that each sync
    // leaves a whole side.
    Set<Integer> behind = new TreeSet<>(changed);
    changed.clear();
    for (int slot : behind) {
      write(slot);
    }
  }

  @Override
  public synchronized void close() throws IOException {
    out.close();
  }

  private void change(int slot) throws IOException {
    changed.add(slot);
    write(slot);
  }

  private void syncIfDue() throws IOException {
    if (syncDue || ticker.nanos() - syncedAt >= SYNC_SPACING_MILLIS * 1_000_000L) {
      sync();
    }
  }

  private void write(int slot) throws IOException {
    Slot content = contents.get(slot);
    if (content == null) {
      throw new AssertionError("slot " + slot + " of " + file);
    }
    buffer.clear();
    buffer.putInt(0).putShort((short) content.log.length());
    buffer.put(content.log.toArray()).put(new byte[LOG_BYTES_MAX - content.log.length()]);
    AcknowledgedState.Head head = content.head;
    buffer.putLong(head.records()).putLong(head.log());
    buffer.putLong(sequence).putLong(syncedLog).putLong(manifest).putLong(manifestBytes);
    buffer.putLong(failedFrom);
    buffer.putShort((short) Math.min(durableSlots, DURABLE_SLOTS_MAX));
    crc.reset();
    crc.update(buffer.position(4).limit(SLOT_BYTES));
    buffer.putInt(0, (int) crc.getValue());
    out.seek(place(slot, side));
    out.write(buffer.array());
  }

  private static long place(int slot, int side) {
    long page = 1 + 2L * (slot / SLOTS_A_PAGE) + side;
    return page * PAGE_BYTES + (long) slot % SLOTS_A_PAGE * SLOT_BYTES;
  }

  /** Reads a mark's bytes. */
  private static final class Reading {
    private final Path file;
    private final ByteBuffer bytes;
    private final TreeMap<Bytes, AcknowledgedState.Head> heads = new TreeMap<>();
    private long sequence;
    private long syncedLog;
    private long manifest;
    private long manifestBytes;
    private long failedFrom;
    private boolean lost;
    private int durableSlots;

    Reading(Path file, byte[] bytes) {
      this.file = file;
      this.bytes = ByteBuffer.wrap(bytes);
    }

    void run() {
      boolean known = bytes.limit() >= MAGIC.length;
      for (int i = 0; known && i < MAGIC.length; i++) {
        known = bytes.get(i) == MAGIC[i];
      }
      if (!known) {
        throw damaged(file, "does not begin as a mark does");
      }
      lost = bytes.limit() > MAGIC.length && bytes.get(MAGIC.length) != 0;
      int pages = bytes.limit() / PAGE_BYTES;
      for (int slot = 0; slot < pages / 2 * SLOTS_A_PAGE + SLOTS_A_PAGE; slot++) {
        boolean first = slot(slot, 0);
        boolean second = slot(slot, 1);
        if (!first && !second) {
          throw damaged(file, "has both sides of slot " + slot + " damaged");
        }
      }
      for (int slot = 0; slot < Math.max(1, durableSlots); slot++) {
        if (isEmpty(slot, 0) && isEmpty(slot, 1)) {
          throw damaged(file, "lacks slot " + slot);
        }
      }
    }

    AcknowledgedState state() {
      return new AcknowledgedState(
          heads, sequence, syncedLog, manifest, manifestBytes, failedFrom, lost);
    }

    private boolean isEmpty(int slot, int side) {
      long place = place(slot, side);
      return place + SLOT_BYTES > bytes.limit()
          || bytes.slice((int) place, SLOT_BYTES).mismatch(ByteBuffer.allocate(SLOT_BYTES)) < 0;
    }

    /** False if what stands there is neither nothing nor a slot. */
    private boolean slot(int slot, int side) {
      long place = place(slot, side);
      if (place + SLOT_BYTES > bytes.limit()) {
        return true;
      }
      ByteBuffer content = bytes.slice((int) place, SLOT_BYTES);
      if (isEmpty(slot, side)) {
        return true;
      }
      int length = content.getShort(4);
      if (!isWhole(content) || length < 0 || length > LOG_BYTES_MAX) {
        return false;
      }
      byte[] log = new byte[length];
      content.get(6, log);
      take(Bytes.wrap(log), content);
      return true;
    }

    private void take(Bytes log, ByteBuffer content) {
      if (!log.isEmpty()) {
        AcknowledgedState.Head head =
            new AcknowledgedState.Head(content.getLong(FIELDS), content.getLong(FIELDS + 8));
        AcknowledgedState.Head known = heads.get(log);
        if (known == null || known.records() < head.records()) {
          heads.put(log, head);
        }
      }
      sequence = Math.max(sequence, content.getLong(FIELDS + 16));
      syncedLog = Math.max(syncedLog, content.getLong(FIELDS + 24));
      failedFrom = Math.max(failedFrom, content.getLong(FIELDS + 48));
      durableSlots = Math.max(durableSlots, Short.toUnsignedInt(content.getShort(DURABLE_SLOTS)));
      long number = content.getLong(FIELDS + 32);
      long length = content.getLong(FIELDS + 40);
      if (number > manifest || (number == manifest && length > manifestBytes)) {
        manifest = number;
        manifestBytes = length;
      }
    }
  }
}
