package dev.cairn.cli.report;

import dev.cairn.federation.audit.AuditFinding;
import dev.cairn.federation.audit.AuditFinding.Place;
import dev.cairn.federation.audit.FindingKeeper.Standing;
import dev.cairn.tgk.finding.WriteResult;
import java.util.Comparator;
import java.util.Map;

/**
 * What a store of findings made of an audit.
 *
 * @param store where findings are kept, as the user called it
 * @param written what the audit brought
 * @param standings what the store knew of each place before
 */
public record KeptFindings(
    String store, WriteResult written, Map<AuditFinding, Map<Place, Standing>> standings) {
  /** What the store knew of a place. */
  public Standing of(AuditFinding finding, Place place) {
    return standings.getOrDefault(finding, Map.of()).getOrDefault(place, Standing.NEW);
  }

  /** What it knew of the least known place of a finding. */
  public Standing of(AuditFinding finding) {
    return finding.places().stream()
        .map(place -> of(finding, place))
        .min(Comparator.naturalOrder())
        .orElse(Standing.NEW);
  }
}
