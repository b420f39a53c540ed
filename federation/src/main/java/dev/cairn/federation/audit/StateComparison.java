package dev.cairn.federation.audit;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.Position;
import dev.cairn.asl.store.HistoryEntry;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.audit.AuditFinding.Kind;
import dev.cairn.federation.audit.AuditFinding.Place;
import dev.cairn.federation.audit.CheckResult.Thing;
import dev.cairn.federation.reconcile.ReconcileAnswers;
import dev.cairn.federation.reconcile.ReconcileOptions;
import dev.cairn.federation.reconcile.StateDifference;
import dev.cairn.federation.reconcile.StateDifference.Entry;
import dev.cairn.federation.reconcile.StateInquiry;
import dev.cairn.federation.reconcile.StoreSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Compares the states of two sources under the cut that they share: of each log the whole commits
 * that both hold alike. So neither lag nor a contradiction in the logs makes states differ; what
 * does is derived wrongly on one side. Where they differ, both trees are descended to the keys. One
 * owner.
 */
final class StateComparison {
  /** Keys told at most, the first in the order of their digests. */
  static final int KEYS_MAX = 20;

  /** Records told at most of one key, the last ones. */
  static final int RECORDS_MAX = 8;

  private final ComparedSource left;
  private final ComparedSource right;
  private final CheckLedger ledger;
  private final DifferenceTeller told;

  StateComparison(
      ComparedSource left, ComparedSource right, CheckLedger ledger, DifferenceTeller told) {
    this.left = left;
    this.right = right;
    this.ledger = ledger;
    this.told = told;
  }

  void compare() {
    Cut cut;
    try {
      cut = sharedCut();
    } catch (DamagedException e) {
      if (isDamaged()) {
        // Which commits both share is not known; the audit of the damaged source tells why.
        return;
      }
      throw e;
    }
    Bytes leftRoot = left.audited().stateRoot();
    Bytes rightRoot = right.audited().stateRoot();
    if (leftRoot == null || rightRoot == null) {
      ledger.cutShort(AuditCheck.COMPARISON, "a state cannot be read");
      return;
    }
    if (!holdTheSame()) {
      if (isDamaged()) {
        // What is derived of damaged records is told by the audit of that source.
        return;
      }
      leftRoot = left.store().stateRootAt(cut);
      rightRoot = right.store().stateRootAt(cut);
    }
    if (!leftRoot.equals(rightRoot)) {
      tell(cut, leftRoot.toHex() + " | " + rightRoot.toHex());
    }
  }

  private boolean isDamaged() {
    return left.damage().isAny() || right.damage().isAny();
  }

  private boolean holdTheSame() {
    return summary(left).equals(summary(right));
  }

  private static Map<Origin, Bytes> summary(ComparedSource source) {
    TreeMap<Origin, Bytes> summary = new TreeMap<>();
    for (LogHead head : source.store().heads()) {
      summary.put(head.origin(), Bytes.u64(head.treeSize()).plus(head.root()));
    }
    return summary;
  }

  /** Of each log that both hold the commits that are whole and the same on both sides. */
  private Cut sharedCut() {
    Divergences divergences = Divergences.between(left, right);
    TreeMap<Origin, Long> cut = new TreeMap<>();
    for (Origin origin : divergences.origins()) {
      long shared = wholeCommits(origin, divergences.equalRecords(origin));
      ledger.looked(AuditCheck.COMPARISON, Thing.RECORDS, shared);
      if (shared > 0) {
        cut.put(origin, logseq(origin, shared - 1));
      }
    }
    return new Cut(cut);
  }

  /** How many of the first so many records are those of commits that end there on both sides. */
  private long wholeCommits(Origin origin, long records) {
    if (records == 0) {
      return 0;
    }
    long last = logseq(origin, records - 1);
    boolean whole =
        left.store().firstIndexAfter(origin, last) == records
            && right.store().firstIndexAfter(origin, last) == records;
    return whole ? records : left.store().firstIndexAfter(origin, last - 1);
  }

  private long logseq(Origin origin, long index) {
    return left.store().record(origin, index).map(record -> record.logseq()).orElse(0L);
  }

