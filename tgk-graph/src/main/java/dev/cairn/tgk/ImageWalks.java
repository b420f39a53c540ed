package dev.cairn.tgk;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.View;
import dev.cairn.tgk.GraphImage.Patch;
import dev.cairn.tgk.GraphImage.Patches;
import dev.cairn.tgk.index.GraphIndex;
import dev.cairn.tgk.model.Endpoint;
import dev.cairn.tgk.segment.Hyperedge;
import dev.cairn.tgk.segment.Segment;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collection;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.function.IntConsumer;
import java.util.function.ObjIntConsumer;
import org.jspecify.annotations.Nullable;

/** Answers questions on images, as walks over rows would. Safe for any thread. */
final class ImageWalks {
  /** Walks' arrays that are kept for the next ones. */
  static final int REACHES_KEPT_MAX = 4;

  private final GraphSource source;
  private final BlockingQueue<Reach> reaches = new ArrayBlockingQueue<>(REACHES_KEPT_MAX);

  ImageWalks(GraphSource source) {
    this.source = source;
  }

  /**
   * An answer.
   *
   * @param steps a path, if there is one
   */
  record Found(Optional<List<PathStep>> steps) {}

  /** Starts, by number, and those that no edge of the image ends at. */
  private static final class Starts {
    final int[] numbers;
    final Set<ArtifactKey> strangers;

    Starts(GraphImage image, Collection<ArtifactKey> keys) {
      TreeSet<ArtifactKey> unknown = new TreeSet<>();
      int[] found = new int[keys.size()];
      int count = 0;
      for (ArtifactKey key : keys.size() == 1 ? keys : new HashSet<>(keys)) {
        int number = image.find(key);
        if (number < 0) {
          unknown.add(key);
        } else {
          found[count++] = number;
        }
      }
      this.numbers = count == found.length ? found : Arrays.copyOf(found, count);
      this.strangers = unknown;
    }
  }

  /** A walk that was walked: to be told once. */
  static final class Walked {
    private final Reach reach;
    private final Starts from;

    private Walked(Reach reach, Starts from) {
      this.reach = reach;
      this.from = from;
    }

    private LineageCounts counts() {
      return new LineageCounts(
          (long) reach.nodes() + from.strangers.size(), reach.edges(), reach.depth());
    }
  }

  LineageCounts count(
      GraphImage image,
      Collection<ArtifactKey> starts,
      Direction direction,
      LineageOptions options) {
    Walked walked = walk(image, starts, direction, options);
    LineageCounts counts = walked.counts();
    give(walked.reach);
    return counts;
  }

  /** Hands on what a walk reached, by depth, then key. */
  LineageCounts tell(GraphImage image, Walked walked, ObjIntConsumer<ArtifactKey> nodes) {
    Reach reach = walked.reach;
    LineageCounts counts = walked.counts();
    int levels = reach.nodes() == 0 ? 0 : reach.depth() + 1;
    for (int level = 0; level < Math.max(levels, 1); level++) {
      int[] numbers = levels == 0 ? new int[0] : reach.nodesOf(level);
      tell(image, numbers, level == 0 ? walked.from.strangers : Set.of(), level, nodes);
    }
    give(reach);
    return counts;
  }

  private static void tell(
      GraphImage image,
      int[] numbers,
      Set<ArtifactKey> strangers,
      int level,
      ObjIntConsumer<ArtifactKey> nodes) {
    Arrays.sort(numbers);
    boolean inOrder =
        strangers.isEmpty()
            && (numbers.length == 0 || numbers[numbers.length - 1] < image.segment().nodes());
    if (inOrder) {
      for (int number : numbers) {
        nodes.accept(image.key(number), level);
      }
      return;
    }
    List<ArtifactKey> keys = new ArrayList<>(strangers);
    for (int number : numbers) {
      keys.add(image.key(number));
    }
    Collections.sort(keys);
    keys.forEach(key -> nodes.accept(key, level));
  }

  /**
   * Walks.
   *
   * @throws DamagedException if the segment is not what it was when it was opened
   */
  Walked walk(
      GraphImage image,
      Collection<ArtifactKey> starts,
      Direction direction,
      LineageOptions options) {
    Reach reach = take();
    Starts from;
    long nodesMax;
    try {
      from = new Starts(image, starts);
      nodesMax = (long) options.nodesMax() - from.strangers.size();
      reach.run(
          image,
          direction,
          from.numbers,
          options.depthMax(),
          image.wanted(options.types()),
          nodesMax,
          -1);
    } catch (IndexOutOfBoundsException | InternalError e) {
      throw changed(e);
    }
    if (reach.nodes() > nodesMax) {
      give(reach);
      throw Walk.tooMany(options);
    }
    return new Walked(reach, from);
  }

  /** What a mapped file's numbers do if somebody writes over it, or cuts it off. */
  static DamagedException changed(Throwable cause) {
    return new DamagedException("a graph segment was written over while it was read", cause);
  }

  private Reach take() {
    Reach kept = reaches.poll();
    return kept == null ? new Reach() : kept;
  }

  private void give(Reach reach) {
    reach.clear();
    reaches.offer(reach);
  }

  // ---- paths

