package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.RecordKind;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Records of one log with their payloads, both read in one pass: payloads lie in the order of the
 * records that put them. Starts before the first record, sees the log as of when it was opened. One
 * owner at a time; must be closed.
 *
 * <p>An artifact that was put several times has its payload beside one of its records; for the
 * others, and for the notes of tombstones, it is looked up. Payloads of more than {@link
 * Store#INLINE_BYTES_MAX} lie in chunks, which are read one by one.
 */
public final class ContentCursor implements RecordCursor {
  /** Rows passed over one by one before the cursor seeks instead. */
  private static final int STEPS_MAX = 16;

  private static final int PLACES_REMEMBERED = 4_096;

  private final Store store;
  private final PayloadStore payloads;
  private final Bytes origin;
  private final RecordCursor records;
  private final RowCursor contents;

  /**
   * Where payloads lie that are not beside the record that asked, of those asked for last: an
   * artifact that was put many times is looked for once, not once for each of its records.
   */
  private final Map<PayloadDigest, Optional<Bytes>> places =
      new LinkedHashMap<>(16, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<PayloadDigest, Optional<Bytes>> eldest) {
          return size() > PLACES_REMEMBERED;
        }
      };

  private @Nullable LogRecord record;

  /** Key of the row that {@link #contents} is on; null behind the last one. */
  private @Nullable Bytes at;

  /** The row beside the present record, if there is one; told once {@link #looked}. */
  private @Nullable Bytes beside;

  private boolean looked;

  /**
   * A cursor over both.
   *
   * @param contents rows of {@link StoreTables#CONTENT} from the first record on
   */
  ContentCursor(
      Store store, PayloadStore payloads, Origin origin, RecordCursor records, RowCursor contents) {
    this.store = store;
    this.payloads = payloads;
    this.origin = origin.bytes();
    this.records = records;
    this.contents = contents;
    this.at = contents.next() ? contents.key() : null;
  }

  @Override
  public boolean next() {
    record = null;
    beside = null;
    looked = false;
    return records.next();
  }

  @Override
  public long place() {
    return records.place();
  }

  @Override
  public LogRecord record() {
    LogRecord read = record;
    if (read == null) {
      read = records.record();
      record = read;
    }
    return read;
  }

  @Override
  public RecordKind kind() {
    return records.kind();
  }

  @Override
  public Bytes encoded() {
    return records.encoded();
  }

  /** True if the payload's bytes, or the tombstone's note, are here. */
  public boolean hasPayload() {
    return beside() != null
        || elsewhere() != null
        || payloads.hasUnplaced(record().payloadDigest());
  }

  /**
   * The payload of at most {@code maxBytes}, or the tombstone's note; verified against the digest
   * that the record states.
   *
   * @throws dev.cairn.asl.error.NotFoundException if it is not here
   * @throws dev.cairn.asl.error.RefusedException if it is longer: {@link #openPayload} it
   */
  public Bytes payload(long maxBytes) {
    Bytes row = row();
    return row == null
        ? payloads.read(record().payloadDigest(), maxBytes)
        : payloads.read(record().payloadDigest(), row, maxBytes);
  }

  /**
   * As {@link #payload}, but what lies beside the record comes as it lies there: for who checks it
   * himself, and against more than a digest.
   */
  public Bytes unverifiedPayload(long maxBytes) {
    Bytes row = row();
    return row == null
        ? payloads.read(record().payloadDigest(), maxBytes)
        : payloads.whole(record().payloadDigest(), row, maxBytes);
  }

  /** The payload at any size; see {@link Store#openPayload}. */
  public InputStream openPayload() {
    return store.openPayload(record().payloadDigest());
  }

  private @Nullable Bytes row() {
    Bytes row = beside();
    return row == null ? elsewhere() : row;
  }

  /** The row beside another record, if the payload lies there. */
  private @Nullable Bytes elsewhere() {
    PayloadDigest digest = record().payloadDigest();
    Optional<Bytes> place = places.get(digest);
    if (place == null) {
      place = Optional.ofNullable(payloads.place(digest));
      places.put(digest, place);
    }
    return place.map(payloads::placed).orElse(null);
  }

  private @Nullable Bytes beside() {
    if (!looked) {
      looked = true;
      Bytes place = Place.key(origin, record().index());
      advance(place);
      beside = at != null && at.equals(place) ? contents.value() : null;
    }
    return beside;
  }

  /** Moves on to the first row at or behind {@code place}. */
  private void advance(Bytes place) {
    for (int step = 0; at != null && at.compareTo(place) < 0; step++) {
      if (step == STEPS_MAX) {
        contents.seek(place);
      }
      at = contents.next() ? contents.key() : null;
    }
  }

  @Override
  public void close() {
    try {
      contents.close();
    } finally {
      records.close();
    }
  }
}
