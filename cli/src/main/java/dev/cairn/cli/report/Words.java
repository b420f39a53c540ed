package dev.cairn.cli.report;

import dev.cairn.asl.model.RecordKind;
import dev.cairn.federation.audit.AuditFinding.Place;
import dev.cairn.federation.audit.AuditReport.Verdict;
import dev.cairn.federation.audit.CheckResult;
import dev.cairn.federation.audit.CheckResult.Outcome;
import dev.cairn.federation.audit.DifferenceClass;
import dev.cairn.federation.audit.Disagreement.LogPair;
import dev.cairn.federation.audit.Disagreement.Presence;
import java.util.stream.Collectors;

/** Names of constants, in the words that a page for people uses. */
final class Words {
  private Words() {}

  static String kind(RecordKind kind) {
    return switch (kind) {
      case ARTIFACT -> "artifact";
      case PER -> "receipt";
      case TGK_EDGE -> "edge";
      case TOMBSTONE -> "tombstone";
    };
  }

  static String presence(Presence presence) {
    return switch (presence) {
      case BOTH -> "in both";
      case LEFT -> "left only";
      case RIGHT -> "right only";
      case NEITHER -> "in neither";
    };
  }

  /** What was seen at a place: of a difference its class first, and which source differs. */
  static String seen(Place place) {
    return difference(place) + place.detail();
  }

  /** The class of a difference and which source differs, for people; empty if it is none. */
  static String difference(Place place) {
    DifferenceClass difference = place.difference();
    return difference == null
        ? ""
        : difference.text()
            + (place.differs().isEmpty() ? "" : " (" + place.differs() + " differs)")
            + ": ";
  }

  static String standing(LogPair log) {
    return switch (log.standing()) {
      case RIGHT_LAGS -> "the right one lags behind by " + records(log.leftSize() - log.equal());
      case LEFT_LAGS -> "the left one lags behind by " + records(log.rightSize() - log.equal());
      case CONTRADICTS -> "they contradict each other from record " + log.equal() + " on";
    };
  }

  static String verdict(Verdict verdict) {
    return switch (verdict) {
      case VERIFIED -> "Verified: every check that was asked was made and nothing is wrong";
      case REFUTED -> "Not verified: something is damaged, does not verify, or differs";
      case UNDECIDED -> "Undecided: nothing is known to be wrong, but not every check was made";
      case MISBEHAVIOUR -> "Misbehaviour: a node's own signatures prove that it broke the rules";
    };
  }

  /** Records of a range whose end is not among them. */
  static String range(long from, long to) {
    return to - from == 1 ? "record " + from : from + " to " + (to - 1);
  }

  /** How many things a check looked at. */
  static String looked(CheckResult result) {
    if (result.outcome() == Outcome.LEFT_OUT) {
      return "nothing";
    }
    return result.looked().isEmpty()
        ? "nothing of the kind here"
        : result.looked().entrySet().stream()
            .map(each -> each.getKey().counted(each.getValue()))
            .collect(Collectors.joining(", "));
  }

  static String records(long count) {
    return counted(count, "record");
  }

  static String counted(long count, String thing) {
    return count + " " + thing + (count == 1 ? "" : "s");
  }
}
