package dev.cairn.tgk;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.tgk.GraphImage.Changes;
import dev.cairn.tgk.GraphImage.Patch;
import dev.cairn.tgk.GraphImage.Patches;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.segment.Hyperedge;
import dev.cairn.tgk.segment.KeyList;
import dev.cairn.tgk.segment.LiveEdges;
import dev.cairn.tgk.segment.Segment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An image's edges as a segment is made from them: so the next segment comes from the one before
 * and what changed since, in time for both, with no look at rows. Used once.
 */
final class ImageEdges {
  private final GraphImage image;
  private final Segment segment;
  private int[] from = new int[1024];
  private int[] to = new int[1024];
  private int[] type = new int[1024];
  private int size;
  private final List<Hyperedge> hyperedges = new ArrayList<>();
  private final boolean[] sealedHyperedges;
  private final boolean[] furtherHyperedges;

  /** New numbers of nodes; before that, 1 for those that are used. */
  private final int[] nodeNumbers;

  /** The same of types. */
  private final int[] typeNumbers;

  private ImageEdges(GraphImage image) {
    this.image = image;
    this.segment = image.segment();
    Changes changes = image.changes();
    this.sealedHyperedges = new boolean[segment.hyperedges()];
    this.furtherHyperedges = new boolean[image.hyperedges() - segment.hyperedges()];
    this.nodeNumbers = new int[image.nodes()];
    this.typeNumbers =
        new int[segment.types().size() + (changes == null ? 0 : changes.added().types())];
  }

  static LiveEdges of(GraphImage image) {
    return new ImageEdges(image).make();
  }

  private LiveEdges make() {
    Patches patches = image.patches(Direction.UP);
    for (int node = 0; node < image.nodes(); node++) {
      collect(node, patches == null ? null : patches.of(node));
    }
    List<String> types = numberTypes();
    KeyList nodes = numberNodes();
    for (int i = 0; i < size; i++) {
      from[i] = nodeNumbers[from[i]];
      to[i] = nodeNumbers[to[i]];
      type[i] = typeNumbers[type[i]];
    }
    List<Hyperedge> numbered = new ArrayList<>(hyperedges.size());
    for (Hyperedge hyperedge : hyperedges) {
      numbered.add(
          new Hyperedge(
              typeNumbers[hyperedge.type()],
              renumbered(hyperedge.causes(), hyperedge::cause),
              renumbered(hyperedge.effects(), hyperedge::effect)));
    }
    Collections.sort(numbered);
    return new LiveEdges(nodes, types, size, from, to, type, numbered);
  }

  private int[] renumbered(int count, java.util.function.IntUnaryOperator end) {
    int[] ends = new int[count];
    for (int i = 0; i < count; i++) {
      ends[i] = nodeNumbers[end.applyAsInt(i)];
    }
    Arrays.sort(ends);
    return ends;
  }

  // ---- what there is

  private void collect(int node, @Nullable Patch patch) {
    if (node < segment.nodes()) {
      Segment.Side side = segment.up();
      int end = side.start(node + 1);
      int gone = 0;
      for (int i = side.start(node); i < end; i++) {
        long arc = (long) side.arc(i) << Integer.SIZE | side.type(i);
        if (patch != null && gone < patch.minus().length && patch.minus()[gone] == arc) {
          gone++;
        } else {
          add(node, side.arc(i), side.type(i));
        }
      }
    }
    for (int i = 0; patch != null && i < patch.plus().length; i++) {
      int far = patch.plus()[i];
      if (far >= 0) {
        addSimple(node, far, patch.plusTypes()[i]);
      } else if (!furtherHyperedges[~far]) {
        furtherHyperedges[~far] = true;
        add(image.hyperedge(~far));
      }
    }
  }

  private void add(int node, int far, int ofType) {
    int hyperedge = far - segment.nodes();
    if (hyperedge < 0) {
      addSimple(node, far, ofType);
    } else if (!sealedHyperedges[hyperedge]) {
      sealedHyperedges[hyperedge] = true;
      int causes = segment.causesAt(hyperedge);
      int effects = segment.effectsAt(hyperedge);
      add(new Hyperedge(ofType, ends(causes, effects), ends(effects, segment.endsAt(hyperedge))));
    }
  }

  private int[] ends(int first, int end) {
    int[] ends = new int[end - first];
    for (int i = first; i < end; i++) {
      ends[i - first] = segment.end(i);
    }
    return ends;
  }

  private void add(Hyperedge hyperedge) {
    hyperedges.add(hyperedge);
    typeNumbers[hyperedge.type()] = 1;
    for (int i = 0; i < hyperedge.causes(); i++) {
      nodeNumbers[hyperedge.cause(i)] = 1;
    }
    for (int i = 0; i < hyperedge.effects(); i++) {
      nodeNumbers[hyperedge.effect(i)] = 1;
    }
  }

  private void addSimple(int near, int far, int ofType) {
    if (size == from.length) {
      from = Arrays.copyOf(from, 2 * size);
      to = Arrays.copyOf(to, 2 * size);
      type = Arrays.copyOf(type, 2 * size);
    }
    from[size] = far;
    to[size] = near;
    type[size++] = ofType;
    nodeNumbers[near] = 1;
    nodeNumbers[far] = 1;
    typeNumbers[ofType] = 1;
  }

  // ---- new numbers

  private List<String> numberTypes() {
    TreeMap<EdgeType, Integer> used = new TreeMap<>();
    for (int i = 0; i < typeNumbers.length; i++) {
      if (typeNumbers[i] == 1) {
        used.put(type(i), i);
      }
    }
    List<String> names = new ArrayList<>();
    used.forEach(
        (name, number) -> {
          typeNumbers[number] = names.size();
          names.add(name.text());
        });
    return names;
  }

  private EdgeType type(int number) {
    int known = segment.types().size();
    Changes changes = image.changes();
    return number < known || changes == null
        ? segment.types().get(number)
        : changes.added().type(number);
  }

  private KeyList numberNodes() {
    TreeMap<ArtifactKey, Integer> further = new TreeMap<>();
    for (int node = segment.nodes(); node < nodeNumbers.length; node++) {
      if (nodeNumbers[node] == 1) {
        further.put(image.key(node), node);
      }
    }
    KeyList keys = new KeyList();
    int sealed = 0;
    for (var entry : further.entrySet()) {
      int lesser = -1 - segment.find(entry.getKey());
      numberSealed(keys, sealed, lesser);
      sealed = lesser;
      nodeNumbers[entry.getValue()] = keys.size();
      keys.add(entry.getKey().bytes());
    }
    numberSealed(keys, sealed, segment.nodes());
    return keys;
  }

  private void numberSealed(KeyList keys, int from, int to) {
    for (int node = from; node < to; node++) {
      if (nodeNumbers[node] == 1) {
        nodeNumbers[node] = keys.size();
        keys.add(segment.key(node).bytes());
      }
    }
  }
}
