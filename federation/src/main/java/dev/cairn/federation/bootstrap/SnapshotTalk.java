package dev.cairn.federation.bootstrap;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.store.PayloadStage;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreLoad;
import dev.cairn.asl.store.Stretch;
import dev.cairn.federation.bootstrap.BootstrapMessage.SnapshotAsk;
import dev.cairn.federation.bootstrap.BootstrapMessage.SnapshotTell;
import dev.cairn.federation.bootstrap.BootstrapMessage.StretchAsk;
import dev.cairn.federation.bootstrap.BootstrapMessage.StretchData;
import dev.cairn.federation.bootstrap.BootstrapMessage.StretchEnd;
import dev.cairn.federation.protocol.ProtocolLimits;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Takes a snapshot's logs from a peer into a {@link StoreLoad}: asks what there is, then for every
 * log from where it is held to where the snapshot cuts it, several questions ahead. A stretch is
 * verified and taken as soon as its checkpoint has come, so that whatever breaks off leaves
 * verified stretches. That the state root is right is for whoever opens the store afterwards to
 * see.
 *
 * <p>Memory: one stretch, of {@link ProtocolLimits#STAGED_RECORDS_MAX} records and {@link
 * ProtocolLimits#STAGED_PAYLOAD_BYTES_MAX} of payloads at most; payloads beyond wait in the store.
 * One owner at a time; used once.
 */
public final class SnapshotTalk implements BootstrapTalk, StretchParser.Sink, AutoCloseable {
  /** Questions that wait for their answers. */
  private static final int AHEAD_MAX = 16;

  private final StoreLoad load;
  private final String federation;
  private final LongConsumer due;
  private final LongConsumer progress;
  private final ArrayDeque<StretchAsk> open = new ArrayDeque<>();
  private final ArrayDeque<StretchAsk> asked = new ArrayDeque<>();
  private final List<Stretch.Item> items = new ArrayList<>();
  private final List<PayloadStage> stages = new ArrayList<>();
  private StretchParser parser = new StretchParser(this);
  private boolean askedSnapshot;
  private @Nullable Snapshot snapshot;
  private @Nullable PublicKey key;
  private long at;
  private long itemBytes;
  private long payloadBytes;
  private @Nullable PayloadStage large;
  private @Nullable Bytes largeRecord;
  private long records;
  private long bytes;

  /**
   * @param due told, once, how many records there are to take
   * @param progress told how many records more were taken
   */
  public SnapshotTalk(StoreLoad load, String federation, LongConsumer due, LongConsumer progress) {
    this.due = due;
    this.load = load;
    this.federation = federation;
    this.progress = progress;
  }

  /** What the peer said that there is; empty until it did. Only its logs are verified. */
  public Optional<Snapshot> snapshot() {
    return Optional.ofNullable(snapshot);
  }

  /** Records that came and were taken. */
  public long records() {
    return records;
  }

  /** Bytes of stretches that came. */
  public long bytes() {
    return bytes;
  }

  @Override
  public @Nullable BootstrapMessage next() {
    if (!hasNext()) {
      return null;
    }
    if (!askedSnapshot) {
      askedSnapshot = true;
      return new SnapshotAsk();
    }
    StretchAsk ask = open.remove();
    asked.add(ask);
    return ask;
  }

  @Override
  public boolean hasNext() {
    return !askedSnapshot || (!open.isEmpty() && asked.size() < AHEAD_MAX);
  }

  @Override
  public boolean isAwaiting() {
    return askedSnapshot && (snapshot == null || !asked.isEmpty());
  }

  @Override
  public boolean isDone() {
    return snapshot != null && open.isEmpty() && asked.isEmpty();
  }

  @Override
  public void accept(BootstrapMessage answer) {
    if (answer instanceof SnapshotTell tell && askedSnapshot && snapshot == null) {
      begin(Snapshot.decode(tell.snapshot()));
    } else if (answer instanceof StretchData data && !asked.isEmpty()) {
      bytes += data.data().length();
      parser.parse(data.data());
    } else if (answer instanceof StretchEnd end && !asked.isEmpty()) {
      end(asked.element(), end);
    } else {
      throw new MalformedException("bootstrap: no answer to what was asked");
    }
  }

  private void begin(Snapshot told) {
    if (!told.federation().equals(federation)) {
      throw new MalformedException(
          "bootstrap: a snapshot of federation " + told.federation() + ", not " + federation);
    }
    if (told.heads().size() > ProtocolLimits.ORIGINS_MAX) {
      throw new MalformedException("bootstrap: a snapshot of " + told.heads().size() + " logs");
    }
    snapshot = told;
    long missing = 0;
    for (Snapshot.Head head : told.heads()) {
      Origin origin = head.origin();
      long held = load.size(origin);
      if (held < head.treeSize()) {
        missing += head.treeSize() - held;
        // Its key is needed before its first stretch can be verified.
        open.add(new StretchAsk(origin, head.treeSize(), head.treeSize(), false));
        open.add(new StretchAsk(origin, held, head.treeSize(), true));
      }
    }
    due.accept(missing);
  }

  private void end(StretchAsk ask, StretchEnd end) {
    if (!parser.isAtEnd() || large != null) {
      throw new MalformedException("bootstrap: an answer ends in the middle of an entry");
    }
    if (!ask.whole()) {
      key = keyOf(ask, end);
      StretchAsk next = afterKey();
      at = next == null ? 0 : next.from();
    } else if (!items.isEmpty() || !end.held() || at != ask.to()) {
      throw new UnavailableException(
          "bootstrap: the peer has log " + ask.origin() + " up to " + at + " of " + ask.to());
    }
    asked.remove();
    parser = new StretchParser(this);
  }

  private static PublicKey keyOf(StretchAsk ask, StretchEnd end) {
    if (end.key().isEmpty()) {
      throw new UnavailableException("bootstrap: the peer does not know who signs " + ask.origin());
    }
    return PublicKey.of(end.key());
  }

  /** The question for the records of the log whose key has just come. */
  private @Nullable StretchAsk afterKey() {
    return asked.stream().skip(1).findFirst().orElse(open.peek());
  }

  private StretchAsk stretch() {
    StretchAsk ask = asked.element();
    if (!ask.whole()) {
      throw new MalformedException("bootstrap: records where only a key was asked for");
    }
    return ask;
  }

  @Override
  public void record(Bytes record, @Nullable Bytes payload) {
    StretchAsk ask = stretch();
    if (at + items.size() >= ask.to()) {
      throw new MalformedException("bootstrap: more records than were asked for");
    }
    itemBytes += record.length();
    if (items.size() >= ProtocolLimits.STAGED_RECORDS_MAX
        || itemBytes > ProtocolLimits.STAGED_RECORD_BYTES_MAX) {
      throw new MalformedException(
          "bootstrap: " + items.size() + " records of " + ask.origin() + " without a checkpoint");
    }
    items.add(new Stretch.Item(record, kept(record, payload)));
  }

  /** A payload in memory, as far as there is room; else it waits in the store. */
  private @Nullable Bytes kept(Bytes record, @Nullable Bytes payload) {
    if (payload == null
        || payloadBytes + payload.length() <= ProtocolLimits.STAGED_PAYLOAD_BYTES_MAX) {
      payloadBytes += payload == null ? 0 : payload.length();
      return payload;
    }
    LogRecord decoded = LogRecord.decode(record);
    if (!decoded.isPut()) {
      return payload;
    }
    PayloadStage stage = load.stagePayload(decoded.payloadDigest(), payload.length());
    stages.add(stage);
    stage.write(Bytes.wrap(payload.toArray()));
    stage.finish();
    return null;
  }

  @Override
  public void recordOfLarge(Bytes record, long length) {
    LogRecord decoded = LogRecord.decode(record);
    if (decoded.payloadLength() != length || length <= Store.INLINE_BYTES_MAX) {
      throw new MalformedException(
          "bootstrap: a payload of " + length + " bytes where " + decoded.payloadLength() + " due");
    }
    var unused = stretch();
    largeRecord = Bytes.wrap(record.toArray());
    large = load.stagePayload(decoded.payloadDigest(), length);
    stages.add(large);
  }

  @Override
  public void piece(Bytes piece) {
    if (large != null) {
      large.write(piece);
    }
  }

  @Override
  public void endOfLarge() {
    PayloadStage stage = large;
    Bytes record = largeRecord;
    if (stage == null || record == null) {
      throw new AssertionError("the end of a payload that did not begin");
    }
    stage.finish();
    large = null;
    largeRecord = null;
    record(record, null);
  }

  @Override
  public void checkpoint(Bytes note) {
    StretchAsk ask = stretch();
    PublicKey signer = key;
    if (signer == null || items.isEmpty()) {
      throw new MalformedException("bootstrap: a checkpoint of no records");
    }
    load.take(new Stretch(ask.origin(), signer, at, items, Bytes.wrap(note.toArray())));
    records += items.size();
    at += items.size();
    progress.accept(items.size());
    items.clear();
    itemBytes = 0;
    payloadBytes = 0;
    closeStages();
  }

  private void closeStages() {
    stages.forEach(PayloadStage::close);
    stages.clear();
  }

  @Override
  public void close() {
    closeStages();
  }
}
