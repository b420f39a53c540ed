package dev.cairn.tgk;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.TableReader;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.View;
import dev.cairn.asl.store.WorkerThreads;
import dev.cairn.asl.store.Workers;
import dev.cairn.tgk.index.GraphIndex;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.segment.Gathering;
import dev.cairn.tgk.segment.SegmentFiles;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.ObjIntConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.LoggerFactory;

/**
 * The provenance graph of a store, read at a {@link View}.
 *
 * <p>The store must have been opened with a {@link GraphIndex}. Answers and their order are a
 * function of the records within the view, the same on every node; endpoints may name artifacts
 * that the store does not hold. Safe for any thread; a question of a view that moves ({@link
 * Store#now}) may see some of what is written meanwhile.
 */
public final class Graph {
  /** Most edges that {@link #edgesOf} gives in one list. */
  public static final int EDGES_OF_MAX = 1_000_000;

  /** Edges that a walk over rows follows before it is asked again whether an image is worth it. */
  private static final long ROW_EDGES_FIRST = 4096;

  private final GraphSource source;
  private final @Nullable SegmentFiles files;
  private final GraphImages images;
  private final ImageWalks walks;

  /** The graph of a store, with no place for sealed segments. */
  public Graph(Store store) {
    this(GraphSource.of(store), null);
  }

  /**
   * The graph of a store.
   *
   * @param segments folder of the store's sealed segments, which need not be there
   */
  public Graph(Store store, Path segments) {
    this(GraphSource.of(store), new SegmentFiles(segments));
  }

  Graph(GraphSource source) {
    this(source, null);
  }

  Graph(GraphSource source, @Nullable SegmentFiles files) {
    this(source, files, new GraphImages(source, files));
  }

  private Graph(GraphSource source, @Nullable SegmentFiles files, GraphImages images) {
    this.source = source;
    this.files = files;
    this.images = images;
    this.walks = new ImageWalks(source);
  }

  /** The graph of a store that is always walked over rows: what images are compared with. */
  public static Graph overRows(Store store) {
    return overRows(GraphSource.of(store));
  }

  static Graph overRows(GraphSource source) {
    return new Graph(source, null, GraphImages.none(source));
  }

  /**
   * The edge of this key in whatever state, if it was put within the view; else nothing, also if
   * the key names no edge.
   */
  public Optional<GraphEdge> edge(ArtifactKey key, View view) {
    return Optional.ofNullable(new EdgeReader(source, view).any(key));
  }

  /**
   * The edges that an artifact stands in, in order of edge keys.
   *
   * @param relation the side to look at; {@link Relation#BOTH} looks at either
   * @throws RefusedException for more than {@link #EDGES_OF_MAX}: use {@link #forEachEdge}
   */
  public List<Incidence> edgesOf(ArtifactKey key, Relation relation, EdgeFilter filter, View view) {
    List<Incidence> found = new ArrayList<>();
    forEachEdge(
        key,
        relation,
        filter,
        view,
        incidence -> {
          if (found.size() == EDGES_OF_MAX) {
            throw new RefusedException("edges of " + key + ": more than " + EDGES_OF_MAX);
          }
          found.add(incidence);
        });
    return found;
  }

