package dev.cairn.federation.audit;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.federation.audit.CauseSide.Deriving;
import dev.cairn.federation.audit.CauseSide.Run;
import dev.cairn.tgk.model.Endpoint;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Finds where an explanation begins: what the other source has in the place of an artifact that one
 * has, by the runs that gave it, else by the edges that lead to it. One owner.
 */
final class CauseStart {
  private final CauseSides sides;
  private final CauseDrafts drafts;

  CauseStart(CauseSides sides, CauseDrafts drafts) {
    this.sides = sides;
    this.drafts = drafts;
  }

  /** The first step; empty if there is nothing to explain. */
  Optional<CauseDraft> of(ArtifactKey key) {
    boolean inLeft = sides.left().shows(key);
    return besides(key, true)
        .or(() -> besides(key, false))
        .or(
            () ->
                inLeft == sides.right().shows(key)
                    ? Optional.empty()
                    : drafts.add(null, "artifact", CausePair.of(key, null, inLeft)));
  }

  /** What the other source has in the place of an artifact that one has. */
  private Optional<CauseDraft> besides(ArtifactKey key, boolean leftHas) {
    CauseSide here = sides.of(leftHas);
    CauseSide there = sides.of(!leftHas);
    if (!here.shows(key)) {
      return Optional.empty();
    }
    boolean both = there.shows(key);
    Run receipt = here.run(key).orElse(null);
    for (Run run : receipt == null ? here.runsOf(key) : List.of(receipt)) {
      Optional<Run> other = counterpart(run, there, receipt == null ? key : null, both);
      if (other.isPresent()) {
        return besides(key, run, other.get(), receipt != null, leftHas);
      }
    }
    Optional<CauseDraft> runs =
        runsOfProgram(key, here, there, leftHas)
            .flatMap(pair -> drafts.add(null, "run of program", pair));
    return both || runs.isPresent() ? runs : besidesByEdge(key, here, there, leftHas);
  }

  /** Two runs of a program: on the same inputs, else such as only one side has. */
  private static Optional<CausePair> runsOfProgram(
      ArtifactKey program, CauseSide here, CauseSide there, boolean leftHas) {
    for (boolean sameInputs : new boolean[] {true, false}) {
      for (Run run : here.runsOfProgram(program)) {
        if (sameInputs || !there.shows(run.key())) {
          Optional<Run> other =
              counterpart(run, there, null, sameInputs)
                  .filter(found -> sameInputs || !here.shows(found.key()));
          if (other.isPresent()) {
            return other.map(found -> CausePair.of(run.key(), found.key(), leftHas));
          }
        }
      }
    }
    return Optional.empty();
  }

  private Optional<CauseDraft> besides(
      ArtifactKey key, Run run, Run other, boolean isReceipt, boolean leftHas) {
    if (isReceipt) {
      return drafts.add(null, "receipt", CausePair.of(key, other.key(), leftHas));
    }
    String name = outputName(run, key);
    ArtifactKey instead = other.receipt().outputs().get(name);
    return drafts.add(
        null,
        "output " + name,
        instead == null
            ? CausePair.of(run.key(), other.key(), leftHas)
            : CausePair.of(key, instead, leftHas));
  }

  private static String outputName(Run run, ArtifactKey key) {
    return run.receipt().outputs().entrySet().stream()
        .filter(output -> output.getValue().equals(key))
        .map(Map.Entry::getKey)
        .findFirst()
        .orElseThrow();
  }

  /**
   * A run of another source that tells something else: of the same program on the same inputs, else
   * of the same program on inputs most of which are the same.
   *
   * @param output that it does not give; null if any other receipt will do
   * @param answersOnly whether only one on the same inputs counts
   */
  private static Optional<Run> counterpart(
      Run run, CauseSide there, @Nullable ArtifactKey output, boolean answersOnly) {
    Stream<Run> same = there.runsOf(run.receipt().invocation()).stream();
    Optional<Run> answer = same.filter(other -> tellsElse(run, other, output)).findFirst();
    if (answer.isPresent() || answersOnly) {
      return answer;
    }
    Run best = null;
    for (Run other : there.runsOfProgram(run.receipt().program())) {
      boolean outputs = !other.receipt().outputs().isEmpty();
      if (outputs
          && tellsElse(run, other, output)
          && (best == null
              || CauseRuns.equalInputs(run, other) > CauseRuns.equalInputs(run, best))) {
        best = other;
      }
    }
    return Optional.ofNullable(best);
  }

  private static boolean tellsElse(Run run, Run other, @Nullable ArtifactKey output) {
    return !run.key().equals(other.key())
        && (output == null
            || !output.equals(other.receipt().outputs().get(outputName(run, output))));
  }

  private Optional<CauseDraft> besidesByEdge(
      ArtifactKey key, CauseSide here, CauseSide there, boolean leftHas) {
    for (Deriving edge : here.edgesTo(key)) {
      String role = role(edge, key);
      for (Endpoint cause : edge.edge().from()) {
        for (Deriving other : there.edgesFrom(cause.key(), edge.edge().type())) {
          if (!drafts.mayCompare(other.edge().to().size())) {
            return Optional.empty();
          }
          for (Endpoint effect : other.edge().to()) {
            if (Objects.equals(role, effect.role())
                && !here.shows(effect.key())
                && !effect.key().equals(key)) {
              return drafts.add(
                  null,
                  "effect of " + edge.edge().type(),
                  CausePair.of(key, effect.key(), leftHas));
            }
          }
        }
      }
    }
    return Optional.empty();
  }

  private static @Nullable String role(Deriving edge, ArtifactKey effect) {
    return edge.edge().to().stream()
        .filter(end -> end.key().equals(effect))
        .map(end -> Optional.ofNullable(end.role()))
        .findFirst()
        .flatMap(role -> role)
        .orElse(null);
  }
}
