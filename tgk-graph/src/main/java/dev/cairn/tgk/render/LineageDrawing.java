package dev.cairn.tgk.render;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.tgk.GraphEdge;
import dev.cairn.tgk.Lineage;
import dev.cairn.tgk.LineageNode;
import dev.cairn.tgk.model.Endpoint;
import java.io.IOException;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A lineage in a language of drawing tools: Graphviz DOT or Mermaid.
 *
 * <p>Arrows go from causes to effects whichever way was walked. An artifact is {@code n0, n1, …} in
 * the order of the lineage's nodes; endpoints that the walk did not reach follow, dashed. An edge
 * with one cause and one effect is an arrow; any other is a small node {@code e0, e1, …} of its own
 * with an arrow for each endpoint. Pure; safe for any thread.
 */
public final class LineageDrawing {
  private final Notation notation;
  private final Lineage lineage;
  private final NodeLabel label;
  private final Appendable out;
  private final Map<ArtifactKey, String> ids = new HashMap<>();

  private LineageDrawing(Notation notation, Lineage lineage, NodeLabel label, Appendable out) {
    this.notation = notation;
    this.lineage = lineage;
    this.label = label;
    this.out = out;
  }

  /** Graphviz DOT. */
  public static String dot(Lineage lineage, NodeLabel label) {
    return render(Notation.DOT, lineage, label);
  }

  /** Mermaid flowchart. */
  public static String mermaid(Lineage lineage, NodeLabel label) {
    return render(Notation.MERMAID, lineage, label);
  }

  /** Writes Graphviz DOT. */
  public static void writeDot(Lineage lineage, NodeLabel label, Appendable out) throws IOException {
    new LineageDrawing(Notation.DOT, lineage, label, out).write();
  }

  /** Writes a Mermaid flowchart. */
  public static void writeMermaid(Lineage lineage, NodeLabel label, Appendable out)
      throws IOException {
    new LineageDrawing(Notation.MERMAID, lineage, label, out).write();
  }

  private static String render(Notation notation, Lineage lineage, NodeLabel label) {
    StringBuilder text = new StringBuilder();
    try {
      new LineageDrawing(notation, lineage, label, text).write();
    } catch (IOException e) {
      throw new AssertionError("a StringBuilder does not fail", e);
    }
    return text.toString();
  }

  private void write() throws IOException {
    out.append(notation.head());
    for (LineageNode node : lineage.nodes()) {
      out.append(notation.artifact(newId(node.key()), label.of(node.key()), true));
    }
    for (GraphEdge edge : lineage.edges()) {
      outside(edge.edge().from());
      outside(edge.edge().to());
    }
    int number = 0;
    for (GraphEdge edge : lineage.edges()) {
      write(edge, "e" + number++);
    }
    out.append(notation.foot());
  }

  private void outside(List<Endpoint> endpoints) throws IOException {
    for (Endpoint endpoint : endpoints) {
      if (!ids.containsKey(endpoint.key())) {
        out.append(notation.artifact(newId(endpoint.key()), label.of(endpoint.key()), false));
      }
    }
  }

  private String newId(ArtifactKey key) {
    String id = "n" + ids.size();
    ids.put(key, id);
    return id;
  }

  private String id(ArtifactKey key) {
    String id = ids.get(key);
    if (id == null) {
      throw new AssertionError("endpoint without a number: " + key);
    }
    return id;
  }

  private void write(GraphEdge edge, String edgeId) throws IOException {
    List<Endpoint> from = edge.edge().from();
    List<Endpoint> to = edge.edge().to();
    String type = edge.edge().type().text();
    if (from.size() == 1 && to.size() == 1) {
      String text = withRole(type, from.get(0).role());
      out.append(
          notation.arrow(
              id(from.get(0).key()), id(to.get(0).key()), withRole(text, to.get(0).role())));
      return;
    }
    out.append(notation.hyperedge(edgeId, type));
    for (Endpoint cause : from) {
      out.append(notation.arrow(id(cause.key()), edgeId, cause.role()));
    }
    for (Endpoint effect : to) {
      out.append(notation.arrow(edgeId, id(effect.key()), effect.role()));
    }
  }

  private static String withRole(String text, @Nullable String role) {
    return role == null ? text : text + " " + role;
  }
}
