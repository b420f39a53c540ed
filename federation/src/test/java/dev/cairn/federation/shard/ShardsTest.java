package dev.cairn.federation.shard;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.federation.shard.RangeStatement.Declared;
import dev.cairn.federation.shard.RangeStatement.Fixed;
import dev.cairn.federation.shard.RangeStatement.Shared;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who holds what: assignment over members, holders of a payload, and what nobody holds. */
class ShardsTest {
  private static final int DIGESTS = 100_000;

  private static NodeId node(int number) {
    return new NodeId(HashAlgorithm.SHA_256.hash(Bytes.utf8("node " + number)));
  }

  private static List<NodeId> nodes(int count) {
    List<NodeId> nodes = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      nodes.add(node(i));
    }
    return nodes;
  }

  private static PayloadDigest digest(Random random) {
    byte[] digest = new byte[HashRange.BYTES];
    random.nextBytes(digest);
    return new PayloadDigest(Bytes.wrap(digest));
  }

  private static Shards shared(int count, int copies) {
    TreeMap<NodeId, Declared> declared = new TreeMap<>();
    nodes(count).forEach(node -> declared.put(node, new Shared(copies)));
    return new Shards(declared);
  }

  private static Shards fixed(String... ranges) {
    TreeMap<NodeId, Declared> declared = new TreeMap<>();
    for (int i = 0; i < ranges.length; i++) {
      declared.put(node(i), new Fixed(HashRange.parse(ranges[i])));
    }
    return new Shards(declared);
  }

  /**
   * Each of the members holds as many of random payloads, and stands first for as many: chi-square
   * with {@code members - 1} degrees of freedom, at six standard deviations above its mean.
   */
  @ParameterizedTest
  @ValueSource(ints = {2, 3, 5, 7, 16, 33, 64})
  void membersHoldEqualPartsOfRandomPayloads(int members) {
    int copies = Math.min(2, members - 1);
    Shards shards = shared(members, copies);
    Map<NodeId, Integer> held = new HashMap<>();
    Map<NodeId, Integer> first = new HashMap<>();
    Random random = new Random(members);
    for (int i = 0; i < DIGESTS; i++) {
      List<NodeId> holders = shards.holders(digest(random));
      assertThat(holders).hasSize(copies).doesNotHaveDuplicates();
      holders.forEach(node -> held.merge(node, 1, Integer::sum));
      first.merge(holders.get(0), 1, Integer::sum);
    }
    double limit = members - 1 + 6 * Math.sqrt(2.0 * (members - 1)) + 6;
    assertThat(chiSquare(first, members, DIGESTS)).isLessThan(limit);
    assertThat(chiSquare(held, members, DIGESTS * copies)).isLessThan(copies * limit);
  }

  private static double chiSquare(Map<NodeId, Integer> counts, int cells, int total) {
    double expected = (double) total / cells;
    double sum = 0;
    for (NodeId node : nodes(cells)) {
      double off = counts.getOrDefault(node, 0) - expected;
      sum += off * off / expected;
    }
    return sum;
  }

  @Test
  void thePartsMeetWithoutAGapWhateverTheirNumber() {
    for (int members = 1; members <= 65; members++) {
      for (int copies = 1; copies <= ShardMap.COPIES_MAX; copies++) {
        Shards shards = shared(members, copies);
        assertThat(shards.gaps()).isEmpty();
        for (NodeId node : nodes(members)) {
          HashRange range = shards.range(node).orElseThrow();
          assertThat(range.isAll()).isEqualTo(copies >= members);
          // On both sides of every cut there are as many.
          assertThat(shards.holders(new PayloadDigest(range.from())))
              .hasSize(Math.min(copies, members));
          PayloadDigest before = range.before();
          if (before != null) {
            assertThat(shards.holders(before)).hasSize(Math.min(copies, members));
          }
        }
      }
    }
  }

  @Test
  void theCutsAreTheSameForEverSinceEveryNodeComputesThem() {
    Shards three = shared(3, 1);
    List<NodeId> sorted = new ArrayList<>(nodes(3));
    Collections.sort(sorted);
    String third = "5".repeat(63) + "6";
    String twoThirds = "a".repeat(63) + "b";
    assertThat(three.range(sorted.get(0)).orElseThrow()).hasToString(".." + third);
    assertThat(three.range(sorted.get(1)).orElseThrow()).hasToString(third + ".." + twoThirds);
    assertThat(three.range(sorted.get(2)).orElseThrow()).hasToString(twoThirds + "..");
    Shards two = shared(3, 2);
    assertThat(two.range(sorted.get(0)).orElseThrow()).hasToString(twoThirds + ".." + third);
    assertThat(two.range(sorted.get(1)).orElseThrow()).hasToString(".." + twoThirds);
    assertThat(two.range(sorted.get(2)).orElseThrow()).hasToString(third + "..");
  }

  @Test
  void theOrderInWhichNodesAreNamedPlaysNoPart() {
    List<NodeId> names = nodes(20);
    ShardMap map = new ShardMap(new LinkedHashSet<>(names), 3);
    for (int seed = 0; seed < 10; seed++) {
      Collections.shuffle(names, new Random(seed));
      ShardMap other = new ShardMap(new LinkedHashSet<>(names), 3);
      names.forEach(node -> assertThat(other.range(node)).isEqualTo(map.range(node)));
    }
    assertThatThrownBy(() -> map.range(node(20))).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new ShardMap(Set.of(), 1))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new ShardMap(Set.of(node(1)), 9))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void membersThatDeclareAnotherNumberOfCopiesShareAmongThemselves() {
    TreeMap<NodeId, Declared> declared = new TreeMap<>();
    declared.put(node(0), new Shared(1));
    declared.put(node(1), new Shared(1));
    declared.put(node(2), new Shared(2));
    declared.put(node(3), new Fixed(HashRange.parse("40..80")));
    Shards shards = new Shards(declared);
    assertThat(shards.range(node(2))).contains(HashRange.ALL);
    assertThat(shards.range(node(3))).contains(HashRange.parse("40..80"));
    assertThat(shards.range(node(4))).isEmpty();
    assertThat(
            List.of(
                shards.range(node(0)).orElseThrow().toString(),
                shards.range(node(1)).orElseThrow().toString()))
        .containsExactlyInAnyOrder("..8", "8..");
    assertThat(shards.holders(new PayloadDigest(HashRange.parse("5..").from())).get(0))
        .isEqualTo(node(3));
  }

  @Test
  void whatNobodyHoldsIsToldInOrder() {
    assertThat(Shards.NONE.gaps()).isEmpty();
    assertThat(Shards.NONE.isEmpty()).isTrue();
    assertThat(fixed("all").gaps()).isEmpty();
    assertThat(fixed("40..80").gaps()).hasToString("[..4, 8..]");
    assertThat(fixed("40..80", "60..c0").gaps()).hasToString("[..4, c..]");
    assertThat(fixed("c0..40").gaps()).hasToString("[4..c]");
    assertThat(fixed("c0..40", "40..50", "60..c0").gaps()).hasToString("[5..6]");
    assertThat(fixed("c0..40", "40..50", "45..46", "60..", "50..60").gaps()).isEmpty();
    assertThat(fixed("..80", "80..").gaps()).isEmpty();
  }
}