  /**
   * The path that {@link Graph#path} describes, or null if rows must decide: that is so if a walk
   * over them might reach more nodes than it may before it finds the end.
   *
   * <p>A downward walk finds a node first by the least node of the level above that has an edge to
   * it, and by the least such edge. So levels are walked on numbers, and the path is told from its
   * end.
   */
  @Nullable Found path(
      GraphImage image, ArtifactKey cause, ArtifactKey effect, LineageOptions options, View view) {
    try {
      return find(image, cause, effect, options, view);
    } catch (IndexOutOfBoundsException | InternalError e) {
      throw changed(e);
    }
  }

  private @Nullable Found find(
      GraphImage image, ArtifactKey cause, ArtifactKey effect, LineageOptions options, View view) {
    int start = image.find(cause);
    int target = image.find(effect);
    if (start < 0) {
      return new Found(Optional.empty());
    }
    boolean @Nullable [] wanted = image.wanted(options.types());
    Reach reach = take();
    reach.run(
        image,
        Direction.DOWN,
        new int[] {start},
        options.depthMax(),
        wanted,
        options.nodesMax(),
        target);
    if (reach.nodes() > options.nodesMax()) {
      reach.clear();
      return null;
    }
    Found found =
        target >= 0 && reach.isSeen(target)
            ? trace(image, reach, target, wanted, options, view)
            : new Found(Optional.empty());
    give(reach);
    return found;
  }

  private @Nullable Found trace(
      GraphImage image,
      Reach reach,
      int target,
      boolean @Nullable [] wanted,
      LineageOptions options,
      View view) {
    ArrayDeque<PathStep> steps = new ArrayDeque<>();
    EdgeReader reader = new EdgeReader(source, view);
    int at = target;
    for (int level = reach.depth() - 1; level >= 0; level--) {
      int near = leastCause(image, at, reach.levelSet(level), wanted);
      PathStep step = near < 0 ? null : step(image.key(near), image.key(at), reader, options);
      if (step == null) {
        return null; // The view has moved on meanwhile.
      }
      steps.addFirst(step);
      at = near;
    }
    return new Found(Optional.of(List.copyOf(steps)));
  }

  /** The node with the least key that is in a level and has an edge to {@code node}, or -1. */
  private static int leastCause(
      GraphImage image, int node, BitSet level, boolean @Nullable [] wanted) {
    int[] least = {-1};
    forEachCause(
        image,
        node,
        wanted,
        cause -> {
          if (level.get(cause) && (least[0] < 0 || isBefore(image, cause, least[0]))) {
            least[0] = cause;
          }
        });
    return least[0];
  }

  private static boolean isBefore(GraphImage image, int node, int other) {
    int sealed = image.segment().nodes();
    boolean bothSealed = node < sealed && other < sealed;
    return bothSealed ? node < other : image.key(node).compareTo(image.key(other)) < 0;
  }

  private static void forEachCause(
      GraphImage image, int node, boolean @Nullable [] wanted, IntConsumer action) {
    Segment segment = image.segment();
    Segment.Side side = segment.up();
    Patches patches = image.patches(Direction.UP);
    Patch patch = patches == null ? null : patches.of(node);
    int end = node < segment.nodes() ? side.start(node + 1) : 0;
    int gone = 0;
    for (int i = node < segment.nodes() ? side.start(node) : 0; i < end; i++) {
      long arc = (long) side.arc(i) << Integer.SIZE | side.type(i);
      if (patch != null && gone < patch.minus().length && patch.minus()[gone] == arc) {
        gone++;
      } else if (wanted == null || wanted[side.type(i)]) {
        forEachEnd(segment, side.arc(i), action);
      }
    }
    for (int i = 0; patch != null && i < patch.plus().length; i++) {
      if (wanted == null || wanted[patch.plusTypes()[i]]) {
        int far = patch.plus()[i];
        if (far >= 0) {
          action.accept(far);
        } else {
          Hyperedge hyperedge = image.hyperedge(~far);
          for (int end1 = 0; end1 < hyperedge.causes(); end1++) {
            action.accept(hyperedge.cause(end1));
          }
        }
      }
    }
  }

  private static void forEachEnd(Segment segment, int far, IntConsumer action) {
    int hyperedge = far - segment.nodes();
    if (hyperedge < 0) {
      action.accept(far);
      return;
    }
    for (int i = segment.causesAt(hyperedge); i < segment.effectsAt(hyperedge); i++) {
      action.accept(segment.end(i));
    }
  }

  /** The first live edge from one node to another. */
  private @Nullable PathStep step(
      ArtifactKey near, ArtifactKey far, EdgeReader reader, LineageOptions options) {
    Set<Bytes> types = Walk.typeRows(options.types());
    try (RowCursor rows = source.rows().scanPrefix(GraphIndex.DOWN, near.bytes())) {
      while (rows.next()) {
        boolean wanted = types.isEmpty() || types.contains(rows.value());
        GraphEdge edge =
            wanted ? reader.live(GraphIndex.edgeOfAdjacency(GraphIndex.DOWN, rows.key())) : null;
        if (edge != null && leadsTo(edge, far)) {
          return new PathStep(edge, near, far);
        }
      }
    }
    return null;
  }

  private static boolean leadsTo(GraphEdge edge, ArtifactKey far) {
    for (Endpoint end : edge.edge().to()) {
      if (end.key().equals(far)) {
        return true;
      }
    }
    return false;
  }
}
