package dev.cairn.testkit.sim;

import dev.cairn.asl.model.Origin;
import java.util.Map;
import java.util.TreeMap;

/** What a node durably holds of a log never becomes less, crash or not. */
final class CursorsOnlyRise implements Oracle {
  private final Map<String, Map<Origin, Long>> greatest = new TreeMap<>();

  @Override
  public void restored(SimNode node) {
    greatest.remove(node.toString());
  }

  @Override
  public void afterStep(World world, SimNode node) {
    if (!node.isUp()) {
      return;
    }
    Map<Origin, Long> before = greatest.computeIfAbsent(node.toString(), any -> new TreeMap<>());
    Map<Origin, Long> now = node.durableSizes();
    before.forEach(
        (origin, size) -> {
          if (now.getOrDefault(origin, 0L) < size) {
            throw violation(node + " fell back from " + size + " of " + origin + " to " + now);
          }
        });
    before.putAll(now);
  }
}
