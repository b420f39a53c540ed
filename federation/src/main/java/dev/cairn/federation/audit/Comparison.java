package dev.cairn.federation.audit;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.audit.AuditFinding.Kind;
import dev.cairn.federation.audit.AuditFinding.Place;
import dev.cairn.federation.audit.AuditReport.Divergence;
import dev.cairn.federation.audit.AuditReport.Source;
import dev.cairn.federation.audit.CheckResult.Thing;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Compares sources with the first one: which record they do not share first, whether a node signed
 * two stories, and whether the same records came to the same state. One owner.
 */
final class Comparison {
  private final Set<AuditCheck> asked;
  private final Findings findings;
  private final List<CheckResult> results = new ArrayList<>();
  private @Nullable Source leftSource;
  private @Nullable Store left;
  private LogDamage leftDamage = new LogDamage();
  private @Nullable Divergence first;

  Comparison(Set<AuditCheck> asked, Findings findings) {
    this.asked = asked;
    this.findings = findings;
  }

  /** What became of each comparison; one left out if none was asked. */
  List<CheckResult> results() {
    return List.copyOf(results);
  }

  /** Where the first source and another differ first; of several others, the first that differs. */
  @Nullable Divergence firstDivergence() {
    return first;
  }

  /** The first source is what the others are compared with. */
  void add(Source source, Store store, LogDamage damage) {
    if (left == null || leftSource == null) {
      left = store;
      leftSource = source;
      leftDamage = damage;
      return;
    }
    Bytes leftRoot = leftSource.stateRoot();
    CheckLedger ledger = ledger(leftSource, source);
    String what = ledger.source();
    Divergences divergences = new Divergences(left, store, leftDamage, damage);
    ledger.check(
        AuditCheck.COMPARISON,
        "the logs of " + what,
        () -> compare(ledger, divergences, leftRoot, source.stateRoot()));
    ledger.check(
        AuditCheck.COMPARISON, "the heads of " + what, () -> forks(ledger, divergences, what));
    results.addAll(ledger.results(EnumSet.of(AuditCheck.COMPARISON)));
  }

  /** A source that could not be read cannot be compared. */
  void addUnread(String source) {
    CheckLedger ledger = new CheckLedger(source, asked, findings);
    ledger.cutShort(AuditCheck.COMPARISON, source + " could not be read");
    results.addAll(ledger.results(EnumSet.of(AuditCheck.COMPARISON)));
  }

  private CheckLedger ledger(Source first, Source second) {
    return new CheckLedger(first.source() + " and " + second.source(), asked, findings);
  }

  private void compare(
      CheckLedger ledger,
      Divergences divergences,
      @Nullable Bytes leftRoot,
      @Nullable Bytes rightRoot) {
    ledger.looked(AuditCheck.COMPARISON, Thing.PAIRS, 1);
    ledger.looked(AuditCheck.COMPARISON, Thing.LOGS, divergences.origins().size());
    Optional<Divergence> found = divergences.first();
    if (found.isPresent()) {
      first = first == null ? found.get() : first;
      records(ledger, found.get());
    } else if (leftRoot != null && rightRoot != null && !leftRoot.equals(rightRoot)) {
      ledger.add(
          AuditCheck.COMPARISON,
          Kind.DIVERGENCE,
          "state",
          "two sources with the same records have different states",
          Place.of(ledger.source(), "state").with(leftRoot.toHex() + " | " + rightRoot.toHex()));
    }
  }

  /** One log that cannot be read hides no other's fork. */
  private static void forks(CheckLedger ledger, Divergences divergences, String what) {
    for (Origin origin : divergences.origins()) {
      ledger.check(
          AuditCheck.COMPARISON,
          "log " + origin + " of " + what,
          () -> divergences.fork(origin).ifPresent(text -> fork(ledger, origin, text)));
    }
  }

  private static void records(CheckLedger ledger, Divergence found) {
    ledger.add(
        AuditCheck.COMPARISON,
        Kind.DIVERGENCE,
        found.origin().toString(),
        "two sources hold different records",
        new Place(
            ledger.source(),
            found.origin(),
            found.logseq(),
            found.canonicalId(),
            "record " + found.index() + " of " + found.origin(),
            found.left() + " | " + found.right()));
  }

  private static void fork(CheckLedger ledger, Origin origin, String text) {
    ledger.add(
        AuditCheck.COMPARISON,
        Kind.FORK,
        origin.toString(),
        "node " + origin.node() + " signed two logs that contradict each other",
        Place.in(ledger.source(), origin, "log " + origin).with(text));
  }
}
