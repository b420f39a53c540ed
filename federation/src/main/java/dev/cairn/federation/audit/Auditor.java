package dev.cairn.federation.audit;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.MisbehaviourException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.evidence.Evidence;
import dev.cairn.asl.evidence.StateEvidence;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.store.DerivedState;
import dev.cairn.asl.store.LiveCounts;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.SnapshotInfo;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.WorkerThreads;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.audit.AuditFinding.Kind;
import dev.cairn.federation.audit.AuditFinding.Place;
import dev.cairn.federation.audit.AuditReport.Source;
import dev.cairn.federation.audit.AuditSource.OfBundle;
import dev.cairn.federation.audit.AuditSource.OfEvidence;
import dev.cairn.federation.audit.AuditSource.OfStore;
import dev.cairn.federation.audit.AuditSource.Unopened;
import dev.cairn.federation.audit.CheckResult.Thing;
import dev.cairn.federation.audit.DerivedAudit.Sums;
import dev.cairn.federation.cosign.CosignShelf;
import dev.cairn.federation.filter.PartialLogs;
import dev.cairn.federation.filter.PartialStanding;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumMap;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * Checks stores and bundles from the ground up, and against each other: all the checks of {@link
 * AuditCheck} that a plan asks for. Damage becomes a finding and the audit goes on. Nothing is
 * written, but for a bundle's scratch store. The stores should not be written to meanwhile. Safe
 * for any thread.
 */
public final class Auditor {
  /** Checks whose findings say why records and derived rows do not agree. */
  private static final Set<AuditCheck> EXPLAINING =
      Collections.unmodifiableSet(
          EnumSet.of(
              AuditCheck.RECORDS,
              AuditCheck.LOG_ROOTS,
              AuditCheck.CHECKPOINTS,
              AuditCheck.TAILS,
              AuditCheck.LIVENESS));

  private final AuditPlan plan;
  private final LongAdder recordsRead = new LongAdder();
  private final LongAdder bundleBytesRead = new LongAdder();
  private volatile @Nullable ReceiptsUnderWay receipts;

  /**
   * An auditor that makes every check.
   *
   * @param receipts runs every live receipt again; null leaves them alone
   */
  public Auditor(@Nullable ReceiptCheck receipts) {
    this(AuditPlan.usual(receipts));
  }

  private Auditor(AuditPlan plan) {
    this.plan = plan;
  }

  /** An auditor that makes the checks of a plan. */
  public static Auditor of(AuditPlan plan) {
    return new Auditor(plan);
  }

  /**
   * How many records were read so far, for who watches; those that are read again, as something is
   * wrong, count once. Safe for any thread.
   */
  public long recordsRead() {
    return recordsRead.sum();
  }

  /** How many bytes of bundles were read so far; each is read twice. Safe for any thread. */
  public long bundleBytesRead() {
    return bundleBytesRead.sum();
  }

  /** The receipts that are run again just now, for who watches, if any. Safe for any thread. */
  public Optional<ReceiptsUnderWay> receiptsUnderWay() {
    return Optional.ofNullable(receipts);
  }

  /** Audits one store. */
  public AuditReport audit(String name, Store store) {
    return audit(List.of(new OfStore(name, store)));
  }

  /** Audits sources in order, and compares them with each other. */
  public AuditReport audit(List<AuditSource> sources) {
    Findings findings = new Findings();
    List<Source> audited = new ArrayList<>();
    List<CheckLedger> ledgers = new ArrayList<>();
    List<Opened> opened = new ArrayList<>();
    Comparison comparison = new Comparison(plan.checks(), findings);
    for (AuditSource source : sources) {
      CheckLedger ledger = new CheckLedger(source.name(), plan.checks(), findings);
      Store store = open(source, ledger);
      LogDamage damage = new LogDamage();
      Source found =
          store == null ? new Source(source.name(), null, List.of()) : check(store, ledger, damage);
      audited.add(found);
      ledgers.add(ledger);
      if (store != null) {
        opened.add(new Opened(store, ledger));
        comparison.add(found, store, damage);
      } else if (sources.size() > 1 && !(source instanceof OfEvidence)) {
        comparison.addUnread(source.name());
      }
    }
    ReceiptClaims claims = receipts(opened);
    comparison.run();
    // Anyone may write receipts that contradict each other: last, so that they crowd out nothing.
    claims.tell();
    List<CheckResult> checks = new ArrayList<>();
    for (int i = 0; i < sources.size(); i++) {
      checks.addAll(ledgers.get(i).results(checksOf(sources.get(i))));
    }
    checks.addAll(comparison.results());
    if (!plan.checks().contains(AuditCheck.COMPARISON) && comparison.results().isEmpty()) {
      checks.addAll(
          new CheckLedger("", plan.checks(), findings).results(EnumSet.of(AuditCheck.COMPARISON)));
    }
    return new AuditReport(
        audited, comparison.firstDivergence(), comparison.lags(), findings.list(), checks);
  }

