package dev.cairn.tgk;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.store.View;
import dev.cairn.tgk.segment.Gathering;
import dev.cairn.tgk.segment.KeyIndex;
import dev.cairn.tgk.segment.LiveEdges;
import dev.cairn.tgk.segment.Segment;
import dev.cairn.tgk.segment.SegmentFiles;
import dev.cairn.tgk.segment.SegmentWriter;
import java.io.UncheckedIOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Which image shows a view, and whether making it is worth its while.
 *
 * <p>An image begins at a sealed segment, or at one that is gathered from rows and stays in memory,
 * and follows the log from there. Making one costs time that a small walk over rows would never
 * take; so it is made once the walks over rows have taken as much time as it would, or if it costs
 * next to nothing. Costs are counted, not measured, in units of about a microsecond: when an image
 * is made never depends on a clock, and what a walk answers never on whether there is one.
 *
 * <p>Safe for any thread. One makes images at a time; others walk over rows meanwhile.
 */
final class GraphImages {
  /** An image has at most this many edges unless they are sealed: beyond, rows are walked. */
  static final long MEMORY_EDGES_MAX = 4_000_000;

  /** Records between a segment and an image are at most so many; beyond, a segment is gathered. */
  static final long CHANGES_MAX = 131_072;

  /**
   * A segment in memory is made anew once an image has more than this part of its edges changed.
   */
  static final int CHANGED_PART = 4;

  /** And not before so many have. */
  static final int CHANGED_MIN = 16_384;

  /** Images of cuts that are kept. */
  static final int CUTS_KEPT_MAX = 4;

  /** What following an edge over rows costs. */
  static final long ROW_EDGE_COST = 20;

  /** What a record costs that lies between a segment and an image. */
  static final long CHANGE_COST = 20;

  /** What a record costs when a segment is gathered. */
  static final long GATHER_COST = 4;

  /** What may be spent at any time. */
  static final long FREE_COST = 2_000;

  private static final Logger LOG = LoggerFactory.getLogger(GraphImages.class);

  private final GraphSource source;
  private final @Nullable SegmentFiles files;
  private final boolean off;
  private final ReentrantLock lock = new ReentrantLock();
  private final AtomicLong credit = new AtomicLong();
  private volatile @Nullable GraphImage now;

  // Under the lock.
  private @Nullable ImageChain chain;
  private final Map<Cut, GraphImage> cuts =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1L;

