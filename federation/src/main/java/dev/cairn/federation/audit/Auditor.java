package dev.cairn.federation.audit;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.store.LiveCounts;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.SnapshotInfo;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.audit.AuditReport.Divergence;
import dev.cairn.federation.audit.AuditReport.Source;
import dev.cairn.federation.audit.Finding.Kind;
import dev.cairn.federation.audit.Finding.Occurrence;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Checks stores from the ground up, and against each other.
 *
 * <p>Of each store: every record's canonical form, index and order, every payload's digest and key,
 * every log's root and checkpoints, the state computed anew, every recorded snapshot, and if asked
 * every live receipt by running it again. Damage becomes a finding and the audit goes on. Nothing
 * is written. The stores should not be written to meanwhile. Safe for any thread.
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
    return audit(Map.of(name, store));
  }

  /**
   * Audits several stores, in the map's order, and compares each with the first.
   *
   * @param stores by the names that findings give them
   */
  public AuditReport audit(Map<String, Store> stores) {
    Findings findings = new Findings();
    List<Source> sources = new ArrayList<>();
    for (Map.Entry<String, Store> entry : stores.entrySet()) {
      sources.add(check(entry.getKey(), entry.getValue(), findings));
    }
    Divergence first = null;
    List<Map.Entry<String, Store>> all = new ArrayList<>(stores.entrySet());
    for (int i = 1; i < all.size(); i++) {
      Divergence found = compare(all.get(0), all.get(i), sources.get(0), sources.get(i), findings);
      first = first == null ? found : first;
    }
    return new AuditReport(sources, first, findings.list());
  }

  private Source check(String name, Store store, Findings findings) {
    for (LogHead head : store.heads()) {
      new LogAudit(name, store, head, findings).run();
    }
    guarded(name, "the state", findings, () -> state(name, store, findings));
    for (SnapshotInfo info : store.snapshots()) {
      guarded(
          name, "snapshot " + info.key(), findings, () -> snapshot(name, store, info, findings));
    }
    ReceiptCheck check = receipts;
    if (check != null) {
      guarded(name, "the receipts", findings, () -> receipts(name, store, check, findings));
    }
    long records = store.heads().stream().mapToLong(LogHead::treeSize).sum();
    return new Source(name, root(store), records);
  }

  private static Bytes root(Store store) {
    try {
      return store.stateRoot();
    } catch (CairnException e) {
      // Reported by the check of the state; a root of nothing equals no other.
      return Bytes.EMPTY;
    }
  }

  private static void guarded(String name, String what, Findings findings, Runnable step) {
    try {
      step.run();
    } catch (CairnException e) {
      findings.add(
          Kind.UNREADABLE,
          what,
          what + " cannot be read",
          new Occurrence(name, what, String.valueOf(e.getMessage())));
    }
  }

  private static void state(String name, Store store, Findings findings) {
    Bytes stored = store.stateRoot();
    Bytes rebuilt = store.rebuiltStateRoot();
    if (!stored.equals(rebuilt)) {
      findings.add(
          Kind.STATE,
          "state",
          "the stored state root differs from the one computed anew",
          new Occurrence(name, "state tree", stored.toHex() + ", anew " + rebuilt.toHex()));
    }
    LiveCounts counted = count(store);
    if (!store.liveCounts().equals(counted)) {
      findings.add(
          Kind.STATE,
          "counts",
          "the stored counts of what is live differ from those counted anew",
          new Occurrence(name, "state tree", store.liveCounts() + ", anew " + counted));
    }
  }

  private static LiveCounts count(Store store) {
    EnumMap<RecordKind, Long> live = new EnumMap<>(RecordKind.class);
    store.now().forEachLive(entry -> live.merge(entry.kind(), 1L, Long::sum));
    return new LiveCounts(
        live.getOrDefault(RecordKind.ARTIFACT, 0L),
        live.getOrDefault(RecordKind.TGK_EDGE, 0L),
        live.getOrDefault(RecordKind.PER, 0L));
  }

  private static void snapshot(String name, Store store, SnapshotInfo info, Findings findings) {
    SnapshotCheck check = SnapshotCheck.of(store, info.snapshot());
    if (!check.ok()) {
      Bytes actual = check.actual();
      findings.add(
          Kind.SNAPSHOT,
          info.key().toString(),
          "a recorded snapshot is not reproduced",
          new Occurrence(
              name,
              "snapshot " + info.key(),
              "recorded "
                  + check.expected().toHex()
                  + ", computed "
                  + (actual == null ? "nothing: other logs" : actual.toHex())));
    }
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
      Optional<String> wrong = check.differs(store, receipt);
      wrong.ifPresent(
          text ->
              findings.add(
                  Kind.RECEIPT,
                  receipt.toString(),
                  "a receipt's outputs are not those of running its program again",
                  new Occurrence(name, "receipt " + receipt, text)));
    }
  }

  private static @Nullable Divergence compare(
      Map.Entry<String, Store> left,
      Map.Entry<String, Store> right,
      Source leftSource,
      Source rightSource,
      Findings findings) {
    Divergence[] first = new Divergence[1];
    String what = left.getKey() + " and " + right.getKey();
    guarded(
        what,
        "the logs of " + what,
        findings,
        () ->
            new Divergences(left.getValue(), right.getValue())
                .first()
                .ifPresent(found -> first[0] = found));
    Divergence found = first[0];
    if (found != null) {
      findings.add(
          Kind.DIVERGENCE,
          what,
          "two sources hold different records",
          new Occurrence(
              what,
              "record " + found.index() + " of " + found.origin(),
              found.left() + " | " + found.right()));
    } else if (!leftSource.stateRoot().equals(rightSource.stateRoot())) {
      findings.add(
          Kind.DIVERGENCE,
          what,
          "two sources with the same records have different states",
          new Occurrence(
              what,
              "state",
              leftSource.stateRoot().toHex() + " | " + rightSource.stateRoot().toHex()));
    }
    return found;
  }
}
