package dev.cairn.federation.audit;

import dev.cairn.asl.error.CairnException;
import dev.cairn.federation.audit.AuditFinding.Kind;
import dev.cairn.federation.audit.AuditFinding.Place;
import dev.cairn.federation.audit.CheckResult.Outcome;
import dev.cairn.federation.audit.CheckResult.Thing;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Counts what the checks of one source, or of one comparison, look at and find, and hands findings
 * on. One owner.
 */
final class CheckLedger {
  private final String source;
  private final Set<AuditCheck> asked;
  private final Findings findings;
  private final EnumMap<AuditCheck, Count> counts = new EnumMap<>(AuditCheck.class);

  private static final class Count {
    /** Numbers in a place each, as many are counted one by one. */
    private final EnumMap<Thing, long[]> looked = new EnumMap<>(Thing.class);

    private long findings;
    private Outcome outcome = Outcome.MADE;
    private String note = "";

    private void looked(Thing thing, long more) {
      looked.computeIfAbsent(thing, first -> new long[1])[0] += more;
    }

    private SortedMap<Thing, Long> looked() {
      TreeMap<Thing, Long> all = new TreeMap<>();
      looked.forEach((thing, count) -> all.put(thing, count[0]));
      return all;
    }
  }

  CheckLedger(String source, Set<AuditCheck> asked, Findings findings) {
    this.source = source;
    this.asked = asked;
    this.findings = findings;
  }

  /** An empty one for a part of the same work, whose counts may be added here. */
  CheckLedger apart() {
    return new CheckLedger(source, asked, new Findings());
  }

  /** True if nothing was found, and nothing was cut short or left out. */
  boolean isSound() {
    return counts.values().stream()
        .allMatch(count -> count.findings == 0 && count.outcome == Outcome.MADE);
  }

  /** True if something was found by a check, or it could not be made to its end. */
  boolean hasTold(AuditCheck check) {
    Count count = counts.get(check);
    return count != null && (count.findings > 0 || count.outcome == Outcome.CUT_SHORT);
  }

  /** Adds what a sound part of the work looked at. */
  void addLooked(CheckLedger part) {
    part.counts.forEach(
        (check, count) -> count.looked().forEach((thing, more) -> looked(check, thing, more)));
  }

  String source() {
    return source;
  }

  boolean asks(AuditCheck check) {
    return asked.contains(check);
  }

  private Count count(AuditCheck check) {
    return counts.computeIfAbsent(check, each -> new Count());
  }

  /** A check looked at so many things more; with 0, that it counts them at all. */
  void looked(AuditCheck check, Thing thing, long more) {
    count(check).looked(thing, more);
  }

  /** A check that was not asked finds nothing. */
  void add(AuditCheck check, Kind kind, String subject, String message, Place place) {
    if (asks(check)) {
      count(check).findings++;
      findings.add(kind, subject, message, place);
    }
  }

  /** Adds what an exception says; a check that could not read on was cut short. */
  void failed(
      AuditCheck check, Kind kind, String subject, String message, Place place, CairnException e) {
    if (asks(check)) {
      count(check).findings++;
      if (findings.failed(kind, subject, message, place, e) || kind == Kind.UNREADABLE) {
        cutShort(check, message);
      }
    }
  }

  /** A check that was asked could not be made to its end. */
  void cutShort(AuditCheck check, String why) {
    Count count = count(check);
    if (asks(check) && count.outcome != Outcome.CUT_SHORT) {
      count.outcome = Outcome.CUT_SHORT;
      count.note = why;
    }
  }

  /** A check looked at some of what there is, as it was asked. */
  void sampled(AuditCheck check, String how) {
    Count count = count(check);
    if (count.outcome == Outcome.MADE) {
      count.outcome = Outcome.SAMPLED;
      count.note = how;
    }
  }

  /** Runs a check if it is asked; rows that cannot be read become a finding. */
  void check(AuditCheck check, String what, Runnable step) {
    if (!asks(check)) {
      return;
    }
    try {
      step.run();
    } catch (CairnException e) {
      failed(check, Kind.UNREADABLE, what, what + " cannot be read", Place.of(source, what), e);
    }
  }

  /** What became of these checks, in their order. */
  List<CheckResult> results(Set<AuditCheck> of) {
    List<CheckResult> results = new ArrayList<>();
    for (AuditCheck check : of) {
      Count count = asks(check) ? count(check) : new Count();
      results.add(
          new CheckResult(
              source,
              check,
              asks(check) ? count.outcome : Outcome.LEFT_OUT,
              count.looked(),
              count.findings,
              count.note));
    }
    return results;
  }
}
