package dev.cairn.federation.peers;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import org.jspecify.annotations.Nullable;

/**
 * What one peer brought of one origin's log, and how much of that log it is known to hold.
 *
 * @param peer who brought it, which need not be the origin's node
 * @param origin whose log
 * @param appliedSize records that the last checkpoint it brought covers; 0 if it brought none
 * @param appliedLogseq logseq of the last of them; 0 if it brought none
 * @param recordsBrought records that came from it and were new here
 * @param snapshot the snapshot noted last after a sync with it; null if none was
 * @param checkpoint the signed note of the last stretch; empty if it brought none
 * @param appliedMillis when that was, since 1970; 0 if it brought none
 * @param heldSize records of the log that it holds, by what it said last
 * @param heldLogseq logseq of the last of them
 */
public record FederationLogEntry(
    NodeId peer,
    Origin origin,
    long appliedSize,
    long appliedLogseq,
    long recordsBrought,
    @Nullable ArtifactKey snapshot,
    Bytes checkpoint,
    long appliedMillis,
    long heldSize,
    long heldLogseq) {
  static FederationLogEntry none(NodeId peer, Origin origin) {
    return new FederationLogEntry(peer, origin, 0, 0, 0, null, Bytes.EMPTY, 0, 0, 0);
  }

  /** The same with another stretch brought; a log only grows, so an older one changes nothing. */
  FederationLogEntry applied(long size, long logseq, long newRecords, Bytes note, long nowMillis) {
    boolean further = size >= appliedSize;
    return new FederationLogEntry(
        peer,
        origin,
        further ? size : appliedSize,
        further ? logseq : appliedLogseq,
        recordsBrought + newRecords,
        snapshot,
        further ? note : checkpoint,
        further ? nowMillis : appliedMillis,
        Math.max(heldSize, size),
        Math.max(heldLogseq, logseq));
  }

  FederationLogEntry held(long size, long logseq) {
    return new FederationLogEntry(
        peer,
        origin,
        appliedSize,
        appliedLogseq,
        recordsBrought,
        snapshot,
        checkpoint,
        appliedMillis,
        size,
        logseq);
  }

  FederationLogEntry at(ArtifactKey newSnapshot) {
    return new FederationLogEntry(
        peer,
        origin,
        appliedSize,
        appliedLogseq,
        recordsBrought,
        newSnapshot,
        checkpoint,
        appliedMillis,
        heldSize,
        heldLogseq);
  }
}
