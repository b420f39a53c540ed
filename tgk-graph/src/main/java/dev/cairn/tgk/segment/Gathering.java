package dev.cairn.tgk.segment;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.TableReader;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.Origin;
import dev.cairn.tgk.index.GraphIndex;
import dev.cairn.tgk.model.EdgeType;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Gathers the live edges under a cut from a store's rows alone, reading no payload: one pass over
 * the slots tells which edge holds each, one pass over both adjacency tables, side by side, tells
 * where those lead, and meets the nodes in the order of their keys.
 *
 * <p>Works step by step. Takes some 100 bytes of heap an edge until it is done. One owner; must be
 * closed.
 */
public final class Gathering implements AutoCloseable {
  /** Rows that a step reads. */
  static final int STEP_ROWS = 65_536;

  private static final int SLOT_BYTES = 32;
  private static final int SLOT_EDGE = SLOT_BYTES + Long.BYTES;
  private static final int SLOT_ORIGIN = SLOT_EDGE + ArtifactKey.BYTES;

  private final TableReader rows;
  private final Cut cut;
  private final KeyIndex retracted;
  private final Predicate<ArtifactKey> isLive;

  /** The live edges. */
  private final KeyIndex holders = new KeyIndex();

  // While slots are read.
  private @Nullable RowCursor slots;
  private @Nullable Bytes slot;
  private final List<Bytes> rivals = new ArrayList<>();
  private Bytes origin = Bytes.EMPTY;
  private long originLogseq;

  // While adjacency is read.
  private @Nullable RowCursor down;
  private @Nullable RowCursor up;
  private boolean downHas;
  private boolean upHas;
  private final KeyList nodes = new KeyList();
  private final IntList downNodes = new IntList();
  private final IntList downEdges = new IntList();
  private final IntList upNodes = new IntList();
  private final IntList upEdges = new IntList();
  private int[] typeOf = new int[0];
  private final Map<Bytes, Integer> types = new HashMap<>();
  private Bytes lastType = Bytes.EMPTY;
  private int lastTypeNumber;

  private @Nullable LiveEdges result;

  /**
   * A gathering.
   *
   * @param cut which edges count; the store holds all of it
   * @param retracted at least the edges that a tombstone within the cut names
   * @param isLive whether an artifact is live under the cut; asked of edges that are retracted or
   *     share their slot
   */
  public Gathering(TableReader rows, Cut cut, KeyIndex retracted, Predicate<ArtifactKey> isLive) {
    this.rows = rows;
    this.cut = cut;
    this.retracted = retracted;
    this.isLive = isLive;
  }

  /** Does some more; false once all is done. */
  public boolean step() {
    if (result != null) {
      return false;
    }
    if (down == null || up == null) {
      if (!stepSlots()) {
        openAdjacency();
      }
    } else if (!stepAdjacency(down, up)) {
      result = finish();
    }
    return result == null;
  }

  /** How many live edges were found so far. */
  public long edges() {
    return holders.size();
  }

  /** The edges, once all steps are done. */
  public LiveEdges result() {
    LiveEdges done = result;
    if (done == null) {
      throw new IllegalStateException("edges are still being gathered");
    }
    return done;
  }

  // ---- which edges

