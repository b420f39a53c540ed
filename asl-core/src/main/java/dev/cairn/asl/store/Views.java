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
import org.jspecify.annotations.Nullable;

/** Answers what is live, now or under a cut. */
final class Views {
  private final TableReader rows;
  private final Logs logs;
  private final Structures structures;

  Views(TableReader rows, Logs logs, Structures structures) {
    this.rows = rows;
    this.logs = logs;
    this.structures = structures;
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

  /** What all views have in common; the rows of an id are read before what they do not show. */
  private abstract class Shown implements View {
    abstract boolean isWithin(Fact fact);

    abstract Optional<LiveEntry> live(ArtifactKey key, LiveRow row);

    @Override
    public Optional<LiveEntry> live(ArtifactKey key) {
      return live(key, row(key));
    }

    @Override
    public Optional<LiveEntry> known(ArtifactKey key) {
      LiveRow row = row(key);
      try (HistoryWalk history = new HistoryWalk(rows)) {
        return known(key, row, history);
      }
    }

    @Override
    public Optional<LiveEntry> told(ArtifactKey key) {
      LiveRow row = row(key);
      try (HistoryWalk history = new HistoryWalk(rows)) {
        return Optional.ofNullable(new Telling(key, row, history).put).map(put -> put.entry(key));
      }
    }

    private Optional<LiveEntry> known(ArtifactKey key, LiveRow row, HistoryWalk history) {
      Optional<LiveEntry> live = live(key, row);
      if (live.isEmpty() || structures.isStructured(live.get().artifact().tag())) {
        return live;
      }
      Telling telling = new Telling(key, row, history);
      Fact.Put put = telling.put;
      if (put == null || !isProved(put)) {
        return live;
      }
      return telling.isLive(put) ? Optional.of(put.entry(key)) : Optional.empty();
    }

    private boolean isProved(Fact.Put put) {
      return structures.isStructured(put.tag());
    }

    /** What the records of an id within the view come to. */
    private final class Telling {
      /** That which tells what it is. */
      private Fact.@Nullable Put put;

      private @Nullable Place tombstone;

      Telling(ArtifactKey key, LiveRow row, HistoryWalk history) {
        row.forEachFact(this::add);
        if (put == null || !isProved(put)) {
          history.forEach(key, this::add);
        }
      }

      private void add(Fact fact) {
        if (!isWithin(fact)) {
          return;
        }
        if (fact instanceof Fact.Put next) {
          put = put == null || isBetter(next, put) ? next : put;
        } else if (tombstone == null || tombstone.compareTo(fact.place()) < 0) {
          tombstone = fact.place();
        }
      }

      private boolean isBetter(Fact.Put next, Fact.Put than) {
        return isProved(next) == isProved(than)
            ? next.place().compareTo(than.place()) > 0
            : isProved(next);
      }

      boolean isLive(Fact.Put shown) {
        return tombstone == null || tombstone.compareTo(shown.place()) < 0;
      }
    }

    @Override
    public IdCursor ids(Bytes from, Bytes to) {
      return new Ids(this, rows.scan(StoreTables.LIVE, from, to), new HistoryWalk(rows));
    }
  }

  private static final class Ids implements IdCursor {
    private final Shown view;
    private final RowCursor cursor;
    private final HistoryWalk history;

    Ids(Shown view, RowCursor cursor, HistoryWalk history) {
      this.view = view;
      this.cursor = cursor;
      this.history = history;
    }

    @Override
    public boolean next() {
      return cursor.next();
    }

    @Override
    public ArtifactKey key() {
      return LiveRow.id(cursor.key());
    }

    private LiveRow row() {
      return LiveRow.read(cursor.key(), cursor.value());
    }

    @Override
    public Optional<LiveEntry> live() {
      return view.live(key(), row());
    }

    @Override
    public Optional<LiveEntry> known() {
      return view.known(key(), row(), history);
    }

    @Override
    public void close() {
      cursor.close();
      history.close();
    }
  }

  private final class Now extends Shown {
    @Override
    boolean isWithin(Fact fact) {
      return true;
    }

    @Override
    Optional<LiveEntry> live(ArtifactKey key, LiveRow row) {
      return row.live(key);
    }

    @Override
    public Optional<Cut> cut() {
      return Optional.empty();
    }

    @Override
    public boolean includes(Origin origin, long logseq) {
      return true;
    }
  }

  private final class At extends Shown {
    private final Cut cut;

    At(Cut cut) {
      this.cut = cut;
    }

    @Override
    public boolean includes(Origin origin, long logseq) {
      return cut.includes(origin, logseq);
    }

    @Override
    boolean isWithin(Fact fact) {
      return cut.includes(fact.place().origin(), fact.place().logseq());
    }

    @Override
    public Optional<Cut> cut() {
      return Optional.of(cut);
    }

    /**
     * The greatest records overall decide if they lie within the cut; else all records of the id
     * are looked at.
     */
    @Override
    Optional<LiveEntry> live(ArtifactKey key, LiveRow row) {
      Fact.Put put = row.put();
      if (put == null) {
        return Optional.empty();
      }
      Fact.Tombstone tombstone = row.tombstone();
      if (isWithin(put) && (tombstone == null || isWithin(tombstone))) {
        return row.live(key);
      }
      Fact latest = null;
      for (Fact fact : Facts.of(RowSource.of(rows), key)) {
        latest = isWithin(fact) ? fact : latest;
      }
      return latest instanceof Fact.Put shown ? Optional.of(shown.entry(key)) : Optional.empty();
    }
  }
}
