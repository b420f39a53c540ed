package dev.cairn.federation.shard;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.federation.shard.RangeStatement.Declared;
import dev.cairn.federation.shard.RangeStatement.Fixed;
import dev.cairn.federation.shard.RangeStatement.Shared;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Who holds which payloads, by what the members declare. A function of the declarations alone: in
 * whatever order they came, on whatever machine. Immutable.
 */
public final class Shards {
  /** Nobody declares anything. */
  public static final Shards NONE = new Shards(Collections.emptySortedMap());

  private final SortedMap<NodeId, Declared> declared;
  private final SortedMap<NodeId, HashRange> ranges = new TreeMap<>();

  /**
   * @param declared what each member declares, if anything
   */
  public Shards(SortedMap<NodeId, ? extends Declared> declared) {
    this.declared = Collections.unmodifiableSortedMap(new TreeMap<>(declared));
    SortedMap<Integer, Set<NodeId>> groups = new TreeMap<>();
    this.declared.forEach(
        (node, what) -> {
          if (what instanceof Fixed fixed) {
            ranges.put(node, fixed.range());
          } else if (what instanceof Shared shared) {
            groups.computeIfAbsent(shared.copies(), copies -> new TreeSet<>()).add(node);
          }
        });
    groups.forEach(
        (copies, nodes) -> {
          ShardMap map = new ShardMap(nodes, copies);
          nodes.forEach(node -> ranges.put(node, map.range(node)));
        });
  }

  /** True if no member declares anything. */
  public boolean isEmpty() {
    return declared.isEmpty();
  }

  /** What each member declares that declares something, in order. */
  public SortedMap<NodeId, Declared> declared() {
    return declared;
  }

  /** What a member holds now, if it declares something. */
  public Optional<HashRange> range(NodeId node) {
    return Optional.ofNullable(ranges.get(node));
  }

  /**
   * The members that hold a payload: first those whose range begins closest before it, so that each
   * of several stands first for as much as the others; of equal ones by their ids.
   */
  public List<NodeId> holders(PayloadDigest payload) {
    List<Map.Entry<NodeId, HashRange>> holders = new ArrayList<>();
    for (Map.Entry<NodeId, HashRange> each : ranges.entrySet()) {
      if (each.getValue().contains(payload)) {
        holders.add(each);
      }
    }
    // What begins behind it begins closest before it by going around.
    holders.sort( // Stable, and in order of ids.
        Comparator.comparing(
                (Map.Entry<NodeId, HashRange> each) ->
                    each.getValue().from().compareTo(payload.digest()) > 0)
            .thenComparing(each -> each.getValue().from(), Comparator.reverseOrder()));
    return holders.stream().map(Map.Entry::getKey).toList();
  }

  /**
   * What no member holds by its declaration, in order; none of them goes around. Empty if nobody
   * declares anything.
   */
  public List<HashRange> gaps() {
    List<HashRange> gaps = new ArrayList<>();
    if (ranges.isEmpty() || ranges.containsValue(HashRange.ALL)) {
      return gaps;
    }
    TreeMap<Bytes, Bytes> straight = new TreeMap<>(); // By their beginnings, the longest of each.
    for (HashRange range : ranges.values()) {
      range.straight().forEach(part -> straight.merge(part.from(), part.to(), Shards::later));
    }
    Bytes reached = HashRange.ALL.from();
    for (Map.Entry<Bytes, Bytes> range : straight.entrySet()) {
      if (reached.compareTo(range.getKey()) < 0) {
        gaps.add(new HashRange(reached, range.getKey()));
      }
      if (isEnd(range.getValue())) {
        return gaps;
      }
      reached = reached.compareTo(range.getValue()) < 0 ? range.getValue() : reached;
    }
    gaps.add(new HashRange(reached, HashRange.ALL.to()));
    return gaps;
  }

  private static Bytes later(Bytes one, Bytes other) {
    return isEnd(one) || (!isEnd(other) && one.compareTo(other) > 0) ? one : other;
  }

  private static boolean isEnd(Bytes to) {
    return to.equals(HashRange.ALL.to());
  }
}
