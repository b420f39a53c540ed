package dev.cairn.tgk;

import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.store.Workers;
import dev.cairn.tgk.segment.Gathering;
import dev.cairn.tgk.segment.LiveEdges;
import dev.cairn.tgk.segment.Segment;
import dev.cairn.tgk.segment.SegmentFiles;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * The sealing of a snapshot, step by step: whoever has time calls {@link #step} until there is
 * nothing left to do. Steps are short, but for those that write.
 *
 * <p>Where a sealed snapshot is near, the new segment comes from that one and what lies between;
 * else all live edges are gathered from rows. At most {@link #SEGMENTS_MAX} segments stay: those of
 * snapshots no longer kept go first, then the oldest. One owner; must be closed.
 */
public final class Sealing implements AutoCloseable {
  /** Segments that are kept. */
  public static final int SEGMENTS_MAX = 4;

  private final GraphSource source;
  private final GraphImages images;
  private final SegmentFiles files;
  private final Snapshot snapshot;
  private final Workers workers;
  private @Nullable Gathering gathering;
  private @Nullable LiveEdges edges;
  private @Nullable SealedGraph result;

  Sealing(
      GraphSource source,
      GraphImages images,
      SegmentFiles files,
      Snapshot snapshot,
      Workers workers) {
    this.source = source;
    this.images = images;
    this.files = files;
    this.snapshot = snapshot;
    this.workers = workers;
  }

  /** Does some more; false once the segment is there. */
  public boolean step() {
    if (result != null) {
      return false;
    }
    if (edges != null) {
      result = write(edges);
    } else if (gathering == null) {
      begin();
    } else if (!gathering.step()) {
      edges = gathering.result();
      gathering = null;
    }
    return result == null;
  }

  private void begin() {
    Horizon horizon = Horizon.of(snapshot);
    GraphImage near = images.sealedNear(horizon);
    if (near != null) {
      try {
        ImageChain chain = new ImageChain(source, near.segment(), near.horizon());
        edges = ImageEdges.of(chain.advance(horizon, -1));
        return;
      } catch (DamagedException e) {
        LoggerFactory.getLogger(Sealing.class)
            .warn("a graph segment is not what it says: gathering edges from rows instead", e);
      }
    }
    gathering = GraphImages.gathering(source, horizon, workers);
  }

  private SealedGraph write(LiveEdges live) {
    ArtifactKey key = snapshot.key();
    Path file = files.write(snapshot, live);
    Segment segment = files.open(file);
    prune(file);
    return SealedGraph.of(key, segment);
  }

  /** Removes segments that are one too many. */
  private void prune(Path fresh) {
    List<Path> kept = new ArrayList<>();
    for (Snapshot other : source.snapshots()) {
      if (files.isThere(other.key())) {
        kept.add(files.file(other.key()));
      }
    }
    kept.remove(fresh);
    int drop = Math.max(0, kept.size() + 1 - SEGMENTS_MAX);
    Set<Path> staying = new HashSet<>(kept.subList(drop, kept.size()));
    staying.add(fresh);
    for (Path file : files.all()) {
      if (!staying.contains(file)) {
        files.remove(file);
      }
    }
  }

  /** What came of it, once all steps are done. */
  public SealedGraph result() {
    SealedGraph done = result;
    if (done == null) {
      throw new IllegalStateException("the snapshot is still being sealed");
    }
    return done;
  }

  @Override
  public void close() {
    if (gathering != null) {
      gathering.close();
    }
  }
}
