package dev.cairn.federation.protocol;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.ErasedException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.Position;
import dev.cairn.asl.store.ContentCursor;
import dev.cairn.asl.store.LogHead;
import java.util.ArrayDeque;
import java.util.Map;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What is left to send of one origin's log, record by record and stop by stop. Ordered by the
 * position of the present record.
 *
 * <p>A stop is a checkpoint held here. Of the checkpoints within {@link
 * ProtocolLimits#CHECKPOINT_RECORDS_MAX} records the last one is taken, so that many small ones
 * cost no more than few. Records are read in windows, with the payloads that travel with them, and
 * nothing stays open between them. One owner at a time.
 */
final class OriginTail implements Comparable<OriginTail> {
  private static final int WINDOW_RECORDS = 256;
  private static final int CHECKPOINT_PAGE = 256;

  private final ReplicaStore store;
  private final LogHead head;
  private final long goal;
  private final long windowBytes;
  private final Predicate<LogRecord> comes;
  private final ArrayDeque<Held> window = new ArrayDeque<>();
  private long nextIndex;
  private long stop;
  private Bytes stopNote = Bytes.EMPTY;
  private long lastLogseq;
  private @Nullable Held present;

  private record Held(
      LogRecord record, Bytes encoded, Position position, @Nullable Bytes payload) {}

  /**
   * @param from index of the first record to send
   * @param lastLogseq logseq of the record before it; 0 if none
   * @param goal how many records of the log the receiver shall hold at least, as far as checkpoints
   *     allow
   * @param windowBytes payloads are read ahead until they come to so much
   * @param comes whose payloads are read
   */
  OriginTail(
      ReplicaStore store,
      LogHead head,
      long from,
      long lastLogseq,
      long goal,
      long windowBytes,
      Predicate<LogRecord> comes) {
    this.store = store;
    this.head = head;
    this.nextIndex = from;
    this.stop = from;
    this.lastLogseq = lastLogseq;
    this.goal = goal;
    this.windowBytes = windowBytes;
    this.comes = comes;
  }

  /** Moves to the next record that a checkpoint covers; false at the end. */
  boolean advance() {
    if (present != null) {
      lastLogseq = present.record().logseq();
      present = null;
    }
    if (nextIndex == stop && !findStop()) {
      return false;
    }
    if (window.isEmpty()) {
      fill();
    }
    present = window.poll();
    if (present == null) {
      throw new AssertionError("no record " + nextIndex + " in the log of " + head.origin());
    }
    nextIndex++;
    return true;
  }

  LogHead head() {
    return head;
  }

  Origin origin() {
    return head.origin();
  }

  LogRecord record() {
    return held().record();
  }

  Bytes encoded() {
    return held().encoded();
  }

  /** The present record's payload, verified, if it is wanted, small and here. */
  @Nullable Bytes payload() {
    return held().payload();
  }

  /** True if the present record begins a commit. */
  boolean beginsCommit() {
    return record().logseq() != lastLogseq;
  }

  /** True if a checkpoint ends at the present record. */
  boolean atStop() {
    return nextIndex == stop;
  }

  /** The checkpoint that ends at the present record. */
  PeerMessage.CheckpointNote stopNote() {
    return new PeerMessage.CheckpointNote(origin(), stop, stopNote);
  }

  @Override
  public int compareTo(OriginTail other) {
    return held().position().compareTo(other.held().position());
  }

  private Held held() {
    if (present == null) {
      throw new AssertionError("no present record");
    }
    return present;
  }

  /**
   * Chooses the next checkpoint: the first that reaches the goal, else the last one within reach,
   * else the next. The place up to which the node's key is believed is not passed over: whoever
   * believes no more takes what lies before it.
   */
  private boolean findStop() {
    if (nextIndex >= goal) {
      return false;
    }
    long from = nextIndex;
    long believed = store.believed(origin());
    long at = from;
    while (true) {
      Map<Long, Bytes> page = store.checkpoints(origin(), at, CHECKPOINT_PAGE);
      for (Map.Entry<Long, Bytes> checkpoint : page.entrySet()) {
        long size = checkpoint.getKey();
        boolean far = size - from > ProtocolLimits.CHECKPOINT_RECORDS_MAX;
        boolean beyond = size > believed && stop > from && stop <= believed;
        if (size > head.treeSize() || beyond || (far && stop > from)) {
          return stop > from;
        }
        stop = size;
        stopNote = checkpoint.getValue();
        if (size >= goal) {
          return true;
        }
        at = size;
      }
      if (page.size() < CHECKPOINT_PAGE) {
        return stop > from;
      }
    }
  }

  private void fill() {
    long to = Math.min(stop, nextIndex + WINDOW_RECORDS);
    long bytes = 0;
    try (ContentCursor cursor = store.contents(origin(), nextIndex, to)) {
      while ((window.isEmpty() || bytes < windowBytes) && cursor.next()) {
        LogRecord record = cursor.record();
        Bytes payload = comes.test(record) ? smallPayload(cursor, record) : null;
        bytes += payload == null ? 0 : payload.length();
        window.add(new Held(record, cursor.encoded(), record.position(origin()), payload));
      }
    }
  }

  private static @Nullable Bytes smallPayload(ContentCursor cursor, LogRecord record) {
    if (record.payloadLength() > ProtocolLimits.INLINE_PAYLOAD_BYTES_MAX) {
      return null;
    }
    try {
      return cursor.payload(ProtocolLimits.INLINE_PAYLOAD_BYTES_MAX);
    } catch (ErasedException | NotFoundException e) {
      return null;
    }
  }
}