  /** A source that could be opened. */
  private record Opened(Store store, CheckLedger ledger) {}

  /** Of all sources together, as receipts of one may contradict those of another. */
  private ReceiptClaims receipts(List<Opened> sources) {
    ReceiptClaims claims = new ReceiptClaims();
    sources.forEach(source -> claims.add(source.store, source.ledger));
    ReceiptCheck runner = plan.runner();
    if (runner != null) {
      claims.ask();
      ReceiptRuns runs = new ReceiptRuns(plan, runner, claims, now -> receipts = now);
      for (Opened source : sources) {
        source.ledger.check(
            AuditCheck.RECEIPTS, "the receipts", () -> runs.run(source.store, source.ledger));
      }
      receipts = null;
    }
    return claims;
  }

  /** The checks that are made of a source by itself. */
  private static Set<AuditCheck> checksOf(AuditSource source) {
    return source instanceof OfEvidence
        ? EnumSet.of(AuditCheck.OPENING, AuditCheck.EVIDENCE)
        : EnumSet.complementOf(EnumSet.of(AuditCheck.COMPARISON));
  }

  /** The source as a store; null if it is none, or cannot become one. */
  private @Nullable Store open(AuditSource source, CheckLedger ledger) {
    ledger.looked(AuditCheck.OPENING, Thing.SOURCES, 1);
    if (source instanceof OfStore given) {
      return given.store();
    }
    if (source instanceof OfEvidence evidence) {
      ledger.looked(AuditCheck.EVIDENCE, Thing.EVIDENCE, 1);
      evidence(evidence, ledger);
      return null;
    }
    if (source instanceof OfBundle bundle) {
      return replay(bundle, ledger);
    }
    Unopened unopened = (Unopened) source;
    ledger.add(
        AuditCheck.OPENING,
        unopened.damaged() ? Kind.UNREADABLE : Kind.UNDECIDED,
        unopened.name(),
        "the store cannot be opened",
        Place.of(unopened.name(), "store").with(unopened.why()));
    nothingMade(ledger, "the store cannot be opened");
    return null;
  }

  private @Nullable Store replay(OfBundle bundle, CheckLedger ledger) {
    try {
      ReplayReport replayed =
          new Replayer(bundle.scratch()).bundle(bundle.file(), bundleBytesRead::add);
      for (SnapshotCheck check : replayed.snapshots()) {
        ledger.looked(AuditCheck.SNAPSHOTS, Thing.SNAPSHOTS, 1);
        snapshot(check, ledger);
      }
      if (replayed.snapshotsLeftOut() > 0) {
        ledger.sampled(
            AuditCheck.SNAPSHOTS,
            replayed.snapshotsLeftOut() + " published snapshots were not computed again");
      }
      return bundle.scratch();
    } catch (MisbehaviourException e) {
      notReplayed(Kind.FORK, "a node signed what contradicts itself", e, ledger);
    } catch (RefusedException | NotFoundException e) {
      notReplayed(Kind.UNDECIDED, "the bundle cannot be replayed alone", e, ledger);
    } catch (UnsupportedVersionException e) {
      notReplayed(Kind.UNDECIDED, "the bundle is of a version that is not known here", e, ledger);
    } catch (CairnException e) {
      notReplayed(Kind.BUNDLE, "the bundle does not verify", e, ledger);
    }
    return null;
  }

  private static void notReplayed(Kind kind, String message, CairnException e, CheckLedger ledger) {
    String name = ledger.source();
    ledger.failed(AuditCheck.OPENING, kind, name, message, Place.of(name, "bundle"), e);
    nothingMade(ledger, message);
  }

  private static void nothingMade(CheckLedger ledger, String why) {
    EnumSet.allOf(AuditCheck.class).forEach(check -> ledger.cutShort(check, why));
  }