        @Override
        protected boolean removeEldestEntry(Map.Entry<Cut, GraphImage> eldest) {
          return size() > CUTS_KEPT_MAX;
        }
      };

  /** Segments by snapshot; nothing for files that are of no use. */
  private final Map<ArtifactKey, Optional<Segment>> opened = new TreeMap<>();

  /** Records under which gathering was given up: not tried again before there are twice as many. */
  private long tooMany = Long.MAX_VALUE / 2;

  GraphImages(GraphSource source, @Nullable SegmentFiles files) {
    this(source, files, false);
  }

  private GraphImages(GraphSource source, @Nullable SegmentFiles files, boolean off) {
    this.source = source;
    this.files = files;
    this.off = off;
  }

  /** Never an image. */
  static GraphImages none(GraphSource source) {
    return new GraphImages(source, null, true);
  }

  /** Counts what walks over rows have cost. */
  void worked(long rowEdges) {
    credit.addAndGet(rowEdges * ROW_EDGE_COST);
  }

  /** Forgets what was opened and made. */
  void forget() {
    lock.lock();
    try {
      now = null;
      chain = null;
      cuts.clear();
      opened.clear();
    } finally {
      lock.unlock();
    }
  }

  /** The image of a view, if there is one or it is worth making. */
  @Nullable GraphImage image(View view) {
    if (off) {
      return null;
    }
    Cut cut = view.cut().orElse(null);
    GraphImage latest = now;
    if (cut == null && latest != null && latest.arrivals() == source.arrivals()) {
      return latest;
    }
    if (!lock.tryLock()) {
      return null;
    }
    try {
      return cut == null ? follow() : atCut(cut);
    } catch (CairnException e) {
      LOG.warn("no image of the graph: walking over rows instead", e);
      opened.replaceAll((snapshot, unused) -> Optional.empty());
      now = null;
      chain = null;
      return null;
    } finally {
      lock.unlock();
    }
  }

  private @Nullable GraphImage atCut(Cut cut) {
    GraphImage known = cuts.get(cut);
    if (known != null) {
      return known;
    }
    Horizon held = source.horizon();
    for (Map.Entry<Origin, Long> entry : cut.logseqs().entrySet()) {
      Horizon.End end = held.ends().get(entry.getKey());
      if (end == null || end.logseq() < entry.getValue()) {
        return null; // Not wholly here: what it shows may become more.
      }
    }
    Horizon horizon = source.horizon(cut);
    GraphImage image = latest(horizon);
    ImageChain begun = image != null ? null : begin(horizon);
    if (begun != null) {
      image = begun.advance(horizon, -1);
    }
    if (image != null) {
      cuts.put(cut, image);
    }
    return image;
  }

  /** The image of the present, if that is what is asked for. */
  private @Nullable GraphImage latest(Horizon horizon) {
    GraphImage latest = now;
    return latest != null && latest.horizon().equals(horizon) ? latest : null;
  }

  private @Nullable GraphImage follow() {
    long arrivals = source.arrivals();
    Horizon horizon = source.horizon();
    ImageChain following = chain;
    long distance = following == null ? Long.MAX_VALUE : following.horizon().distance(horizon);
    if (following != null && distance <= CHANGES_MAX) {
      if (!spend(distance * CHANGE_COST)) {
        return null;
      }
    } else {
      chain = null;
      following = begin(horizon);
    }
    if (following == null) {
      return null;
    }
    GraphImage image = following.advance(horizon, arrivals);
    if (following.slots() > Math.max(CHANGED_MIN, image.segment().edges() / CHANGED_PART)) {
      following = inMemory(ImageEdges.of(image), horizon);
      image = following == null ? null : following.advance(horizon, arrivals);
    }
    chain = following;
    now = image;
    return image;
  }

  private boolean spend(long cost) {
    if (cost > FREE_COST) {
      if (credit.get() < cost) {
        return false;
      }
      credit.addAndGet(-cost);
    }
    return true;
  }

  /** A chain that begins near a horizon, if that is worth what it costs. */
  private @Nullable ImageChain begin(Horizon horizon) {
    for (Snapshot nearest = nearest(horizon); nearest != null; nearest = nearest(horizon)) {
      long distance = Horizon.of(nearest).distance(horizon);
      if (distance > CHANGES_MAX) {
        break;
      }
      Segment segment = open(nearest);
      if (segment != null) {
        return spend(distance * CHANGE_COST)
            ? new ImageChain(source, segment, Horizon.of(nearest))
            : null;
      }
    }
    long records = horizon.records();
    return records < tooMany && spend(records * GATHER_COST) ? gather(horizon) : null;
  }

  private @Nullable ImageChain gather(Horizon horizon) {
    try (Gathering gathering = gathering(source, horizon)) {
      while (gathering.step()) {
        if (gathering.edges() > MEMORY_EDGES_MAX) {
          tooMany = 2 * horizon.records();
          return null;
        }
      }
      return inMemory(gathering.result(), horizon);
    }
  }

  /** Gathers the live edges at a horizon. */
  static Gathering gathering(GraphSource source, Horizon horizon) {
    KeyIndex retracted = new KeyIndex();
    for (Horizon.Stretch stretch : Horizon.NOTHING.between(horizon)) {
      source.forEachTombstone(stretch, key -> retracted.add(key.bytes()));
    }
    View view = source.at(horizon.cut());
    return new Gathering(source.rows(), horizon.cut(), retracted, view::isLive);
  }

  private @Nullable ImageChain inMemory(LiveEdges edges, Horizon horizon) {
    if (edges.count() > MEMORY_EDGES_MAX) {
      tooMany = 2 * horizon.records();
      return null;
    }
    try {
      Segment segment = new SegmentWriter(edges, Bytes.EMPTY).toMemory();
      return new ImageChain(source, segment, horizon);
    } catch (RefusedException e) {
      LOG.debug("the graph is walked over rows", e);
      tooMany = 2 * horizon.records();
      return null;
    }
  }

  // ---- sealed segments

  /** The sealed snapshot that the fewest records lie between; not opened yet. */
  private @Nullable Snapshot nearest(Horizon horizon) {
    SegmentFiles from = files;
    if (from == null || from.all().isEmpty()) {
      return null;
    }
    Snapshot nearest = null;
    long least = Long.MAX_VALUE;
    for (Snapshot snapshot : source.snapshots()) {
      long distance = Horizon.of(snapshot).distance(horizon);
      if (distance < least && from.isThere(snapshot.key()) && isUsable(snapshot)) {
        least = distance;
        nearest = snapshot;
      }
    }
    return nearest;
  }

  private boolean isUsable(Snapshot snapshot) {
    Optional<Segment> known = opened.get(snapshot.key());
    return known == null || known.isPresent();
  }

  private @Nullable Segment open(Snapshot snapshot) {
    SegmentFiles from = files;
    if (from == null) {
      return null;
    }
    return opened.computeIfAbsent(snapshot.key(), key -> open(from, key)).orElse(null);
  }

  private static Optional<Segment> open(SegmentFiles from, ArtifactKey snapshot) {
    try {
      return from.open(snapshot);
    } catch (CairnException | UncheckedIOException e) {
      LOG.warn("a graph segment is of no use: seal its snapshot again", e);
      return Optional.empty();
    }
  }

  /** The segment of the sealed snapshot that is nearest, if few enough records lie between. */
  @Nullable GraphImage sealedNear(Horizon horizon) {
    lock.lock();
    try {
      Snapshot nearest = nearest(horizon);
      Segment segment = nearest == null ? null : open(nearest);
      if (nearest == null || segment == null) {
        return null;
      }
      Horizon sealed = Horizon.of(nearest);
      return sealed.distance(horizon) > CHANGES_MAX
          ? null
          : new GraphImage(segment, sealed, -1, null);
    } finally {
      lock.unlock();
    }
  }
}
