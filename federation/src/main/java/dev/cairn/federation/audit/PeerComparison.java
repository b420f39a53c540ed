package dev.cairn.federation.audit;

import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.audit.AuditReport.Lag;
import dev.cairn.federation.audit.AuditReport.Source;
import dev.cairn.federation.audit.CheckResult.Thing;
import dev.cairn.federation.audit.Divergences.Held;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import dev.cairn.federation.reconcile.DivergenceSearch;
import dev.cairn.federation.reconcile.LogDifference;
import dev.cairn.federation.reconcile.ReconcilePart;
import dev.cairn.federation.reconcile.StateDifference;
import dev.cairn.federation.reconcile.StoreSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Compares a store with a peer by descending the trees of both, without a copy of what the peer
 * holds: {@link DivergenceSearch} asks for hashes, and for the few records and keys that differ.
 *
 * <p>The store is the reference. What the peer signed is not looked at, so a fork is told as the
 * class that its records are of; an audit of a copy proves it. For one use; one owner.
 */
public final class PeerComparison {
  private static final Set<AuditCheck> CHECKS =
      EnumSet.of(AuditCheck.OPENING, AuditCheck.COMPARISON);

  private final String name;
  private final Store store;
  private final String peer;
  private final DivergenceSearch search;
  private final Findings findings = new Findings();
  private final DifferenceTeller told = new DifferenceTeller();
  private @Nullable NodeId peerNode;

  /**
   * A comparison.
   *
   * @param name what findings call the store
   * @param store not written to meanwhile
   * @param peer what findings call the peer
   */
  public PeerComparison(String name, Store store, String peer) {
    this.name = name;
    this.store = store;
    this.peer = peer;
    List<CursorEntry> held = new ArrayList<>();
    for (LogHead head : store.heads()) {
      held.add(new CursorEntry(head.origin(), head.treeSize(), head.lastLogseq()));
    }
    this.search = new DivergenceSearch(new StoreSource(store), held, StateComparison.KEYS_MAX);
  }

  /** What is to be offered in a conversation with the peer that moves no records. */
  public ReconcilePart part() {
    return ReconcilePart.asking(
        new StoreSource(store),
        hello -> {
          peerNode = hello.node();
          return search.plan(hello.cursor());
        });
  }

  /**
   * What was found, once that conversation came to its end.
   *
   * @return a report in which every check but the comparison is left out
   */
  public AuditReport report() {
    CheckLedger ledger = new CheckLedger(name + " and " + peer, CHECKS, findings);
    ledger.looked(AuditCheck.COMPARISON, Thing.PAIRS, 1);
    boolean asked = peerNode != null;
    if (!asked) {
      ledger.cutShort(
          AuditCheck.COMPARISON,
          peer + " does not answer what " + ReconcilePart.FEATURE + " asks; audit a copy of it");
    }
    TreeMap<Origin, LogDifference> differences = new TreeMap<>();
    search.logDifferences().forEach(found -> differences.put(found.origin(), found));
    TreeSet<Origin> origins = new TreeSet<>(search.theirs().keySet());
    store.heads().forEach(head -> origins.add(head.origin()));
    for (Origin origin : asked ? origins : new TreeSet<Origin>()) {
      ledger.looked(AuditCheck.COMPARISON, Thing.LOGS, 1);
      LogDifference found = differences.get(origin);
      if (found != null) {
        ledger.looked(AuditCheck.COMPARISON, Thing.RECORDS, found.index());
        parted(ledger, found);
      } else {
        lag(ledger, origin);
      }
    }
    search.stateDifferences().forEach(found -> state(ledger, found));
    if (search.stateRootsDiffer() && search.stateDifferences().isEmpty()) {
      ledger.cutShort(
          AuditCheck.COMPARISON,
          peer + " states another root of a state that differs in no key; audit a copy of it");
    }
    long theirs = 0;
    for (CursorEntry stated : search.theirs().values()) {
      theirs = AuditReport.sum(theirs, stated.treeSize());
    }
    if (theirs == Long.MAX_VALUE) {
      ledger.cutShort(
          AuditCheck.COMPARISON,
          peer + " states that it holds more records than can be; audit a copy of it");
    }
    List<CheckResult> checks = new ArrayList<>();
    for (String source : List.of(name, peer)) {
      CheckLedger own = new CheckLedger(source, CHECKS, findings);
      own.looked(AuditCheck.OPENING, Thing.SOURCES, 1);
      checks.addAll(own.results(EnumSet.complementOf(EnumSet.of(AuditCheck.COMPARISON))));
    }
    checks.addAll(ledger.results(EnumSet.of(AuditCheck.COMPARISON)));
    return new AuditReport(
        List.of(
            new Source(name, store.stateRoot(), store.heads()),
            new Source(peer, null, List.of(), theirs)),
        told.firstDivergence(),
        told.lags(),
        findings.list(),
        checks);
  }

