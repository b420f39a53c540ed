package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.SipHash;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.time.Entropy;
import java.util.Collection;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicIntegerArray;
import java.util.concurrent.atomic.AtomicLongArray;
import org.jspecify.annotations.Nullable;

/**
 * What derived rows say of the records of each stretch of {@value #STRETCH} places of each log, as
 * one number a stretch, so that it can be laid beside the records themselves without a look-up for
 * each.
 *
 * <p>A number is the sum, modulo 2^64, of a keyed hash ({@link SipHash}) of each record as it is
 * said to be: its id, place, logseq, kind, and what it puts or whether it erases. Sums of two sides
 * that say the same are equal in whatever order they were added. The key is drawn afresh each time,
 * so who wrote the rows cannot have made two different sets with one sum: one that differs passes
 * with a chance of 2^-64. Sums say that a stretch is right, or that it must be looked at; what is
 * wrong in it they do not say.
 *
 * <p>Takes 8 bytes for each stretch. Filled by {@link Store#sumDerived}; safe for any thread.
 */
public final class RecordSums {
  /** Places in a stretch. */
  public static final int STRETCH = 4096;

  private static final int TAG_WORD_BYTES = Long.BYTES;

  private final long key0;
  private final long key1;
  private final Map<Origin, Log> logs = new TreeMap<>();
  private volatile boolean strays;

  private static final class Log {
    private final long size;
    private final AtomicLongArray sums;

    /** 1 for a stretch that is not right whatever its sum. */
    private final AtomicIntegerArray doubtful;

    Log(long size) {
      this.size = size;
      int stretches = Math.toIntExact((size + STRETCH - 1) / STRETCH);
      this.sums = new AtomicLongArray(stretches);
      this.doubtful = new AtomicIntegerArray(stretches);
    }
  }

  /** Empty sums over these logs. */
  public RecordSums(Collection<LogHead> heads, Entropy entropy) {
    Bytes key = entropy.bytes(SipHash.KEY_BYTES);
    this.key0 = key.u64At(0);
    this.key1 = key.u64At(Long.BYTES);
    heads.forEach(head -> logs.put(head.origin(), new Log(head.treeSize())));
  }

  /**
   * The number of one record of a log.
   *
   * @param erases what the note of a tombstone says; false for a put
   */
  public long of(LogRecord record, boolean erases) {
    return record.isPut()
        ? put(
            record.id(),
            record.index(),
            record.logseq(),
            record.kind(),
            record.payloadLength(),
            record.payloadDigest(),
            record.tag())
        : tombstone(record.id(), record.index(), record.logseq(), erases);
  }

  /** True if the records of a stretch, whose numbers have this sum, are those that rows tell of. */
  public boolean agrees(Origin origin, long stretch, long sum) {
    Log log = logs.get(origin);
    return log != null
        && log.doubtful.get((int) stretch) == 0
        && log.sums.get((int) stretch) == sum;
  }

  /** True if rows tell of records that no log has the place for. */
  public boolean strays() {
    return strays;
  }

  /** A row tells of a record. */
  void add(ArtifactKey id, Fact fact) {
    Place place = fact.place();
    Log log = log(place);
    if (log != null) {
      log.sums.addAndGet((int) (place.index() / STRETCH), number(id, fact));
    }
  }

  /** What is told of a record contradicts what is told of another one. */
  void doubt(Fact fact) {
    Log log = log(fact.place());
    if (log != null) {
      log.doubtful.set((int) (fact.place().index() / STRETCH), 1);
    }
  }

  private @Nullable Log log(Place place) {
    Log log = logs.get(place.origin());
    if (log == null || place.index() >= log.size) {
      strays = true;
      return null;
    }
    return log;
  }

  private long number(ArtifactKey id, Fact fact) {
    Place place = fact.place();
    return fact instanceof Fact.Put put
        ? put(
            id,
            place.index(),
            place.logseq(),
            put.kind(),
            put.payloadLength(),
            put.payloadDigest(),
            put.tag())
        : tombstone(id, place.index(), place.logseq(), ((Fact.Tombstone) fact).erase());
  }

  private long put(
      ArtifactKey id,
      long index,
      long logseq,
      RecordKind kind,
      long length,
      PayloadDigest digest,
      @Nullable TypeTag tag) {
    SipHash hash = begin(id, index, logseq, kind).word(length).words(digest.digest());
    return tag == null ? hash.end() : tagged(hash, tag.bytes());
  }

  private long tombstone(ArtifactKey id, long index, long logseq, boolean erases) {
    return begin(id, index, logseq, RecordKind.TOMBSTONE).word(erases ? 1 : 0).end();
  }

  private SipHash begin(ArtifactKey id, long index, long logseq, RecordKind kind) {
    return new SipHash(key0, key1)
        .words(id.digest())
        .word(index)
        .word(logseq)
        .word((long) id.algorithm().id() << Byte.SIZE | kind.code());
  }

  /** Padded with zeros, which no tag has. */
  private static long tagged(SipHash hash, Bytes tag) {
    int whole = tag.length() / TAG_WORD_BYTES * TAG_WORD_BYTES;
    long rest = 0;
    for (int at = whole; at < tag.length(); at++) {
      rest = rest << Byte.SIZE | tag.at(at);
    }
    return hash.words(tag.slice(0, whole)).word(rest).end();
  }
}
