package dev.cairn.tgk;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Position;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.store.HistoryEntry;
import dev.cairn.asl.store.View;
import dev.cairn.tgk.GraphImage.Changes;
import dev.cairn.tgk.GraphImage.Patch;
import dev.cairn.tgk.GraphImage.Patches;
import dev.cairn.tgk.index.GraphIndex;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.Endpoint;
import dev.cairn.tgk.segment.Hyperedge;
import dev.cairn.tgk.segment.Segment;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Makes images of one segment, each from the one before, by the records that lie between their
 * horizons.
 *
 * <p>Only the slots of edges that such a record puts or retracts can differ. Of each of them it is
 * asked whether some edge of it is live under the new cut, and the first time also under the
 * segment's; where the two differ, the ends of the slot get an arc more or less. So going back to
 * an older cut, or sideways to one of another node, is the same work as going on.
 *
 * <p>One owner at a time.
 */
final class ImageChain {
  private final GraphSource source;
  private final Segment segment;
  private final View sealedView;
  private final boolean sealedNothing;
  private final Added added;
  private final Map<Bytes, Slot> slots = new HashMap<>();
  private final Map<Integer, Arcs> up = new HashMap<>();
  private final Map<Integer, Arcs> down = new HashMap<>();

  /** Hyperedges of the segment that are gone. */
  private final Set<Integer> goneHyperedges = new HashSet<>();

  private Patches upPatches = new Patches(new Patch[0][]);
  private Patches downPatches = new Patches(new Patch[0][]);
  private Horizon horizon;

  /** A slot that some record between the horizons speaks of. */
  private static final class Slot {
    final Ends ends;
    final boolean sealed;

    /** Whether the images show it. */
    boolean shown;

    /** Number of the arc that stands for it where it is a further one or a hyperedge. */
    int hyperedge = -1;

    Slot(Ends ends, boolean sealed) {
      this.ends = ends;
      this.sealed = sealed;
      this.shown = sealed;
    }
  }

  /** What all edges of a slot say, in numbers. */
  private static final class Ends {
    final int type;
    final int[] from;
    final int[] to;

    Ends(int type, int[] from, int[] to) {
      this.type = type;
      this.from = from;
      this.to = to;
    }

    boolean isSimple() {
      return from.length == 1 && to.length == 1;
    }
  }

  /** How the arcs of a node differ, while that grows. */
  private static final class Arcs {
    private long[] plus = new long[2];
    private int plusSize;
    private long[] minus = new long[2];
    private int minusSize;

    void change(boolean more, boolean sealed, long arc) {
      if (sealed && more) {
        minusSize = remove(minus, minusSize, arc);
      } else if (sealed) {
        minus = room(minus, minusSize);
        minus[minusSize++] = arc;
      } else if (more) {
        plus = room(plus, plusSize);
        plus[plusSize++] = arc;
      } else {
        plusSize = remove(plus, plusSize, arc);
      }
    }

    private static long[] room(long[] arcs, int size) {
      return size < arcs.length ? arcs : Arrays.copyOf(arcs, 2 * size);
    }

    private static int remove(long[] arcs, int size, long arc) {
      for (int i = size - 1; i >= 0; i--) {
        if (arcs[i] == arc) {
          arcs[i] = arcs[size - 1];
          return size - 1;
        }
      }
      throw new AssertionError("an arc that is to go was never there");
    }

    Patch toPatch() {
      int[] far = new int[plusSize];
      int[] types = new int[plusSize];
      for (int i = 0; i < plusSize; i++) {
        far[i] = (int) (plus[i] >> Integer.SIZE);
        types[i] = (int) plus[i];
      }
      long[] gone = Arrays.copyOf(minus, minusSize);
      Arrays.sort(gone);
      return new Patch(far, types, gone);
    }
  }

