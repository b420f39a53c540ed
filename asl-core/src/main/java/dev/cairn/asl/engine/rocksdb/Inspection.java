package dev.cairn.asl.engine.rocksdb;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.DamagedException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A look at the files of a database before RocksDB sees them, since opening is when RocksDB takes
 * damage for the end of a log, spins for ever, or deletes what it no longer knows of.
 *
 * <p>Checked are CURRENT, the MANIFEST that it names, each file that the MANIFEST names by presence
 * and size, and every write-ahead log that opening will read, frame by frame, batch by batch, and
 * log to log. What may be repaired is a tear at the very end: of the MANIFEST, when every file that
 * the rest names is there, and of the write-ahead logs, when no sync has succeeded beyond it. The
 * rest of that log and those after it were then never acknowledged; {@link #cut} removes them.
 * Anything else is a {@link DamagedException} that names file and byte.
 *
 * <p>What this cannot tell apart: pages of an unsynced tail that reached the medium out of order
 * look like damage, and are refused rather than guessed at.
 *
 * <p>Looking changes nothing. One owner; the caller keeps writers away, or takes a {@link
 * DamagedException} for what it is only when it comes twice.
 */
final class Inspection {
  private static final Pattern BLOB_FILE = Pattern.compile("[0-9]{6,18}\\.blob");
  private static final Pattern CURRENT_TEXT = Pattern.compile("MANIFEST-([0-9]{6,18})\n");
  static final Pattern LOG_NAME = Pattern.compile("([0-9]{6,18})\\.log");
  private static final int CURRENT_BYTES_MAX = 64;

  /** A batch whose sequence is further ahead than this follows none that we hold. */
  private static final long SEQUENCE_LEAP_MAX = 1L << 32;

  private final Path directory;
  private final AcknowledgedState acknowledged;
  private final Manifest manifest;
  private final int headFamily;
  private final List<Cut> cuts = new ArrayList<>();
  private final NavigableMap<Bytes, Long> logHeads = new TreeMap<>();
  private final Set<Bytes> pending = new TreeSet<>();
  private long lastSequence;
  private boolean anyLog;

  /**
   * The end of a file that is to go.
   *
   * @param simple whether RocksDB can be trusted to pass over it
   */
  record Cut(Path file, long bytes, String why, boolean simple) {
    @Override
    public String toString() {
      return file + " from byte " + bytes + ": " + why;
    }
  }

  private Inspection(
      Path directory, AcknowledgedState acknowledged, Manifest manifest, int headFamily) {
    this.directory = directory;
    this.acknowledged = acknowledged;
    this.manifest = manifest;
    this.headFamily = headFamily;
  }

  /**
   * Looks at a database.
   *
   * @param headFamily name of the family that holds {@link LogHead}s by log
   * @throws DamagedException if it is not whole
   * @throws IOException if a file cannot be read
   */
  static Inspection of(Path directory, AcknowledgedState acknowledged, String headFamily)
      throws IOException {
    Path current = directory.resolve("CURRENT");
    String text = start(current);
    Matcher named = CURRENT_TEXT.matcher(text);
    if (!named.matches()) {
      throw new DamagedException(current + " names no MANIFEST");
    }
    Path file = directory.resolve(text.strip());
    if (!Files.isRegularFile(file)) {
      throw new DamagedException(current + " names " + text.strip() + ", which is not there");
    }
    Manifest manifest = Manifest.read(file);
    int head = -1;
    for (Map.Entry<Integer, String> family : manifest.families().entrySet()) {
      head = family.getValue().equals(headFamily) ? family.getKey() : head;
    }
    boolean markGone =
        manifest.families().containsValue(AcknowledgedMark.FAMILY)
            && !AcknowledgedMark.isThere(directory);
    Inspection inspection =
        new Inspection(directory, markGone ? AcknowledgedState.LOST : acknowledged, manifest, head);
    inspection.checkManifest(Long.parseLong(named.group(1)));
    inspection.checkFiles();
    inspection.checkLogs();
    return inspection;
  }

  /** Names of all families. */
  Iterable<String> families() {
    return manifest.families().values();
  }

  /** True if there is any write-ahead log, needed or not. */
  boolean hasLogs() {
    return anyLog;
  }

  /** The unacknowledged rests that {@link #cut} would remove. */
  List<Cut> cuts() {
    return List.copyOf(cuts);
  }

  /** True if the last append to a log may not have been acknowledged yet. */
  boolean isPending(Bytes log) {
    return pending.contains(log);
  }

  /** What the mark tells, or that it is lost. */
  AcknowledgedState acknowledged() {
    return acknowledged;
  }

  /** What was acknowledged and is not there. */
  List<LostTail> losses() {
    List<LostTail> losses = new ArrayList<>();
    if (acknowledged.lost()) {
      losses.add(LostTail.unknown(lastSequence));
    }
    acknowledged
        .heads()
        .forEach(
            (log, head) -> {
              Long held = logHeads.get(log);
              boolean flushed = head.log() < manifest.logNumber(headFamily);
              if (!flushed && (held == null || held < head.records())) {
                losses.add(new LostTail(log, held == null ? -1 : held, head.records()));
              }
            });
    if (losses.isEmpty() && lastSequence < acknowledged.sequence()) {
      losses.add(new LostTail(Bytes.EMPTY, lastSequence, acknowledged.sequence()));
    }
    return losses;
  }

  /**
   * Removes torn tails, durably; the last file first, so that a crash on the way leaves what gives
   * the same answer.
   */
  void cut() throws IOException {
    for (int i = cuts.size() - 1; i >= 0; i--) {
      DurableFiles.truncate(cuts.get(i).file(), cuts.get(i).bytes());
    }
  }

  /**
   * Removes files of blobs that no MANIFEST ever named: those that a process was writing when it
   * died. What they would have held is in the write-ahead log, and RocksDB leaves them for ever.
   * Only where nothing is lost, and before the database is opened.
   */
  void removeStrays() throws IOException {
    Set<String> named = manifest.blobFiles();
    List<Path> strays;
    try (Stream<Path> files = Files.list(directory)) {
      strays =
          files
              .filter(file -> BLOB_FILE.matcher(file.getFileName().toString()).matches())
              .filter(file -> !named.contains(file.getFileName().toString()))
              .sorted()
              .toList();
    }
    for (Path stray : strays) {
      Files.delete(stray);
    }
  }

  static String start(Path current) throws IOException {
    try {
      if (Files.size(current) > CURRENT_BYTES_MAX) {
        throw new DamagedException(current + " is too long");
      }
      return new String(Files.readAllBytes(current), StandardCharsets.ISO_8859_1);
    } catch (NoSuchFileException e) {
      throw new DamagedException(current + " is not there", e);
    }
  }

  private void checkManifest(long number) {
    LogFrames.End end = manifest.end();
    Path file = manifest.file();
    if (end.wholeBytes() == 0) {
      throw new DamagedException(file + " holds no whole record");
    }
    if (number < acknowledged.manifest()) {
      throw new DamagedException(
          directory.resolve("CURRENT")
              + " names "
              + file.getFileName()
              + ", but a later one, "
              + acknowledged.manifest()
              + ", was in use");
    }
    if (number == acknowledged.manifest() && end.wholeBytes() < acknowledged.manifestBytes()) {
      throw new DamagedException(
          file
              + " at byte "
              + end.wholeBytes()
              + ": ends here, but "
              + acknowledged.manifestBytes()
              + " bytes were synced"
              + (end.tear() == null ? "" : "; " + end.tear()));
    }
    if (end.isTorn()) {
      cuts.add(new Cut(file, end.wholeBytes(), String.valueOf(end.tear()), end.cutShort()));
    }
  }

  private void checkFiles() throws IOException {
    for (Map.Entry<String, Long> entry : manifest.files().entrySet()) {
      Path file = directory.resolve(entry.getKey());
      long bytes;
      try {
        bytes = Files.size(file);
      } catch (NoSuchFileException e) {
        throw new DamagedException(file + " is not there, and " + manifest.file() + " names it", e);
      }
      if (bytes != entry.getValue()) {
        throw new DamagedException(
            file + " has " + bytes + " bytes instead of " + entry.getValue());
      }
    }
  }

  private void checkLogs() throws IOException {
    lastSequence = manifest.lastSequence();
    NavigableMap<Long, Long> sizes = new TreeMap<>();
    long sequence = 0;
    boolean lost = false;
    for (Map.Entry<Long, Path> entry : logs().entrySet()) {
      Log log = new Log(entry.getKey(), entry.getValue(), sequence);
      if (!lost) {
        log.read();
        lost = log.isBehindALostEnd(sizes);
      }
      if (lost) {
        empty(log);
        continue;
      }
      sizes.put(log.number, log.end().wholeBytes());
      if (log.failedAt >= 0) {
        cuts.add(new Cut(log.file, log.failedAt, "a write that failed", false));
        lost = true;
      } else if (log.end().isTorn()) {
        refuseIfSynced(log);
        LogFrames.End end = log.end();
        cuts.add(new Cut(log.file, end.wholeBytes(), String.valueOf(end.tear()), end.cutShort()));
        lost = true;
      }
      logHeads.putAll(log.heads);
      sequence = log.lastSequence;
    }
    lastSequence = Math.max(lastSequence, sequence);
  }

  private void refuseIfSynced(Log log) {
    if (log.number < acknowledged.syncedLog()) {
      throw new DamagedException(
          log.file
              + " at byte "
              + log.end().wholeBytes()
              + ": "
              + log.end().tear()
              + ", but a later log, "
              + acknowledged.syncedLog()
              + ", was synced");
    }
  }

  private void empty(Log log) throws IOException {
    if (Files.size(log.file) > 0) {
      cuts.add(new Cut(log.file, 0, "the log before it lost its end", false));
    }
  }

  /** The write-ahead logs that are there now and that the present MANIFEST counts on. */
  static NavigableSet<Path> neededLogs(Path directory) throws IOException {
    Path manifest = directory.resolve(start(directory.resolve("CURRENT")).strip());
    long first = Manifest.read(manifest).firstLogNumber();
    NavigableSet<Path> needed = new TreeSet<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Matcher name = LOG_NAME.matcher(file.getFileName().toString());
        if (name.matches() && Long.parseLong(name.group(1)) >= first) {
          needed.add(file);
        }
      }
    }
    return needed;
  }

  private NavigableMap<Long, Path> logs() throws IOException {
    NavigableMap<Long, Path> logs = new TreeMap<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        Matcher name = LOG_NAME.matcher(file.getFileName().toString());
        anyLog |= name.matches();
        if (name.matches() && Long.parseLong(name.group(1)) >= manifest.firstLogNumber()) {
          logs.put(Long.parseLong(name.group(1)), file);
        }
      }
    }
    return logs;
  }

  /** One write-ahead log, as it is read. */
  private final class Log implements LogFrames.Sink {
    private final long number;
    private final Path file;
    private final NavigableMap<Bytes, Long> heads = new TreeMap<>();
    private long lastSequence;
    private long failedAt = -1;
    private LogFrames.@Nullable Predecessor predecessor;
    private LogFrames.@Nullable End end;

    Log(long number, Path file, long lastSequence) {
      this.number = number;
      this.file = file;
      this.lastSequence = lastSequence;
    }

    void read() throws IOException {
      end = LogFrames.read(file, this);
    }

    LogFrames.End end() {
      LogFrames.End read = end;
      if (read == null) {
        throw new AssertionError("not read yet");
      }
      return read;
    }

    /** Never what was acknowledged, whatever the mark says. */
    private boolean isOfAFailedWrite(BatchReader batch) {
      return acknowledged.failedFrom() > 0
          && batch.count() > 0
          && batch.sequence() >= acknowledged.failedFrom()
          && batch.sequence() > acknowledged.sequence();
    }

    @Override
    public void predecessor(LogFrames.Predecessor said) {
      predecessor = said;
    }

    @Override
    public void record(long offset, byte[] record) {
      BatchReader batch = new BatchReader(record, file + " at byte " + offset);
      if (failedAt >= 0 || isOfAFailedWrite(batch)) {
        failedAt = failedAt < 0 ? offset : failedAt;
        return;
      }
      if (batch.sequence() <= lastSequence && batch.count() > 0) {
        throw new DamagedException(
            file
                + " at byte "
                + offset
                + ": change "
                + batch.sequence()
                + " comes after "
                + lastSequence);
      }
      lastSequence = Math.max(lastSequence, batch.sequence() + batch.count() - 1);
      batch.puts(
          (family, key, value) -> {
            if (family == headFamily) {
              heads.put(key, LogHead.decode(key, value, file).head());
              if (batch.sequence() > acknowledged.sequence()) {
                pending.add(key);
              }
            }
          });
    }

    @Override
    public boolean couldFollow(byte[] block, int from, int length) {
      if (length < Long.BYTES) {
        return false;
      }
      long sequence = 0;
      for (int i = Long.BYTES - 1; i >= 0; i--) {
        sequence = sequence << 8 | (block[from + i] & 0xff);
      }
      return sequence > lastSequence && sequence - lastSequence < SEQUENCE_LEAP_MAX;
    }

    /**
     * True if a log before this one lost its end and no sync has succeeded in this one.
     *
     * @param sizes of the logs before this one, by number
     */
    boolean isBehindALostEnd(NavigableMap<Long, Long> sizes) {
      LogFrames.Predecessor said = predecessor;
      if (said == null) {
        return false;
      }
      Long bytes = sizes.get(said.number());
      boolean obsolete = bytes == null && said.number() < manifest.firstLogNumber();
      boolean next = sizes.tailMap(said.number(), false).values().stream().allMatch(b -> b == 0);
      if (next && (obsolete || (bytes != null && bytes == said.bytes()))) {
        return false;
      }
      boolean shorter = bytes != null && bytes < said.bytes();
      if (next && shorter && said.number() >= acknowledged.syncedLog()) {
        return true;
      }
      throw new DamagedException(
          file
              + " follows "
              + Manifest.name(said.number(), "log")
              + " of "
              + said.bytes()
              + " bytes, "
              + (bytes == null ? "which is not there" : "which has " + bytes));
    }
  }
}
