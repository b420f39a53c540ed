package dev.cairn.federation.api;

import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.PreparedArtifact;
import java.util.List;
import java.util.Optional;

/**
 * How a node that holds a range of payloads stands between its clients and the members that hold
 * the others. Safe for any thread.
 */
public interface ShardGate {
  /** Of a node that holds what is put there, and nothing else. */
  ShardGate NONE =
      new ShardGate() {
        @Override
        public Optional<List<NodeId>> elsewhere(ArtifactId artifact) {
          return Optional.empty();
        }

        @Override
        public boolean enforces() {
          return false;
        }

        @Override
        public Optional<Placed> forward(PreparedArtifact artifact, List<NodeId> holders) {
          throw new IllegalStateException("nothing belongs elsewhere");
        }

        @Override
        public void bring(LiveEntry entry) {}
      };

  /**
   * Where an artifact belongs whose payload is outside this node's range; empty if it belongs here.
   *
   * @return the members that hold such payloads, the best one first; none if no member declares to
   */
  Optional<List<NodeId>> elsewhere(ArtifactId artifact);

  /** True if puts that belong elsewhere are refused, not passed on. */
  boolean enforces();

  /**
   * Puts an artifact at the first of these members that takes it.
   *
   * @return empty if this node knows how to reach none of them: it is to keep the artifact itself
   * @throws dev.cairn.asl.error.UnavailableException if none can be reached: nothing was kept
   * @throws dev.cairn.asl.error.RefusedException if those that were reached refuse it
   * @throws dev.cairn.asl.error.UnknownOutcomeException if one may have it, and did not say so
   */
  Optional<Placed> forward(PreparedArtifact artifact, List<NodeId> holders);

  /** Tries to fetch a payload from the others, if it is not here; says nothing if none has it. */
  void bring(LiveEntry entry);

  /**
   * What a member said that took a put.
   *
   * @param node which
   * @param logseq of the put that makes the artifact live there
   * @param isNew false if it was live there already
   */
  record Placed(NodeId node, long logseq, boolean isNew) {}
}