  /**
   * A chain that begins at a segment.
   *
   * @param sealed what the segment shows
   */
  ImageChain(GraphSource source, Segment segment, Horizon sealed) {
    this.source = source;
    this.segment = segment;
    this.sealedView = source.at(sealed.cut());
    this.sealedNothing = sealed.ends().isEmpty();
    this.added = new Added(segment);
    this.horizon = sealed;
  }

  Segment segment() {
    return segment;
  }

  /** What the latest image shows. */
  Horizon horizon() {
    return horizon;
  }

  /** How many slots it keeps. */
  int slots() {
    return slots.size();
  }

  /**
   * The image at another horizon.
   *
   * @throws DamagedException if the segment is not what it says
   */
  GraphImage advance(Horizon to, long arrivals) {
    View view = source.at(to.cut());
    Set<Integer> upChanged = new HashSet<>();
    Set<Integer> downChanged = new HashSet<>();
    for (Bytes touched : touchedSlots(to)) {
      Slot slot = slots.get(touched);
      if (slot == null) {
        throw new AssertionError("a slot was not noted");
      }
      boolean live = isLive(touched, view);
      if (live != slot.shown) {
        show(slot, live, upChanged, downChanged);
      }
    }
    horizon = to;
    int nodes = segment.nodes() + added.nodes();
    upPatches = upPatches.with(patches(up, upChanged), nodes);
    downPatches = downPatches.with(patches(down, downChanged), nodes);
    Changes changes = new Changes(upPatches, downPatches, added, nodes, added.hyperedges());
    return new GraphImage(segment, to, arrivals, slots.isEmpty() ? null : changes);
  }

  private static Map<Integer, Patch> patches(Map<Integer, Arcs> arcs, Set<Integer> changed) {
    Map<Integer, Patch> patches = new TreeMap<>();
    for (Integer node : changed) {
      Arcs of = arcs.get(node);
      if (of != null) {
        patches.put(node, of.toPatch());
      }
    }
    return patches;
  }

  /** The slots that records between the two horizons speak of, each noted. */
  private Set<Bytes> touchedSlots(Horizon to) {
    Set<Bytes> touched = new TreeSet<>();
    Set<ArtifactKey> seen = new HashSet<>();
    for (Horizon.Stretch stretch : horizon.between(to)) {
      source.forEachRecord(
          stretch,
          (record, payload) -> {
            Bytes edge = payload != null ? payload : retractedEdge(record);
            if (edge != null && seen.add(record.id())) {
              touched.add(note(edge));
            }
          });
    }
    return touched;
  }

  /** Payload of the edge that a tombstone names, if it names one that was ever put. */
  private @Nullable Bytes retractedEdge(LogRecord record) {
    if (record.kind() != RecordKind.TOMBSTONE) {
      return null;
    }
    for (HistoryEntry entry : source.history(record.id())) {
      if (entry.record().kind() == RecordKind.TGK_EDGE) {
        return source.payload(entry.record().payloadDigest(), Edge.EDGE_BYTES_MAX);
      }
    }
    return null;
  }

  private Bytes note(Bytes encoded) {
    Edge edge = Edge.decode(encoded);
    Bytes slot = edge.slotOf(encoded);
    if (!slots.containsKey(slot)) {
      boolean sealed = !sealedNothing && isLive(slot, sealedView);
      Ends ends = new Ends(added.addType(edge.type()), numbers(edge.from()), numbers(edge.to()));
      slots.put(slot, new Slot(ends, sealed));
    }
    return slot;
  }

  /** Whether some edge of a slot is live in a view. */
  private boolean isLive(Bytes slot, View view) {
    try (RowCursor puts = source.rows().scanPrefix(GraphIndex.SLOT, slot)) {
      while (puts.next()) {
        Position put = GraphIndex.positionOfSlot(puts.key());
        if (view.includes(put.origin(), put.logseq()) && view.isKnown(put.id())) {
          return true;
        }
      }
    }
    return false;
  }

  private int[] numbers(List<Endpoint> ends) {
    int[] numbers = new int[ends.size()];
    for (int i = 0; i < numbers.length; i++) {
      ArtifactKey key = ends.get(i).key();
      int known = segment.find(key);
      numbers[i] = known >= 0 ? known : added.addNode(key);
    }
    return Arrays.stream(numbers).sorted().distinct().toArray();
  }