  /** The same, one by one, for artifacts with any number of edges. */
  public void forEachEdge(
      ArtifactKey key,
      Relation relation,
      EdgeFilter filter,
      View view,
      Consumer<Incidence> action) {
    EdgeReader reader = new EdgeReader(source, view);
    Set<Bytes> types = Walk.typeRows(filter.types());
    TableReader rows = source.rows();
    try (RowCursor down =
            relation == Relation.TO
                ? RowCursor.empty()
                : rows.scanPrefix(GraphIndex.DOWN, key.bytes());
        RowCursor up =
            relation == Relation.FROM
                ? RowCursor.empty()
                : rows.scanPrefix(GraphIndex.UP, key.bytes())) {
      boolean inFrom = down.next();
      boolean inTo = up.next();
      while (inFrom || inTo) {
        int order = inFrom && inTo ? down.key().compareTo(up.key()) : inFrom ? -1 : 1;
        RowCursor least = order <= 0 ? down : up;
        if (types.isEmpty() || types.contains(least.value())) {
          ArtifactKey edgeKey =
              GraphIndex.edgeOfAdjacency(
                  least == down ? GraphIndex.DOWN : GraphIndex.UP, least.key());
          GraphEdge edge = filter.history() ? reader.any(edgeKey) : reader.live(edgeKey);
          if (edge != null) {
            action.accept(new Incidence(edge, relationOf(key, edge)));
          }
        }
        if (order <= 0) {
          inFrom = down.next();
        }
        if (order >= 0) {
          inTo = up.next();
        }
      }
    }
  }

  /**
   * Walks from {@code starts} and keeps all that is found. Going up, an edge leads from any of its
   * effects to all of its causes; going down, the other way round.
   *
   * @throws RefusedException for more nodes than {@link LineageOptions#nodesMax} or more endpoints
   *     than {@link Lineage#ENDPOINTS_MAX}
   */
  public Lineage lineage(
      Collection<ArtifactKey> starts, Direction direction, LineageOptions options, View view) {
    List<LineageNode> nodes = new ArrayList<>();
    List<GraphEdge> edges = new ArrayList<>();
    LineageCounts counts =
        walk(
            starts,
            direction,
            options,
            view,
            new LineageVisitor() {
              private long endpoints;

              @Override
              public void node(ArtifactKey key, int depth) {
                nodes.add(new LineageNode(key, depth));
              }

              @Override
              public void edge(GraphEdge edge, ArtifactKey near, int depth) {
                endpoints += edge.edge().from().size() + edge.edge().to().size();
                if (endpoints > Lineage.ENDPOINTS_MAX) {
                  throw new RefusedException(
                      "lineage: more than "
                          + Lineage.ENDPOINTS_MAX
                          + " endpoints to keep; ask for less depth, fewer types, or a count");
                }
                edges.add(edge);
              }
            });
    return new Lineage(direction, nodes, edges, counts);
  }

  /**
   * Walks from {@code starts} and keeps only how much there was; runs at memory speed where there
   * is a sealed segment, or once enough was walked without one.
   */
  public LineageCounts count(
      Collection<ArtifactKey> starts, Direction direction, LineageOptions options, View view) {
    for (long edgesMax = ROW_EDGES_FIRST; ; edgesMax *= 4) {
      GraphImage image = images.image(view);
      if (image != null) {
        try {
          return walks.count(image, starts, direction, options);
        } catch (DamagedException e) {
          distrust(e);
        }
      }
      Counter counter = new Counter(new LineageVisitor() {}, edgesMax);
      walkRows(starts, direction, options, view, counter);
      if (!counter.stopped) {
        return counter.counts();
      }
    }
  }

  /**
   * Walks from {@code starts} and hands on what is reached, by depth, then key, without a look at
   * single edges: as fast as {@link #count}, where {@link #walk} reads every edge from the store.
   */
  public LineageCounts reach(
      Collection<ArtifactKey> starts,
      Direction direction,
      LineageOptions options,
      View view,
      ObjIntConsumer<ArtifactKey> nodes) {
    GraphImage image = images.image(view);
    ImageWalks.Walked walked = image == null ? null : walked(image, starts, direction, options);
    if (image != null && walked != null) {
      return walks.tell(image, walked, nodes);
    }
    return walk(
        starts,
        direction,
        options,
        view,
        new LineageVisitor() {
          @Override
          public void node(ArtifactKey key, int depth) {
            nodes.accept(key, depth);
          }
        });
  }

  private ImageWalks.@Nullable Walked walked(
      GraphImage image,
      Collection<ArtifactKey> starts,
      Direction direction,
      LineageOptions options) {
    try {
      return walks.walk(image, starts, direction, options);
    } catch (DamagedException e) {
      distrust(e);
      return null;
    }
  }

