package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.store.PayloadStore.ChunkPresence;
import java.util.List;
import java.util.TreeSet;

/**
 * The chunks of a payload as they come, each under a token of this arrival, in the manner of {@link
 * ArrivingPayload}: which takes the whole once all are here, so that a payload is cut, hashed and
 * kept in one way only, whoever listed its chunks.
 *
 * <p>Most chunks of a long payload go past the log of writes; what a crash can take of them is
 * bounded by {@link #SYNC_SPACING_BYTES}. One owner at a time.
 */
final class StagedChunks implements ChunkStage {
  /** After so many bytes what came is made durable. */
  static final long SYNC_SPACING_BYTES = 32L << 20;

  private final PayloadStore payloads;
  private final PayloadDigest expected;
  private final long length;
  private final List<PayloadChunk> chunks;
  private final long number;
  private final Bytes token;
  private final Runnable release;
  private final TreeSet<Bytes> here = new TreeSet<>();

  /** What chunks that were not here came to. */
  private long newBytes;

  /** Bytes of chunks that may have gone past the log of writes, here or for another arrival. */
  private long unsyncedBytes;

  private boolean ended;
  private boolean closed;

  /**
   * A payload of which nothing is known to be here.
   *
   * @param chunks in the payload's order; they add up to its length
   * @param release lets the payload be erased again
   */
  StagedChunks(
      PayloadStore payloads,
      PayloadDigest expected,
      long length,
      List<PayloadChunk> chunks,
      Runnable release) {
    this.payloads = payloads;
    this.expected = expected;
    this.length = length;
    this.chunks = List.copyOf(chunks);
    this.number = payloads.beginArriving();
    this.token = ArrivingPayload.token(number);
    this.release = release;
  }

  @Override
  public boolean has(PayloadChunk chunk) {
    requireOpen();
    if (here.contains(chunk.digest())) {
      return true;
    }
    if (payloads.presence(chunk.digest(), token) == ChunkPresence.NONE) {
      return false;
    }
    // Its last user may go between the look and the claim, and takes it along then: look again.
    claim(chunk);
    ChunkPresence presence = payloads.presence(chunk.digest(), token);
    if (presence == ChunkPresence.NONE) {
      return false;
    }
    unsyncedBytes += presence == ChunkPresence.ARRIVED ? chunk.length() : 0;
    here.add(chunk.digest());
    return true;
  }

  @Override
  public void put(PayloadChunk chunk, Bytes bytes) {
    requireOpen();
    if (bytes.length() != chunk.length()
        || !HashAlgorithm.SHA_256.hash(bytes).equals(chunk.digest())) {
      throw new MalformedException(
          "payload "
              + expected
              + ": "
              + bytes.length()
              + " bytes came that are not chunk "
              + chunk.digest().toHex()
              + " of "
              + chunk.length());
    }
    if (has(chunk)) {
      return;
    }
    claim(chunk);
    boolean pastLog =
        ArrivingPayload.isPastLog(length > ArrivingPayload.LOGGED_BYTES_MAX, newBytes);
    newBytes += bytes.length();
    payloads.writeArriving(
        List.of(RowChange.put(StoreTables.CHUNK, chunk.digest(), Bytes.wrap(bytes.toArray()))),
        pastLog ? Durability.DEFERRED : Durability.RELAXED);
    here.add(chunk.digest());
    unsyncedBytes += pastLog ? bytes.length() : 0;
    if (unsyncedBytes >= SYNC_SPACING_BYTES) {
      makeDurable();
    }
  }

  private void claim(PayloadChunk chunk) {
    payloads.writeArriving(
        List.of(
            RowChange.put(
                StoreTables.CHUNK_USE,
                chunk.digest().plus(token),
                Bytes.u64(payloads.nowMillis()))),
        Durability.RELAXED);
  }

  @Override
  public void finish() {
    requireOpen();
    for (PayloadChunk chunk : chunks) {
      if (!has(chunk)) {
        throw new IllegalStateException(
            "payload " + expected + ": chunk " + chunk.digest().toHex() + " has not come");
      }
    }
    makeDurable();
    ArrivingPayload arrival = payloads.arrive();
    boolean joined = false;
    try {
      for (PayloadChunk chunk : chunks) {
        byte[] bytes = payloads.chunk(expected, chunk).toArray();
        arrival.write(bytes, 0, bytes.length);
      }
      joined = true;
    } finally {
      if (!joined) {
        arrival.suspend();
      }
    }
    try {
      arrival.finish(expected);
    } finally {
      ended = true;
      payloads.removeUses(here.stream().map(digest -> digest.plus(token)).toList());
      payloads.endArriving(number);
    }
  }

  private void makeDurable() {
    if (unsyncedBytes > 0) {
      payloads.sync();
      unsyncedBytes = 0;
    }
  }

  private void requireOpen() {
    if (ended || closed) {
      throw new IllegalStateException("payload " + expected + ": its stage has ended");
    }
  }

  @Override
  public void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      if (!ended) {
        payloads.endArriving(number);
        makeDurable();
      }
    } finally {
      release.run();
    }
  }
}
