package dev.cairn.asl.store;

import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.Table.Access;
import dev.cairn.asl.engine.Table.Scope;
import java.util.List;

/**
 * The store's own tables. {@code id} is a key's binary form (34 bytes), {@code path} the same with
 * the digest in front (digest, then hash id), {@code origin} 36 bytes; numbers are big-endian.
 */
final class StoreTables {
  /** path -> join of the latest put and the latest tombstone ({@link LiveRow}). */
  static final Table LIVE = new Table("asl.live", Scope.DERIVED);

  /**
   * id | u64 logseq | origin -> what a record says that the live row does not show ({@link Fact}).
   */
  static final Table HISTORY = new Table("asl.history", Scope.DERIVED, Access.SCANNED);

  /**
   * short payload digest | short path -> nothing: where to look for a payload's ids ({@link
   * Facts}).
   */
  static final Table BY_PAYLOAD = new Table("asl.by-payload", Scope.DERIVED, Access.SCANNED);

  /** u8 depth | prefix nibbles -> node of the state tree ({@link StateTree}). */
  static final Table TREE = new Table("asl.tree", Scope.DERIVED);

  /**
   * origin | u8 level | u64 index -> hash of the complete subtree of 2^level leaves, level a
   * multiple of 8.
   */
  static final Table TILE = new Table("asl.tile", Scope.DERIVED, Access.IN_ORDER);

  /** node id -> public key. */
  static final Table NODE = new Table("asl.node", Scope.DERIVED);

  /** origin | u64 index -> payload of the artifact that this record put ({@link PayloadStore}). */
  static final Table CONTENT = new Table("asl.content", Scope.CONTENT, Access.IN_ORDER);

  /** payload digest -> payload that came before its record ({@link PayloadStore}). */
  static final Table ARRIVED = new Table("asl.arrived", Scope.CONTENT);

  /** payload digest -> payload: where format 1 kept them ({@link Upgrade}). */
  static final Table PAYLOAD_1 = new Table("asl.payload", Scope.CONTENT);

  /** payload digest -> note of a tombstone; apart from payloads, as erasure must never take it. */
  static final Table NOTE = new Table("asl.note", Scope.DERIVED);

  /** chunk digest -> bytes. */
  static final Table CHUNK = new Table("asl.chunk", Scope.CONTENT, Access.LARGE);

  /** chunk digest | payload digest -> nothing: who needs a chunk. */
  static final Table CHUNK_USE = new Table("asl.chunk-use", Scope.CONTENT, Access.SCANNED);

  /** payload digest -> nothing: to be erased once no snapshot shows it and none holds it. */
  static final Table ERASURE = new Table("asl.erasure", Scope.LOCAL);

  /** name -> what collection leaves alone, and until when ({@link Leases}). */
  static final Table LEASE = new Table("asl.lease", Scope.LOCAL);

  /** origin | u64 tree size -> encoded checkpoint note. */
  static final Table CHECKPOINT = new Table("asl.checkpoint", Scope.LOCAL, Access.IN_ORDER);

  /**
   * u64 arrival number -> origin | u64 first index | u64 count: one row a commit, in the order of
   * arrival here.
   */
  static final Table ARRIVAL = new Table("asl.arrival", Scope.LOCAL, Access.IN_ORDER);

  /** snapshot id -> payload, label, time. */
  static final Table SNAPSHOT = new Table("asl.snapshot", Scope.LOCAL);

  /** What was damaged and is out of the way: {@link Quarantine}. */
  static final Table QUARANTINE = new Table("asl.quarantine", Scope.LOCAL);

  /** origin -> evidence against its log, which is frozen: {@link EvidenceShelf}. */
  static final Table EVIDENCE = new Table("asl.evidence", Scope.LOCAL);

  /** What is not taken for now, and what a person admitted: {@link HeldBackShelf}. */
  static final Table HELD_BACK = new Table("asl.heldback", Scope.LOCAL);

  /** name -> value: format version, federation, identity, watermarks. */
  static final Table META = new Table("asl.meta", Scope.LOCAL);

  private StoreTables() {}

  static List<Table> all() {
    return List.of(
        LIVE,
        HISTORY,
        BY_PAYLOAD,
        TREE,
        TILE,
        NODE,
        CONTENT,
        ARRIVED,
        PAYLOAD_1,
        NOTE,
        CHUNK,
        CHUNK_USE,
        ERASURE,
        LEASE,
        CHECKPOINT,
        ARRIVAL,
        SNAPSHOT,
        QUARANTINE,
        EVIDENCE,
        HELD_BACK,
        META);
  }
}
