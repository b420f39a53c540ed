package dev.cairn.federation.bootstrap;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.ErasedException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.StoreFailedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.store.ContentCursor;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.RecordCursor;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.bootstrap.BootstrapMessage.StretchAsk;
import dev.cairn.federation.protocol.ProtocolLimits;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Reads a stretch of a log from a store as the bytes that {@link StretchParser} takes, about a
 * mebibyte at a time; nothing stays open in between but a large payload. Of the checkpoints within
 * {@link ProtocolLimits#CHECKPOINT_RECORDS_MAX} records only the last is given. One owner at a
 * time; must be closed.
 */
final class StretchReader implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StretchReader.class);
  private static final int CHECKPOINT_PAGE = 256;

  /** Room that is left for whatever begins within a message. */
  private static final int ENTRY_BYTES_MAX =
      BootstrapMessage.RECORD_BYTES_MAX + Store.INLINE_BYTES_MAX + Integer.BYTES + Short.BYTES + 1;

  private final BootstrapStore store;
  private final StretchAsk ask;
  private final boolean there;
  private final ByteBuffer out = ByteBuffer.allocate(BootstrapMessage.DATA_BYTES_MAX);
  private long at;
  private long stop;
  private Bytes stopNote = Bytes.EMPTY;
  private @Nullable InputStream large;
  private long largeLeft;
  private boolean failed;

  StretchReader(BootstrapStore store, StretchAsk ask) {
    this.store = store;
    this.ask = ask;
    this.at = ask.from();
    this.stop = ask.from();
    this.there =
        ask.to() <= store.head(ask.origin()).map(LogHead::treeSize).orElse(ask.to() == 0 ? 0L : -1);
  }

  /** The next bytes; empty at the end, or where something is not there. */
  Optional<Bytes> next() {
    out.clear();
    try {
      while (there && !failed && hasMore() && out.remaining() >= ENTRY_BYTES_MAX) {
        fill();
      }
    } catch (DamagedException | NotFoundException | ErasedException e) {
      LOG.warn("log {} from record {} on cannot be handed over", ask.origin(), at, e);
      failed = true;
    }
    out.flip();
    return out.hasRemaining()
        ? Optional.of(Bytes.copyOf(out.array(), 0, out.limit()))
        : Optional.empty();
  }

  /** True if all that was asked for came out. */
  boolean isWhole() {
    return there && !failed && !hasMore();
  }

  private boolean hasMore() {
    return at < ask.to() || large != null || !stopNote.isEmpty();
  }

  private void fill() {
    if (large != null) {
      piece(large);
    } else if (ask.whole() && at == stop && !stopNote.isEmpty()) {
      out.putShort((short) 0).putInt(stopNote.length()).put(stopNote.toByteBuffer());
      stopNote = Bytes.EMPTY;
    } else if (ask.whole()) {
      if (at == stop && !findStop()) {
        throw new NotFoundException("no checkpoint behind record " + at);
      }
      whole();
    } else {
      bare();
    }
  }

  private void bare() {
    try (RecordCursor records = store.records(ask.origin(), at, ask.to())) {
      while (out.remaining() >= ENTRY_BYTES_MAX && records.next()) {
        record(records.encoded());
        out.put((byte) StretchParser.NO_PAYLOAD);
      }
    }
  }

  private void whole() {
    try (ContentCursor records = store.contents(ask.origin(), at, stop)) {
      while (large == null && out.remaining() >= ENTRY_BYTES_MAX && records.next()) {
        record(records.encoded());
        LogRecord record = records.record();
        if (record.payloadLength() > Store.INLINE_BYTES_MAX) {
          openLarge(records, record);
        } else {
          small(records, record);
        }
      }
    }
  }

  private void record(Bytes encoded) {
    out.putShort((short) encoded.length()).put(encoded.toByteBuffer());
    at++;
  }

  private void small(ContentCursor records, LogRecord record) {
    Bytes payload;
    try {
      payload = records.payload(Store.INLINE_BYTES_MAX);
    } catch (NotFoundException | ErasedException e) {
      out.put((byte) StretchParser.NO_PAYLOAD);
      return;
    } catch (DamagedException e) {
      if (record.kind() != RecordKind.ARTIFACT) {
        throw e;
      }
      LOG.warn("payload {} is handed over to nobody", record.payloadDigest(), e);
      out.put((byte) StretchParser.NO_PAYLOAD);
      return;
    }
    out.put((byte) StretchParser.SMALL).putInt(payload.length()).put(payload.toByteBuffer());
  }

  private void openLarge(ContentCursor records, LogRecord record) {
    try {
      large = records.openPayload();
    } catch (NotFoundException | ErasedException | DamagedException e) {
      out.put((byte) StretchParser.NO_PAYLOAD);
      return;
    }
    largeLeft = record.payloadLength();
    out.put((byte) StretchParser.LARGE).putLong(largeLeft);
  }

  private void piece(InputStream from) {
    try {
      int count =
          from.read(out.array(), out.position(), (int) Math.min(largeLeft, out.remaining()));
      if (count < 0) {
        throw new DamagedException("a payload ends " + largeLeft + " bytes before its length");
      }
      out.position(out.position() + count);
      largeLeft -= count;
      if (largeLeft == 0) {
        close();
      }
    } catch (IOException e) {
      throw new StoreFailedException("a payload cannot be read", e);
    }
  }

  /** Chooses the next checkpoint: the last within reach, else the next. */
  private boolean findStop() {
    long from = at;
    long last = from;
    while (true) {
      Map<Long, Bytes> page = store.checkpoints(ask.origin(), last, CHECKPOINT_PAGE);
      for (Map.Entry<Long, Bytes> checkpoint : page.entrySet()) {
        long size = checkpoint.getKey();
        boolean far = size - from > ProtocolLimits.CHECKPOINT_RECORDS_MAX;
        if (size > ask.to() || (far && stop > from)) {
          return stop > from;
        }
        stop = size;
        stopNote = checkpoint.getValue();
        last = size;
      }
      if (page.size() < CHECKPOINT_PAGE) {
        return stop > from;
      }
    }
  }

  @Override
  public void close() {
    InputStream open = large;
    large = null;
    if (open != null) {
      try {
        open.close();
      } catch (IOException | CairnException e) {
        throw e instanceof CairnException known
            ? known
            : new UnavailableException("a payload cannot be closed", e);
      }
    }
  }
}
