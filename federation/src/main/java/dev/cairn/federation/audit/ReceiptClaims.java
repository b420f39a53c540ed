package dev.cairn.federation.audit;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.audit.AuditFinding.Kind;
import dev.cairn.federation.audit.AuditFinding.Place;
import dev.cairn.federation.audit.CheckResult.Thing;
import dev.cairn.federation.audit.ContradictedRuns.Contradiction;
import dev.cairn.pel.index.ReceiptIndex;
import dev.cairn.pel.index.Receipts;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Tells of receipts that contradict each other: of all sources of a federation together, each at
 * its place, and which of them is right where that is known. It keeps no more than the keys of
 * those that are to be run again and are in question. One owner.
 */
final class ReceiptClaims {
  /** Most receipts in question of which it is remembered what running them again gave. */
  static final int JUDGED_MAX = 65_536;

  /** Most contradicted runs told; beyond, a finding says how many more there are. */
  static final int TOLD_MAX = 1_000;

  private static final String ROWS = "the rows of receipts";

  private final Map<String, List<Held>> federations = new LinkedHashMap<>();

  /** The receipts in question; nothing is known yet of those that have no value. */
  private final Map<ArtifactKey, Optional<Boolean>> judged = new TreeMap<>();

  private long contradicted;

  /** A source. */
  private record Held(Store store, CheckLedger ledger) {
    void unreadable(String what, CairnException why) {
      ledger.failed(
          AuditCheck.RECEIPT_CLAIMS,
          Kind.UNREADABLE,
          what,
          what + " cannot be read",
          Place.of(ledger.source(), what),
          why);
    }

    void more(long runs) {
      String message = "more runs have receipts that contradict each other than are told";
      ledger.cutShort(AuditCheck.RECEIPT_CLAIMS, message);
      ledger.add(
          AuditCheck.RECEIPT_CLAIMS,
          Kind.MORE,
          ROWS,
          message,
          Place.of(ledger.source(), ROWS).with(runs + " more"));
    }
  }

  /** Adds a source that asks for this. */
  void add(Store store, CheckLedger ledger) {
    Held source = new Held(store, ledger);
    if (!ledger.asks(AuditCheck.RECEIPT_CLAIMS)) {
      return;
    }
    if (store.hasIndexed(ReceiptIndex.INVOCATION)) {
      federations.computeIfAbsent(store.federation(), none -> new ArrayList<>()).add(source);
      return;
    }
    ledger.check(
        AuditCheck.RECEIPT_CLAIMS,
        ROWS,
        () -> {
          if (store.liveCounts().receipts() > 0) {
            ledger.cutShort(
                AuditCheck.RECEIPT_CLAIMS, "the store was opened without the index of receipts");
          }
        });
  }

  /** Finds out which receipts are in question, before they are run again. */
  void ask() {
    for (List<Held> sources : federations.values()) {
      walk(sources)
          .forEach(
              run -> run.receipts().forEach(this::ask),
              (number, why) -> {
                // Told when it is read once more.
              });
    }
  }

  private void ask(List<LiveEntry> receipts) {
    for (LiveEntry receipt : receipts) {
      if (judged.size() < JUDGED_MAX) {
        judged.putIfAbsent(receipt.key(), Optional.empty());
      }
    }
  }

  /** A receipt was run again: it is right, or it is not. */
  void judge(ArtifactKey receipt, boolean right) {
    judged.computeIfPresent(receipt, (key, before) -> Optional.of(right));
  }

  /** Adds what there is to tell to the ledgers of the sources. */
  void tell() {
    for (List<Held> sources : federations.values()) {
      List<Long> rows =
          walk(sources)
              .forEach(
                  run -> tell(sources, run),
                  (number, why) -> sources.get(number).unreadable(ROWS, why));
      for (int i = 0; i < rows.size(); i++) {
        CheckLedger ledger = sources.get(i).ledger;
        ledger.looked(AuditCheck.RECEIPT_CLAIMS, Thing.RECEIPTS, rows.get(i));
      }
    }
    if (contradicted > TOLD_MAX) {
      federations.values().iterator().next().get(0).more(contradicted - TOLD_MAX);
    }
  }

  private static ContradictedRuns walk(List<Held> sources) {
    return new ContradictedRuns(sources.stream().map(Held::store).toList());
  }

  private void tell(List<Held> sources, Contradiction contradiction) {
    ClaimedRun run = ClaimedRun.of(contradiction.run());
    for (int i = 0; i < sources.size(); i++) {
      Held source = sources.get(i);
      contradiction.receipts().get(i).forEach(receipt -> claim(source, receipt, run));
    }
    if (run.isContradicted() && ++contradicted <= TOLD_MAX) {
      run.tell(key -> judged.getOrDefault(key, Optional.empty()));
    }
  }

  /** A receipt that cannot be read claims nothing, and leaves open what it claimed. */
  private static void claim(Held source, LiveEntry receipt, ClaimedRun run) {
    try {
      run.add(
          new Receipts(source.store, source.store.now()).read(receipt),
          receipt(source.ledger.source(), receipt.key(), receipt),
          source.ledger);
    } catch (CairnException e) {
      source.unreadable("receipt " + receipt.key(), e);
    }
  }

  /** The place of a receipt in a source. */
  static Place receipt(String source, ArtifactKey key, @Nullable LiveEntry entry) {
    return new Place(
        source,
        entry == null ? null : entry.origin(),
        entry == null ? null : entry.logseq(),
        key,
        "receipt " + key,
        "");
  }
}
