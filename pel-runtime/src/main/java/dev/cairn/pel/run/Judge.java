package dev.cairn.pel.run;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.pel.index.Attestation;
import dev.cairn.pel.index.Divergence;
import dev.cairn.pel.index.Receipts;
import dev.cairn.pel.index.RunClaim;
import dev.cairn.pel.index.StepClaim;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.model.Receipt;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Holds stored receipts against one that was computed here, with nothing reused. */
final class Judge {
  private final Receipts receipts;

  Judge(Receipts receipts) {
    this.receipts = receipts;
  }

  /**
   * Every live receipt that answers the same question as a computed one or as one of its steps:
   * those of the run first, then those that are wrong about a step, each in order of keys.
   */
  List<Judgement> judge(Program program, ArtifactKey key, Receipt computed) {
    TreeMap<ArtifactKey, Judgement> runs = new TreeMap<>();
    for (RunClaim claim : receipts.claims(computed.invocation(), 0)) {
      ArtifactKey other = claim.receipt();
      runs.put(
          other,
          other.equals(key)
              ? new Judgement(other, true, null, null, null)
              : wrong(other, program, computed));
    }
    TreeMap<ArtifactKey, Judgement> steps = new TreeMap<>();
    for (Map.Entry<String, Receipt.Step> step : computed.steps().entrySet()) {
      judge(step.getKey(), step.getValue(), steps);
    }
    steps.keySet().removeAll(runs.keySet());
    List<Judgement> all = new ArrayList<>(runs.values());
    all.addAll(steps.values());
    return all;
  }

  private Judgement wrong(ArtifactKey other, Program program, Receipt computed) {
    Verification held = Comparison.of(other, receipts.read(other), program, computed, 0);
    return held instanceof Verification.Refuted refuted
        ? new Judgement(other, false, refuted.place(), refuted.claimed(), refuted.found())
        : new Judgement(other, true, null, null, null);
  }

  private void judge(String node, Receipt.Step step, Map<ArtifactKey, Judgement> wrong) {
    List<StepClaim> claims = receipts.claims(step.key(), null, Divergence.RECEIPTS_SHOWN_MAX);
    for (StepClaim claim : claims) {
      if (!claim.outputs().equals(step.outputs())) {
        for (Attestation attestation : claim.attestations()) {
          wrong.putIfAbsent(
              attestation.receipt(),
              new Judgement(
                  attestation.receipt(),
                  false,
                  "step " + node,
                  claim.outputs().toString(),
                  step.outputs().toString()));
        }
      }
    }
  }
}
