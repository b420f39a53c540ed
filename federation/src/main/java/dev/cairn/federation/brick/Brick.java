package dev.cairn.federation.brick;

import dev.cairn.asl.model.ArtifactKey;

/**
 * A part of a spatial payload.
 *
 * @param box where it lies
 * @param key of the artifact that fills it
 */
public record Brick(Box box, ArtifactKey key) implements Comparable<Brick> {
  @Override
  public int compareTo(Brick other) {
    int order = box.compareTo(other.box);
    return order != 0 ? order : key.compareTo(other.key);
  }
}
