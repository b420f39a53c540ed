package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Row;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.TableReader;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Answers what is live, now or under a cut. */
final class Views {
  private final TableReader rows;
  private final Logs logs;

  Views(TableReader rows, Logs logs) {
    this.rows = rows;
    this.logs = logs;
  }

  View now() {
    return new Now();
  }

  View at(Cut cut) {
    return new At(cut);
  }

  LiveRow row(ArtifactKey key) {
    return LiveRow.decode(rows.get(StoreTables.LIVE, Paths.of(key)));
  }

  /** Every record of an id, in the total order. */
  List<HistoryEntry> history(ArtifactKey key) {
    List<HistoryEntry> entries = new ArrayList<>();
    try (RowCursor cursor = rows.scanPrefix(StoreTables.HISTORY, key.bytes())) {
      while (cursor.next()) {
        Place place = Place.of(new Row(cursor.key(), cursor.value()));
        entries.add(new HistoryEntry(place.origin, logs.require(place.origin, place.index)));
      }
    }
    return Collections.unmodifiableList(entries);
  }

  /** Where a row of {@link StoreTables#HISTORY} points. */
  private record Place(long logseq, Origin origin, long index) {
    static Place of(Row row) {
      int at = ArtifactKey.BYTES;
      try {
        long index = row.value().u64At(1);
        if (index >= 0 && index < Long.MAX_VALUE) {
          return new Place(
              row.key().u64At(at), Origin.fromBytes(row.key().slice(at + Long.BYTES)), index);
        }
        throw damaged(row, null);
      } catch (IndexOutOfBoundsException | MalformedException e) {
        throw damaged(row, e);
      }
    }

    private static DamagedException damaged(Row row, @Nullable Exception e) {
      return new DamagedException(
          "row "
              + row.key().toHex()
              + " of "
              + StoreTables.HISTORY.name()
              + " is damaged: "
              + row.value().toHex(),
          e);
    }
  }

  private final class Now implements View {
    @Override
    public Optional<LiveEntry> live(ArtifactKey key) {
      return row(key).live(key);
    }

    @Override
    public boolean includes(Origin origin, long logseq) {
      return true;
    }

    @Override
    public void forEachLive(Consumer<LiveEntry> action) {
      try (RowCursor cursor = rows.scan(StoreTables.LIVE, Bytes.EMPTY, Bytes.EMPTY)) {
        while (cursor.next()) {
          LiveRow.decode(cursor.value()).live(Paths.key(cursor.key())).ifPresent(action);
        }
      }
    }
  }

  private final class At implements View {
    private final Cut cut;

    At(Cut cut) {
      this.cut = cut;
    }

    @Override
    public boolean includes(Origin origin, long logseq) {
      return cut.includes(origin, logseq);
    }

    @Override
    public Optional<LiveEntry> live(ArtifactKey key) {
      return live(key, row(key));
    }

    @Override
    public void forEachLive(Consumer<LiveEntry> action) {
      try (RowCursor cursor = rows.scan(StoreTables.LIVE, Bytes.EMPTY, Bytes.EMPTY)) {
        while (cursor.next()) {
          live(Paths.key(cursor.key()), LiveRow.decode(cursor.value())).ifPresent(action);
        }
      }
    }

    /**
     * The greatest records overall decide if they lie within the cut; else the history is searched
     * backwards.
     */
    private Optional<LiveEntry> live(ArtifactKey key, LiveRow row) {
      LiveRow.Put put = row.put();
      if (put == null) {
        return Optional.empty();
      }
      boolean putWithin = within(put.place());
      if (putWithin && (row.tombstone() == null || within(row.tombstone()))) {
        return row.live(key);
      }
      return latestWithin(key);
    }

    private boolean within(LiveRow.Place place) {
      return cut.includes(place.origin(), place.logseq());
    }

    private Optional<LiveEntry> latestWithin(ArtifactKey key) {
      Bytes prefix = key.bytes();
      Bytes end = prefix.prefixEnd();
      @Nullable Row row = rows.last(StoreTables.HISTORY, prefix, end);
      while (row != null) {
        Place place = Place.of(row);
        if (cut.includes(place.origin, place.logseq)) {
          LogRecord record = logs.require(place.origin, place.index);
          return record.isPut() ? Optional.of(entry(place.origin, record)) : Optional.empty();
        }
        row = rows.last(StoreTables.HISTORY, prefix, row.key());
      }
      return Optional.empty();
    }

    private LiveEntry entry(Origin origin, LogRecord record) {
      return new LiveEntry(
          new ArtifactId(record.id(), record.tag(), record.payloadLength(), record.payloadDigest()),
          record.kind(),
          record.logseq(),
          origin);
    }
  }
}
