package dev.cairn.federation.protocol;

import dev.cairn.federation.access.Grant;
import dev.cairn.federation.access.Right;
import java.util.Set;
import java.util.TreeSet;

/**
 * Says that the receiver of this may read some artifacts only, and which: what it asks for in part
 * must lie within.
 *
 * @param grant a limited one; of its rights that to read is said
 */
public record PartialOffer(Grant grant) implements PartGreeting {
  public PartialOffer {
    if (!grant.isLimited()) {
      throw new IllegalArgumentException("an offer in part of all");
    }
    grant = new Grant(new TreeSet<>(Set.of(Right.READ)), grant.types(), grant.prefixes());
  }
}
