package dev.cairn.federation.audit;

import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.audit.AuditFinding.Kind;
import dev.cairn.federation.audit.AuditFinding.Place;
import dev.cairn.federation.audit.AuditReport.Divergence;
import dev.cairn.federation.audit.AuditReport.Lag;
import dev.cairn.federation.audit.AuditReport.Source;
import dev.cairn.federation.audit.CheckResult.Thing;
import dev.cairn.federation.audit.LogComparison.Parting;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Compares sources with each other: their logs ({@link LogComparison}), the signatures over them
 * and what they erased ({@link SameRecords}), whether a node signed two stories, and whether the
 * records that they share came to the same state ({@link StateComparison}). That a source lags is
 * told and is no difference. One owner.
 */
final class Comparison {
  /** Who asks for no more than this asks for a comparison, and not for whatever there is to do. */
  private static final Set<AuditCheck> NOTHING_ELSE =
      Collections.unmodifiableSet(EnumSet.of(AuditCheck.OPENING, AuditCheck.COMPARISON));

  private final Set<AuditCheck> asked;
  private final Findings findings;
  private final List<CheckResult> results = new ArrayList<>();
  private final List<ComparedSource> sources = new ArrayList<>();
  private final DifferenceTeller told = new DifferenceTeller();

  Comparison(Set<AuditCheck> asked, Findings findings) {
    this.asked = asked;
    this.findings = findings;
  }

  /** What became of the comparison; none if there was nothing to compare. */
  List<CheckResult> results() {
    return List.copyOf(results);
  }

  /** The least record, in the total order, at which a source contradicts its reference. */
  @Nullable Divergence firstDivergence() {
    return told.firstDivergence();
  }

  /** Which sources hold less of a log than others, in order of logs. */
  List<Lag> lags() {
    return told.lags();
  }

  void add(Source source, Store store, LogDamage damage) {
    sources.add(new ComparedSource(source.source(), sources.size(), store, source, damage));
  }

  /** A source that could not be read cannot be compared. */
  void addUnread(String source) {
    cutShort(source, source + " could not be read");
  }

  private void cutShort(String source, String why) {
    CheckLedger ledger = new CheckLedger(source, asked, findings);
    ledger.cutShort(AuditCheck.COMPARISON, why);
    results.addAll(ledger.results(EnumSet.of(AuditCheck.COMPARISON)));
  }

  /** Compares all that were added. */
  void run() {
    leaveOutOtherFederations();
    if (sources.size() < 2) {
      if (asked.equals(NOTHING_ELSE) && results.isEmpty()) {
        cutShort(
            sources.isEmpty() ? "" : sources.get(0).name(),
            "nothing was compared: that takes two sources that hold logs");
      }
      return;
    }
    CheckLedger ledger = new CheckLedger(names(), asked, findings);
    if (ledger.asks(AuditCheck.COMPARISON)) {
      ledger.looked(AuditCheck.COMPARISON, Thing.PAIRS, sources.size() - 1L);
      // One log that cannot be read hides no other's fork.
      for (Origin origin : origins()) {
        ledger.looked(AuditCheck.COMPARISON, Thing.LOGS, 1);
        ledger.check(
            AuditCheck.COMPARISON,
            "log " + origin + " of " + ledger.source(),
            () -> log(ledger, origin));
        ledger.check(
            AuditCheck.COMPARISON,
            "the heads of log " + origin + " of " + ledger.source(),
            () -> forks(ledger, origin));
      }
      states(ledger);
    }
    results.addAll(ledger.results(EnumSet.of(AuditCheck.COMPARISON)));
  }

  /** Logs of two federations have nothing to do with each other. */
  private void leaveOutOtherFederations() {
    if (sources.isEmpty()) {
      return;
    }
    String federation = sources.get(0).store().federation();
    for (ComparedSource each : List.copyOf(sources)) {
      String other = each.store().federation();
      if (!other.equals(federation)) {
        sources.remove(each);
        cutShort(
            each.name(),
            each.name()
                + " is of federation "
                + other
                + ", "
                + sources.get(0).name()
                + " of "
                + federation);
      }
    }
  }

  private String names() {
    List<String> names = sources.stream().map(ComparedSource::name).toList();
    int last = names.size() - 1;
    return String.join(", ", names.subList(0, last)) + " and " + names.get(last);
  }

  private SortedSet<Origin> origins() {
    TreeSet<Origin> origins = new TreeSet<>();
    sources.forEach(source -> source.store().heads().forEach(head -> origins.add(head.origin())));
    return origins;
  }

  private void log(CheckLedger ledger, Origin origin) {
    LogComparison log = new LogComparison(origin, sources);
    log.partings().forEach(parting -> parted(ledger, origin, parting));
    log.lags().forEach(lag -> lags(ledger, origin, lag));
    new SameRecords(origin, ledger, told).compare(log.agreeing());
  }

  private void parted(CheckLedger ledger, Origin origin, Parting parting) {
    boolean inOrder = parting.reference().rank() < parting.other().rank();
    // Of two signed stories neither is the right one.
    boolean forked = parting.difference() == DifferenceClass.FORKED;
    told.parted(
        ledger,
        parting.reference().with(parting.other()),
        origin,
        parting.index(),
        inOrder ? parting.expected() : parting.found(),
        inOrder ? parting.found() : parting.expected(),
        parting.difference(),
        forked ? "" : parting.other().name());
  }

  private void lags(CheckLedger ledger, Origin origin, LogComparison.Lag found) {
    Store ahead = found.ahead().store();
    Lag lag =
        new Lag(
            found.behind().name(),
            found.ahead().name(),
            origin,
            found.behind().size(origin),
            found.to(),
            found.behind().lastLogseq(origin),
            Divergences.held(ahead, origin, found.to() - 1)
                .record()
                .map(LogRecord::logseq)
                .orElse(0L));
    told.lags(
        ledger,
        found.behind().with(found.ahead()),
        lag,
        Divergences.held(ahead, origin, lag.records()).record(),
        found.behind().store().origin());
  }

  private void forks(CheckLedger ledger, Origin origin) {
    for (int i = 0; i < sources.size(); i++) {
      ComparedSource left = sources.get(i);
      for (ComparedSource right : sources.subList(i + 1, sources.size())) {
        Divergences.between(left, right)
            .fork(origin)
            .ifPresent(fork -> forked(ledger, left.with(right), origin, fork.text()));
      }
    }
  }

  /** Tells that a node signed two stories. */
  static void forked(CheckLedger ledger, String pair, Origin origin, String shown) {
    ledger.add(
        AuditCheck.COMPARISON,
        Kind.FORK,
        origin.toString(),
        "node " + origin.node() + " signed two logs that contradict each other",
        Place.in(pair, origin, "log " + origin).with(shown).differing(DifferenceClass.FORKED, ""));
  }

  /** Each beside the one that holds most, so that as much as can be is compared. */
  private void states(CheckLedger ledger) {
    ComparedSource most = sources.get(0);
    for (ComparedSource each : sources) {
      most = each.audited().records() > most.audited().records() ? each : most;
    }
    for (ComparedSource each : sources) {
      if (each.rank() != most.rank()) {
        ComparedSource left = each.rank() < most.rank() ? each : most;
        ComparedSource right = each.rank() < most.rank() ? most : each;
        ledger.check(
            AuditCheck.COMPARISON,
            "the states of " + left.with(right),
            () -> new StateComparison(left, right, ledger, told).compare());
      }
    }
  }
}
