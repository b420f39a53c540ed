package dev.cairn.federation.audit;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.audit.AuditFinding.Kind;
import dev.cairn.federation.audit.AuditFinding.Place;
import dev.cairn.federation.audit.AuditReport.Divergence;
import dev.cairn.federation.audit.AuditReport.Source;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Compares sources with the first one: which record they do not share first, whether a node signed
 * two stories, and whether the same records came to the same state. One owner.
 */
final class Comparison {
  private final Findings findings;
  private @Nullable Source leftSource;
  private @Nullable Store left;
  private @Nullable Divergence first;

  Comparison(Findings findings) {
    this.findings = findings;
  }

  /** Where the first source and another differ first; of several others, the first that differs. */
  @Nullable Divergence firstDivergence() {
    return first;
  }

  /** The first source is what the others are compared with. */
  void add(Source source, Store store) {
    if (left == null || leftSource == null) {
      left = store;
      leftSource = source;
      return;
    }
    String what = leftSource.source() + " and " + source.source();
    Divergences divergences = new Divergences(left, store);
    Bytes leftRoot = leftSource.stateRoot();
    Auditor.guarded(
        what,
        "the logs of " + what,
        findings,
        () -> compare(what, divergences, leftRoot, source.stateRoot()));
  }

  private void compare(
      String what, Divergences divergences, @Nullable Bytes leftRoot, @Nullable Bytes rightRoot) {
    Optional<Divergence> found = divergences.first();
    if (found.isPresent()) {
      first = first == null ? found.get() : first;
      records(what, found.get());
      for (Origin origin : divergences.origins()) {
        divergences.fork(origin).ifPresent(text -> fork(what, origin, text));
      }
    } else if (leftRoot != null && rightRoot != null && !leftRoot.equals(rightRoot)) {
      findings.add(
          Kind.DIVERGENCE,
          "state",
          "two sources with the same records have different states",
          Place.of(what, "state").with(leftRoot.toHex() + " | " + rightRoot.toHex()));
    }
  }

  private void records(String what, Divergence found) {
    findings.add(
        Kind.DIVERGENCE,
        found.origin().toString(),
        "two sources hold different records",
        new Place(
            what,
            found.origin(),
            found.logseq(),
            found.canonicalId(),
            "record " + found.index() + " of " + found.origin(),
            found.left() + " | " + found.right()));
  }

  private void fork(String what, Origin origin, String text) {
    findings.add(
        Kind.FORK,
        origin.toString(),
        "node " + origin.node() + " signed two logs that contradict each other",
        Place.in(what, origin, "log " + origin).with(text));
  }
}
