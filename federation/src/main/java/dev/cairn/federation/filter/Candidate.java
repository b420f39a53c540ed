package dev.cairn.federation.filter;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.model.TypeTag;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What a filter asks of a record.
 *
 * @param origin whose log it is in
 * @param kind what it states
 * @param key what it speaks of
 * @param type of the artifact; of a tombstone that of what it removes, as far as that is known
 * @param edgeType if it is an edge's
 * @param above for each key whose causes are asked for, those causes with the edges to them
 */
public record Candidate(
    Origin origin,
    Kind kind,
    ArtifactKey key,
    @Nullable TypeTag type,
    @Nullable String edgeType,
    Map<ArtifactKey, Set<ArtifactKey>> above) {
  /** What a record states, as filters name it. */
  public enum Kind {
    /** A put of an artifact. */
    ARTIFACT("artifact"),
    /** A receipt. */
    RECEIPT("receipt"),
    /** An edge. */
    EDGE("edge"),
    /** A removal. */
    TOMBSTONE("tombstone");

    private final String word;

    Kind(String word) {
      this.word = word;
    }

    /** How filters say it. */
    public String word() {
      return word;
    }

    static Kind of(String word) {
      for (Kind kind : values()) {
        if (kind.word.equals(word)) {
          return kind;
        }
      }
      throw new MalformedException(
          "'kind:" + word + "' is none of artifact, receipt, edge, tombstone");
    }

    static Kind of(RecordKind kind) {
      return switch (kind) {
        case ARTIFACT -> ARTIFACT;
        case PER -> RECEIPT;
        case TGK_EDGE -> EDGE;
        case TOMBSTONE -> TOMBSTONE;
      };
    }
  }

  boolean isAbove(ArtifactKey root) {
    return key.equals(root) || above.getOrDefault(root, Set.of()).contains(key);
  }
}
