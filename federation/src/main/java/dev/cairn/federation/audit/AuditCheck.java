package dev.cairn.federation.audit;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * One of the checks that an audit makes. The names are stable: scripts choose checks by them, and
 * reports tell of each whether it was made.
 */
public enum AuditCheck {
  /** That a source opens, and of a bundle that it verifies as a whole. Always made. */
  OPENING("the source opens; a bundle verifies frame by frame and can be replayed"),
  /** Records: canonical form, dense index, order, the Lamport rule within a log. */
  RECORDS("records are canonical, densely numbered, and each commit comes after the ones before"),
  /** Payloads and the chunks they are cut into: length, digest, key, and that they are here. */
  PAYLOADS("payloads have the length, digest and key that their records state, and are here"),
  /** That the records of each log give the root that is stored with it. */
  LOG_ROOTS("the records of each log give its Merkle root"),
  /** Every checkpoint: signature, size, last logseq, root. */
  CHECKPOINTS("checkpoints are signed by their node and sign these very records"),
  /** Every cosignature that is held of a checkpoint. */
  COSIGNATURES("cosignatures are of checkpoints held here, and verify"),
  /** That nothing of another node stands unsigned. */
  TAILS("nothing of another node stands behind its last checkpoint"),
  /** That the logs of a node's epochs go on where its openings say that the earlier ended. */
  EPOCHS("an epoch begins behind the ones that it says it goes on from"),
  /** That no log goes further than its node's key is believed. */
  KEYS("logs go no further than the keys of their nodes are believed"),
  /** That what is shown as live is what the records say. */
  LIVENESS("what is shown as live is what the records say"),
  /** The state's root and counts, from nothing. */
  STATE("the state root and the counts are those computed anew"),
  /** Every snapshot kept, computed again. */
  SNAPSHOTS("kept snapshots are computed again"),
  /** Logs of which only a part is held. */
  PARTIAL_LOGS("logs held in part verify"),
  /** Evidence against nodes. */
  EVIDENCE("evidence kept against nodes proves what it says"),
  /** That what edges and receipts speak of has a record here. */
  REFERENCES("what receipts and edges speak of has a record here"),
  /** Receipts beside each other, of all sources together. */
  RECEIPT_CLAIMS("no two receipts tell different things of one program on the same inputs"),
  /** Receipts, by running their programs again. */
  RECEIPTS("running receipts' programs again gives the same receipts"),
  /** Sources beside each other. */
  COMPARISON("no source contradicts another; what they share came to the same state");

  private final String statement;

  AuditCheck(String statement) {
    this.statement = statement;
  }

  /** What holds if the check finds nothing. */
  public String statement() {
    return statement;
  }

  /** The name as it is written everywhere: lower case, with hyphens. */
  public String text() {
    return name().toLowerCase(Locale.ROOT).replace('_', '-');
  }

  /** The check of this name. */
  public static Optional<AuditCheck> byText(String text) {
    return Arrays.stream(values()).filter(check -> check.text().equals(text)).findFirst();
  }

  /** Every name, in order, for people. */
  public static String names() {
    return Arrays.stream(values()).map(AuditCheck::text).collect(Collectors.joining(", "));
  }

  /** All that an audit makes unless told: every one but {@link #RECEIPTS}, which costs most. */
  public static Set<AuditCheck> usual() {
    return Collections.unmodifiableSet(EnumSet.complementOf(EnumSet.of(RECEIPTS)));
  }
}
