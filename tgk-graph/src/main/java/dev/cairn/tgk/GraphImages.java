package dev.cairn.tgk;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.View;
import dev.cairn.asl.store.WorkerThreads;
import dev.cairn.asl.store.Workers;
import dev.cairn.tgk.segment.Gathering;
import dev.cairn.tgk.segment.LiveEdges;
import dev.cairn.tgk.segment.Segment;
import dev.cairn.tgk.segment.SegmentFiles;
import dev.cairn.tgk.segment.SegmentWriter;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
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
  static final long ROW_EDGE_COST = 28;

  /** What a record costs that lies between a segment and an image. */
  static final long CHANGE_COST = 20;

  /**
   * What must have been spent for each record before a segment is gathered: half of what that
   * costs, as who has walked so much mostly walks on.
   */
  static final long GATHER_COST = 2;

  /** What may be spent at any time. */
  static final long FREE_COST = 2_000;

  private final GraphSource source;
  private final @Nullable SealedSegments sealed;
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

  /** The sealed snapshot that the chain begins at; null for a segment in memory. */
  private @Nullable ArtifactKey chainBegin;

  /** Records under which gathering was given up: not tried again before there are twice as many. */
  private long tooMany = Long.MAX_VALUE / 2;

  private volatile boolean keeperGathers;

  GraphImages(GraphSource source, @Nullable SegmentFiles files) {
    this(source, files, false);
  }

  private GraphImages(GraphSource source, @Nullable SegmentFiles files, boolean off) {
    this.source = source;
    this.sealed = files == null ? null : new SealedSegments(source, files);
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
      if (Thread.currentThread().isInterrupted()) {
        return null; // Nobody waits for it any more; what others look at stays.
      }
      LoggerFactory.getLogger(GraphImages.class)
          .warn("no image of the graph: walking over rows instead", e);
      giveUp();
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
    Begun begun = image != null ? null : begin(horizon);
    if (begun != null) {
      image = begun.chain.advance(horizon, -1);
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
    takeUpSealed(horizon);
    ImageChain following = chain;
    long distance = following == null ? Long.MAX_VALUE : following.horizon().distance(horizon);
    if (following != null && distance <= CHANGES_MAX) {
      if (!spend(distance * CHANGE_COST)) {
        return null;
      }
    } else {
      chain = null;
      Begun begun = begin(horizon);
      following = begun == null ? null : begun.chain;
      chainBegin = begun == null ? null : begun.snapshot;
    }
    if (following == null) {
      return null;
    }
    GraphImage image = following.advance(horizon, arrivals);
    chain = following;
    now = image;
    Following worn =
        new Following(chainBegin, following.segment(), horizon, following.slots(), image);
    if (worn.isWorn(1)) {
      merge(image, horizon, arrivals);
    }
    return now;
  }

  private void merge(GraphImage image, Horizon horizon, long arrivals) {
    ImageChain merged = inMemory(ImageEdges.of(image), horizon);
    chain = merged;
    chainBegin = null;
    now = merged == null ? null : merged.advance(horizon, arrivals);
  }

  /** Begins at a segment that somebody sealed meanwhile, if that costs next to nothing. */
  private void takeUpSealed(Horizon horizon) {
    if (chain == null || sealed == null || !sealed.haveChanged()) {
      return;
    }
    SealedSegments.Sealed fresh = sealed.nearest(horizon, FREE_COST / CHANGE_COST);
    if (fresh != null && !fresh.snapshot().equals(chainBegin)) {
      chain = new ImageChain(source, fresh.segment(), fresh.horizon());
      chainBegin = fresh.snapshot();
    }
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

  /** A chain, and the sealed snapshot that it begins at, or null for a segment in memory. */
  private record Begun(ImageChain chain, @Nullable ArtifactKey snapshot) {}

  /** A chain that begins near a horizon, if that is worth what it costs. */
  private @Nullable Begun begin(Horizon horizon) {
    SealedSegments.Sealed nearest = sealed == null ? null : sealed.nearest(horizon, CHANGES_MAX);
    if (nearest != null) {
      return spend(nearest.horizon().distance(horizon) * CHANGE_COST)
          ? new Begun(
              new ImageChain(source, nearest.segment(), nearest.horizon()), nearest.snapshot())
          : null;
    }
    long records = horizon.records();
    if (keeperGathers || records >= tooMany || !spend(records * GATHER_COST)) {
      return null;
    }
    ImageChain gathered = gather(horizon);
    return gathered == null ? null : new Begun(gathered, null);
  }

  private @Nullable ImageChain gather(Horizon horizon) {
    try (WorkerThreads workers = new WorkerThreads("gathering", Gathering.PASSES);
        Gathering gathering = gathering(source, horizon, workers)) {
      while (gathering.step()) {
        if (gathering.isBeyond(MEMORY_EDGES_MAX)) {
          gaveUp(horizon);
          return null;
        }
      }
      return inMemory(gathering.result(), horizon);
    }
  }

  /** Gathers the live edges at a horizon. */
  static Gathering gathering(GraphSource source, Horizon horizon, Workers workers) {
    View view = source.at(horizon.cut());
    return new Gathering(
        source.rows(), horizon.cut(), new LogRetractions(source, horizon), view::isKnown, workers);
  }

  /** A chain that begins at a segment in memory; null if that would be too long. */
  @Nullable ImageChain inMemory(LiveEdges edges, Horizon horizon) {
    if (edges.count() > MEMORY_EDGES_MAX) {
      gaveUp(horizon);
      return null;
    }
    try {
      Segment segment = new SegmentWriter(edges, Bytes.EMPTY).toMemory();
      return new ImageChain(source, segment, horizon);
    } catch (RefusedException e) {
      LoggerFactory.getLogger(GraphImages.class).debug("the graph is walked over rows", e);
      gaveUp(horizon);
      return null;
    }
  }

  /** The segment of the sealed snapshot that is nearest, if few enough records lie between. */
  @Nullable GraphImage sealedNear(Horizon horizon) {
    SealedSegments.Sealed nearest = sealed == null ? null : sealed.nearest(horizon, CHANGES_MAX);
    return nearest == null ? null : new GraphImage(nearest.segment(), nearest.horizon(), -1, null);
  }

  // ---- for a keeper

  /** The sealed segments, if there is a place for them. */
  @Nullable SealedSegments sealed() {
    return sealed;
  }

  /** True if walks over rows were worth something that nobody made yet. */
  boolean isAsked() {
    return credit.get() > 0;
  }

  /** While a keeper gathers, nobody else does. */
  void keeperGathers(boolean gathers) {
    keeperGathers = gathers;
  }

  /** Notes that gathering was given up. */
  void gaveUp(Horizon horizon) {
    lock.lock();
    try {
      tooMany = 2 * horizon.records();
    } finally {
      lock.unlock();
    }
  }

  /** True if gathering a segment in memory may be tried. */
  boolean mayGather(Horizon horizon) {
    lock.lock();
    try {
      return horizon.records() < tooMany;
    } finally {
      lock.unlock();
    }
  }

  /** What questions of the present follow, or null. */
  @Nullable Following following() {
    lock.lock();
    try {
      ImageChain following = chain;
      return following == null
          ? null
          : new Following(
              chainBegin, following.segment(), following.horizon(), following.slots(), now);
    } finally {
      lock.unlock();
    }
  }

  /**
   * What questions of the present follow.
   *
   * @param begin the sealed snapshot that it begins at; null for a segment in memory
   * @param segment the segment
   * @param horizon what it has come to
   * @param slots what it keeps beside the segment
   * @param image the latest image, if it is one of this chain
   */
  record Following(
      @Nullable ArtifactKey begin,
      Segment segment,
      Horizon horizon,
      int slots,
      @Nullable GraphImage image) {
    /** True if the next segment may be one in memory. */
    boolean isSmall() {
      return image != null && image.segment().edges() + slots <= MEMORY_EDGES_MAX;
    }

    /** True if so much was changed that the next image may be one of a new segment. */
    boolean isWorn(int part) {
      return image != null
          && slots * (long) part > Math.max(CHANGED_MIN, image.segment().edges() / CHANGED_PART);
    }
  }

  /** Lets questions follow another chain, which is taken to the present. */
  void follow(ImageChain fresh, @Nullable ArtifactKey begin) {
    lock.lock();
    try {
      long arrivals = source.arrivals();
      now = fresh.advance(source.horizon(), arrivals);
      chain = fresh;
      chainBegin = begin;
    } finally {
      lock.unlock();
    }
  }

  /** Takes what questions follow nearer to the present, by about so many records. */
  void advance(long records) {
    lock.lock();
    try {
      ImageChain following = chain;
      if (following == null) {
        return;
      }
      long arrivals = source.arrivals();
      Horizon horizon = source.horizon();
      Horizon to = following.horizon().toward(horizon, records, source);
      GraphImage image = following.advance(to, arrivals);
      now = to.equals(horizon) ? image : null;
    } finally {
      lock.unlock();
    }
  }

  /** Something made is not what it says: rows answer until it is made anew. */
  void distrust() {
    lock.lock();
    try {
      giveUp();
      cuts.clear();
    } finally {
      lock.unlock();
    }
  }

  private void giveUp() {
    if (sealed != null) {
      sealed.distrust();
    }
    now = null;
    chain = null;
    chainBegin = null;
  }
}
