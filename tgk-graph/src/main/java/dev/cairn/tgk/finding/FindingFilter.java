package dev.cairn.tgk.finding;

import org.jspecify.annotations.Nullable;

/**
 * Which findings are asked for; null asks for any.
 *
 * @param rule of this rule
 * @param severity of this severity
 * @param subject about this subject
 * @param source with an occurrence in this source
 * @param acknowledged acknowledged, or not
 */
public record FindingFilter(
    @Nullable RuleId rule,
    @Nullable Severity severity,
    @Nullable String subject,
    @Nullable String source,
    @Nullable Boolean acknowledged) {
  /** Every finding. */
  public static final FindingFilter ALL = new FindingFilter(null, null, null, null, null);

  boolean takes(Finding finding) {
    return (rule == null || rule.equals(finding.rule()))
        && (severity == null || severity == finding.severity())
        && (subject == null || subject.equals(finding.subject()));
  }
}
