package dev.cairn.pel.run;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.pel.index.Attestation;
import dev.cairn.pel.index.Receipts;
import dev.cairn.pel.index.Receipts.Conclusive;
import dev.cairn.pel.index.ReusePolicy;
import dev.cairn.pel.index.StepClaim;
import dev.cairn.pel.model.Invocation;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.model.RunStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * Decides what need not run, by a {@link ReusePolicy}, for runs and for steps alike.
 *
 * <p>The answers for which enough nodes vouch are compared. One is taken; of several, the one that
 * this node gave itself, if it gave one of them; otherwise none, and the step runs: whoever's word
 * is false, a run of one's own is right. Safe for any thread.
 */
final class Reuse {
  private final Receipts receipts;
  private final ReusePolicy policy;
  private final NodeId self;
  private final SortedSet<NodeId> own;
  private final Material material;
  private final Map<ArtifactKey, Boolean> liveReceipts = new ConcurrentHashMap<>();

  /** What came of a question. */
  enum Verdict {
    /** Taken. */
    TAKEN,
    /** No live receipt tells. */
    UNKNOWN,
    /** Receipts tell, but too few whose word counts. */
    POLICY,
    /** Those whose word counts contradict each other. */
    DIVERGENT,
    /** What came out is not live and held here. */
    NOT_HELD
  }

  /**
   * An answer about a step.
   *
   * @param verdict whether it is taken
   * @param outputs what came out; empty unless one answer stood
   * @param attestations who vouches for it
   * @param ran whether this node does
   * @param disputed whether some live receipt tells otherwise, whosever it is
   */
  record Step(
      Verdict verdict,
      List<ArtifactKey> outputs,
      List<Attestation> attestations,
      boolean ran,
      boolean disputed) {
    static Step not(Verdict verdict, boolean disputed) {
      return new Step(verdict, List.of(), List.of(), false, disputed);
    }
  }

  /**
   * An answer about a run.
   *
   * @param verdict whether it is taken
   * @param key the receipt's
   * @param receipt the receipt; null unless one answer stood
   * @param disputed whether some live receipt tells otherwise, whosever it is
   */
  record Run(
      Verdict verdict, @Nullable ArtifactKey key, @Nullable Receipt receipt, boolean disputed) {
    static Run not(Verdict verdict, boolean disputed) {
      return new Run(verdict, null, null, disputed);
    }
  }

  Reuse(Receipts receipts, ReusePolicy policy, NodeId self, Material material) {
    this.receipts = receipts;
    this.policy = policy;
    this.self = self;
    this.own = new TreeSet<>(Set.of(self));
    this.material = material;
  }

  Receipts receipts() {
    return receipts;
  }

  /** About one step. */
  Step step(Bytes stepKey) {
    List<StepClaim> all = claims(stepKey, own, 1);
    if (all.isEmpty()) {
      return Step.not(Verdict.UNKNOWN, false);
    }
    boolean disputed = all.size() > 1;
    List<StepClaim> mine = all.stream().filter(claim -> !claim.attestations().isEmpty()).toList();
    List<StepClaim> eligible = eligible(stepKey, all, mine);
    if (eligible.isEmpty()) {
      return Step.not(Verdict.POLICY, disputed);
    }
    if (eligible.size() > 1) {
      eligible = eligible.stream().filter(claim -> isAmong(mine, claim)).toList();
      if (eligible.size() != 1) {
        return Step.not(Verdict.DIVERGENT, disputed);
      }
    }
    StepClaim chosen = eligible.get(0);
    Verdict verdict = material.allUsable(chosen.outputs()) ? Verdict.TAKEN : Verdict.NOT_HELD;
    return new Step(
        verdict, chosen.outputs(), chosen.attestations(), isAmong(mine, chosen), disputed);
  }

  /** A run asks about many steps of few receipts: each is looked for once. */
  private List<StepClaim> claims(Bytes stepKey, @Nullable SortedSet<NodeId> nodes, int max) {
    return receipts.claims(
        stepKey, nodes, max, key -> liveReceipts.computeIfAbsent(key, receipts::isLive));
  }

  private List<StepClaim> eligible(Bytes stepKey, List<StepClaim> all, List<StepClaim> mine) {
    if (policy instanceof ReusePolicy.Own) {
      return mine;
    }
    if (policy instanceof ReusePolicy.Any) {
      boolean foreign = mine.size() < all.size();
      return foreign ? claims(stepKey, null, 1) : mine;
    }
    int count = policy.nodesMin();
    return claims(stepKey, policy.nodes(self), count).stream()
        .filter(claim -> claim.attestations().size() >= count)
        .toList();
  }

  private static boolean isAmong(List<StepClaim> claims, StepClaim claim) {
    return claims.stream().anyMatch(other -> other.outputs().equals(claim.outputs()));
  }

  /** About a whole run. */
  Run run(Program program, Invocation invocation) {
    List<Conclusive> all = receipts.conclusive(invocation);
    if (all.isEmpty()) {
      return Run.not(Verdict.UNKNOWN, false);
    }
    boolean disputed = all.size() > 1;
    List<Conclusive> eligible =
        all.stream().filter(claim -> isEligible(claim.entry().key())).toList();
    if (eligible.isEmpty()) {
      return Run.not(Verdict.POLICY, disputed);
    }
    if (eligible.size() > 1) {
      eligible =
          eligible.stream().filter(claim -> receipts.ranAll(claim.entry().key(), self)).toList();
      if (eligible.size() != 1) {
        return Run.not(Verdict.DIVERGENT, disputed);
      }
    }
    LiveEntry entry = eligible.get(0).entry();
    Receipt receipt = receipts.read(entry);
    Verdict verdict = isUsable(program, receipt) ? Verdict.TAKEN : Verdict.NOT_HELD;
    return new Run(verdict, entry.key(), receipt, disputed);
  }

  private boolean isEligible(ArtifactKey receipt) {
    if (policy instanceof ReusePolicy.Any) {
      return true;
    }
    int count = policy.nodesMin();
    SortedSet<NodeId> nodes = policy.nodes(self);
    if (nodes == null) {
      return receipts.ranAll(receipt, count).size() >= count;
    }
    return nodes.stream().filter(node -> receipts.ranAll(receipt, node)).limit(count).count()
        >= count;
  }

  private boolean isUsable(Program program, Receipt receipt) {
    return receipt.status() != RunStatus.SUCCEEDED
        || (receipt.outputs().keySet().equals(program.outputs().keySet())
            && material.allUsable(new ArrayList<>(receipt.outputs().values())));
  }
}
