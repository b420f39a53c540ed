package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.Snapshot;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * The snapshots kept here, and the cuts of those that are pinned: what they show is not removed.
 *
 * <pre>
 *   asl.snapshot    SnapshotId -> CBOR [snapshot, label or null, created, artifacts, edges, receipts, pinned]
 * </pre>
 *
 * <p>Stores written by earlier versions have rows without the last item, which are pinned. Reads
 * are safe for any thread, changes are made under the sequencer's lock.
 */
final class KeptSnapshots {
  private static final int ITEMS = 7;
  private static final int ITEMS_BEFORE_PINS = 6;

  private final StorageEngine engine;
  private final Map<ArtifactKey, Cut> pinned = new ConcurrentSkipListMap<>();

  KeptSnapshots(StorageEngine engine) {
    this.engine = engine;
    all().forEach(this::notePin);
  }

  /** All, oldest first. */
  List<SnapshotInfo> all() {
    List<SnapshotInfo> all = new ArrayList<>();
    try (RowCursor rows = engine.scan(StoreTables.SNAPSHOT, Bytes.EMPTY, Bytes.EMPTY)) {
      while (rows.next()) {
        all.add(read(rows.key(), rows.value()));
      }
    }
    // Every opening comes here: no archive of classes keeps the comparators that Comparator makes.
    all.sort(
        (a, b) -> {
          int byTime = Long.compare(a.createdMillis(), b.createdMillis());
          return byTime != 0 ? byTime : a.key().compareTo(b.key());
        });
    return Collections.unmodifiableList(all);
  }

  Optional<SnapshotInfo> find(ArtifactKey snapshot) {
    return Optional.ofNullable(engine.get(StoreTables.SNAPSHOT, snapshot.bytes()))
        .map(row -> read(snapshot.bytes(), row));
  }

  /** Keeps a snapshot, durably; if another has its label, that one loses it. */
  void keep(SnapshotInfo info) {
    List<RowChange> changes = new ArrayList<>();
    for (SnapshotInfo other : all()) {
      if (info.label() != null
          && info.label().equals(other.label())
          && !other.key().equals(info.key())) {
        changes.add(row(other.withLabel(null)));
      }
    }
    changes.add(row(info));
    engine.write(changes, Durability.SYNCED);
    notePin(info);
  }

  /**
   * Pins a snapshot or lets go of what it shows, durably.
   *
   * @throws NotFoundException if it is not kept
   */
  SnapshotInfo pin(ArtifactKey snapshot, boolean pin) {
    SnapshotInfo info = find(snapshot).orElseThrow(() -> notKept(snapshot)).withPin(pin);
    engine.write(List.of(row(info)), Durability.SYNCED);
    notePin(info);
    return info;
  }

  /**
   * Forgets a snapshot, durably.
   *
   * @throws NotFoundException if it is not kept
   */
  void drop(ArtifactKey snapshot) {
    if (find(snapshot).isEmpty()) {
      throw notKept(snapshot);
    }
    engine.write(
        List.of(RowChange.delete(StoreTables.SNAPSHOT, snapshot.bytes())), Durability.SYNCED);
    pinned.remove(snapshot);
  }

  /** True if some pinned snapshot shows the artifact. */
  boolean anyPinnedShows(ArtifactKey id, Views views) {
    return List.copyOf(pinned.values()).stream().anyMatch(cut -> views.at(cut).isLive(id));
  }

  private void notePin(SnapshotInfo info) {
    if (info.pinned()) {
      pinned.put(info.key(), info.snapshot().cut());
    } else {
      pinned.remove(info.key());
    }
  }

  private static NotFoundException notKept(ArtifactKey snapshot) {
    return new NotFoundException("snapshot " + snapshot + " is not kept here");
  }

  private static RowChange row(SnapshotInfo info) {
    CborWriter out = new CborWriter().array(ITEMS).bytes(info.snapshot().encode());
    text(out, info.label());
    out.uint(info.createdMillis())
        .uint(info.live().artifacts())
        .uint(info.live().edges())
        .uint(info.live().receipts())
        .bool(info.pinned());
    return RowChange.put(StoreTables.SNAPSHOT, info.key().bytes(), out.toBytes());
  }

  private static void text(CborWriter out, @Nullable String text) {
    if (text == null) {
      out.nul();
    } else {
      out.text(text);
    }
  }

  /** What a row says; it is of the snapshot that its key names. */
  static SnapshotInfo read(Bytes key, Bytes row) {
    return StoreTables.SNAPSHOT.read(key, row, KeptSnapshots::decode);
  }

  private static SnapshotInfo decode(Bytes key, Bytes row) {
    CborReader in = new CborReader("snapshot row", row);
    int items = in.array();
    if (items != ITEMS && items != ITEMS_BEFORE_PINS) {
      throw in.malformed(items + " items instead of " + ITEMS);
    }
    Snapshot snapshot = Snapshot.decode(in.bytes());
    String label = in.nul() ? null : in.text();
    long created = in.uint();
    LiveCounts live = new LiveCounts(in.uint(), in.uint(), in.uint());
    boolean pinned = items == ITEMS_BEFORE_PINS || in.bool();
    in.end();
    if (!snapshot.key().bytes().equals(key)) {
      throw in.malformed("it is snapshot " + snapshot.key());
    }
    return new SnapshotInfo(snapshot, label, created, live, pinned);
  }
}
