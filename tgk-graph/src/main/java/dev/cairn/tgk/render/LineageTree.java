package dev.cairn.tgk.render;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.tgk.Direction;
import dev.cairn.tgk.GraphEdge;
import dev.cairn.tgk.Lineage;
import dev.cairn.tgk.LineageNode;
import dev.cairn.tgk.model.Endpoint;
import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A lineage as indented text, one endpoint a line:
 *
 * <pre>
 *   asl1-sha256:31…                                    a start
 *     asl1-sha256:77…  &lt;- git:commit parent            a cause of it; -&gt; when walked down
 *       asl1-sha256:09…  &lt;- git:commit tree
 *     asl1-sha256:52…  &lt;- git:commit tree
 *       asl1-sha256:09…  &lt;- git:tree 100644 a  (depth 2)   shown in full elsewhere, at that depth
 * </pre>
 *
 * <p>Every node is shown in full once, at its depth, under the edge that reached it first. Lines
 * deeper than {@link #INDENT_DEPTH_MAX} are not indented further but begin with their depth, so
 * that a long history stays as long as its nodes are many. Pure; safe for any thread.
 */
public final class LineageTree {
  /** Depth down to which lines are indented. */
  public static final int INDENT_DEPTH_MAX = 32;

  private record Line(
      ArtifactKey key, int depth, @Nullable GraphEdge edge, @Nullable String role) {}

  private final Lineage lineage;
  private final NodeLabel label;
  private final Map<ArtifactKey, Integer> depths = new HashMap<>();
  private final Map<ArtifactKey, List<GraphEdge>> edgesByOwner = new HashMap<>();
  private final Map<ArtifactKey, ArtifactKey> firstEdge = new HashMap<>();

  private LineageTree(Lineage lineage, NodeLabel label) {
    this.lineage = lineage;
    this.label = label;
    for (LineageNode node : lineage.nodes()) {
      depths.put(node.key(), node.depth());
    }
    for (GraphEdge edge : lineage.edges()) {
      edgesByOwner.computeIfAbsent(owner(edge), unused -> new ArrayList<>()).add(edge);
      for (Endpoint far : lineage.direction().far(edge.edge())) {
        if (depthOf(far.key()) > 0) {
          firstEdge.putIfAbsent(far.key(), edge.key());
        }
      }
    }
  }

  /** The text. */
  public static String render(Lineage lineage, NodeLabel label) {
    StringBuilder out = new StringBuilder();
    try {
      write(lineage, label, out);
    } catch (IOException e) {
      throw new AssertionError("a StringBuilder does not fail", e);
    }
    return out.toString();
  }

  /** Writes the text. */
  public static void write(Lineage lineage, NodeLabel label, Appendable out) throws IOException {
    new LineageTree(lineage, label).writeTo(out);
  }

  private void writeTo(Appendable out) throws IOException {
    Deque<Line> stack = new ArrayDeque<>();
    for (int i = lineage.nodes().size() - 1; i >= 0; i--) {
      LineageNode node = lineage.nodes().get(i);
      if (node.depth() == 0) {
        stack.push(new Line(node.key(), 0, null, null));
      }
    }
    while (!stack.isEmpty()) {
      Line line = stack.pop();
      boolean inFull = line.edge() == null || takeFirst(line);
      writeLine(line, inFull, out);
      if (inFull) {
        pushChildren(line, stack);
      }
    }
  }

  /** Whether this line is where its node is shown in full; only one of them is. */
  private boolean takeFirst(Line line) {
    GraphEdge edge = line.edge();
    return edge != null && firstEdge.remove(line.key(), edge.key());
  }

  private void pushChildren(Line line, Deque<Line> stack) {
    List<Line> children = new ArrayList<>();
    for (GraphEdge edge : edgesByOwner.getOrDefault(line.key(), List.of())) {
      for (Endpoint far : lineage.direction().far(edge.edge())) {
        children.add(new Line(far.key(), line.depth() + 1, edge, far.role()));
      }
    }
    for (int i = children.size() - 1; i >= 0; i--) {
      stack.push(children.get(i));
    }
  }

  private void writeLine(Line line, boolean inFull, Appendable out) throws IOException {
    out.append("  ".repeat(Math.min(line.depth(), INDENT_DEPTH_MAX)));
    if (line.depth() > INDENT_DEPTH_MAX) {
      out.append(Integer.toString(line.depth())).append(": ");
    }
    out.append(Escape.line(label.of(line.key())));
    if (line.edge() != null) {
      out.append(lineage.direction() == Direction.UP ? "  <- " : "  -> ");
      out.append(line.edge().edge().type().text());
      if (line.role() != null) {
        out.append(' ').append(Escape.line(line.role()));
      }
    }
    if (!inFull) {
      out.append("  (depth ").append(Integer.toString(depthOf(line.key()))).append(')');
    }
    out.append('\n');
  }

  /** The node that was first expanded into the edge. */
  private ArtifactKey owner(GraphEdge edge) {
    ArtifactKey owner = null;
    for (Endpoint near : lineage.direction().near(edge.edge())) {
      Integer depth = depths.get(near.key());
      // Endpoints stand in order of keys, so the first of least depth has the least key of it.
      if (depth != null && (owner == null || depth < depthOf(owner))) {
        owner = near.key();
      }
    }
    if (owner == null) {
      throw new IllegalArgumentException("lineage with an edge that no node of it leads to");
    }
    return owner;
  }

  private int depthOf(ArtifactKey key) {
    Integer depth = depths.get(key);
    if (depth == null) {
      throw new IllegalArgumentException("lineage with an endpoint that is no node of it: " + key);
    }
    return depth;
  }
}