  private void distrust(DamagedException cause) {
    LoggerFactory.getLogger(Graph.class)
        .warn("a graph segment is given up: walking over rows instead", cause);
    images.distrust();
  }

  /** Walks from {@code starts} and hands all that is found to {@code visitor}. */
  public LineageCounts walk(
      Collection<ArtifactKey> starts,
      Direction direction,
      LineageOptions options,
      View view,
      LineageVisitor visitor) {
    Counter counter = new Counter(visitor, Long.MAX_VALUE);
    walkRows(starts, direction, options, view, counter);
    return counter.counts();
  }

  private void walkRows(
      Collection<ArtifactKey> starts,
      Direction direction,
      LineageOptions options,
      View view,
      Counter counter) {
    try {
      new Walk(source, view, direction, options, counter).run(starts);
    } finally {
      images.worked(counter.edges);
    }
  }

  /**
   * One shortest derivation of {@code effect} from {@code cause}: empty steps if they are the same,
   * nothing if there is none within the options. Of several shortest ones the answer is the one
   * that a downward walk finds first, which expands each level's nodes in order of keys and each
   * node's edges in order of keys.
   */
  public Optional<List<PathStep>> path(
      ArtifactKey cause, ArtifactKey effect, LineageOptions options, View view) {
    if (cause.equals(effect)) {
      return Optional.of(List.of());
    }
    for (long edgesMax = ROW_EDGES_FIRST; ; edgesMax *= 4) {
      GraphImage image = images.image(view);
      ImageWalks.Found found = image == null ? null : found(image, cause, effect, options, view);
      if (found != null) {
        return found.steps();
      }
      Trail trail = new Trail(effect, image == null ? edgesMax : Long.MAX_VALUE);
      try {
        new Walk(source, view, Direction.DOWN, options, trail).run(List.of(cause));
      } finally {
        images.worked(trail.edges);
      }
      if (!trail.stopped) {
        return trail.backTo(cause, new EdgeReader(source, view));
      }
    }
  }

  private ImageWalks.@Nullable Found found(
      GraphImage image, ArtifactKey cause, ArtifactKey effect, LineageOptions options, View view) {
    try {
      return walks.path(image, cause, effect, options, view);
    } catch (DamagedException e) {
      distrust(e);
      return null;
    }
  }

  /**
   * Keys of edges, in order, among them all that are live in a view and of one of some types, told
   * by a segment; nothing if there is none, or if these edges are not few: then whoever asks looks
   * at all.
   *
   * @param keysMax more than these are not few
   */
  public Optional<Set<ArtifactKey>> fewOfTypes(Predicate<EdgeType> types, View view, int keysMax) {
    GraphImage image = view.cut().isEmpty() ? null : images.image(view);
    if (image == null) {
      return Optional.empty();
    }
    try {
      return TypedEdges.keys(source, image, types, keysMax);
    } catch (IndexOutOfBoundsException | InternalError e) {
      distrust(ImageWalks.changed(e));
      return Optional.empty();
    }
  }

  /** True if questions of a view run at memory speed now; makes it so if that is worth it. */
  public boolean isFast(View view) {
    return images.image(view) != null;
  }

  // ---- sealed segments

  /**
   * Seals a snapshot: what it shows of the graph becomes a file that walks run on. Changes no
   * answer.
   *
   * @throws RefusedException if there is no place for segments, or too many edges for one
   */
  public SealedGraph seal(Snapshot snapshot) {
    try (WorkerThreads workers = new WorkerThreads("sealing", Gathering.PASSES);
        Sealing sealing = sealing(snapshot, workers)) {
      while (sealing.step()) {
        // A step at a time.
      }
      return sealing.result();
    }
  }

  /** The same, step by step, on the calling thread; must be closed. */
  public Sealing sealing(Snapshot snapshot) {
    return sealing(snapshot, Workers.caller());
  }

