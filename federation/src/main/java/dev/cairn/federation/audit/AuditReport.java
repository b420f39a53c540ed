package dev.cairn.federation.audit;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.LogHead;
import dev.cairn.tgk.finding.Severity;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What an audit found.
 *
 * @param sources what was audited, in the order given
 * @param firstDivergence where the first source and another differ first in the total order; null
 *     if their records are the same, or if there is only one
 * @param findings what is wrong or undecided, in order of discovery
 */
public record AuditReport(
    List<Source> sources, @Nullable Divergence firstDivergence, List<AuditFinding> findings) {
  /**
   * A source and its state.
   *
   * @param source its name
   * @param stateRoot root of its live state; null if it could not be read
   * @param heads where its logs end, in order of origins; none if it could not be read
   */
  public record Source(String source, @Nullable Bytes stateRoot, List<LogHead> heads) {
    public Source {
      heads = List.copyOf(heads);
    }

    /** Records it holds. */
    public long records() {
      return heads.stream().mapToLong(LogHead::treeSize).sum();
    }
  }

  /**
   * The first record, in the total order, that two sources do not both hold.
   *
   * @param origin whose log
   * @param index of the record in it
   * @param logseq of the record
   * @param canonicalId of the record
   * @param left what the first source holds there
   * @param right what the second source holds there
   */
  public record Divergence(
      Origin origin, long index, long logseq, ArtifactKey canonicalId, String left, String right) {}

  /** What it all comes to. */
  public enum Verdict {
    /** Every check was made and nothing is wrong. */
    VERIFIED(0),
    /** Something does not verify, or two sources differ. */
    REFUTED(1),
    /** Nothing is known to be wrong, but not every check could be made. */
    UNDECIDED(3),
    /** A node's own signatures prove that it broke the rules. */
    MISBEHAVIOUR(4);

    private final int exitCode;

    Verdict(int exitCode) {
      this.exitCode = exitCode;
    }

    /** With what a command that asked for it ends. */
    public int exitCode() {
      return exitCode;
    }
  }

  public AuditReport {
    sources = List.copyOf(sources);
    findings = List.copyOf(findings);
  }

  /** The worst of the findings; empty if there is none. */
  public Optional<Severity> worst() {
    return findings.stream().map(AuditFinding::severity).max(Comparator.naturalOrder());
  }

  /** What the worst finding says. */
  public Verdict verdict() {
    Optional<Severity> worst = worst();
    if (worst.isEmpty()) {
      return Verdict.VERIFIED;
    }
    return switch (worst.get()) {
      case NOTE, WARNING -> Verdict.VERIFIED;
      case UNDECIDED -> Verdict.UNDECIDED;
      case ERROR -> Verdict.REFUTED;
      case MISBEHAVIOUR -> Verdict.MISBEHAVIOUR;
    };
  }

  /** True if every check was made and nothing is wrong. */
  public boolean verified() {
    return verdict() == Verdict.VERIFIED;
  }
}
