package dev.cairn.tgk.segment;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.TableReader;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.store.Workers;
import dev.cairn.tgk.index.GraphIndex;
import dev.cairn.tgk.model.EdgeType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Gathers the live edges under a cut from a store's rows alone, reading no payload: one pass over
 * the slots tells which edge holds each, and beside it one over the log which edges tombstones
 * name; then one pass over each adjacency table tells where the edges lead.
 *
 * <p>Works step by step, and in each step two passes do their part, so that two threads take half
 * the time. Takes some 140 bytes of heap an edge until it is done. One owner; must be closed.
 */
public final class Gathering implements AutoCloseable {
  /** Passes that a step goes on with, each on a thread of its own if there are as many. */
  public static final int PASSES = 2;

  /** Rows that each pass reads in a step. */
  static final int STEP_ROWS = 65_536;

  private final TableReader rows;
  private final Retractions retractions;
  private final Predicate<ArtifactKey> isLive;
  private final Workers workers;
  private final SlotPass slots;
  private final KeyIndex retracted = new KeyIndex();
  private @Nullable AdjacencyPass down;
  private @Nullable AdjacencyPass up;
  private @Nullable LiveEdges result;

  /**
   * A gathering.
   *
   * @param cut which edges count; the store holds all of it
   * @param retractions at least the edges that a tombstone within the cut names
   * @param isLive whether an artifact is live under the cut; asked of edges that are retracted or
   *     share their slot
   * @param workers do the parts of a step; must last as long as this
   */
  public Gathering(
      TableReader rows,
      Cut cut,
      Retractions retractions,
      Predicate<ArtifactKey> isLive,
      Workers workers) {
    this.rows = rows;
    this.retractions = retractions;
    this.isLive = isLive;
    this.workers = workers;
    this.slots = new SlotPass(rows, cut);
  }

  /** Does some more; false once all is done. */
  public boolean step() {
    if (result != null) {
      return false;
    }
    AdjacencyPass causes = down;
    AdjacencyPass effects = up;
    if (causes == null || effects == null) {
      if (!stepBoth(() -> slots.step(STEP_ROWS), this::stepRetractions)) {
        slots.retract(retracted, isLive);
        down = new AdjacencyPass(rows, GraphIndex.DOWN, slots, false);
        up = new AdjacencyPass(rows, GraphIndex.UP, slots, true);
      }
    } else if (!stepBoth(() -> causes.step(STEP_ROWS), () -> effects.step(STEP_ROWS))) {
      result = finish(causes, effects);
      close();
    }
    return result == null;
  }

  private boolean stepBoth(Supplier<Boolean> one, Supplier<Boolean> two) {
    return workers.all(List.of(one, two)).contains(true);
  }

  private boolean stepRetractions() {
    return retractions.next(edge -> retracted.add(edge.bytes()));
  }

  /**
   * True if there are more live edges than so many, or, before that is known, if so many more were
   * put that to know it takes the room of twice as many.
   */
  public boolean isBeyond(long edges) {
    return down == null ? slots.held() > 2 * edges : slots.live() > edges;
  }

  /** The edges, once all steps are done. */
  public LiveEdges result() {
    LiveEdges done = result;
    if (done == null) {
      throw new IllegalStateException("edges are still being gathered");
    }
    return done;
  }

  // ---- as arrays

  private LiveEdges finish(AdjacencyPass fromCauses, AdjacencyPass fromEffects) {
    KeyList nodes = new KeyList();
    int[] downNumbers = new int[fromCauses.nodes().size()];
    int[] upNumbers = new int[fromEffects.nodes().size()];
    merge(fromCauses.nodes(), downNumbers, fromEffects.nodes(), upNumbers, nodes);
    List<String> names = new ArrayList<>();
    int[] typeNumbers = sortTypes(fromEffects.typeNumbers(), names);
    int count = slots.numbers();
    int[] causes = counts(fromCauses, count);
    int[] effects = counts(fromEffects, count);
    int[] place = new int[count];
    int simple = 0;
    int others = 0;
    for (int edge = 0; edge < count; edge++) {
      if (!slots.isGone(edge)) {
        place[edge] = causes[edge] == 1 && effects[edge] == 1 ? simple++ : -1 - others++;
      }
    }
    int[] from = new int[simple];
    int[] to = new int[simple];
    int[] type = new int[simple];
    int[][] hyperFrom = new int[others][];
    int[][] hyperTo = new int[others][];
    int[] hyperType = new int[others];
    for (int edge = 0; edge < count; edge++) {
      if (slots.isGone(edge)) {
        continue;
      }
      int number = typeNumbers[fromEffects.type(edge)];
      if (place[edge] >= 0) {
        type[place[edge]] = number;
      } else {
        hyperFrom[-1 - place[edge]] = new int[causes[edge]];
        hyperTo[-1 - place[edge]] = new int[effects[edge]];
        hyperType[-1 - place[edge]] = number;
      }
    }
    fill(fromCauses, downNumbers, place, from, hyperFrom, causes);
    fill(fromEffects, upNumbers, place, to, hyperTo, effects);
    List<Hyperedge> hyperedges = new ArrayList<>(others);
    for (int i = 0; i < others; i++) {
      hyperedges.add(new Hyperedge(hyperType[i], hyperFrom[i], hyperTo[i]));
    }
    Collections.sort(hyperedges);
    return new LiveEdges(nodes, names, simple, from, to, type, hyperedges);
  }

  /** Puts two ascending lists into one; where each key then stands. */
  private static void merge(
      KeyList one, int[] oneNumbers, KeyList two, int[] twoNumbers, KeyList into) {
    int i = 0;
    int j = 0;
    while (i < one.size() || j < two.size()) {
      int order = i == one.size() ? 1 : j == two.size() ? -1 : one.compare(i, two, j);
      into.add(order <= 0 ? one.get(i) : two.get(j));
      if (order <= 0) {
        oneNumbers[i++] = into.size() - 1;
      }
      if (order >= 0) {
        twoNumbers[j++] = into.size() - 1;
      }
    }
  }

  /** Fills {@code names} in order; where each type, as it was met, stands there. */
  private static int[] sortTypes(Map<Bytes, Integer> types, List<String> names) {
    TreeMap<EdgeType, Integer> sorted = new TreeMap<>();
    types.forEach((text, number) -> sorted.put(new EdgeType(text.toUtf8()), number));
    int[] numbers = new int[types.size()];
    sorted.forEach(
        (type, number) -> {
          numbers[number] = names.size();
          names.add(type.text());
        });
    return numbers;
  }

  private static int[] counts(AdjacencyPass ends, int count) {
    int[] counts = new int[count];
    for (int i = 0; i < ends.count(); i++) {
      counts[ends.edge(i)]++;
    }
    return counts;
  }

  /** Uses up {@code left}: how many ends of each edge are still to come. */
  private static void fill(
      AdjacencyPass ends, int[] numbers, int[] place, int[] simple, int[][] others, int[] left) {
    for (int i = 0; i < ends.count(); i++) {
      int edge = ends.edge(i);
      int node = numbers[ends.node(i)];
      if (place[edge] >= 0) {
        simple[place[edge]] = node;
      } else {
        int[] far = others[-1 - place[edge]];
        far[far.length - left[edge]--] = node;
      }
    }
  }

  @Override
  public void close() {
    slots.close();
    if (down != null) {
      down.close();
    }
    if (up != null) {
      up.close();
    }
  }
}
