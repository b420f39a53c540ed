package dev.cairn.federation.filter;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.Row;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.ImplausibleException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.MisbehaviourException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.RevokedException;
import dev.cairn.asl.evidence.Evidence;
import dev.cairn.asl.merkle.CompactRange;
import dev.cairn.asl.merkle.SubtreeSource;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.Stretch;
import dev.cairn.federation.filter.PartialRows.Head;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Where logs held in part meet those that the store holds: they are handed over, dropped, or found
 * to contradict. Rows go with their head last, so that what was interrupted is repeated. One owner.
 */
final class PartialHandover {
  /** Rows that are written at once. */
  private static final int ROWS_MAX = 4_096;

  private final Store store;

  PartialHandover(Store store) {
    this.store = store;
  }

  PartialStanding standing(Origin origin, Head head) {
    Optional<LogHead> whole = store.head(origin);
    if (whole.isEmpty()) {
      return PartialStanding.APART;
    }
    long size = whole.get().treeSize();
    if (size >= head.size()) {
      return store.logRoot(origin, head.size()).equals(head.range().root())
          ? PartialStanding.COVERED
          : PartialStanding.FORKED;
    }
    return leaves(origin, 0, size).root().equals(whole.get().root())
        ? PartialStanding.LONGER
        : PartialStanding.FORKED;
  }

  /** The compact range over the leaves {@code [from, to)} alone. */
  private CompactRange leaves(Origin origin, long from, long to) {
    CompactRange range = new CompactRange();
    try (RowCursor rows =
        store
            .rows()
            .scan(
                PartialLogs.TABLE,
                PartialRows.placeKey(origin, from),
                PartialRows.placeKey(origin, to))) {
      while (rows.next()) {
        range.append(PartialRows.item(origin, rows.value()).leaf());
      }
    }
    if (range.size() != to - from) {
      throw new DamagedException(
          "partial log "
              + origin
              + ": "
              + range.size()
              + " places where "
              + (to - from)
              + " should be");
    }
    return range;
  }

  PartialSettlement settle() {
    List<Origin> dropped = new ArrayList<>();
    List<Origin> promoted = new ArrayList<>();
    List<PartialSettlement.Fork> forked = new ArrayList<>();
    Map<Origin, String> refused = new TreeMap<>();
    for (Origin origin : PartialRows.origins(store.rows())) {
      Head head = PartialRows.head(store.rows(), origin).orElseThrow();
      PartialStanding standing = standing(origin, head);
      if (standing == PartialStanding.COVERED) {
        drop(origin);
        dropped.add(origin);
      } else if (standing == PartialStanding.FORKED) {
        if (!store.frozen().contains(origin)) {
          forked.add(fork(origin, head));
        }
      } else if (isWantedWhole(head) && hasWhatIndexesNeed(origin)) {
        try {
          promote(origin, head, this::atHand);
          promoted.add(origin);
        } catch (MalformedException
            | RefusedException
            | MisbehaviourException
            | RevokedException
            | ImplausibleException e) {
          refused.put(origin, String.valueOf(e.getMessage()));
        }
      }
    }
    return new PartialSettlement(dropped, promoted, forked, refused);
  }

  /**
   * A log of which only some records are of interest stays what it is while these are all: handed
   * over, nothing more of it would come in part, and as a whole it was not asked for.
   */
  private static boolean isWantedWhole(Head head) {
    return head.held() == head.size() && head.filter().equals(InterestFilter.Constant.ALL);
  }

  // ---- forks

  private PartialSettlement.Fork fork(Origin origin, Head head) {
    LogHead whole = store.head(origin).orElseThrow();
    NavigableMap<Long, Bytes> notes = store.checkpoints(origin, whole.treeSize() - 1, 1);
    Bytes note = notes.isEmpty() ? Bytes.EMPTY : notes.firstEntry().getValue();
    Optional<Evidence> evidence =
        whole.treeSize() >= head.size()
            ? store.examine(head.checkpoint(), head.key())
            : note.isEmpty()
                ? Optional.empty()
                : Evidence.between(head.key(), note, head.checkpoint(), subtrees(origin));
    evidence.ifPresent(store::keep);
    return new PartialSettlement.Fork(origin, note, head.checkpoint(), evidence.orElse(null));
  }

