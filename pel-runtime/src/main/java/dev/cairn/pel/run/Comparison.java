package dev.cairn.pel.run;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.model.Receipt.Step;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Objects;
import java.util.SortedMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Finds the first place where a claimed receipt differs from the recomputed one, in the order in
 * which the nodes run, so that the place named is a cause and not a consequence.
 */
final class Comparison {
  private final List<Difference> found = new ArrayList<>();

  private record Difference(String place, @Nullable String claimed, @Nullable String actual) {}

  private Comparison() {}

  static Verification of(
      ArtifactKey key, Receipt claimed, Program program, Receipt recomputed, int executed) {
    if (claimed.encode().equals(recomputed.encode())) {
      return new Verification.Confirmed(key, executed);
    }
    Comparison comparison = new Comparison();
    comparison.nodes(claimed, program, recomputed);
    comparison.compare("/status", claimed.status(), recomputed.status());
    comparison.keys("/outputs", claimed.outputs(), recomputed.outputs());
    if (comparison.found.isEmpty()) {
      throw new AssertionError("two receipts that differ nowhere: " + key);
    }
    Difference first = comparison.found.get(0);
    return new Verification.Refuted(
        key, first.place(), first.claimed(), first.actual(), recomputed);
  }

  private void nodes(Receipt claimed, Program program, Receipt recomputed) {
    LinkedHashSet<String> nodes = new LinkedHashSet<>(program.executionOrder());
    nodes.addAll(claimed.steps().keySet());
    nodes.addAll(claimed.failures().keySet());
    for (String node : nodes) {
      compare("/failures/" + node, claimed.failures().get(node), recomputed.failures().get(node));
      Step said = claimed.steps().get(node);
      Step done = recomputed.steps().get(node);
      if (said == null || done == null) {
        compare("/steps/" + node, said, done);
      } else {
        step("/steps/" + node, said, done);
      }
    }
  }

  private void step(String place, Step claimed, Step actual) {
    compare(place + "/operator", claimed.operator(), actual.operator());
    compare(
        place + "/parameters",
        claimed.parametersDigest().toHex(),
        actual.parametersDigest().toHex());
    list(place + "/inputs", claimed.inputs(), actual.inputs());
    list(place + "/outputs", claimed.outputs(), actual.outputs());
  }

  private void list(String place, List<ArtifactKey> claimed, List<ArtifactKey> actual) {
    for (int i = 0; i < Math.max(claimed.size(), actual.size()); i++) {
      compare(
          place + "/" + i,
          i < claimed.size() ? claimed.get(i) : null,
          i < actual.size() ? actual.get(i) : null);
    }
  }

  private void keys(
      String place, SortedMap<String, ArtifactKey> claimed, SortedMap<String, ArtifactKey> actual) {
    TreeSet<String> names = new TreeSet<>(claimed.keySet());
    names.addAll(actual.keySet());
    for (String name : names) {
      compare(place + "/" + name, claimed.get(name), actual.get(name));
    }
  }

  private void compare(String place, @Nullable Object claimed, @Nullable Object actual) {
    if (!Objects.equals(claimed, actual)) {
      found.add(new Difference(place, text(claimed), text(actual)));
    }
  }

  private static @Nullable String text(@Nullable Object value) {
    if (value instanceof Step step) {
      return step.outputs().toString();
    }
    return value == null ? null : value.toString();
  }
}
