package dev.cairn.federation.audit;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.federation.audit.AuditReport.Divergence;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How two sources whose records are not the same differ, told so that it can be drawn.
 *
 * @param left name of the first source
 * @param right name of the one compared with it
 * @param first the first record that not both hold
 * @param leftRecord what the first source holds at that place; null if nothing
 * @param rightRecord what the other holds there; null if nothing
 * @param logs the logs that are not the same, in order of origins; at most {@value
 *     Disagreements#LOGS_MAX}
 * @param logsLeftOut how many more of these there are
 * @param logsEqual how many logs are the same on both sides
 * @param descent from the root of the log's two trees down to the record: each step is a pair of
 *     subtrees under the one that the step before went into
 * @param lineage what lies around the artifacts that the records name; null if it cannot be read
 */
public record Disagreement(
    String left,
    String right,
    Divergence first,
    @Nullable LogRecord leftRecord,
    @Nullable LogRecord rightRecord,
    List<LogPair> logs,
    long logsLeftOut,
    long logsEqual,
    List<Fork> descent,
    @Nullable Surroundings lineage) {
  /** How the two copies of a log stand to each other. */
  public enum Standing {
    /** The first source holds all that the other holds, and more: the other lags behind. */
    RIGHT_LAGS,
    /** The other source holds all that the first holds, and more: the first lags behind. */
    LEFT_LAGS,
    /** Each holds a record that contradicts one of the other. */
    CONTRADICTS
  }

  /**
   * A log that is not the same on both sides.
   *
   * @param origin whose log
   * @param leftSize records that the first source holds
   * @param leftRoot root over these; null if there are none
   * @param rightSize records that the other holds
   * @param rightRoot root over these; null if there are none
   * @param equal how many leading records are the same
   * @param standing what follows from that
   */
  public record LogPair(
      Origin origin,
      long leftSize,
      @Nullable Bytes leftRoot,
      long rightSize,
      @Nullable Bytes rightRoot,
      long equal,
      Standing standing) {}

  /**
   * The same part of both trees: the records of an aligned range, as far as they are held.
   *
   * @param from index of its first record
   * @param to behind the last record that either side holds of it
   * @param left hash over what the first source holds of it (RFC 6962); null if that is nothing
   * @param right hash over what the other holds of it; null if that is nothing
   */
  public record Subtree(long from, long to, @Nullable Bytes left, @Nullable Bytes right) {
    /** True if both hold the same records there. */
    public boolean agrees() {
      return left != null && right != null && left.equals(right);
    }
  }

  /**
   * Where a tree forks.
   *
   * @param lower the half with the smaller indexes
   * @param upper the other half, of which at least one side holds something
   * @param differsInLower whether the first record that differs lies in the lower half
   */
  public record Fork(Subtree lower, Subtree upper, boolean differsInLower) {
    /** The half that the descent goes on in. */
    public Subtree taken() {
      return differsInLower ? lower : upper;
    }
  }

  /** Which of two sources show something as live. */
  public enum Presence {
    /** Both. */
    BOTH,
    /** The first one only. */
    LEFT,
    /** The other one only. */
    RIGHT,
    /** None; something that is live names it. */
    NEITHER
  }

  /**
   * What is around the artifacts that a divergence is about: what they were made from, by which
   * edges, and what was made from them, in both sources laid over each other.
   *
   * @param artifacts in order of columns, then keys
   * @param edges in order of columns, then keys
   * @param complete false if bounds cut something off
   */
  public record Surroundings(List<Node> artifacts, List<Link> edges, boolean complete) {
    public Surroundings {
      artifacts = List.copyOf(artifacts);
      edges = List.copyOf(edges);
    }
  }

  /**
   * An artifact in a drawing.
   *
   * @param key which
   * @param type its type; null if it has none, or if no source has a record of it
   * @param column an even number: 0 for what the divergence is about, less for what it was made
   *     from, more for what was made from it
   * @param presence where it is live
   * @param named whether one of the two records names it
   */
  public record Node(
      ArtifactKey key, @Nullable String type, int column, Presence presence, boolean named) {}

  /**
   * An edge in a drawing: a step that made something.
   *
   * @param key the edge's artifact
   * @param type of the edge
   * @param column an odd number, between those of its causes and of its effects
   * @param presence where it is live
   * @param named whether one of the two records names it
   * @param from its causes that are drawn
   * @param to its effects that are drawn
   */
  public record Link(
      ArtifactKey key,
      String type,
      int column,
      Presence presence,
      boolean named,
      List<End> from,
      List<End> to) {
    public Link {
      from = List.copyOf(from);
      to = List.copyOf(to);
    }
  }

  /**
   * An end of an edge.
   *
   * @param key the artifact there
   * @param role it has in the edge; null if none is given
   */
  public record End(ArtifactKey key, @Nullable String role) {}

  public Disagreement {
    logs = List.copyOf(logs);
    descent = List.copyOf(descent);
  }

  /** True if both hold a record at the place where they differ first; else one merely lags. */
  public boolean contradicts() {
    return leftRecord != null && rightRecord != null;
  }
}