  private Sealing sealing(Snapshot snapshot, Workers workers) {
    if (files == null) {
      throw new RefusedException("graph segments: there is no folder for them");
    }
    return new Sealing(source, images, files, snapshot, workers);
  }

  /**
   * What keeps this graph quick in the background, for whoever calls it; {@link GraphKeeperThread}
   * does so in a thread of its own. One of a graph at a time; must be closed.
   */
  public GraphKeeper keeper() {
    return keeper(GraphKeeper.STEP_RECORDS, GraphKeeper.SEAL_RECORDS_MIN);
  }

  GraphKeeper keeper(long stepRecords, long sealRecordsMin) {
    return new GraphKeeper(source, images, files, stepRecords, sealRecordsMin);
  }

  /** The segment of a snapshot, if it is sealed and whole. */
  public Optional<SealedGraph> sealed(ArtifactKey snapshot) {
    if (files == null) {
      return Optional.empty();
    }
    try {
      return files.open(snapshot).map(segment -> SealedGraph.of(snapshot, segment));
    } catch (CairnException e) {
      return Optional.empty();
    }
  }

  private static Relation relationOf(ArtifactKey key, GraphEdge edge) {
    boolean from = edge.edge().from().stream().anyMatch(end -> end.key().equals(key));
    boolean to = edge.edge().to().stream().anyMatch(end -> end.key().equals(key));
    return from && to ? Relation.BOTH : from ? Relation.FROM : Relation.TO;
  }

  private static final class Counter implements Walk.Listener {
    private final LineageVisitor visitor;
    private final long edgesMax;
    private long nodes;
    private long edges;
    private int depth;
    private boolean stopped;

    Counter(LineageVisitor visitor, long edgesMax) {
      this.visitor = visitor;
      this.edgesMax = edgesMax;
    }

    LineageCounts counts() {
      return new LineageCounts(nodes, edges, depth);
    }

    @Override
    public void node(ArtifactKey key, int depth) {
      nodes++;
      this.depth = depth;
      visitor.node(key, depth);
    }

    @Override
    public void edge(GraphEdge edge, ArtifactKey near, int depth) {
      edges++;
      visitor.edge(edge, near, depth);
    }

    @Override
    public boolean discovered(ArtifactKey far, GraphEdge edge, ArtifactKey near) {
      stopped = edges > edgesMax;
      return stopped;
    }
  }

  /** Remembers for each node reached the edge that reached it first. */
  private static final class Trail implements Walk.Listener {
    private record Back(ArtifactKey edge, ArtifactKey near) {}

    private final ArtifactKey target;
    private final long edgesMax;
    private final Map<ArtifactKey, Back> back = new HashMap<>();
    private long edges;
    private boolean stopped;

    Trail(ArtifactKey target, long edgesMax) {
      this.target = target;
      this.edgesMax = edgesMax;
    }

    @Override
    public void node(ArtifactKey key, int depth) {}

    @Override
    public void edge(GraphEdge edge, ArtifactKey near, int depth) {
      edges++;
    }

    @Override
    public boolean discovered(ArtifactKey far, GraphEdge edge, ArtifactKey near) {
      back.put(Walk.detach(far), new Back(Walk.detach(edge.key()), near));
      boolean found = far.equals(target);
      stopped = !found && edges > edgesMax;
      return found || stopped;
    }

    Optional<List<PathStep>> backTo(ArtifactKey start, EdgeReader reader) {
      ArrayDeque<PathStep> steps = new ArrayDeque<>();
      for (ArtifactKey at = target; !at.equals(start); ) {
        Back step = back.get(at);
        @Nullable GraphEdge edge = step == null ? null : reader.live(step.edge());
        if (step == null || edge == null) {
          return Optional.empty();
        }
        steps.addFirst(new PathStep(edge, step.near(), at));
        at = step.near();
      }
      return Optional.of(List.copyOf(steps));
    }
  }
}
