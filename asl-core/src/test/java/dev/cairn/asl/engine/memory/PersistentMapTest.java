package dev.cairn.asl.engine.memory;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

class PersistentMapTest {
  @Test
  void everyVersionStaysEqualToASortedMapThatTookTheSameChanges() {
    Random random = new Random(17);
    PersistentMap<Integer, Integer> map = PersistentMap.empty();
    TreeMap<Integer, Integer> model = new TreeMap<>();
    List<PersistentMap<Integer, Integer>> versions = new ArrayList<>();
    List<TreeMap<Integer, Integer>> models = new ArrayList<>();
    for (int step = 0; step < 4000; step++) {
      int key = random.nextInt(300);
      if (random.nextInt(5) < 2) {
        map = map.without(key);
        model.remove(key);
      } else {
        map = map.with(key, step);
        model.put(key, step);
      }
      if (step % 40 == 0) {
        versions.add(map);
        models.add(new TreeMap<>(model));
      }
    }
    for (int i = 0; i < versions.size(); i++) {
      assertEqual(versions.get(i), models.get(i));
    }
  }

  @Test
  void sortedInsertionAndRemovalFromOneEndKeepTheTreeShallow() {
    PersistentMap<Integer, Integer> map = PersistentMap.empty();
    for (int i = 0; i < 100_000; i++) {
      map = map.with(i, i);
    }
    for (int i = 0; i < 90_000; i++) {
      map = map.without(i);
    }
    // An AVL tree of n entries is less than 1.45 log2(n) high: 20 for 10,000.
    assertThat(map.depth()).isLessThan(20);
    assertThat(keysFrom(map, 99_990)).hasSize(10);
  }

  private static void assertEqual(
      PersistentMap<Integer, Integer> map, NavigableMap<Integer, Integer> model) {
    for (int key = -1; key <= 300; key++) {
      assertThat(map.get(key)).isEqualTo(model.get(key));
      assertThat(keysFrom(map, key)).isEqualTo(new ArrayList<>(model.tailMap(key).keySet()));
      PersistentMap.Node<Integer, Integer> below = map.lastBelow(key);
      Map.Entry<Integer, Integer> lower = model.lowerEntry(key);
      assertThat(below == null ? null : Map.entry(below.key, below.value)).isEqualTo(lower);
    }
    PersistentMap.Node<Integer, Integer> last = map.lastBelow(null);
    assertThat(last == null ? Collections.emptyList() : List.of(last.key))
        .isEqualTo(model.isEmpty() ? List.of() : List.of(model.lastKey()));
    assertThat(map.depth()).isLessThan(12);
  }

  private static List<Integer> keysFrom(PersistentMap<Integer, Integer> map, int from) {
    List<Integer> keys = new ArrayList<>();
    PersistentMap.Ascent<Integer, Integer> ascent = map.ascend(from);
    for (PersistentMap.Node<Integer, Integer> entry = ascent.next();
        entry != null;
        entry = ascent.next()) {
      keys.add(entry.key);
    }
    return keys;
  }
}
