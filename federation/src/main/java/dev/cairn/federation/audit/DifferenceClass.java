package dev.cairn.federation.audit;

import java.util.Locale;

/**
 * How one source differs from another in one thing; each difference that a comparison finds has
 * exactly one of these. That a source holds less of a log, and the same as far as it goes, is none:
 * it lags.
 *
 * <p>Where a source is said to lack or to have something, that is measured by the other source of
 * the pair, the reference: what is signed, else what most hold, else what was named first. The
 * names are stable.
 */
public enum DifferenceClass {
  /** A record of the reference is not there, and those behind it are. */
  MISSING("a record is not there, or cannot be read, and those behind it are"),
  /** A record is there that the reference does not have, before one that both have. */
  EXTRA("a record is there that the other source does not have"),
  /** Two records stand in each other's places. */
  ORDER("the same records stand in another order"),
  /** Another artifact, type, length or payload is recorded in the place. */
  PAYLOAD("another content is recorded in the same place"),
  /** The same records, and something else is shown as following from them. */
  DERIVED_STATE("the same records, and something else is derived from them"),
  /** The same records, and a checkpoint that is not signed alike. */
  SIGNATURE("the same records, and a signature over them that does not verify on one side"),
  /** The same content, recorded at another logical or physical time. */
  CLOCK("the same content, recorded with another logseq or clock"),
  /** The same records, and a payload that they erase and that only one side has erased. */
  ERASED("the same records, and a payload that only one side has erased"),
  /** The log's own node signed both of two different records, or two roots of one size. */
  FORKED("the log's node signed both of two contradicting logs");

  private final String statement;

  DifferenceClass(String statement) {
    this.statement = statement;
  }

  /** What it means, the same words for each difference of the class. */
  public String statement() {
    return statement;
  }

  /** The name as it is written everywhere: lower case, with hyphens. */
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }
}
