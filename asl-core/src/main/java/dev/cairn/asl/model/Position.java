package dev.cairn.asl.model;

import java.util.Comparator;

/**
 * A record's place in the one total order of a federation: by logseq, then canonical id, then
 * origin.
 *
 * @param logseq Lamport number of the commit
 * @param id canonical id
 * @param origin whose record
 */
public record Position(long logseq, ArtifactKey id, Origin origin) implements Comparable<Position> {
  private static final Comparator<Position> TOTAL_ORDER =
      Comparator.comparingLong(Position::logseq)
          .thenComparing(Position::id)
          .thenComparing(Position::origin);

  @Override
  public int compareTo(Position other) {
    return TOTAL_ORDER.compare(this, other);
  }
}
