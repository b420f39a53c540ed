package dev.cairn.testkit.sim;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.run.Executor;
import dev.cairn.pel.run.RunOptions;
import dev.cairn.pel.run.RunResult;
import dev.cairn.pel.text.ProgramText;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Programs run on nodes by the production executor. The same invocation has the same receipt
 * wherever and whenever it ran.
 */
final class Runs {
  private static final Program PROGRAM =
      ProgramText.read(
          Bytes.utf8(
              """
              {"program": 1,
               "inputs": ["left", "right"],
               "nodes": {
                 "both": {"operator": "bytes/concat@1", "inputs": ["left", "right"],
                          "parameters": {"type": "text/plain"}},
                 "digest": {"operator": "digest/sha256@1", "inputs": ["both"]}},
               "outputs": {"both": "both", "digest": "digest"}}
              """));

  /** So few inputs that nodes often run the same. */
  private static final int INPUTS_MAX = 2;

  private final OperatorRegistry operators;
  private final Map<List<ArtifactKey>, ArtifactKey> receipts =
      new TreeMap<>(
          (one, other) -> {
            int byLeft = one.get(0).compareTo(other.get(0));
            return byLeft != 0 ? byLeft : one.get(1).compareTo(other.get(1));
          });

  Runs(OperatorRegistry operators) {
    this.operators = operators;
  }

  /**
   * Runs the program on two artifacts of the universe that are live at a node.
   *
   * @return what came of it; empty if an input or a payload is not there
   */
  Optional<RunResult> run(World world, SimNode node, boolean force) {
    List<ArtifactKey> live =
        world.universe().small().stream()
            .map(Universe.Piece::key)
            .filter(key -> node.store().now().isLive(key))
            .limit(INPUTS_MAX)
            .toList();
    if (live.isEmpty()) {
      return Optional.empty();
    }
    SortedMap<String, ArtifactKey> inputs = new TreeMap<>();
    inputs.put("left", world.chance().pick(live));
    inputs.put("right", world.chance().pick(live));
    RunOptions options = RunOptions.defaults().withThreads(1).withForce(force);
    try {
      RunResult result = new Executor(node.store(), operators).run(PROGRAM, inputs, options);
      check(world, node, List.copyOf(inputs.values()), result);
      return Optional.of(result);
    } catch (NotFoundException e) {
      return Optional.empty();
    }
  }

  private void check(World world, SimNode node, List<ArtifactKey> inputs, RunResult result) {
    ArtifactKey before = receipts.putIfAbsent(inputs, result.key());
    if (before != null && !before.equals(result.key())) {
      world.violated(
          "ReceiptsAreFunctions",
          node + " has receipt " + result.key() + " where another had " + before);
    }
  }
}
