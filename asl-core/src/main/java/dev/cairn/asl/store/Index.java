package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.model.TypeTag;
import java.util.List;
import java.util.Set;

/**
 * A pure fold of the log into rows.
 *
 * <p>The rows must be a join of what the records say: a function of the <em>set</em> of commits
 * applied, never of their order of arrival or of how often one arrives. Put-only rows keyed by
 * content, and maxima over positions, have that property; counters do not. Rows go into the same
 * atomic batch as the records. {@link #apply} is called by the sequencer only, one call at a time,
 * and sees no clock and no chance.
 */
public interface Index {
  /** Stable name: lower-case letters, digits and dots. */
  String name();

  /** Raised when the rows change shape; the store then rebuilds the index from the log. */
  int version();

  /** The tables that this index alone writes, all of scope {@link Table.Scope#DERIVED}. */
  List<Table> tables();

  /** Types of artifacts whose payloads {@link #apply} needs and {@link #check} understands. */
  default Set<TypeTag> structuredTypes() {
    return Set.of();
  }

  /**
   * Refuses a malformed payload of a structured type, before anything is written, whether it was
   * put here or came from a peer.
   *
   * @throws dev.cairn.asl.error.MalformedException naming the place
   */
  default void check(TypeTag type, Bytes payload) {}

  /** Folds one commit. Total: a commit that passed {@link #check} is never refused here. */
  void apply(CommitView commit, RowWriter rows);
}
