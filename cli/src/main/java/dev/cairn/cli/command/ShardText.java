package dev.cairn.cli.command;

import dev.cairn.asl.model.NodeId;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.shard.HashRange;
import dev.cairn.federation.shard.RangeStatement.Declared;
import dev.cairn.federation.shard.RangeStatement.Fixed;
import dev.cairn.federation.shard.RangeStatement.Shared;
import dev.cairn.federation.shard.Shards;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Which payloads members hold, as commands tell of it. No object. */
final class ShardText {
  private static final int GAPS_MAX = 32;

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

  /**
   * What no member declares to hold. Members by the thousand can leave as many gaps.
   *
   * @param named the first ranges
   * @param more how many others there are
   */
  record Gaps(List<String> named, int more) {
    static Gaps of(Shards shards) {
      List<HashRange> all = shards.gaps();
      List<String> named = all.stream().limit(GAPS_MAX).map(HashRange::toString).toList();
      return new Gaps(named, all.size() - named.size());
    }

    /** As fields of an object. */
    JsonObject addTo(JsonObject object) {
      return object.addStrings("gaps", named).add("moreGaps", more);
    }

    /** A line of each for people. */
    List<String> lines() {
      List<String> lines = new ArrayList<>();
      named.forEach(range -> lines.add(line(range)));
      if (more > 0) {
        lines.add(moreLine());
      }
      return lines;
    }

    String moreLine() {
      return more + " more ranges of payloads that no member declares to hold";
    }

    static String line(String range) {
      return range + ": no member declares that it holds these payloads";
    }
  }
}
