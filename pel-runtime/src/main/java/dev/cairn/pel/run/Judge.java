package dev.cairn.pel.run;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborValue;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.pel.index.Attestation;
import dev.cairn.pel.index.Divergence;
import dev.cairn.pel.index.Receipts;
import dev.cairn.pel.index.RunClaim;
import dev.cairn.pel.index.StepClaim;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.model.Receipt;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/** Holds stored receipts against one that was computed here, with nothing reused. */
final class Judge {
  private final Receipts receipts;

  Judge(Receipts receipts) {
    this.receipts = receipts;
  }

  /**
   * Every live receipt that answers the same question as a computed one or as one of its steps:
   * those of the run first, then those that are wrong about a step, each in order of keys, then
   * those that are wrong about an item, in the order in which items ran.
   *
   * @param result of a run for which nothing was reused
   */
  List<Judgement> judge(Program program, RunResult result) {
    ArtifactKey key = result.key();
    Receipt computed = result.receipt();
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
      wrong("step " + step.getKey(), step.getValue()).forEach(steps::putIfAbsent);
    }
    steps.keySet().removeAll(runs.keySet());
    List<Judgement> all = new ArrayList<>(runs.values());
    all.addAll(steps.values());
    for (Judgement item : result.items().refuted()) {
      if (!runs.containsKey(item.receipt()) && !steps.containsKey(item.receipt())) {
        all.add(item);
      }
    }
    return all;
  }

  /** Every live receipt that is wrong about one of these items of a node. */
  List<Judgement> items(String node, List<ItemRun> runs) {
    Map<ArtifactKey, Judgement> wrong = new LinkedHashMap<>();
    IdentityHashMap<CborValue.Dict, Bytes> digests = new IdentityHashMap<>();
    for (ItemRun run : runs) {
      Receipt.Step step =
          new Receipt.Step(
              run.operator(),
              digests.computeIfAbsent(
                  run.parameters(), any -> HashAlgorithm.SHA_256.hash(any.encode())),
              run.inputs(),
              List.of(run.output()));
      wrong("step " + node + " applied to " + run.inputs(), step).forEach(wrong::putIfAbsent);
    }
    return List.copyOf(wrong.values());
  }

  private Judgement wrong(ArtifactKey other, Program program, Receipt computed) {
    Verification held = Comparison.of(other, receipts.read(other), program, computed, 0);
    return held instanceof Verification.Refuted refuted
        ? new Judgement(other, false, refuted.place(), refuted.claimed(), refuted.found())
        : new Judgement(other, true, null, null, null);
  }

  /** The live receipts that tell otherwise of a step, by key. */
  private SortedMap<ArtifactKey, Judgement> wrong(String place, Receipt.Step step) {
    SortedMap<ArtifactKey, Judgement> wrong = new TreeMap<>();
    for (StepClaim claim : receipts.claims(step.key(), null, Divergence.RECEIPTS_SHOWN_MAX)) {
      if (!claim.outputs().equals(step.outputs())) {
        for (Attestation attestation : claim.attestations()) {
          wrong.putIfAbsent(
              attestation.receipt(),
              new Judgement(
                  attestation.receipt(),
                  false,
                  place,
                  claim.outputs().toString(),
                  step.outputs().toString()));
        }
      }
    }
    return wrong;
  }
}
