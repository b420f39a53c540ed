package dev.cairn.federation.audit;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.LogHead;
import dev.cairn.federation.audit.CheckResult.Outcome;
import dev.cairn.federation.audit.CheckResult.Thing;
import dev.cairn.tgk.finding.Severity;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What an audit found.
 *
 * @param sources what was audited, in the order given
 * @param firstDivergence the least record, in the total order, at which two sources contradict each
 *     other: in itself, in a checkpoint that ends with it, or in what follows from it. Null if none
 *     does, or only states differ and no key tells of it. That one lags, or still keeps what
 *     another has erased, is no contradiction
 * @param lags which sources hold less of a log than others, in order of logs; the first 10,000
 * @param findings what is wrong or undecided, in order of discovery
 * @param checks what became of each check of each source, in order of sources and checks, then of
 *     each comparison
 */
public record AuditReport(
    List<Source> sources,
    @Nullable Divergence firstDivergence,
    List<Lag> lags,
    List<AuditFinding> findings,
    List<CheckResult> checks) {
  /**
   * A source and its state.
   *
   * @param source its name
   * @param stateRoot root of its live state; null if it could not be read
   * @param heads where its logs end, in order of origins; none if it could not be read, or was
   *     asked and not read
   * @param records how many it holds
   */
  public record Source(
      String source, @Nullable Bytes stateRoot, List<LogHead> heads, long records) {
    public Source {
      heads = List.copyOf(heads);
    }

    /** One that was read. */
    public Source(String source, @Nullable Bytes stateRoot, List<LogHead> heads) {
      this(source, stateRoot, heads, heads.stream().mapToLong(LogHead::treeSize).sum());
    }
  }

  /**
   * A record at which two sources contradict each other.
   *
   * @param origin whose log
   * @param index of the record in it
   * @param logseq of the record
   * @param canonicalId of the record
   * @param left what the first source holds there, or shows of it
   * @param right what the second source holds there, or shows of it
   * @param difference how they differ; null if one of them merely lags
   * @param differs name of the source that differs from its reference; empty if one merely lags
   */
  public record Divergence(
      Origin origin,
      long index,
      long logseq,
      ArtifactKey canonicalId,
      String left,
      String right,
      @Nullable DifferenceClass difference,
      String differs) {}

  /**
   * A source that holds less of a log than another, and the same as far as it goes.
   *
   * @param source the one that lags
   * @param ahead the one that holds most
   * @param origin whose log
   * @param records how many the source holds
   * @param aheadRecords how many the other one holds
   * @param logseq of the last one that the source holds; 0 if it holds none
   * @param aheadLogseq of the last one that the other holds
   */
  public record Lag(
      String source,
      String ahead,
      Origin origin,
      long records,
      long aheadRecords,
      long logseq,
      long aheadLogseq) {
    /** How many records the source lacks. */
    public long behind() {
      return aheadRecords - records;
    }
  }

  /** A sum of counts that are not negative; {@link Long#MAX_VALUE} if it is more: peers can lie. */
  public static long sum(long one, long other) {
    return one > Long.MAX_VALUE - other ? Long.MAX_VALUE : one + other;
  }

  /** What it all comes to. */
  public enum Verdict {
    /** Every check that was asked was made, and nothing is wrong. */
    VERIFIED(0),
    /** Something does not verify, or two sources differ. */
    REFUTED(1),
    /** Nothing is known to be wrong, but not every check could be made. */
    UNDECIDED(3),
    /** A node's own signatures prove that it broke the rules. */
    MISBEHAVIOUR(4);

    private final int exitCode;

    Verdict(int exitCode) {
      this.exitCode = exitCode;
    }

    /** With what a command that asked for it ends. */
    public int exitCode() {
      return exitCode;
    }
  }

  public AuditReport {
    sources = List.copyOf(sources);
    lags = List.copyOf(lags);
    findings = List.copyOf(findings);
    checks = List.copyOf(checks);
  }

  /**
   * The worst of the findings; empty if there is none. A check that was asked and cut short leaves
   * something undecided, even if it found nothing.
   */
  public Optional<Severity> worst() {
    boolean cutShort = checks.stream().anyMatch(each -> each.outcome() == Outcome.CUT_SHORT);
    return Stream.concat(
            findings.stream().map(AuditFinding::severity),
            cutShort ? Stream.of(Severity.UNDECIDED) : Stream.of())
        .max(Comparator.naturalOrder());
  }

  /** A store alone has nothing to be compared with, and so lacks nothing of that check. */
  private boolean isComparisonOfOne(AuditCheck check) {
    return check == AuditCheck.COMPARISON
        && checks.stream().anyMatch(each -> each.check() == AuditCheck.RECORDS);
  }

  /**
   * What became of each check over all sources: one result each, in order of checks. What is made
   * of none of the sources is left out.
   */
  public List<CheckResult> totals() {
    List<CheckResult> totals = new ArrayList<>();
    for (AuditCheck check : AuditCheck.values()) {
      TreeMap<Thing, Long> looked = new TreeMap<>();
      Outcome worst = Outcome.MADE;
      boolean any = false;
      long found = 0;
      TreeSet<String> notes = new TreeSet<>();
      for (CheckResult each : checks) {
        if (each.check() == check) {
          any = true;
          each.looked().forEach((thing, count) -> looked.merge(thing, count, Long::sum));
          worst = each.outcome().compareTo(worst) > 0 ? each.outcome() : worst;
          found += each.findings();
          notes.add(each.note());
        }
      }
      if (!any && !isComparisonOfOne(check)) {
        worst = Outcome.LEFT_OUT;
      }
      notes.remove("");
      totals.add(new CheckResult("", check, worst, looked, found, String.join("; ", notes)));
    }
    return List.copyOf(totals);
  }

  /** The checks that were not made in full, in order: left out, made on a sample, or cut short. */
  public List<CheckResult> notWhole() {
    return totals().stream().filter(each -> !each.isWhole()).toList();
  }

  /** What the worst finding says. */
  public Verdict verdict() {
    Optional<Severity> worst = worst();
    if (worst.isEmpty()) {
      return Verdict.VERIFIED;
    }
    return switch (worst.get()) {
      case NOTE, WARNING -> Verdict.VERIFIED;
      case UNDECIDED -> Verdict.UNDECIDED;
      case ERROR -> Verdict.REFUTED;
      case MISBEHAVIOUR -> Verdict.MISBEHAVIOUR;
    };
  }

  /**
   * True if every check that was asked was made and nothing is wrong; {@link #notWhole} says what
   * was not asked.
   */
  public boolean verified() {
    return verdict() == Verdict.VERIFIED;
  }
}
