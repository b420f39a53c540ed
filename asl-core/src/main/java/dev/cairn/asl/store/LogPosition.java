package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A place between two commits of a store, to go on from: of all commits in the order in which they
 * arrived there, or of one origin's log.
 *
 * <p>Its bytes may be kept for as long as the store lives. Their form, in docs/format with vectors:
 *
 * <pre>
 *   u8 version = 1 | u8 order: 0 arrival, 1 one log | 16 store | [36 origin, if order is 1]
 *   | u64 next | 8 trail | 4 check
 *
 *   store = SHA-256("cairn log position" | node id | federation) [0, 16)
 *   trail = SHA-256(origin | last record passed) [0, 8); zeros if next is 0
 *   check = SHA-256(all before) [0, 4)
 * </pre>
 *
 * <p>The trail shows a store that is not the one that gave the position, or that has lost what lay
 * before it: a position of another history is refused, never silently taken. Safe for any thread.
 *
 * @param store mark of the store
 * @param origin whose log; null for the order of arrival
 * @param next commits passed in the order of arrival, or records passed of one log
 * @param trail of the last record passed
 */
public record LogPosition(Bytes store, @Nullable Origin origin, long next, Bytes trail) {
  private static final int VERSION = 1;
  private static final int BY_ARRIVAL = 0;
  private static final int OF_ONE_LOG = 1;
  private static final int STORE_BYTES = 16;
  private static final int TRAIL_BYTES = 8;
  private static final int CHECK_BYTES = 4;
  private static final int HEAD_BYTES = 2 + STORE_BYTES;
  private static final int TAIL_BYTES = Long.BYTES + TRAIL_BYTES + CHECK_BYTES;
  private static final Bytes DOMAIN = Bytes.utf8("cairn log position");

  /** The trail before the first commit. */
  static final Bytes NO_TRAIL = Bytes.wrap(new byte[TRAIL_BYTES]);

  public LogPosition {
    if (store.length() != STORE_BYTES || trail.length() != TRAIL_BYTES || next < 0) {
      throw new IllegalArgumentException(
          "store mark of "
              + store.length()
              + " bytes, trail of "
              + trail.length()
              + " bytes, next "
              + next);
    }
  }

  static Bytes storeMark(NodeId node, String federation) {
    return HashAlgorithm.SHA_256
        .hash(Bytes.concat(DOMAIN, node.digest(), Bytes.utf8(federation)))
        .slice(0, STORE_BYTES);
  }

  static Bytes trail(Origin origin, Bytes lastRecord) {
    return HashAlgorithm.SHA_256.hash(origin.bytes().plus(lastRecord)).slice(0, TRAIL_BYTES);
  }

  /** The position as bytes. */
  public Bytes toBytes() {
    int order = origin == null ? BY_ARRIVAL : OF_ONE_LOG;
    ByteBuffer head = ByteBuffer.allocate(2).put((byte) VERSION).put((byte) order);
    Bytes body =
        Bytes.concat(
            Bytes.wrap(head.array()),
            store,
            origin == null ? Bytes.EMPTY : origin.bytes(),
            Bytes.u64(next),
            trail);
    return body.plus(check(body));
  }

  /**
   * Reads what {@link #toBytes} wrote.
   *
   * @throws MalformedException if it is nothing of the kind
   * @throws UnsupportedVersionException if it is of a later version
   */
  public static LogPosition fromBytes(Bytes bytes) {
    if (bytes.isEmpty()) {
      throw malformed("no bytes");
    }
    if (bytes.at(0) != VERSION) {
      throw new UnsupportedVersionException(
          "log position of version " + bytes.at(0) + "; supported is " + VERSION);
    }
    boolean ofOneLog = bytes.length() > 1 && bytes.at(1) == OF_ONE_LOG;
    int length = HEAD_BYTES + (ofOneLog ? Origin.BYTES : 0) + TAIL_BYTES;
    if (bytes.length() != length || bytes.at(1) > OF_ONE_LOG) {
      throw malformed(bytes.length() + " bytes");
    }
    Bytes body = bytes.slice(0, length - CHECK_BYTES);
    if (!check(body).equals(bytes.slice(length - CHECK_BYTES))) {
      throw malformed("its check does not fit");
    }
    int at = length - TAIL_BYTES;
    long next = bytes.u64At(at);
    if (next < 0) {
      throw malformed("a position past 2^63");
    }
    return new LogPosition(
        bytes.slice(2, HEAD_BYTES),
        ofOneLog ? Origin.fromBytes(bytes.slice(HEAD_BYTES, at)) : null,
        next,
        bytes.slice(at + Long.BYTES, length - CHECK_BYTES));
  }

  private static Bytes check(Bytes body) {
    return HashAlgorithm.SHA_256.hash(body).slice(0, CHECK_BYTES);
  }

  private static MalformedException malformed(String what) {
    return new MalformedException("log position: " + what);
  }
}
