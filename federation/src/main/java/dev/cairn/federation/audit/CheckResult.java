package dev.cairn.federation.audit;

import java.util.Collections;
import java.util.Locale;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What became of one check of one source.
 *
 * @param source the source, or the two that were compared
 * @param check which
 * @param outcome whether it was made
 * @param looked how many things it looked at, by what they are
 * @param findings how many places it found something wrong or undecided at
 * @param note what limits it, for people; empty if nothing does
 */
public record CheckResult(
    String source,
    AuditCheck check,
    Outcome outcome,
    SortedMap<Thing, Long> looked,
    long findings,
    String note) {
  /** Whether a check was made; the worse, the later. */
  public enum Outcome {
    /** In full. */
    MADE,
    /** On some of what there is, as it was asked. */
    SAMPLED,
    /** It was asked and could not be made, or not to its end. */
    CUT_SHORT,
    /** It was not asked. */
    LEFT_OUT;

    /** The name as it is written everywhere: lower case, with hyphens. */
    public String text() {
      return name().toLowerCase(Locale.ROOT).replace('_', '-');
    }
  }

  /** What checks count. */
  public enum Thing {
    /** Sources that were to be opened. */
    SOURCES("source"),
    /** Logs. */
    LOGS("log"),
    /** Records of logs. */
    RECORDS("record"),
    /** Payloads, as often as a record states them. */
    PAYLOADS("payload"),
    /** Bytes of those payloads. */
    BYTES("byte"),
    /** Payloads that were erased: their records and proofs hold all the same. */
    ERASED("erased payload"),
    /** Payloads that nothing live needs and that were collected. */
    COLLECTED("collected payload"),
    /** Signed checkpoints. */
    CHECKPOINTS("checkpoint"),
    /** Cosignatures. */
    COSIGNATURES("cosignature"),
    /** Openings of epochs. */
    OPENINGS("epoch opening"),
    /** Entries shown as live. */
    ENTRIES("live entry"),
    /** Snapshots. */
    SNAPSHOTS("snapshot"),
    /** Pieces of evidence. */
    EVIDENCE("piece of evidence"),
    /** Edges. */
    EDGES("edge"),
    /** Receipts. */
    RECEIPTS("receipt"),
    /** Ends of edges, and artifacts that receipts speak of. */
    REFERENCES("reference"),
    /** Payloads that never came, and need not: the node's range leaves them to other members. */
    OUT_OF_RANGE("payload outside the node's range"),
    /** References to what is not live now. */
    NOT_LIVE("reference to what is not live"),
    /** References to what no record here puts. */
    NOT_HELD("reference to what is not held"),
    /** Receipts there are, of which some were run again. */
    RECEIPTS_LIVE("live receipt"),
    /** What running receipts again took, whoever spared it: see {@link dev.cairn.pel.run.Meter}. */
    WORK("unit of work"),
    /** Comparisons of two sources. */
    PAIRS("pair of sources");

    private final String singular;

    Thing(String singular) {
      this.singular = singular;
    }

    /** The name in JSON. */
    public String text() {
      StringBuilder text = new StringBuilder();
      for (String word : name().toLowerCase(Locale.ROOT).split("_", -1)) {
        text.append(
            text.isEmpty()
                ? word
                : word.substring(0, 1).toUpperCase(Locale.ROOT) + word.substring(1));
      }
      return text.toString();
    }

    /** So many of them, for people. */
    public String counted(long count) {
      if (count == 1) {
        return "1 " + singular;
      }
      if (this == ENTRIES) {
        return count + " live entries";
      }
      int end = singular.indexOf(' ');
      boolean headFirst =
          this == OUT_OF_RANGE
              || this == NOT_LIVE
              || this == NOT_HELD
              || this == PAIRS
              || this == EVIDENCE
              || this == WORK;
      return count
          + " "
          + (headFirst
              ? singular.substring(0, end) + "s" + singular.substring(end)
              : singular + "s");
    }
  }

  public CheckResult {
    looked = Collections.unmodifiableSortedMap(new TreeMap<>(looked));
  }

  /** True if all that the check is about was looked at. */
  public boolean isWhole() {
    return outcome == Outcome.MADE;
  }
}