  private static void evidence(OfEvidence source, CheckLedger ledger) {
    try {
      if (StateEvidence.isEvidence(source.encoded())) {
        accuse(StateEvidence.decode(source.encoded()), ledger);
      } else {
        accuse(Evidence.decode(source.encoded()), ledger);
      }
    } catch (UnsupportedVersionException e) {
      ledger.failed(
          AuditCheck.EVIDENCE,
          Kind.UNDECIDED,
          source.name(),
          "the evidence is of a version that is not known here",
          Place.of(source.name(), "evidence"),
          e);
      ledger.cutShort(AuditCheck.EVIDENCE, "it is of a version that is not known here");
    } catch (MalformedException e) {
      ledger.failed(
          AuditCheck.EVIDENCE,
          Kind.EVIDENCE,
          source.name(),
          "what is said to be evidence proves nothing",
          Place.of(source.name(), "evidence"),
          e);
    }
  }

  private static void accuse(Evidence evidence, CheckLedger ledger) {
    Origin origin = evidence.origin();
    StringBuilder shown = new StringBuilder(evidence.describe());
    evidence.notes().forEach(note -> shown.append('\n').append(note.toUtf8()));
    ledger.add(
        AuditCheck.EVIDENCE,
        Kind.FORK,
        origin.toString(),
        "node " + origin.node() + " signed what cannot all be true",
        Place.in(ledger.source(), origin, "evidence " + evidence.id().toHex())
            .with(shown.toString()));
  }

  private static void accuse(StateEvidence evidence, CheckLedger ledger) {
    StringBuilder shown = new StringBuilder(evidence.describe());
    evidence.notes().forEach(note -> shown.append('\n').append(note.toUtf8()));
    ledger.add(
        AuditCheck.EVIDENCE,
        Kind.TWO_STATES,
        evidence.node().toString(),
        "node " + evidence.node() + " signed two states for one cut",
        Place.of(ledger.source(), "evidence " + evidence.id().toHex()).with(shown.toString()));
  }

  /** What came before a key was given up or revoked elsewhere, or here, and goes beyond. */
  private static void believed(Store store, LogHead head, CheckLedger ledger) {
    ledger.looked(AuditCheck.KEYS, Thing.LOGS, 1);
    long believed = store.believed(head.origin());
    if (head.treeSize() > believed) {
      ledger.add(
          AuditCheck.KEYS,
          Kind.REVOKED,
          head.origin().toString(),
          "records beyond the place up to which their node's key is believed",
          Place.of(ledger.source(), head.origin(), believed)
              .with("from here on, " + (head.treeSize() - believed) + " records"));
    }
  }

  private Source check(Store store, CheckLedger ledger, LogDamage damage) {
    try (WorkerThreads workers = new WorkerThreads("audit", plan.threads())) {
      return check(store, ledger, damage, workers);
    }
  }

  private Source check(Store store, CheckLedger ledger, LogDamage damage, WorkerThreads workers) {
    LivenessAudit liveness = new LivenessAudit(store, damage);
    List<LogHead> heads = store.heads();
    DerivedAudit derived = DerivedAudit.of(store, ledger, workers);
    logs(store, liveness, derived, ledger, damage, workers);
    liveness.forget();
    damage.allRead();
    ledger.check(
        AuditCheck.KEYS,
        "the keys",
        () -> store.heads().forEach(head -> believed(store, head, ledger)));
    cosignatures(store, ledger);
    LiveCounts counted =
        derived
            .derived()
            .map(state -> live(state, ledger))
            .orElseGet(() -> live(store, liveness, damage, ledger));
    damage.tell(ledger);
    unexplained(derived, heads.equals(store.heads()), ledger);
    ledger.check(AuditCheck.STATE, "the state", () -> state(store, counted, derived, ledger));
    ledger.check(AuditCheck.PARTIAL_LOGS, "what is held in part", () -> partialLogs(store, ledger));
    ledger.check(
        AuditCheck.EVIDENCE,
        "the evidence",
        () ->
            store
                .evidence()
                .forEach(
                    held -> {
                      ledger.looked(AuditCheck.EVIDENCE, Thing.EVIDENCE, 1);
                      accuse(held.evidence(), ledger);
                    }));
    ledger.check(
        AuditCheck.SNAPSHOTS, "the snapshots", () -> snapshots(store, damage, derived, ledger));
    return new Source(ledger.source(), root(store), store.heads());
  }

