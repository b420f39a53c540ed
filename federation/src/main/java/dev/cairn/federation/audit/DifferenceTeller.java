package dev.cairn.federation.audit;

import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.Position;
import dev.cairn.federation.audit.AuditFinding.Kind;
import dev.cairn.federation.audit.AuditFinding.Place;
import dev.cairn.federation.audit.AuditReport.Divergence;
import dev.cairn.federation.audit.AuditReport.Lag;
import dev.cairn.federation.audit.Divergences.Held;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Tells in which records sources differ, or lag, and remembers the first difference. One owner. */
final class DifferenceTeller {
  /** Most lags listed; the findings count the others too. */
  static final int LAGS_MAX = 10_000;

  private final List<Lag> lags = new ArrayList<>();
  private @Nullable Position firstPosition;
  private @Nullable Divergence first;

  /** The least record, in the total order, at which sources were told to contradict each other. */
  @Nullable Divergence firstDivergence() {
    return first;
  }

  /**
   * Sources contradict each other at a record: in it, in a checkpoint that ends there, or in what
   * follows from it.
   *
   * @param left what the one named first shows there
   * @param right what the other shows there
   * @param differs the one that differs from its reference; empty if none alone does
   */
  void at(
      Origin origin,
      long index,
      LogRecord record,
      String left,
      String right,
      DifferenceClass difference,
      String differs) {
    Position position = record.position(origin);
    if (firstPosition == null || position.compareTo(firstPosition) < 0) {
      firstPosition = position;
      first =
          new Divergence(
              origin, index, record.logseq(), record.id(), left, right, difference, differs);
    }
  }

  /** Who lags, in the order told. */
  List<Lag> lags() {
    return List.copyOf(lags);
  }

  /**
   * Two sources hold different records.
   *
   * @param pair both of their names
   * @param index of the record
   * @param left what the one named first holds there
   * @param right what the other holds there
   * @param differs the one that differs from its reference; empty if none alone does
   */
  void parted(
      CheckLedger ledger,
      String pair,
      Origin origin,
      long index,
      Held left,
      Held right,
      DifferenceClass difference,
      String differs) {
    LogRecord named = Divergences.earlier(origin, index, left.record(), right.record());
    at(origin, index, named, left.text(index), right.text(index), difference, differs);
    ledger.add(
        AuditCheck.COMPARISON,
        Kind.DIVERGENCE,
        origin.toString(),
        "two sources hold different records",
        new Place(
                pair,
                origin,
                named.logseq(),
                named.id(),
                "record " + index + " of " + origin,
                left.text(index) + " | " + right.text(index))
            .differing(difference, differs));
  }

  /**
   * What a log is to a source that lacks the end of it, in words that go on from what it lacks:
   * nothing if it is another node's, or of an earlier epoch.
   *
   * @param writes the log that the source itself writes, as far as is known; null if it is not
   */
  private static String isIts(@Nullable Origin writes, Origin log) {
    if (writes == null || !writes.node().equals(log.node()) || writes.epoch() > log.epoch()) {
      return "";
    }
    return writes.equals(log)
        ? "it is the log that this very store writes"
        : "it is of the same node, which went on in this later epoch while this store is still in"
            + " epoch "
            + writes.epoch();
  }

  /**
   * A source lags.
   *
   * @param pair it and the one that is ahead
   * @param lacking the first record that it lacks, if it is known
   * @param writes the log that the source itself writes, as far as is known; null if it is not
   */
  void lags(
      CheckLedger ledger,
      String pair,
      Lag lag,
      Optional<LogRecord> lacking,
      @Nullable Origin writes) {
    String its = isIts(writes, lag.origin());
    if (lags.size() < LAGS_MAX) {
      lags.add(lag);
    }
    if (!its.isEmpty()) {
      // Its node signed what it does not hold: it was put back to an earlier state, or has gone on
      // since.
      ledger.cutShort(
          AuditCheck.COMPARISON,
          lag.source()
              + " lacks records that its own node wrote: it is an earlier state of that store, or"
              + " went on while this was read; audit again, and do not write to it until it has"
              + " them");
    }
    ledger.add(
        AuditCheck.COMPARISON,
        Kind.LAG,
        lag.origin().toString(),
        "a source holds less of a log than another, and the same as far as it goes",
        new Place(
            pair,
            lag.origin(),
            lacking.map(LogRecord::logseq).orElse(null),
            lacking.map(LogRecord::id).orElse(null),
            "record " + lag.records() + " of " + lag.origin(),
            lag.source()
                + " lags "
                + lag.behind()
                + (lag.behind() == 1 ? " record behind " : " records behind ")
                + lag.ahead()
                + " from here on: it holds "
                + lag.records()
                + ", up to logseq "
                + lag.logseq()
                + ", of "
                + lag.aheadRecords()
                + ", up to logseq "
                + lag.aheadLogseq()
                + (its.isEmpty() ? "" : "; " + its)));
  }
}