  // ---- arcs

  private void show(Slot slot, boolean live, Set<Integer> upChanged, Set<Integer> downChanged) {
    slot.shown = live;
    Ends ends = slot.ends;
    if (ends.isSimple()) {
      if (slot.sealed) {
        requireArc(segment.up(), ends.to[0], ends.from[0], ends.type);
        requireArc(segment.down(), ends.from[0], ends.to[0], ends.type);
      }
      change(up, ends.to, live, slot.sealed, ends.from[0], ends.type);
      change(down, ends.from, live, slot.sealed, ends.to[0], ends.type);
    } else {
      int arc = slot.sealed ? sealedHyperedge(slot, live) : ~furtherHyperedge(slot);
      change(up, ends.to, live, slot.sealed, arc, ends.type);
      change(down, ends.from, live, slot.sealed, arc, ends.type);
    }
    Arrays.stream(ends.to).forEach(upChanged::add);
    Arrays.stream(ends.from).forEach(downChanged::add);
  }

  /** A segment that lacks what is to go from it is not what it says. */
  private void requireArc(Segment.Side side, int near, int far, int type) {
    long wanted = (long) far << Integer.SIZE | type;
    int low = near < segment.nodes() ? side.start(near) : 0;
    int high = near < segment.nodes() ? side.start(near + 1) : 0;
    while (low < high) {
      int middle = (low + high) >>> 1;
      long arc = (long) side.arc(middle) << Integer.SIZE | side.type(middle);
      if (arc == wanted) {
        return;
      }
      if (arc < wanted) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    throw lacking();
  }

  private static DamagedException lacking() {
    return new DamagedException(
        "a graph segment lacks an edge that is live in what it seals: remove it and seal again");
  }

  private static void change(
      Map<Integer, Arcs> arcs, int[] nodes, boolean more, boolean sealed, int far, int type) {
    for (int node : nodes) {
      arcs.computeIfAbsent(node, unused -> new Arcs())
          .change(more, sealed, (long) far << Integer.SIZE | type);
    }
  }

  private int furtherHyperedge(Slot slot) {
    if (slot.hyperedge < 0) {
      slot.hyperedge =
          added.addHyperedge(new Hyperedge(slot.ends.type, slot.ends.from, slot.ends.to));
    }
    return slot.hyperedge;
  }

  /** The arc of the segment's hyperedge that stands, or is to stand again, for a slot. */
  private int sealedHyperedge(Slot slot, boolean live) {
    if (live) {
      goneHyperedges.remove(slot.hyperedge);
      return segment.nodes() + slot.hyperedge;
    }
    int near = slot.ends.to[0];
    Segment.Side side = segment.up();
    int end = near < segment.nodes() ? side.start(near + 1) : 0;
    int start = near < segment.nodes() ? side.start(near) : 0;
    for (int i = start; i < end; i++) {
      int hyperedge = side.arc(i) - segment.nodes();
      if (hyperedge >= 0 && isOf(hyperedge, slot.ends) && goneHyperedges.add(hyperedge)) {
        slot.hyperedge = hyperedge;
        return segment.nodes() + hyperedge;
      }
    }
    throw lacking();
  }

  private boolean isOf(int hyperedge, Ends ends) {
    int from = segment.causesAt(hyperedge);
    int to = segment.effectsAt(hyperedge);
    int end = segment.endsAt(hyperedge);
    if (segment.hyperedgeType(hyperedge) != ends.type
        || to - from != ends.from.length
        || end - to != ends.to.length) {
      return false;
    }
    for (int i = from; i < to; i++) {
      if (segment.end(i) != ends.from[i - from]) {
        return false;
      }
    }
    for (int i = to; i < end; i++) {
      if (segment.end(i) != ends.to[i - to]) {
        return false;
      }
    }
    return true;
  }
}
