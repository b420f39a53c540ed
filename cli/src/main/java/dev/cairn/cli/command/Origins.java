package dev.cairn.cli.command;

import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.CommandFailure;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * Reads what people write for an origin: a node's identity or the beginning of it, or {@code
 * <node>/<epoch>}.
 */
final class Origins {
  private static final int PREFIX_DIGITS_MIN = 6;

  private Origins() {}

  /** A node: its whole identity, or the beginning of one of which the store has records. */
  static NodeId node(Store store, String text) {
    String lower = text.toLowerCase(Locale.ROOT);
    return lower.matches("[0-9a-f]{64}")
        ? NodeId.parse(lower)
        : resolve(store, lower).get(0).node();
  }

  /** The origins of one node that the store has records of. */
  static List<Origin> resolve(Store store, String text) {
    return resolve(store.heads().stream().map(LogHead::origin).toList(), text);
  }

  /** The same among the origins given. */
  static List<Origin> resolve(List<Origin> known, String text) {
    String wanted = text.toLowerCase(Locale.ROOT);
    if (wanted.length() < PREFIX_DIGITS_MIN || !wanted.matches("[0-9a-f]{6,64}(/[0-9]{1,10})?")) {
      throw CommandFailure.usage(
          "not a node: '" + text + "'", "give 6 hex digits or more of its identity");
    }
    List<Origin> found = known.stream().filter(origin -> matches(origin, wanted)).toList();
    if (found.stream().map(Origin::node).distinct().count() > 1) {
      throw CommandFailure.usage(
          "'"
              + text
              + "' fits several nodes: "
              + found.stream()
                  .map(o -> o.node().toString())
                  .distinct()
                  .collect(Collectors.joining(", ")),
          "give more digits");
    }
    if (found.isEmpty()) {
      throw CommandFailure.negative(
          "no record of node " + text, "see the nodes with 'cairn status'");
    }
    return found;
  }

  private static boolean matches(Origin origin, String wanted) {
    int slash = wanted.indexOf('/');
    return slash < 0
        ? origin.node().toString().startsWith(wanted)
        : origin.node().toString().startsWith(wanted.substring(0, slash))
            && wanted.substring(slash + 1).equals(Integer.toString(origin.epoch()));
  }
}
