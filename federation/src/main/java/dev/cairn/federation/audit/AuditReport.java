package dev.cairn.federation.audit;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Origin;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What an audit found.
 *
 * @param sources what was audited, in the order given
 * @param firstDivergence where two sources differ first in the total order; null if they do not, or
 *     if there is only one
 * @param findings what is wrong
 */
public record AuditReport(
    List<Source> sources, @Nullable Divergence firstDivergence, List<Finding> findings) {
  /**
   * A source and its state.
   *
   * @param source its name
   * @param stateRoot root of its live state
   * @param records records it holds
   */
  public record Source(String source, Bytes stateRoot, long records) {}

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

  public AuditReport {
    sources = List.copyOf(sources);
    findings = List.copyOf(findings);
  }

  /** True if nothing is wrong. */
  public boolean verified() {
    return firstDivergence == null
        && findings.stream().noneMatch(f -> f.severity() == Finding.Severity.ERROR);
  }
}
