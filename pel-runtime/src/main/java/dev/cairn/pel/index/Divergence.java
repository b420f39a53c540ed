package dev.cairn.pel.index;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.pel.model.OperatorId;
import java.util.List;

/**
 * Live receipts that cannot all be right: for one question they tell different answers. At most one
 * of the answers is; {@link dev.cairn.pel.run.Executor} finds out which.
 */
public sealed interface Divergence {
  /** What stands in one list of answers. */
  int RECEIPTS_SHOWN_MAX = 16;

  /** The digest of the invocation, or the step key. */
  Bytes subject();

  /** The receipts, by answer; at most {@value #RECEIPTS_SHOWN_MAX} of each. */
  List<List<ArtifactKey>> receipts();

  /**
   * About one program on the same inputs.
   *
   * @param subject digest of the invocation
   * @param program the program
   * @param claims what each receipt tells, in order of keys
   */
  record OfRun(Bytes subject, ArtifactKey program, List<RunClaim> claims) implements Divergence {
    public OfRun {
      claims = List.copyOf(claims);
    }

    @Override
    public List<List<ArtifactKey>> receipts() {
      return claims.stream().map(claim -> List.of(claim.receipt())).toList();
    }
  }

  /**
   * About one step, in whatever programs it stands.
   *
   * @param subject the step key
   * @param operator what ran
   * @param inputs what it was given
   * @param claims what came out of it, and who says so
   */
  record OfStep(
      Bytes subject, OperatorId operator, List<ArtifactKey> inputs, List<StepClaim> claims)
      implements Divergence {
    public OfStep {
      inputs = List.copyOf(inputs);
      claims = List.copyOf(claims);
    }

    @Override
    public List<List<ArtifactKey>> receipts() {
      return claims.stream()
          .map(claim -> claim.attestations().stream().map(Attestation::receipt).distinct().toList())
          .toList();
    }
  }
}
