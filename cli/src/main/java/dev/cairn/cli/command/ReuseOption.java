package dev.cairn.cli.command;

import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.pel.index.ReusePolicy;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * What {@code --reuse} may say: {@code own}, {@code any}, {@code K-of-any}, {@code K-of-NODE,…}.
 */
final class ReuseOption {
  private static final Pattern QUORUM = Pattern.compile("([1-9][0-9]{0,3})-of-(.+)");
  private static final String ADVICE =
      "give own, any, K-of-any or K-of-NODE,NODE,... such as 2-of-any";

  private ReuseOption() {}

  static ReusePolicy parse(CairnNode node, String text) {
    if (text.equals("own")) {
      return new ReusePolicy.Own();
    }
    if (text.equals("any")) {
      return new ReusePolicy.Any();
    }
    Matcher quorum = QUORUM.matcher(text);
    if (!quorum.matches()) {
      throw CommandFailure.usage("not a policy of reuse: '" + text + "'", ADVICE);
    }
    @Nullable TreeSet<NodeId> among = null;
    if (!quorum.group(2).equals("any")) {
      among = new TreeSet<>();
      for (String name : quorum.group(2).split(",", -1)) {
        if (!among.add(node(node, name))) {
          throw CommandFailure.usage("node '" + name + "' stands twice", "name each once");
        }
      }
    }
    try {
      return new ReusePolicy.Quorum(Integer.parseInt(quorum.group(1)), among);
    } catch (IllegalArgumentException e) {
      throw CommandFailure.usage(String.valueOf(e.getMessage()), ADVICE);
    }
  }

  /** A node by {@code own}, its identity, 6 digits or more of it, or a pinned peer's name. */
  private static NodeId node(CairnNode node, String name) {
    if (name.equals("own")) {
      return node.store().origin().node();
    }
    if (name.matches("[0-9a-f]{64}")) {
      return NodeId.parse(name);
    }
    if (name.matches("[0-9a-f]{6,63}")) {
      return Origins.resolve(node.store(), name).get(0).node();
    }
    try {
      NodeId pin = node.peers().get(name).pin();
      if (pin != null) {
        return pin;
      }
    } catch (NotFoundException e) {
      throw CommandFailure.usage(
          "no node or peer '" + name + "'",
          "give own, 6 hex digits or more of its identity, or the name of a pinned peer");
    }
    throw CommandFailure.usage(
        "peer '" + name + "' is not pinned to a node yet", "sync with it once, or give its node");
  }
}
