package dev.cairn.pel.index;

import dev.cairn.asl.model.NodeId;
import java.util.Collections;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Whose word is enough for a run not to be repeated. It decides what is reused and never what a
 * receipt says.
 *
 * <p>A node vouches for a step if a receipt that has it is recorded in the node's log, which its
 * signed checkpoints cover, and the node ran the step: see {@link dev.cairn.pel.model.Borrowing}. A
 * node counts once, under however many epochs it wrote.
 */
public sealed interface ReusePolicy {
  /** Most nodes that a policy names. */
  int NODES_MAX = 1_024;

  /** Any recorded receipt will do: what a run takes unless told otherwise. */
  record Any() implements ReusePolicy {}

  /** Only what this node ran itself. */
  record Own() implements ReusePolicy {}

  /**
   * What so many distinct nodes ran and got the same.
   *
   * @param count how many
   * @param among whose word counts; null for everybody's, this node's too
   */
  record Quorum(int count, @Nullable SortedSet<NodeId> among) implements ReusePolicy {
    public Quorum {
      if (count < 1 || count > NODES_MAX) {
        throw new IllegalArgumentException("a quorum of " + count + ", not 1 to " + NODES_MAX);
      }
      if (among != null) {
        among = Collections.unmodifiableSortedSet(new TreeSet<>(among));
        if (among.size() < count || among.size() > NODES_MAX) {
          throw new IllegalArgumentException(
              "a quorum of " + count + " among " + among.size() + " nodes");
        }
      }
    }
  }

  /** How many nodes must vouch. */
  default int nodesMin() {
    return this instanceof Quorum quorum ? quorum.count() : 1;
  }

  /** The nodes whose word counts, seen from a node; null for everybody's. */
  default @Nullable SortedSet<NodeId> nodes(NodeId self) {
    if (this instanceof Quorum quorum) {
      return quorum.among();
    }
    return this instanceof Own
        ? Collections.unmodifiableSortedSet(new TreeSet<>(Set.of(self)))
        : null;
  }

  /** The policy in words, for people: {@code own}, {@code any}, {@code 2-of-any}. */
  default String text() {
    if (this instanceof Quorum quorum) {
      SortedSet<NodeId> among = quorum.among();
      return quorum.count() + "-of-" + (among == null ? "any" : Integer.toString(among.size()));
    }
    return this instanceof Own ? "own" : "any";
  }
}
