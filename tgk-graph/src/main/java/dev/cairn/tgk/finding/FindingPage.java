package dev.cairn.tgk.finding;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Some findings, in order of ids.
 *
 * @param findings those that the filter takes
 * @param next where to go on from: there may be more behind it; null at the end
 */
public record FindingPage(List<FindingSummary> findings, @Nullable FindingId next) {
  public FindingPage {
    findings = List.copyOf(findings);
  }
}
