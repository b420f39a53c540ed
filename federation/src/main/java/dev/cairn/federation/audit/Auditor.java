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
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.store.LiveCounts;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.SnapshotInfo;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.audit.AuditFinding.Kind;
import dev.cairn.federation.audit.AuditFinding.Place;
import dev.cairn.federation.audit.AuditReport.Source;
import dev.cairn.federation.audit.AuditSource.OfBundle;
import dev.cairn.federation.audit.AuditSource.OfEvidence;
import dev.cairn.federation.audit.AuditSource.OfStore;
import dev.cairn.federation.filter.PartialLogs;
import dev.cairn.federation.filter.PartialStanding;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Checks stores and bundles from the ground up, and against each other.
 *
 * <p>Of each: every record's canonical form, index and order, every payload's digest and key, every
 * log's root and checkpoints, that what is live follows from the records, the state computed anew,
 * every snapshot kept, and if asked every live receipt by running it again. Damage becomes a
 * finding and the audit goes on. Nothing is written, but for a bundle's scratch store. The stores
 * should not be written to meanwhile. Safe for any thread.
 */
public final class Auditor {
  private final @Nullable ReceiptCheck receipts;

  /**
   * An auditor.
   *
   * @param receipts runs receipts again; null leaves them alone
   */
  public Auditor(@Nullable ReceiptCheck receipts) {
    this.receipts = receipts;
  }

  /** Audits one store. */
  public AuditReport audit(String name, Store store) {
    return audit(List.of(new OfStore(name, store)));
  }

  /** Audits sources in order, and compares each with the first. */
  public AuditReport audit(List<AuditSource> sources) {
    Findings findings = new Findings();
    List<Source> audited = new ArrayList<>();
    Comparison comparison = new Comparison(findings);
    for (AuditSource source : sources) {
      Store store = open(source, findings);
      Source found =
          store == null
              ? new Source(source.name(), null, List.of())
              : check(source.name(), store, findings);
      audited.add(found);
      if (store != null) {
        comparison.add(found, store);
      }
    }
    return new AuditReport(audited, comparison.firstDivergence(), findings.list());
  }

  /** The source as a store; null if it is a bundle that cannot become one. */
  private static @Nullable Store open(AuditSource source, Findings findings) {
    if (source instanceof OfStore given) {
      return given.store();
    }
    if (source instanceof OfEvidence evidence) {
      evidence(evidence, findings);
      return null;
    }
    OfBundle bundle = (OfBundle) source;
    try {
      ReplayReport replayed = new Replayer(bundle.scratch()).bundle(bundle.file());
      replayed.snapshots().forEach(check -> snapshot(bundle.name(), check, findings));
      return bundle.scratch();
    } catch (MisbehaviourException e) {
      notReplayed(bundle, Kind.FORK, "a node signed what contradicts itself", e, findings);
    } catch (RefusedException | NotFoundException e) {
      notReplayed(bundle, Kind.UNDECIDED, "the bundle cannot be replayed alone", e, findings);
    } catch (CairnException e) {
      notReplayed(bundle, Kind.BUNDLE, "the bundle does not verify", e, findings);
    }
    return null;
  }

  private static void evidence(OfEvidence source, Findings findings) {
    try {
      if (StateEvidence.isEvidence(source.encoded())) {
        accuse(source.name(), StateEvidence.decode(source.encoded()), findings);
      } else {
        accuse(source.name(), Evidence.decode(source.encoded()), findings);
      }
    } catch (MalformedException | UnsupportedVersionException e) {
      findings.failed(
          Kind.EVIDENCE,
          source.name(),
          "what is said to be evidence proves nothing",
          Place.of(source.name(), "evidence"),
          e);
    }
  }

  private static void accuse(String name, Evidence evidence, Findings findings) {
    Origin origin = evidence.origin();
    StringBuilder shown = new StringBuilder(evidence.describe());
    evidence.notes().forEach(note -> shown.append('\n').append(note.toUtf8()));
    findings.add(
        Kind.FORK,
        origin.toString(),
        "node " + origin.node() + " signed what cannot all be true",
        Place.in(name, origin, "evidence " + evidence.id().toHex()).with(shown.toString()));
  }

  private static void accuse(String name, StateEvidence evidence, Findings findings) {
    StringBuilder shown = new StringBuilder(evidence.describe());
    evidence.notes().forEach(note -> shown.append('\n').append(note.toUtf8()));
    findings.add(
        Kind.TWO_STATES,
        evidence.node().toString(),
        "node " + evidence.node() + " signed two states for one cut",
        Place.of(name, "evidence " + evidence.id().toHex()).with(shown.toString()));
  }

  private static void notReplayed(
      OfBundle bundle, Kind kind, String message, CairnException e, Findings findings) {
    findings.failed(kind, bundle.name(), message, Place.of(bundle.name(), "bundle"), e);
  }

