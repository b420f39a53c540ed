package dev.cairn.federation.protocol;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.ErasedException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.StoreFailedException;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.store.LogHead;
import dev.cairn.federation.protocol.LiveMessage.CursorAnswer;
import dev.cairn.federation.protocol.LiveMessage.CursorProblem;
import dev.cairn.federation.protocol.PayloadWish.Payloads;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import dev.cairn.federation.protocol.PeerMessage.DeltaEnd;
import dev.cairn.federation.protocol.PeerMessage.Item;
import dev.cairn.federation.protocol.PeerMessage.OriginInfo;
import dev.cairn.federation.protocol.PeerMessage.PayloadPiece;
import dev.cairn.federation.protocol.PeerMessage.Records;
import dev.cairn.federation.protocol.PeerMessage.Run;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything a store holds past a cursor, as the messages of one delta: what sessions send, bundles
 * keep and replays consume.
 *
 * <p>The logs are merged record by record in the total order. Runs of one origin are packed into
 * messages of about {@link ProtocolLimits#RECORDS_MESSAGE_BYTES}; each origin's last record of a
 * stretch is followed by its checkpoint; records that no held checkpoint covers are left out. A
 * payload that is not here any more, for it was erased, is left out too.
 *
 * <p>What the store gains after the construction is not sent. Reads lazily and holds a few windows
 * of records and at most one open payload. One owner at a time; must be closed.
 */
public final class DeltaReader implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(DeltaReader.class);
  private static final int ITEM_OVERHEAD_BYTES = 16;

  /** Payloads that are read ahead, of all logs together; at least one of each. */
  private static final long WINDOW_BYTES = 4L << 20;

  /** Large payloads that are remembered as sent, lest they be sent twice in one delta. */
  static final int LARGE_PAYLOADS_REMEMBERED = 4_096;

  private final ReplicaStore store;
  private final Payloads wanted;
  private final PriorityQueue<OriginTail> tails = new PriorityQueue<>();
  private final ArrayDeque<PeerMessage> ready = new ArrayDeque<>();
  private final Set<PayloadDigest> largeSent = new LinkedHashSet<>();
  private final List<String> contradictions = new ArrayList<>();
  private final List<CursorAnswer> answers = new ArrayList<>();
  private final TreeMap<Origin, CursorEntry> reached = new TreeMap<>();
  private final List<Run> runs = new ArrayList<>();
  private List<Item> runItems = new ArrayList<>();
  private @Nullable Origin runOrigin;
  private long runFirstIndex;
  private int messageBytes;
  private @Nullable Pieces pieces;
  private boolean ended;
  private Tally sent = Tally.NONE;

  /**
   * A delta of what {@code store} holds now. The store's own log is signed first, so that all of it
   * can be sent.
   *
   * @param after where the receiver's logs end
   * @param until send no further than the first checkpoints that cover this cut; empty for all
   */
  public DeltaReader(ReplicaStore store, List<CursorEntry> after, Optional<Cut> until) {
    this(store, after, until, Payloads.ALL);
  }

  /**
   * The same for one who does not want every payload with its record.
   *
   * @param wanted what is sent of payloads that records can be taken without
   */
  public DeltaReader(
      ReplicaStore store, List<CursorEntry> after, Optional<Cut> until, Payloads wanted) {
    this(store, after, until, wanted, Set.of());
  }

  /**
   * As the others, but for some logs.
   *
   * @param withheld logs of which nothing is sent
   */
  DeltaReader(
      ReplicaStore store,
      List<CursorEntry> after,
      Optional<Cut> until,
      Payloads wanted,
      Set<Origin> withheld) {
    this.store = store;
    this.wanted = wanted;
    store.signHead();
    Map<Origin, CursorEntry> held = new TreeMap<>();
    after.forEach(entry -> held.put(entry.origin(), entry));
    List<LogHead> heads = store.heads();
    for (LogHead head : heads) {
      CursorEntry entry = held.remove(head.origin());
      if (!withheld.contains(head.origin())) {
        begin(head, entry, until, WINDOW_BYTES / heads.size());
      }
    }
    held.keySet().stream()
        .filter(origin -> origin.node().equals(store.node()))
        .forEach(
            origin -> answers.add(new CursorAnswer(origin, CursorProblem.UNKNOWN_EPOCH, 0, 0)));
  }

  /** True if there is nothing to send but the end. */
  public boolean isEmpty() {
    return tails.isEmpty() && pieces == null && ready.isEmpty() && runItems.isEmpty();
  }

  /** Logs that cannot be sent from where the receiver's end, and why. */
  public List<CursorAnswer> answers() {
    return Collections.unmodifiableList(answers);
  }

  /** The next message; the last one is a {@link DeltaEnd}, then null. */
  public @Nullable PeerMessage next() {
    while (ready.isEmpty() && !ended) {
      step();
    }
    return ready.poll();
  }

  /** What the messages given out so far hold. */
  public Tally sent() {
    return sent;
  }

  /**
   * Where the receiver's logs will end, once it has taken every message so far; in order of
   * origins. Logs of its cursor that this store does not hold are left out.
   */
  public List<CursorEntry> reached() {
    return List.copyOf(reached.values());
  }

  /**
   * Logs whose end at the receiver contradicts ours, in words: one of the two is a fork, or the
   * cursor a lie. Nothing of them is sent.
   */
  public List<String> contradictions() {
    return Collections.unmodifiableList(contradictions);
  }

  @Override
  public void close() {
    ended = true;
    ready.clear();
    if (pieces != null) {
      pieces.close();
      pieces = null;
    }
  }

  private void begin(
      LogHead head, @Nullable CursorEntry entry, Optional<Cut> until, long windowBytes) {
    if (entry != null) {
      if (!agrees(head, entry)) {
        return;
      }
      reached.put(head.origin(), entry);
    }
    long from = entry == null ? 0 : entry.treeSize();
    long lastLogseq = entry == null ? 0 : entry.lastLogseq();
    long goal = until.map(cut -> goal(head, cut)).orElse(head.treeSize());
    if (from < goal && store.record(head.origin(), from).isEmpty()) {
      answer(head, CursorProblem.PRUNED);
      return;
    }
    OriginTail tail =
        new OriginTail(store, head, from, lastLogseq, goal, windowBytes, this::isWanted);
    if (tail.advance()) {
      ready.add(new OriginInfo(head.origin(), head.key()));
      tails.add(tail);
    }
  }

  private long goal(LogHead head, Cut cut) {
    Long logseq = cut.logseqs().get(head.origin());
    return logseq == null ? 0 : store.firstIndexAfter(head.origin(), logseq);
  }

  /** False if our log goes on from another record than the receiver's last one. */
  private boolean agrees(LogHead head, CursorEntry entry) {
    long index = entry.treeSize() - 1;
    if (index >= head.treeSize()) {
      if (head.origin().node().equals(store.node())) {
        answer(head, CursorProblem.FUTURE_CURSOR);
      }
      return true;
    }
    long logseq =
        entry.treeSize() == head.treeSize()
            ? head.lastLogseq()
            : store.record(entry.origin(), index).map(LogRecord::logseq).orElse(entry.lastLogseq());
    if (logseq == entry.lastLogseq()) {
      return true;
    }
    answer(head, CursorProblem.DIVERGED);
    contradictions.add(
        "record "
            + index
            + " of "
            + entry.origin()
            + " has logseq "
            + entry.lastLogseq()
            + " at the receiver and "
            + logseq
            + " here");
    return false;
  }

  private void answer(LogHead head, CursorProblem problem) {
    answers.add(new CursorAnswer(head.origin(), problem, head.treeSize(), head.lastLogseq()));
  }

  private void step() {
    if (pieces != null) {
      nextPiece(pieces);
      return;
    }
    OriginTail tail = tails.poll();
    if (tail == null) {
      flush();
      ready.add(new DeltaEnd(sent.commits(), sent.records(), sent.payloads()));
      ended = true;
      return;
    }
    LogRecord record = tail.record();
    boolean large = record.payloadLength() > ProtocolLimits.INLINE_PAYLOAD_BYTES_MAX;
    if (large && isWanted(record) && openLarge(record)) {
      tails.add(tail);
      return;
    }
    add(tail, tail.payload());
    boolean stops = tail.atStop();
    if (stops || messageBytes >= ProtocolLimits.RECORDS_MESSAGE_BYTES) {
      flush();
    }
    if (stops) {
      ready.add(tail.stopNote());
      reached.put(
          tail.origin(), new CursorEntry(tail.origin(), record.index() + 1, record.logseq()));
    }
    if (tail.advance()) {
      tails.add(tail);
    }
  }

  private boolean isWanted(LogRecord record) {
    boolean large = record.payloadLength() > ProtocolLimits.INLINE_PAYLOAD_BYTES_MAX;
    return wanted == Payloads.ALL
        || (wanted == Payloads.SMALL && !large)
        || !record.isPut()
        || store.isStructured(record.tag());
  }

  private void add(OriginTail tail, @Nullable Bytes payload) {
    LogRecord record = tail.record();
    if (!tail.origin().equals(runOrigin)) {
      endRun();
      runOrigin = tail.origin();
      runFirstIndex = record.index();
      messageBytes += Origin.BYTES;
    }
    runItems.add(new Item(tail.encoded(), payload));
    int payloadBytes = payload == null ? 0 : payload.length();
    messageBytes += tail.encoded().length() + payloadBytes + ITEM_OVERHEAD_BYTES;
    sent =
        sent.plus(
            new Tally(
                tail.beginsCommit() ? 1 : 0,
                1,
                payload == null ? 0 : 1,
                tail.encoded().length() + payloadBytes));
  }

  private void endRun() {
    if (runOrigin != null) {
      runs.add(new Run(runOrigin, runFirstIndex, runItems));
      runItems = new ArrayList<>();
      runOrigin = null;
    }
  }

  private void flush() {
    endRun();
    if (!runs.isEmpty()) {
      ready.add(new Records(runs));
      runs.clear();
    }
    messageBytes = 0;
  }

  /** Begins to send a large payload, unless it was sent or is not here. */
  private boolean openLarge(LogRecord record) {
    PayloadDigest digest = record.payloadDigest();
    if (largeSent.contains(digest) || !store.hasPayload(digest)) {
      return false;
    }
    try {
      pieces = new Pieces(digest, record.payloadLength(), store.openPayload(digest));
    } catch (ErasedException | NotFoundException e) {
      return false;
    }
    largeSent.add(digest);
    if (largeSent.size() > LARGE_PAYLOADS_REMEMBERED) {
      largeSent.remove(largeSent.iterator().next());
    }
    return true;
  }

  private void nextPiece(Pieces open) {
    PayloadPiece piece = open.next();
    ready.add(piece);
    boolean last = open.isDone();
    sent = sent.plus(new Tally(0, 0, last ? 1 : 0, piece.data().length()));
    if (last) {
      open.close();
      pieces = null;
    }
  }

  /** A large payload on its way out. */
  private static final class Pieces {
    private final PayloadDigest digest;
    private final long length;
    private final InputStream in;
    private long offset;

    Pieces(PayloadDigest digest, long length, InputStream in) {
      this.digest = digest;
      this.length = length;
      this.in = in;
    }

    boolean isDone() {
      return offset == length;
    }

    PayloadPiece next() {
      int due = (int) Math.min(ProtocolLimits.PAYLOAD_PIECE_BYTES_MAX, length - offset);
      try {
        byte[] data = new byte[due];
        if (in.readNBytes(data, 0, due) < due || (offset + due == length && in.read() >= 0)) {
          throw new DamagedException(
              "payload " + digest + " is not of the " + length + " bytes that its record states");
        }
        PayloadPiece piece = new PayloadPiece(digest, length, offset, Bytes.wrap(data));
        offset += due;
        return piece;
      } catch (IOException e) {
        throw new StoreFailedException("payload " + digest + " at byte " + offset, e);
      }
    }

    /**
     * What was read has been verified as it was read; a stream that fails to close takes nothing.
     */
    void close() {
      try {
        in.close();
      } catch (IOException e) {
        LOG.debug("closing payload {}", digest, e);
      }
    }
  }
}