  private void parted(CheckLedger ledger, LogDifference found) {
    Held ours = new Held(Optional.of(found.mineDecoded()), true);
    Held theirs = new Held(Optional.of(found.theirsDecoded()), true);
    List<LogRecord> theirsBehind = search.theirsBehind(found.origin());
    DifferenceClass difference =
        LogComparison.difference(
            ours,
            theirs,
            record -> holds(theirsBehind, record),
            record -> holds(oursBehind(found), record));
    told.parted(
        ledger, ledger.source(), found.origin(), found.index(), ours, theirs, difference, peer);
  }

  private List<LogRecord> oursBehind(LogDifference found) {
    List<LogRecord> records = new ArrayList<>();
    for (int i = 1; i <= DivergenceSearch.RECORDS_BEHIND; i++) {
      Divergences.held(store, found.origin(), found.index() + i).record().ifPresent(records::add);
    }
    return records;
  }

  private static boolean holds(List<LogRecord> records, LogRecord wanted) {
    return records.stream().anyMatch(record -> LogComparison.sameContent(record, wanted));
  }

  private void lag(CheckLedger ledger, Origin origin) {
    Optional<LogHead> head = store.head(origin);
    Optional<CursorEntry> theirs = Optional.ofNullable(search.theirs().get(origin));
    long ourSize = head.map(LogHead::treeSize).orElse(0L);
    long theirSize = theirs.map(CursorEntry::treeSize).orElse(0L);
    ledger.looked(AuditCheck.COMPARISON, Thing.RECORDS, Math.min(ourSize, theirSize));
    if (ourSize == theirSize) {
      return;
    }
    boolean behind = ourSize < theirSize;
    long ourEnd = head.map(LogHead::lastLogseq).orElse(0L);
    long theirEnd = theirs.map(CursorEntry::lastLogseq).orElse(0L);
    told.lags(
        ledger,
        ledger.source(),
        new Lag(
            behind ? name : peer,
            behind ? peer : name,
            origin,
            Math.min(ourSize, theirSize),
            Math.max(ourSize, theirSize),
            behind ? ourEnd : theirEnd,
            behind ? theirEnd : ourEnd),
        behind ? Optional.<LogRecord>empty() : Divergences.held(store, origin, theirSize).record(),
        behind ? store.origin() : theirOwn(origin));
  }

  /**
   * The log that the peer itself writes, as far as is known: that of its latest epoch that it holds
   * records of. If it holds none, any log of its node is one that it wrote.
   */
  private @Nullable Origin theirOwn(Origin lacking) {
    NodeId node = peerNode;
    if (node == null || !lacking.node().equals(node)) {
      return null;
    }
    return search.theirs().keySet().stream()
        .filter(held -> held.node().equals(node))
        .max(Comparator.naturalOrder())
        .orElse(lacking);
  }

  private void state(CheckLedger ledger, StateDifference found) {
    StateComparison.tell(
        ledger,
        told,
        ledger.source(),
        List.of(name, peer),
        found,
        StateComparison.records(found.key(), search.shared(), List.of(store)));
  }
}