  private Source check(String name, Store store, Findings findings) {
    LivenessAudit liveness = new LivenessAudit(store);
    PartialLogs partial = new PartialLogs(store);
    for (LogHead head : store.heads()) {
      new LogAudit(name, store, head, liveness, findings).run();
    }
    guarded(name, "the state", findings, () -> state(name, store, liveness, findings));
    guarded(
        name,
        "what is held in part",
        findings,
        () -> partial.coverage().forEach(log -> partial(name, partial, log.origin(), findings)));
    guarded(
        name,
        "the evidence",
        findings,
        () -> store.evidence().forEach(held -> accuse(name, held.evidence(), findings)));
    guarded(name, "the snapshots", findings, () -> snapshots(name, store, findings));
    ReceiptCheck check = receipts;
    if (check != null) {
      guarded(name, "the receipts", findings, () -> receipts(name, store, check, findings));
    }
    return new Source(name, root(store), store.heads());
  }

  /** What is held in part is no part of the state, and must verify all the same. */
  private static void partial(String name, PartialLogs logs, Origin origin, Findings findings) {
    Place place = Place.in(name, origin, "log held in part");
    try {
      logs.verify(origin);
      if (logs.standing(origin) == PartialStanding.FORKED) {
        findings.add(
            Kind.DIVERGENCE,
            origin.toString(),
            "a log held in part is not the one held as a whole",
            place);
      }
    } catch (DamagedException e) {
      findings.failed(
          Kind.UNREADABLE, origin.toString(), "a log held in part does not verify", place, e);
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

  static void guarded(String name, String what, Findings findings, Runnable step) {
    try {
      step.run();
    } catch (CairnException e) {
      findings.failed(Kind.UNREADABLE, what, what + " cannot be read", Place.of(name, what), e);
    }
  }

  private static void state(String name, Store store, LivenessAudit liveness, Findings findings) {
    LiveCounts counted = live(name, store, liveness, findings);
    Bytes stored = store.stateRoot();
    Bytes rebuilt = store.rebuiltStateRoot();
    if (!stored.equals(rebuilt)) {
      findings.add(
          Kind.STATE,
          "state",
          "the stored state root differs from the one computed anew",
          Place.of(name, "state tree").with(stored.toHex() + ", anew " + rebuilt.toHex()));
    }
    if (!store.liveCounts().equals(counted)) {
      findings.add(
          Kind.STATE,
          "counts",
          "the stored counts of what is live differ from those counted anew",
          Place.of(name, "state tree").with(store.liveCounts() + ", anew " + counted));
    }
  }

  /** Checks every live entry, and counts them. */
  private static LiveCounts live(
      String name, Store store, LivenessAudit liveness, Findings findings) {
    EnumMap<RecordKind, Long> live = new EnumMap<>(RecordKind.class);
    store
        .now()
        .forEachLive(
            entry -> {
              live.merge(entry.kind(), 1L, Long::sum);
              live(name, entry, liveness, findings);
            });
    return new LiveCounts(
        live.getOrDefault(RecordKind.ARTIFACT, 0L),
        live.getOrDefault(RecordKind.TGK_EDGE, 0L),
        live.getOrDefault(RecordKind.PER, 0L));
  }

  private static void live(
      String name, LiveEntry entry, LivenessAudit liveness, Findings findings) {
    try {
      liveness.entry(entry);
    } catch (CairnException e) {
      findings.failed(
          Kind.LIVENESS,
          entry.key().toString(),
          "what is shown as live is not what the records say",
          Place.of(name, entry.key(), "live entry " + entry.key()),
          e);
    }
  }

  private static void snapshots(String name, Store store, Findings findings) {
    for (SnapshotInfo info : store.snapshots()) {
      guarded(
          name,
          "snapshot " + info.key(),
          findings,
          () -> snapshot(name, SnapshotCheck.of(store, info.snapshot()), findings));
    }
  }

  private static void snapshot(String name, SnapshotCheck check, Findings findings) {
    if (check.ok()) {
      return;
    }
    Bytes actual = check.actual();
    findings.add(
        Kind.SNAPSHOT,
        check.snapshot().toString(),
        "a recorded snapshot is not reproduced",
        Place.of(name, check.snapshot(), "snapshot " + check.snapshot())
            .with(
                "recorded "
                    + check.expected().toHex()
                    + ", computed "
                    + (actual == null ? "nothing: other logs" : actual.toHex())));
  }

  private static void receipts(String name, Store store, ReceiptCheck check, Findings findings) {
    TreeSet<ArtifactKey> live = new TreeSet<>();
    store
        .now()
        .forEachLive(
            entry -> {
              if (entry.kind() == RecordKind.PER) {
                live.add(entry.key());
              }
            });
    for (ArtifactKey receipt : live) {
      Place place = Place.of(name, receipt, "receipt " + receipt);
      try {
        check
            .differs(store, receipt)
            .ifPresent(
                text ->
                    findings.add(
                        Kind.RECEIPT,
                        receipt.toString(),
                        "a receipt is not what running its program again gives",
                        place.with(text)));
      } catch (CairnException e) {
        findings.add(
            Kind.UNDECIDED,
            receipt.toString(),
            "a receipt cannot be run again here",
            place.with(String.valueOf(e.getMessage())));
      }
    }
  }
}
