package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.TableReader;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.Origin;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.function.Consumer;

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
    return Facts.row(RowSource.of(rows), key);
  }

  /** Every record of an id, in the total order. */
  List<HistoryEntry> history(ArtifactKey key) {
    List<HistoryEntry> entries = new ArrayList<>();
    for (Fact fact : Facts.of(RowSource.of(rows), key)) {
      Place place = fact.place();
      entries.add(new HistoryEntry(place.origin(), logs.require(place.origin(), place.index())));
    }
    return Collections.unmodifiableList(entries);
  }

  /** Tells what the row of an id shows. */
  private interface Shown {
    Optional<LiveEntry> of(ArtifactKey key, LiveRow row);
  }

  private IdCursor ids(Bytes from, Bytes to, Shown shown) {
    RowCursor cursor = rows.scan(StoreTables.LIVE, from, to);
    return new IdCursor() {
      @Override
      public boolean next() {
        return cursor.next();
      }

      @Override
      public ArtifactKey key() {
        return LiveRow.id(cursor.key());
      }

      @Override
      public Optional<LiveEntry> live() {
        return shown.of(key(), LiveRow.read(cursor.key(), cursor.value()));
      }

      @Override
      public void close() {
        cursor.close();
      }
    };
  }

  private final class Now implements View {
    @Override
    public Optional<LiveEntry> live(ArtifactKey key) {
      return row(key).live(key);
    }

    @Override
    public Optional<Cut> cut() {
      return Optional.empty();
    }

    @Override
    public boolean includes(Origin origin, long logseq) {
      return true;
    }

    @Override
    public IdCursor ids(Bytes from, Bytes to) {
      return Views.this.ids(from, to, (key, row) -> row.live(key));
    }

    @Override
    public void forEachLive(Consumer<LiveEntry> action) {
      try (RowCursor cursor = rows.scan(StoreTables.LIVE, Bytes.EMPTY, Bytes.EMPTY)) {
        while (cursor.next()) {
          LiveRow.read(cursor.key(), cursor.value())
              .live(Paths.key(cursor.key()))
              .ifPresent(action);
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
    public IdCursor ids(Bytes from, Bytes to) {
      return Views.this.ids(from, to, this::live);
    }

    @Override
    public Optional<Cut> cut() {
      return Optional.of(cut);
    }

    @Override
    public Optional<LiveEntry> live(ArtifactKey key) {
      return live(key, row(key));
    }

    @Override
    public void forEachLive(Consumer<LiveEntry> action) {
      try (RowCursor cursor = rows.scan(StoreTables.LIVE, Bytes.EMPTY, Bytes.EMPTY)) {
        while (cursor.next()) {
          live(LiveRow.id(cursor.key()), LiveRow.read(cursor.key(), cursor.value()))
              .ifPresent(action);
        }
      }
    }

    /**
     * The greatest records overall decide if they lie within the cut; else all records of the id
     * are looked at.
     */
    private Optional<LiveEntry> live(ArtifactKey key, LiveRow row) {
      Fact.Put put = row.put();
      if (put == null) {
        return Optional.empty();
      }
      Fact.Tombstone tombstone = row.tombstone();
      if (within(put) && (tombstone == null || within(tombstone))) {
        return row.live(key);
      }
      Fact latest = null;
      for (Fact fact : Facts.of(RowSource.of(rows), key)) {
        latest = within(fact) ? fact : latest;
      }
      return latest instanceof Fact.Put shown ? Optional.of(shown.entry(key)) : Optional.empty();
    }

    private boolean within(Fact fact) {
      return cut.includes(fact.place().origin(), fact.place().logseq());
    }
  }
}
