package dev.cairn.testkit.mutation;

import dev.cairn.federation.audit.AuditFinding.Kind;
import dev.cairn.federation.audit.DifferenceClass;
import java.util.EnumSet;
import java.util.Set;

/** What is done to a store, and what an audit must find: that, and nothing else. */
enum Mutation {
  /** A bit of a payload is another. */
  PAYLOAD_BIT(Kind.PAYLOAD),
  /** A field of a record says something else. */
  RECORD_FIELD(Kind.ALTERED),
  /** The clock of a record says something else, which only another copy can tell. */
  RECORD_CLOCK(Kind.DIVERGENCE),
  /** Two records have changed places. */
  ORDER_SWAP(Kind.ORDER),
  /** Two rows have changed places, and what they say of themselves is as it was. */
  ROW_SWAP(Kind.ORDER),
  /** A record is gone; those behind it stay, or are numbered anew. */
  DROPPED_RECORD(Kind.MISSING),
  /** A record is put in between, or behind the last checkpoint. */
  EXTRA_RECORD(Kind.EXTRA),
  /** A checkpoint is signed by another key, or its signature is another. */
  FORGED_CHECKPOINT(Kind.CHECKPOINT),
  /** A node signed two stories. */
  FORKED_ORIGIN(Kind.FORK),
  /** A snapshot states the root of an earlier one. */
  STALE_SNAPSHOT(Kind.SNAPSHOT),
  /** A node of the state tree has another hash. */
  WRONG_STATE_ROOT(Kind.STATE),
  /** A receipt claims another output. */
  FORGED_RECEIPT(Kind.RECEIPT),
  /** A receipt claims another output of a step. */
  WRONG_STEP_OUTPUT(Kind.RECEIPT),
  /** A copy of a log ends early. */
  CUT_OFF_TAIL(Kind.LAG),
  /** An epoch says that it goes on from another log than the old epoch's. */
  REPLAYED_OLD_EPOCH(Kind.EPOCH);

  private final Kind reported;

  Mutation(Kind reported) {
    this.reported = reported;
  }

  /** Of which class it is beside a sound copy: one of these; none if the copy tells no more. */
  Set<DifferenceClass> differences() {
    return switch (this) {
      case RECORD_FIELD -> EnumSet.of(DifferenceClass.PAYLOAD, DifferenceClass.CLOCK);
      case RECORD_CLOCK -> EnumSet.of(DifferenceClass.CLOCK);
      case ORDER_SWAP, ROW_SWAP -> EnumSet.of(DifferenceClass.ORDER);
      case DROPPED_RECORD -> EnumSet.of(DifferenceClass.MISSING);
      case EXTRA_RECORD -> EnumSet.of(DifferenceClass.EXTRA);
      case FORGED_CHECKPOINT -> EnumSet.of(DifferenceClass.SIGNATURE);
      case FORKED_ORIGIN -> EnumSet.of(DifferenceClass.FORKED);
      default -> EnumSet.noneOf(DifferenceClass.class);
    };
  }

  /** The kinds that may be found beside it: the same thing, seen another way. */
  Set<Kind> alsoReported() {
    return switch (this) {
      case FORKED_ORIGIN -> EnumSet.of(Kind.DIVERGENCE);
      // The honest receipt of the run is there, too: which one is right must be said.
      case FORGED_RECEIPT, WRONG_STEP_OUTPUT -> EnumSet.of(Kind.CONTRADICTION);
      // That copy alone shows a range whose root is wrong, and clocks that go back.
      case RECORD_CLOCK -> EnumSet.of(Kind.LOG_ROOT, Kind.CHECKPOINT, Kind.RECORD);
      default -> EnumSet.noneOf(Kind.class);
    };
  }

  /** The kind of finding that must name it. */
  Kind reported() {
    return reported;
  }
}
