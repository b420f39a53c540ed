package dev.cairn.testkit.sim;

import java.util.ArrayList;
import java.util.List;

/**
 * Two nodes that may talk to each other. Those without one reach each other through others only.
 */
final class Link {
  private final SimNode one;
  private final SimNode other;
  private boolean cutForward;
  private boolean cutBackward;

  private Link(SimNode one, SimNode other) {
    this.one = one;
    this.other = other;
  }

  /** A link beside those of the topology. */
  static Link between(SimNode one, SimNode other) {
    return new Link(one, other);
  }

  /** A line, a star, a ring or a tree of chance. */
  static List<Link> topology(Chance chance, List<SimNode> nodes) {
    List<Link> links = new ArrayList<>();
    int shape = chance.below(4);
    for (int i = 1; i < nodes.size(); i++) {
      int before =
          switch (shape) {
            case 0, 1 -> i - 1;
            case 2 -> 0;
            default -> chance.below(i);
          };
      links.add(new Link(nodes.get(before), nodes.get(i)));
    }
    if (shape == 1 && nodes.size() > 2) {
      links.add(new Link(nodes.get(nodes.size() - 1), nodes.get(0)));
    }
    return links;
  }

  SimNode one() {
    return one;
  }

  SimNode other() {
    return other;
  }

  void cut(boolean forward, boolean backward) {
    cutForward |= forward;
    cutBackward |= backward;
  }

  void mend() {
    cutForward = false;
    cutBackward = false;
  }

  boolean isCut() {
    return cutForward || cutBackward;
  }

  /** True if nothing that {@code sender} sends arrives. */
  boolean isCutFrom(SimNode sender) {
    return sender == one ? cutForward : cutBackward;
  }

  @Override
  public String toString() {
    return one + "-" + other;
  }
}
