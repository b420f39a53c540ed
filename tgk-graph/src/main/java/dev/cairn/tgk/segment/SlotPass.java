package dev.cairn.tgk.segment;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.TableReader;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.Origin;
import dev.cairn.tgk.index.GraphIndex;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * One pass over the slots under a cut: which edge each one holds. Knows no tombstone while it
 * reads, so that those may be read beside it; told of them in the end, it looks again at what they
 * name. One owner; must be closed.
 */
final class SlotPass implements AutoCloseable {
  private static final int SLOT_BYTES = 32;
  private static final int SLOT_EDGE = SLOT_BYTES + Long.BYTES;
  private static final int SLOT_ORIGIN = SLOT_EDGE + ArtifactKey.BYTES;

  private final TableReader rows;
  private final Cut cut;

  /** Edges that hold their slot, unless {@link #gone}. */
  private final KeyIndex holders = new KeyIndex();

  private final BitSet gone = new BitSet();

  /** The puts of slots that several edges ask for; in the total order. */
  private final KeyList rivals = new KeyList();

  /** Where each such slot ends among {@link #rivals}. */
  private final IntList rivalEnds = new IntList();

  private @Nullable RowCursor slots;
  private @Nullable Bytes slot;
  private final List<Bytes> puts = new ArrayList<>();
  private Bytes origin = Bytes.EMPTY;
  private long originLogseq;

  SlotPass(TableReader rows, Cut cut) {
    this.rows = rows;
    this.cut = cut;
  }

  /** Reads so many rows; false once there are none left. */
  boolean step(int count) {
    RowCursor cursor = slots;
    if (cursor == null) {
      cursor = rows.scanAhead(GraphIndex.SLOT, Bytes.EMPTY, Bytes.EMPTY);
      slots = cursor;
    }
    for (int i = 0; i < count; i++) {
      if (!cursor.next()) {
        endSlot();
        return false;
      }
      Bytes key = cursor.key();
      if (slot == null || !key.startsWith(slot)) {
        endSlot();
        slot = key.slice(0, SLOT_BYTES);
      }
      if (key.u64At(SLOT_BYTES) <= limit(key.slice(SLOT_ORIGIN))) {
        puts.add(key.slice(SLOT_EDGE, SLOT_ORIGIN));
      }
    }
    return true;
  }

  /** The greatest logseq of an origin within the cut. */
  private long limit(Bytes ofOrigin) {
    if (!ofOrigin.equals(origin)) {
      origin = ofOrigin;
      Long within = cut.logseqs().get(Origin.fromBytes(ofOrigin));
      originLogseq = within == null ? -1 : within;
    }
    return originLogseq;
  }

  private void endSlot() {
    if (!puts.isEmpty() && puts.stream().allMatch(puts.get(0)::equals)) {
      holders.add(puts.get(0));
    } else if (!puts.isEmpty()) {
      puts.forEach(rivals::add);
      rivalEnds.add(rivals.size());
    }
    puts.clear();
  }

  /**
   * Decides what tombstones may have changed.
   *
   * @param retracted at least the edges that a tombstone within the cut names
   * @param isLive whether an artifact is live under the cut; asked of those alone
   */
  void retract(KeyIndex retracted, Predicate<ArtifactKey> isLive) {
    for (int i = 0; i < retracted.size(); i++) {
      Bytes edge = retracted.keys().get(i);
      int holder = holders.find(edge, 0);
      if (holder >= 0 && !isLive.test(ArtifactKey.fromBytes(edge))) {
        gone.set(holder);
      }
    }
    int from = 0;
    for (int i = 0; i < rivalEnds.size(); i++) {
      decide(from, rivalEnds.get(i), retracted, isLive);
      from = rivalEnds.get(i);
    }
  }

  /** The last put of a live edge decides. */
  private void decide(int from, int to, KeyIndex retracted, Predicate<ArtifactKey> isLive) {
    for (int i = to - 1; i >= from; i--) {
      Bytes edge = rivals.get(i);
      if (retracted.find(edge, 0) < 0 || isLive.test(ArtifactKey.fromBytes(edge))) {
        holders.add(edge);
        return;
      }
    }
  }

  /** How many live edges there are, once it is known which are retracted. */
  long live() {
    return (long) holders.size() - gone.cardinality();
  }

  /** How many keys are held, of edges that may be live. */
  long held() {
    return (long) holders.size() + rivals.size();
  }

  /** One more than the greatest number of an edge. */
  int numbers() {
    return holders.size();
  }

  /** Number of the live edge whose key begins at {@code from}, or -1. Safe for any thread then. */
  int edge(Bytes row, int from) {
    int edge = holders.find(row, from);
    return edge >= 0 && gone.get(edge) ? -1 : edge;
  }

  boolean isGone(int edge) {
    return gone.get(edge);
  }

  @Override
  public void close() {
    if (slots != null) {
      slots.close();
      slots = null;
    }
  }
}
