package dev.cairn.cli.command;

import dev.cairn.asl.model.NodeId;
import dev.cairn.federation.shard.HashRange;
import dev.cairn.federation.shard.RangeStatement.Declared;
import dev.cairn.federation.shard.RangeStatement.Fixed;
import dev.cairn.federation.shard.RangeStatement.Shared;
import dev.cairn.federation.shard.Shards;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which payloads members hold, as commands tell of it. No object. */
final class ShardText {
  private ShardText() {}

  /** What a member declares: a range, {@code all}, or {@code auto N}; null if nothing. */
  static @Nullable String declares(Shards shards, NodeId node) {
    Declared declared = shards.declared().get(node);
    if (declared instanceof Fixed fixed) {
      return fixed.range().toString();
    }
    return declared instanceof Shared shared ? "auto " + shared.copies() : null;
  }

  /** What it holds by that; null if it declares nothing. */
  static @Nullable String range(Shards shards, NodeId node) {
    return shards.range(node).map(HashRange::toString).orElse(null);
  }

  /** The same as an end of a line; empty if it declares nothing. */
  static String holds(Shards shards, NodeId node) {
    String range = range(shards, node);
    if (range == null) {
      return "";
    }
    return ", holds "
        + range
        + (shards.declared().get(node) instanceof Shared shared
            ? ", its part at " + shared.copies() + (shared.copies() == 1 ? " copy" : " copies")
            : "");
  }

  /** What no member declares to hold. */
  static List<String> gaps(Shards shards) {
    return shards.gaps().stream().map(HashRange::toString).toList();
  }

  /** The same for people, one of them. */
  static String gap(String range) {
    return range + ": no member declares that it holds these payloads";
  }
}
