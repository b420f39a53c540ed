package dev.cairn.federation.fetch;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.ErasedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.store.PayloadChunk;
import dev.cairn.federation.access.Grant;
import dev.cairn.federation.protocol.FetchMessage;
import dev.cairn.federation.protocol.FetchMessage.Absent;
import dev.cairn.federation.protocol.FetchMessage.ChunkList;
import dev.cairn.federation.protocol.FetchMessage.Piece;
import dev.cairn.federation.protocol.FetchMessage.Pieces;
import dev.cairn.federation.protocol.FetchMessage.Want;
import dev.cairn.federation.protocol.FetchMessage.WantItem;
import dev.cairn.federation.protocol.ProtocolLimits;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Answers a peer's wants from a store, in the order in which they came: small payloads packed into
 * messages of about {@link #MESSAGE_BYTES}, a chunk a message. What is not here, is damaged, or is
 * not the peer's to have, is absent. Reads as it goes; at most {@link
 * ProtocolLimits#WANTS_WAITING_MAX} items wait. One owner at a time.
 */
final class FetchAnswers {
  /** A message of answers is full with so many bytes. */
  static final int MESSAGE_BYTES = ProtocolLimits.RECORDS_MESSAGE_BYTES;

  /** Most payloads of which it is remembered whether the peer may have them. */
  private static final int JUDGED_MAX = 4_096;

  private final FetchStore store;
  private final TreeMap<PayloadDigest, Boolean> judged = new TreeMap<>();
  private long judgedAt;
  private final ArrayDeque<Asked> asked = new ArrayDeque<>();
  private final ArrayDeque<FetchMessage> ready = new ArrayDeque<>();
  private Grant grant = Grant.ALL;
  private @Nullable PayloadDigest listedPayload;
  private List<PayloadChunk> listed = List.of();
  private long nextNumber;
  private long bytesSent;

  private record Asked(long number, WantItem item) {}

  FetchAnswers(FetchStore store) {
    this.store = store;
  }

  /** What the peer may have from now on. */
  void under(Grant given) {
    grant = given;
    judged.clear();
  }

  /**
   * Notes of removals are of no artifact, so only who may read all has them. What is not the peer's
   * to have may be so once something came, and is looked at again then.
   */
  private boolean mayRead(PayloadDigest payload) {
    if (!grant.isLimited()) {
      return true;
    }
    long arrivals = store.arrivals();
    if (arrivals != judgedAt) {
      judgedAt = arrivals;
      judged.values().removeIf(may -> !may);
    }
    if (judged.size() >= JUDGED_MAX) {
      judged.clear();
    }
    return judged.computeIfAbsent(
        payload, digest -> store.isOf(digest, id -> grant.covers(id.key(), id.tag())));
  }

  void ask(Want want) {
    if (want.first() != nextNumber) {
      throw new MalformedException(
          "want: numbers from " + want.first() + " where " + nextNumber + " is due");
    }
    if (asked.size() + want.items().size() > ProtocolLimits.WANTS_WAITING_MAX) {
      throw new RefusedException(
          "want: more than " + ProtocolLimits.WANTS_WAITING_MAX + " items wait for their answers");
    }
    for (WantItem item : want.items()) {
      asked.add(new Asked(nextNumber++, item));
    }
  }

  boolean hasNext() {
    return !asked.isEmpty() || !ready.isEmpty();
  }

  long bytesSent() {
    return bytesSent;
  }

  @Nullable FetchMessage next() {
    if (ready.isEmpty()) {
      answer();
    }
    return ready.poll();
  }

  private void answer() {
    List<Piece> pieces = new ArrayList<>();
    List<Long> absent = new ArrayList<>();
    int bytes = 0;
    while (!asked.isEmpty()
        && bytes < MESSAGE_BYTES
        && pieces.size() + absent.size() < ProtocolLimits.WANT_ITEMS_MAX
        && ready.isEmpty()) {
      Asked next = asked.remove();
      WantItem item = next.item();
      Optional<Bytes> found =
          item.isWhole() || item.chunk() != null ? bytes(item) : Optional.empty();
      if (found.isPresent()) {
        pieces.add(new Piece(next.number(), found.get()));
        bytes += found.get().length();
      } else if (item.isWhole() || item.chunk() != null || !list(next)) {
        absent.add(next.number());
      }
    }
    bytesSent += bytes;
    if (!absent.isEmpty()) {
      ready.addFirst(new Absent(absent));
    }
    if (!pieces.isEmpty()) {
      ready.addFirst(new Pieces(pieces));
    }
  }

  private Optional<Bytes> bytes(WantItem item) {
    if (!mayRead(item.payload())) {
      return Optional.empty();
    }
    try {
      Bytes chunk = item.chunk();
      if (chunk != null) {
        return store.payloadChunk(item.payload(), chunk);
      }
      Bytes payload = store.payload(item.payload(), ProtocolLimits.INLINE_PAYLOAD_BYTES_MAX);
      return payload.length() == item.length() ? Optional.of(payload) : Optional.empty();
    } catch (NotFoundException | ErasedException | RefusedException | DamagedException e) {
      return Optional.empty();
    }
  }

  private boolean list(Asked next) {
    WantItem item = next.item();
    List<PayloadChunk> chunks = chunks(item.payload());
    if (item.from() >= chunks.size()
        || chunks.stream().mapToLong(PayloadChunk::length).sum() != item.length()) {
      return false;
    }
    int from = (int) item.from();
    int to = Math.min(chunks.size(), from + ProtocolLimits.CHUNKS_LISTED_MAX);
    ready.add(new ChunkList(next.number(), chunks.size(), chunks.subList(from, to)));
    return true;
  }

  private List<PayloadChunk> chunks(PayloadDigest payload) {
    if (!mayRead(payload)) {
      return List.of();
    }
    if (!payload.equals(listedPayload)) {
      listedPayload = null;
      try {
        listed = store.payloadChunks(payload);
        listedPayload = payload;
      } catch (NotFoundException | ErasedException | DamagedException e) {
        return List.of();
      }
    }
    return listed;
  }
}