  /** Computed from the leaves each time: asked for once, when somebody lied. */
  SubtreeSource subtrees(Origin origin) {
    return (level, index) -> leaves(origin, index << level, (index + 1) << level).root();
  }

  // ---- promotion

  /** True if the payload of every record that an index is folded from is in the store. */
  private boolean hasWhatIndexesNeed(Origin origin) {
    try (PartialRecords records =
        new PartialRecords(
            origin,
            store
                .rows()
                .scanPrefix(PartialLogs.TABLE, PartialRows.key(PartialRows.PLACE, origin)))) {
      while (records.next()) {
        LogRecord record = records.record();
        if (isNeeded(record) && !store.hasPayload(record.payloadDigest())) {
          return false;
        }
      }
      return true;
    }
  }

  private boolean isNeeded(LogRecord record) {
    return record.kind() == RecordKind.TOMBSTONE || store.isStructured(record.tag());
  }

  private @Nullable Bytes atHand(PayloadDigest payload) {
    try {
      return store.hasPayload(payload) ? store.payload(payload, Store.INLINE_BYTES_MAX) : null;
    } catch (RefusedException e) {
      // Large ones are in the store by now, and are found there.
      return null;
    }
  }

  void promote(Origin origin, Head head, Function<PayloadDigest, @Nullable Bytes> payloads) {
    if (head.held() != head.size()) {
      throw new RefusedException(
          "partial log " + origin + ": " + (head.size() - head.held()) + " records are not here");
    }
    long from = 0;
    Row note = note(origin, from);
    while (note != null) {
      long end = PartialRows.number(note.key());
      List<Stretch.Item> items = new ArrayList<>();
      for (long index = from; index < end; index++) {
        items.add(whole(origin, index, payloads));
      }
      store.replicate(new Stretch(origin, head.key(), from, items, note.value()));
      from = end;
      note = note(origin, from);
    }
    drop(origin);
  }

  private Stretch.Item whole(
      Origin origin, long index, Function<PayloadDigest, @Nullable Bytes> payloads) {
    Bytes row = store.rows().get(PartialLogs.TABLE, PartialRows.placeKey(origin, index));
    if (row == null || !(PartialRows.item(origin, row) instanceof PartialStretch.Held held)) {
      throw new DamagedException("partial log " + origin + ": record " + index + " is missing");
    }
    LogRecord record = PartialRows.record(origin, index, held.record());
    return new Stretch.Item(held.record(), payloads.apply(record.payloadDigest()));
  }

  private @Nullable Row note(Origin origin, long after) {
    Bytes end = PartialRows.key(PartialRows.NOTE, origin).prefixEnd();
    try (RowCursor rows =
        store.rows().scan(PartialLogs.TABLE, PartialRows.noteKey(origin, after + 1), end)) {
      return rows.next() ? new Row(rows.key(), rows.value()) : null;
    }
  }

  // ---- dropping

  private void drop(Origin origin) {
    List<RowChange> gone = new ArrayList<>();
    delete(origin, PartialRows.PLACE, gone);
    delete(origin, PartialRows.NOTE, gone);
    gone.add(RowChange.delete(PartialLogs.TABLE, PartialRows.key(PartialRows.HEAD, origin)));
    store.writeLocal(gone, Durability.SYNCED);
  }

  private void delete(Origin origin, int kind, List<RowChange> gone) {
    try (RowCursor rows =
        store.rows().scanPrefix(PartialLogs.TABLE, PartialRows.key(kind, origin))) {
      while (rows.next()) {
        PartialRows.remove(origin, rows.key(), rows.value(), gone);
        if (gone.size() >= ROWS_MAX) {
          store.writeLocal(gone, Durability.RELAXED);
          gone.clear();
        }
      }
    }
  }
}