  /**
   * Sums that do not agree are a finding though every record and every live entry was looked up and
   * found right: then a row tells of what no record says, and shows nothing yet. Sums that could
   * not be compared are none: then it is not known.
   *
   * @param still whether the logs are as they were when the rows were read
   */
  private static void unexplained(DerivedAudit derived, boolean still, CheckLedger ledger) {
    if (derived.agrees()
        || !ledger.asks(AuditCheck.LIVENESS)
        || EXPLAINING.stream().anyMatch(ledger::hasTold)) {
      return;
    }
    if (!still) {
      ledger.cutShort(AuditCheck.LIVENESS, "the store was written to while it was audited");
      return;
    }
    Place place = Place.of(ledger.source(), "rows of live artifacts and of history");
    CairnException unreadable = derived.unreadable();
    if (unreadable != null) {
      ledger.failed(
          AuditCheck.LIVENESS,
          Kind.UNREADABLE,
          ledger.source(),
          "derived rows cannot be read",
          place,
          unreadable);
    } else if (derived.state() == Sums.UNKNOWN) {
      ledger.cutShort(
          AuditCheck.LIVENESS,
          "not all records could be laid beside the derived rows: audit again, with the check of"
              + " payloads");
    } else if (!ledger.asks(AuditCheck.RECORDS)) {
      ledger.cutShort(
          AuditCheck.LIVENESS,
          "derived rows and records do not agree: the check of records tells which are wrong");
    } else {
      ledger.add(
          AuditCheck.LIVENESS,
          Kind.LIVENESS,
          ledger.source(),
          "derived rows tell of records that no log has",
          place);
    }
  }

  /** Checks all logs as if nothing were wrong with them; if something is, once more. */
  private void logs(
      Store store,
      LivenessAudit liveness,
      DerivedAudit derived,
      CheckLedger ledger,
      LogDamage damage,
      WorkerThreads workers) {
    CheckLedger looked = ledger.apart();
    LogDamage none = new LogDamage();
    RecordsRead read = new RecordsRead(recordsRead::add);
    boolean clean = true;
    for (LogHead head : store.heads()) {
      clean &= new LogAudit(store, head, liveness, looked, none).isClean(derived, workers, read);
    }
    if (clean && derived.agrees()) {
      ledger.addLooked(looked);
      damage.takeErased(none);
      return;
    }
    read.again();
    for (LogHead head : store.heads()) {
      new LogAudit(store, head, liveness, ledger, damage).run(derived.agrees(), workers, read);
    }
  }

  private static void cosignatures(Store store, CheckLedger ledger) {
    CosignShelf shelf = new CosignShelf(store, WallClock.system());
    ledger.check(
        AuditCheck.COSIGNATURES,
        "the cosignatures",
        () ->
            shelf.verify(
                each -> {
                  ledger.looked(AuditCheck.COSIGNATURES, Thing.COSIGNATURES, 1);
                  if (!each.wrong().isEmpty()) {
                    ledger.add(
                        AuditCheck.COSIGNATURES,
                        Kind.COSIGNATURE,
                        each.origin() == null ? "cosignatures" : each.origin().toString(),
                        "cosignatures that do not verify",
                        new Place(
                            ledger.source(),
                            each.origin(),
                            null,
                            null,
                            each.where(),
                            each.wrong()));
                  }
                }));
  }

  private static void partialLogs(Store store, CheckLedger ledger) {
    PartialLogs partial = new PartialLogs(store);
    for (PartialLogs.Coverage log : partial.coverage()) {
      ledger.looked(AuditCheck.PARTIAL_LOGS, Thing.LOGS, 1);
      ledger.looked(AuditCheck.PARTIAL_LOGS, Thing.RECORDS, log.held());
      partial(partial, log.origin(), ledger);
    }
  }

  /** What is held in part is no part of the state, and must verify all the same. */
  private static void partial(PartialLogs logs, Origin origin, CheckLedger ledger) {
    Place place = Place.in(ledger.source(), origin, "log held in part");
    try {
      logs.verify(origin);
      if (logs.standing(origin) == PartialStanding.FORKED) {
        ledger.add(
            AuditCheck.PARTIAL_LOGS,
            Kind.DIVERGENCE,
            origin.toString(),
            "a log held in part is not the one held as a whole",
            place);
      }
    } catch (DamagedException e) {
      ledger.failed(
          AuditCheck.PARTIAL_LOGS,
          Kind.UNREADABLE,
          origin.toString(),
          "a log held in part does not verify",
          place,
          e);
    }
  }

  private static @Nullable Bytes root(Store store) {
    try {
      return store.stateRoot();
    } catch (CairnException e) {
      // Reported by the check of the state.
      return null;
    }
  }

