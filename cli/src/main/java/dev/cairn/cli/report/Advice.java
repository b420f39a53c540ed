package dev.cairn.cli.report;

import dev.cairn.federation.audit.AuditFinding.Kind;

/** What a kind of finding means for whoever relies on the source, and what to do about it. */
final class Advice {
  private Advice() {}

  /** Why it matters. */
  static String why(Kind kind) {
    return switch (kind) {
      case FORK, TWO_STATES ->
          "Two signed statements of one node cannot both be true. Nobody else can have made them, "
              + "so nothing that this node says can be relied on alone.";
      case EVIDENCE -> "It accuses a node and proves nothing: treat the accusation as unmade.";
      case BUNDLE ->
          "The file is not what its maker signed. Nothing behind the named place was looked at.";
      case RECORD, ALTERED, MISSING, EXTRA, ORDER, LOG_ROOT ->
          "The log is not the one that its node signed, so what follows from it is not proven.";
      case CHECKPOINT ->
          "The node's signature does not cover these records: they may have been changed here.";
      case UNSIGNED -> "Whether the other node recorded this cannot be told from its signatures.";
      case REVOKED ->
          "The key that signed these records had been given up or revoked before them: whoever "
              + "holds it now may have made them.";
      case PAYLOAD -> "The content is not what was recorded: a copy was damaged or changed.";
      case COSIGNATURE ->
          "What another node is said to have verified is not shown by this signature.";
      case EPOCH ->
          "The node says that its earlier log ended otherwise than it reads here: one of the two "
              + "was changed.";
      case REFERENCE ->
          "What a run used or gave was never recorded here: its record may be in another log.";
      case PAYLOAD_MISSING ->
          "The record is there and its content is not: the artifact cannot be read here.";
      case LIVENESS, STATE, SNAPSHOT ->
          "What the source shows does not follow from its own records, though it must.";
      case RECEIPT ->
          "The claimed output does not come out of the claimed program and inputs here.";
      case CONTRADICTION ->
          "One program gives one result on the same inputs, so at most one of these receipts is "
              + "right, and whoever relied on another one relied on what is not so.";
      case UNREADABLE -> "What cannot be read could not be checked.";
      case DIVERGENCE ->
          "The sources contradict each other, and at most one of them is right; where it was seen "
              + "says which of them differs from what is signed, or from the others.";
      case LAG ->
          "Nothing is wrong: it has not heard of all yet. What it holds was compared and is the "
              + "same.";
      case ERASURE -> "Whoever can read the other source can still read what was to be erased.";
      case MORE -> "There is more wrong than this report tells.";
      case UNDECIDED -> "Nothing is known to be wrong there, and nothing is proven to be right.";
    };
  }

  /** What to do next. */
  static String next(Kind kind) {
    return switch (kind) {
      case FORK, TWO_STATES ->
          "Keep both signed notes below: they convince anyone who has the node's key. Stop syncing "
              + "with the node, and ask whoever runs it.";
      case EVIDENCE -> "Ask whoever gave the file for the signed notes themselves.";
      case BUNDLE -> "Ask for the bundle again by another way, and compare the digests of both.";
      case RECORD, ALTERED, MISSING, EXTRA, ORDER, LOG_ROOT, CHECKPOINT, UNREADABLE ->
          "Run cairn fsck on the store; cairn fsck --repair-from takes what is damaged from a peer "
              + "that has it whole.";
      case REVOKED ->
          "See with cairn key list how far the key is believed and why; rely on nothing that only "
              + "these records say.";
      case UNSIGNED -> "Sync with that node, so that it signs its log as far as it goes.";
      case PAYLOAD, PAYLOAD_MISSING ->
          "Fetch the content again: cairn fsck --repair-from takes it from a peer that has it.";
      case LIVENESS, STATE ->
          "Run cairn replay --into a new directory: that computes the state anew from the logs.";
      case SNAPSHOT ->
          "Compare with the snapshot at another node; cairn audit bisect finds the commit from "
              + "which on it is not reproduced.";
      case RECEIPT ->
          "Run cairn receipt divergences, and look whether the operator has the version that the "
              + "receipt names.";
      case CONTRADICTION ->
          "Run the program again: cairn run --recompute on these inputs, or this audit with "
              + "--reexecute, says which receipt is right. --explain with one of them tells from "
              + "which step on they differ; cairn rm takes the wrong one back.";
      case DIVERGENCE -> "Look at the first record that differs, and audit both with a third.";
      case LAG -> "Sync, and audit again, if both should hold the same.";
      case ERASURE ->
          "Look there for a pinned snapshot that still shows it (cairn snapshot list); drop it, and"
              + " run cairn gc.";
      case COSIGNATURE -> "Sync again: nodes send their cosignatures anew.";
      case EPOCH -> "Compare both logs with those of another node.";
      case REFERENCE -> "Sync with the node that ran the program, and audit again.";
      case MORE -> "Mend what is told here and audit again.";
      case UNDECIDED -> "Provide what the place names, or make it reachable, and audit again.";
    };
  }
}
