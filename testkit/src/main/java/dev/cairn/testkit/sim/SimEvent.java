package dev.cairn.testkit.sim;

/** What can happen in a simulation; a sweep that never reaches one of these tests too little. */
public enum SimEvent {
  /** A small artifact was put. */
  PUT,
  /** One above the inline size was put. */
  PUT_LARGE,
  /** Several items in one commit. */
  PUT_BATCH,
  /** Hundreds of artifacts in one commit. */
  PUT_MANY,
  /** A commit that was acknowledged before it was durable. */
  RELAXED_COMMIT,
  /** A loss of power took relaxed commits. */
  RELAXED_LOST,
  /** A put of what was live: no record. */
  PUT_KNOWN,
  /** A put of what a tombstone had hidden. */
  REVIVAL,
  /** A put that was forced although its artifact was live. */
  ATTESTATION,
  /** An edge was put. */
  EDGE,
  /** A tombstone that writes a record. */
  TOMBSTONE,
  /** The same for what no own record had put. */
  TOMBSTONE_OF_ANOTHERS,
  /** A tombstone that removes the payload. */
  ERASURE,
  /** A commit that its client had begun a while before, and others behind it. */
  COMMIT_DELAYED,
  /** Payloads that nothing needs were collected, or would have been. */
  COLLECTION,
  /** There were some. */
  COLLECTED,
  /** A snapshot was taken. */
  SNAPSHOT,
  /** A snapshot was dropped. */
  SNAPSHOT_DROPPED,
  /** A program ran and left a receipt. */
  RUN,
  /** A program's receipt was found, nothing ran. */
  RUN_REUSED,
  /** A program's input or its payload was not there. */
  RUN_WITHOUT_INPUT,
  /** A batch of findings was written. */
  FINDINGS,
  /** One was refused: it names parents that are not here, or contradicts what is. */
  FINDINGS_REFUSED,
  /** A finding was removed with all that belongs to it. */
  FINDING_REMOVED,
  /** A node became a member. */
  MEMBER_JOINED,
  /** A member acknowledged removals. */
  MEMBER_ACKNOWLEDGED,
  /** A membership ended: a node left, or was evicted. */
  MEMBER_ENDED,
  /** A node gave its key up, and nobody goes on. */
  KEY_CLOSED,
  /** A node gave its key up for another, under which it goes on. */
  KEY_ROTATED,
  /** One of them was a member. */
  MEMBER_GAVE_KEY_UP,
  /** A node saw that all members had acknowledged records of a log with removals. */
  REMOVALS_STABLE,
  /** Somebody who lies began a second log beside its first. */
  LOG_FORKED,
  /** It showed one of its logs to a node. */
  FORGED_LOG_SHOWN,
  /** Nodes that held different logs of it had an exchange. */
  FORK_MET,
  /** A node that had evidence had an exchange with one that had none. */
  FORK_HEARD_OF,
  /** A node came to hold evidence. */
  FORK_PROVEN,
  /** A node that holds logs in part asked another for more. */
  SYNC_IN_PART,
  /** It wanted more than before. */
  INTEREST_WIDENED,
  /** It held some records of a log and only the leaf hashes of others. */
  LOG_HELD_IN_PART,
  /** Two origins wrote about one artifact at one logseq. */
  LOGSEQ_TIE,
  /** A session began. */
  SYNC_BEGUN,
  /** One side of a session did all it was to do. */
  SYNC_DONE,
  /** One side of a session failed. */
  SYNC_FAILED,
  /** A session could not begin: peer down or link cut. */
  SYNC_UNREACHABLE,
  /** A frame arrived. */
  FRAME_DELIVERED,
  /** A frame vanished, later ones did not. */
  FRAME_LOST,
  /** A frame arrived twice. */
  FRAME_DUPLICATED,
  /** A frame overtook earlier ones or fell behind later ones. */
  FRAME_REORDERED,
  /** A bit of a frame was flipped. */
  FRAME_FLIPPED,
  /** A frame lost its end. */
  FRAME_TRUNCATED,
  /** Another frame, of any conversation before, was delivered instead. */
  FRAME_REPLAYED,
  /** A checkpoint was delivered with a signature that is none. */
  CHECKPOINT_FORGED,
  /** Content of a well-formed frame was changed on its way. */
  CONTENT_ALTERED,
  /** Records were kept back that the rest of the conversation speaks of. */
  RECORDS_WITHHELD,
  /** A conversation that went on behind its first delta has ended. */
  FOLLOWED,
  /** In it one side pushed what it gained. */
  PUSHED,
  /** The codec refused a frame. */
  FRAME_REFUSED,
  /** A connection broke. */
  CONNECTION_BROKEN,
  /** A link was cut in both directions. */
  LINK_CUT,
  /** A link was cut in one direction. */
  LINK_CUT_ONE_WAY,
  /** A link was mended. */
  LINK_MENDED,
  /** A stretch with new records became visible. */
  STRETCH_APPLIED,
  /** One of them came through a third node and sorts before what the receiver held. */
  LATE_COMMIT_THROUGH_THIRD,
  /** A node lost power. */
  CRASH,
  /** The same while it was in a session. */
  CRASH_IN_SESSION,
  /** A crash took unsynced writes with it. */
  CRASH_LOST_WRITES,
  /** A node's process was killed; what it had written stayed. */
  KILL,
  /** A node came up again. */
  RESTART,
  /** A write was refused by the medium. */
  WRITE_FAILED,
  /** An append's outcome was lost; it had been written. */
  UNKNOWN_BUT_WRITTEN,
  /** An append's outcome was lost; it had not been written. */
  UNKNOWN_AND_LOST,
  /** A node's store was copied. */
  BACKUP,
  /** A node was put back to an earlier copy, and began another epoch. */
  RESTORE,
  /** A node's directory was copied, and the copy started beside it. */
  COPIED,
  /** It wrote, in an epoch of its own. */
  COPY_WROTE,
  /** A node's clock jumped. */
  CLOCK_JUMP,
  /** Faults ended and nodes began to agree. */
  HEAL
}