  private static void state(
      Store store, LiveCounts counted, DerivedAudit derived, CheckLedger ledger) {
    Bytes stored = store.stateRoot();
    // What differs may do so because somebody writes: then it is computed while nobody can.
    Bytes rebuilt = derived.shows(stored) ? stored : store.rebuiltStateRoot();
    if (!stored.equals(rebuilt)) {
      ledger.add(
          AuditCheck.STATE,
          Kind.STATE,
          "state",
          "the stored state root differs from the one computed anew",
          Place.of(ledger.source(), "state tree")
              .with(stored.toHex() + ", anew " + rebuilt.toHex()));
    }
    if (!store.liveCounts().equals(counted)) {
      ledger.add(
          AuditCheck.STATE,
          Kind.STATE,
          "counts",
          "the stored counts of what is live differ from those counted anew",
          Place.of(ledger.source(), "state tree").with(store.liveCounts() + ", anew " + counted));
    }
  }

  /** Counts the live entries of a store whose derived rows are all known to be right. */
  private static LiveCounts live(DerivedState state, CheckLedger ledger) {
    if (state.counts().total() > 0) {
      ledger.looked(AuditCheck.STATE, Thing.ENTRIES, state.counts().total());
      if (ledger.asks(AuditCheck.LIVENESS)) {
        ledger.looked(AuditCheck.LIVENESS, Thing.ENTRIES, state.counts().total());
      }
    }
    return state.counts();
  }

  /** Checks every live entry, and counts them. */
  private static LiveCounts live(
      Store store, LivenessAudit liveness, LogDamage damage, CheckLedger ledger) {
    EnumMap<RecordKind, Long> live = new EnumMap<>(RecordKind.class);
    AuditCheck asking = ledger.asks(AuditCheck.LIVENESS) ? AuditCheck.LIVENESS : AuditCheck.STATE;
    ledger.check(
        asking,
        "the live entries",
        () ->
            store
                .now()
                .forEachLive(
                    entry -> {
                      live.merge(entry.kind(), 1L, Long::sum);
                      ledger.looked(AuditCheck.STATE, Thing.ENTRIES, 1);
                      live(entry, liveness, damage, ledger);
                    }));
    return new LiveCounts(
        live.getOrDefault(RecordKind.ARTIFACT, 0L),
        live.getOrDefault(RecordKind.TGK_EDGE, 0L),
        live.getOrDefault(RecordKind.PER, 0L));
  }

  private static void live(
      LiveEntry entry, LivenessAudit liveness, LogDamage damage, CheckLedger ledger) {
    if (damage.names(entry) || !ledger.asks(AuditCheck.LIVENESS)) {
      return;
    }
    ledger.looked(AuditCheck.LIVENESS, Thing.ENTRIES, 1);
    try {
      liveness.entry(entry);
    } catch (CairnException e) {
      ledger.failed(
          AuditCheck.LIVENESS,
          Kind.LIVENESS,
          entry.key().toString(),
          "what is shown as live is not what the records say",
          Place.of(ledger.source(), entry.key(), "live entry " + entry.key()),
          e);
    }
  }

  private static void snapshots(
      Store store, LogDamage damage, DerivedAudit derived, CheckLedger ledger) {
    for (SnapshotInfo info : store.snapshots()) {
      ledger.looked(AuditCheck.SNAPSHOTS, Thing.SNAPSHOTS, 1);
      ledger.check(
          AuditCheck.SNAPSHOTS,
          "snapshot " + info.key(),
          () -> snapshot(store, info, damage, derived, ledger));
    }
  }

  /** A cut of a log that is damaged is no snapshot's fault, and cannot be computed again. */
  private static void snapshot(
      Store store, SnapshotInfo info, LogDamage damage, DerivedAudit derived, CheckLedger ledger) {
    for (Snapshot.Head head : info.snapshot().heads()) {
      if (damage.isDamaged(head.origin())) {
        ledger.cutShort(AuditCheck.SNAPSHOTS, "log " + head.origin() + " is damaged");
        return;
      }
    }
    SnapshotCheck check =
        derived
            .root()
            .map(root -> SnapshotCheck.of(store, info.snapshot(), root))
            .orElseGet(() -> SnapshotCheck.of(store, info.snapshot()));
    snapshot(check, ledger);
  }

  private static void snapshot(SnapshotCheck check, CheckLedger ledger) {
    if (check.ok()) {
      return;
    }
    Bytes actual = check.actual();
    ledger.add(
        AuditCheck.SNAPSHOTS,
        Kind.SNAPSHOT,
        check.snapshot().toString(),
        "a recorded snapshot is not reproduced",
        Place.of(ledger.source(), check.snapshot(), "snapshot " + check.snapshot())
            .with(
                "recorded "
                    + check.expected().toHex()
                    + ", computed "
                    + (actual == null ? "nothing: other logs" : actual.toHex())));
  }
}