  private void tell(Cut cut, String roots) {
    StateInquiry inquiry = new StateInquiry(left.store().stateTree(cut), cut, KEYS_MAX);
    inquiry.askAll(new ReconcileAnswers(new StoreSource(right.store()), ReconcileOptions.DEFAULT));
    List<StateDifference> differences = inquiry.differences();
    if (differences.isEmpty()) {
      tell(
          ledger,
          Place.of(left.with(right), "state")
              .with(roots)
              .differing(DifferenceClass.DERIVED_STATE, ""));
    }
    for (StateDifference difference : differences) {
      tell(
          ledger,
          told,
          left.with(right),
          List.of(left.name(), right.name()),
          difference,
          records(difference.key(), cut, List.of(left.store(), right.store())));
    }
  }

  /**
   * Tells that states differ in a key.
   *
   * @param pair names of both sides as one
   * @param names of the side that asked, and of the other
   * @param records those of the key, in the total order
   */
  static void tell(
      CheckLedger ledger,
      DifferenceTeller told,
      String pair,
      List<String> names,
      StateDifference difference,
      List<HistoryEntry> records) {
    Place place = place(pair, names, difference, records);
    tell(ledger, place);
    if (!records.isEmpty()) {
      HistoryEntry last = records.get(records.size() - 1);
      told.at(
          last.origin(),
          last.record().index(),
          last.record(),
          text(difference.mine()),
          text(difference.theirs()),
          DifferenceClass.DERIVED_STATE,
          place.differs());
    }
  }

  private static void tell(CheckLedger ledger, Place place) {
    ledger.add(
        AuditCheck.COMPARISON,
        Kind.DIVERGENCE,
        "state",
        "two sources with the same records have different states",
        place);
  }

  /**
   * The place of a difference: what each side shows, the records that led there, and which side
   * does not follow from them.
   *
   * @param pair names of both sides as one
   * @param names of the side that asked, and of the other
   * @param records those of the key, in the total order
   */
  private static Place place(
      String pair, List<String> names, StateDifference difference, List<HistoryEntry> records) {
    ArtifactKey key = difference.key();
    Optional<Entry> follows = follows(records);
    boolean leftRight = difference.mine().equals(follows);
    boolean rightRight = difference.theirs().equals(follows);
    String wrong = leftRight == rightRight ? "" : names.get(leftRight ? 1 : 0);
    HistoryEntry last = records.isEmpty() ? null : records.get(records.size() - 1);
    return new Place(
            pair,
            last == null ? null : last.origin(),
            last == null ? null : last.record().logseq(),
            key,
            "live entry " + key,
            text(difference.mine())
                + " | "
                + text(difference.theirs())
                + "; the records that led there: "
                + text(records)
                + (wrong.isEmpty() ? "" : "; that of " + wrong + " does not follow from them"))
        .differing(DifferenceClass.DERIVED_STATE, wrong);
  }

  /** The records of a key within a cut that any of the stores knows of, in the total order. */
  static List<HistoryEntry> records(ArtifactKey key, Cut cut, List<Store> stores) {
    TreeMap<Position, HistoryEntry> all = new TreeMap<>();
    for (Store store : stores) {
      for (HistoryEntry entry : store.history(key)) {
        Long end = cut.logseqs().get(entry.origin());
        if (end != null && entry.record().logseq() <= end) {
          all.put(entry.record().position(entry.origin()), entry);
        }
      }
    }
    return List.copyOf(all.values());
  }

  /** What the records of a key come to: its last put, unless a tombstone comes later. */
  private static Optional<Entry> follows(List<HistoryEntry> records) {
    if (records.isEmpty()) {
      return Optional.empty();
    }
    HistoryEntry last = records.get(records.size() - 1);
    return last.record().isPut()
        ? Optional.of(
            new Entry(
                last.record().kind().code(),
                last.record().payloadDigest(),
                last.record().logseq(),
                last.origin()))
        : Optional.empty();
  }

  private static String text(Optional<Entry> entry) {
    return entry
        .map(
            shown ->
                "live by logseq "
                    + shown.logseq()
                    + " of "
                    + shown.origin()
                    + ", payload "
                    + shown.payloadDigest())
        .orElse("not live");
  }

  private static String text(List<HistoryEntry> records) {
    int from = Math.max(0, records.size() - RECORDS_MAX);
    return (from == 0 ? "" : from + " earlier ones, ")
        + (records.isEmpty()
            ? "none"
            : records.subList(from, records.size()).stream()
                .map(
                    entry ->
                        entry.record().kind()
                            + " at logseq "
                            + entry.record().logseq()
                            + ", record "
                            + entry.record().index()
                            + " of "
                            + entry.origin())
                .collect(Collectors.joining(", ")));
  }
}
