package dev.cairn.federation.audit;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.pel.model.Receipt;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** From an artifact to where a receipt has it from. Immutable. */
final class RunMakers {
  private final Map<ArtifactKey, List<String>> givers = new HashMap<>();
  private final Map<ArtifactKey, List<String>> inputs = new HashMap<>();

  RunMakers(Receipt receipt) {
    receipt
        .steps()
        .forEach(
            (node, step) ->
                step.outputs().stream().distinct().forEach(key -> add(givers, key, node)));
    receipt.inputs().forEach((name, key) -> add(inputs, key, name));
  }

  private static void add(Map<ArtifactKey, List<String>> names, ArtifactKey key, String name) {
    names.computeIfAbsent(key, none -> new ArrayList<>()).add(name);
  }

  /** The nodes that the receipt says gave an artifact, in order. */
  List<String> givers(@Nullable ArtifactKey key) {
    return key == null ? List.of() : givers.getOrDefault(key, List.of());
  }

  /** The names of the inputs that an artifact is, in order. */
  List<String> inputNames(@Nullable ArtifactKey key) {
    return key == null ? List.of() : inputs.getOrDefault(key, List.of());
  }
}