  private boolean stepSlots() {
    RowCursor cursor = slots;
    if (cursor == null) {
      cursor = rows.scan(GraphIndex.SLOT, Bytes.EMPTY, Bytes.EMPTY);
      slots = cursor;
    }
    for (int i = 0; i < STEP_ROWS; i++) {
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
        rivals.add(key.slice(SLOT_EDGE, SLOT_ORIGIN));
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

  /** The last put of a live edge decides, as rivals stand in the total order. */
  private void endSlot() {
    for (int i = rivals.size() - 1; i >= 0; i--) {
      Bytes edge = rivals.get(i);
      if (retracted.find(edge, 0) < 0 || isLive.test(ArtifactKey.fromBytes(edge))) {
        holders.add(edge);
        break;
      }
    }
    rivals.clear();
  }

  // ---- where they lead

  private void openAdjacency() {
    close();
    typeOf = new int[holders.size()];
    RowCursor first = rows.scan(GraphIndex.DOWN, Bytes.EMPTY, Bytes.EMPTY);
    down = first;
    RowCursor second = rows.scan(GraphIndex.UP, Bytes.EMPTY, Bytes.EMPTY);
    up = second;
    downHas = first.next();
    upHas = second.next();
  }

  private boolean stepAdjacency(RowCursor fromCauses, RowCursor fromEffects) {
    int before = downEdges.size() + upEdges.size();
    while (downHas || upHas) {
      Bytes node = leastNode(fromCauses, fromEffects);
      int number = nodes.size();
      boolean used = false;
      for (; downHas && fromCauses.key().startsWith(node); downHas = fromCauses.next()) {
        int edge = holders.find(fromCauses.key(), ArtifactKey.BYTES);
        if (edge >= 0) {
          used = true;
          downNodes.add(number);
          downEdges.add(edge);
        }
      }
      for (; upHas && fromEffects.key().startsWith(node); upHas = fromEffects.next()) {
        int edge = holders.find(fromEffects.key(), ArtifactKey.BYTES);
        if (edge >= 0) {
          used = true;
          upNodes.add(number);
          upEdges.add(edge);
          typeOf[edge] = type(fromEffects.value());
        }
      }
      if (used) {
        nodes.add(node);
      }
      if (downEdges.size() + upEdges.size() - before >= STEP_ROWS) {
        return true;
      }
    }
    return false;
  }

  private Bytes leastNode(RowCursor fromCauses, RowCursor fromEffects) {
    if (!downHas) {
      return fromEffects.key().slice(0, ArtifactKey.BYTES);
    }
    Bytes cause = fromCauses.key().slice(0, ArtifactKey.BYTES);
    return upHas && fromEffects.key().compareTo(cause) < 0 && !fromEffects.key().startsWith(cause)
        ? fromEffects.key().slice(0, ArtifactKey.BYTES)
        : cause;
  }

  private int type(Bytes text) {
    if (!text.equals(lastType)) {
      lastType = text;
      Integer known = types.putIfAbsent(text, types.size());
      lastTypeNumber = known == null ? types.size() - 1 : known;
    }
    return lastTypeNumber;
  }

  // ---- as arrays

  private LiveEdges finish() {
    close();
    List<String> names = new ArrayList<>();
    int[] typeNumbers = sortTypes(names);
    int count = holders.size();
    int[] causes = counts(downEdges, count);
    int[] effects = counts(upEdges, count);
    int[] place = new int[count];
    int simple = 0;
    int others = 0;
    for (int edge = 0; edge < count; edge++) {
      place[edge] = causes[edge] == 1 && effects[edge] == 1 ? simple++ : -1 - others++;
    }
    int[] from = new int[simple];
    int[] to = new int[simple];
    int[] type = new int[simple];
    int[][] hyperFrom = new int[others][];
    int[][] hyperTo = new int[others][];
    int[] hyperType = new int[others];
    for (int edge = 0; edge < count; edge++) {
      if (place[edge] >= 0) {
        type[place[edge]] = typeNumbers[typeOf[edge]];
      } else {
        hyperFrom[-1 - place[edge]] = new int[causes[edge]];
        hyperTo[-1 - place[edge]] = new int[effects[edge]];
        hyperType[-1 - place[edge]] = typeNumbers[typeOf[edge]];
      }
    }
    fill(downNodes, downEdges, place, from, hyperFrom, causes);
    fill(upNodes, upEdges, place, to, hyperTo, effects);
    List<Hyperedge> hyperedges = new ArrayList<>(others);
    for (int i = 0; i < others; i++) {
      hyperedges.add(new Hyperedge(hyperType[i], hyperFrom[i], hyperTo[i]));
    }
    Collections.sort(hyperedges);
    return new LiveEdges(nodes, names, simple, from, to, type, hyperedges);
  }

  /** Fills {@code names} in order; where each type, as it was met, stands there. */
  private int[] sortTypes(List<String> names) {
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

  private static int[] counts(IntList edges, int count) {
    int[] counts = new int[count];
    for (int i = 0; i < edges.size(); i++) {
      counts[edges.get(i)]++;
    }
    return counts;
  }

  /** Uses up {@code left}: how many ends of each edge are still to come. */
  private static void fill(
      IntList nodes, IntList edges, int[] place, int[] simple, int[][] others, int[] left) {
    for (int i = 0; i < edges.size(); i++) {
      int edge = edges.get(i);
      if (place[edge] >= 0) {
        simple[place[edge]] = nodes.get(i);
      } else {
        int[] ends = others[-1 - place[edge]];
        ends[ends.length - left[edge]--] = nodes.get(i);
      }
    }
  }

  @Override
  public void close() {
    for (RowCursor cursor : Arrays.asList(slots, down, up)) {
      if (cursor != null) {
        cursor.close();
      }
    }
    slots = null;
    down = null;
    up = null;
  }
}
