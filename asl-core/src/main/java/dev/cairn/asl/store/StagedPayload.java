package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.PayloadDigest;
import org.jspecify.annotations.Nullable;

/** A payload that was announced, on its way into the payload store. One owner at a time. */
final class StagedPayload implements PayloadStage {
  private final PayloadDigest expected;
  private final long lengthAnnounced;
  private final @Nullable ArrivingPayload arrival;
  private final Runnable release;
  private long length;
  private boolean ended;
  private boolean closed;

  /**
   * A payload of which nothing has come yet.
   *
   * @param arrival takes the bytes; null if they are here already
   * @param release lets the payload be erased again
   */
  StagedPayload(
      PayloadDigest expected,
      long lengthAnnounced,
      @Nullable ArrivingPayload arrival,
      Runnable release) {
    this.expected = expected;
    this.lengthAnnounced = lengthAnnounced;
    this.arrival = arrival;
    this.release = release;
  }

  @Override
  public void write(Bytes piece) {
    length += piece.length();
    if (length > lengthAnnounced) {
      abandon();
      throw new MalformedException(
          "payload " + expected + ": longer than the " + lengthAnnounced + " bytes announced");
    }
    if (arrival != null) {
      arrival.write(piece.toArray(), 0, piece.length());
    }
  }

  @Override
  public void finish() {
    if (length != lengthAnnounced) {
      abandon();
      throw new MalformedException(
          "payload "
              + expected
              + ": "
              + length
              + " bytes came of the "
              + lengthAnnounced
              + " announced");
    }
    ended = true;
    if (arrival != null) {
      arrival.finish(expected);
    }
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      if (arrival != null && !ended) {
        ended = true;
        arrival.suspend();
      }
      release.run();
    }
  }

  private void abandon() {
    if (arrival != null && !ended) {
      ended = true;
      arrival.abandon();
    }
  }
}
