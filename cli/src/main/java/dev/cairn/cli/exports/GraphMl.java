package dev.cairn.cli.exports;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
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
 * A lineage in GraphML 1.0, with the attributes of its data extension.
 *
 * <p>Arrows go from causes to effects. An artifact is {@code n0, n1, …} in the order of the
 * lineage's nodes, endpoints that the walk did not reach following. An edge with one cause and one
 * effect is an {@code edge}; any other is a node {@code e0, e1, …} of the kind {@code edge} with an
 * {@code edge} for each endpoint, since few tools read hyperedges. What XML 1.0 has no form for
 * becomes U+FFFD. One owner at a time.
 */
public final class GraphMl {
  private static final String NAMESPACE = "http://graphml.graphdrawing.org/xmlns";
  private static final char REPLACEMENT = '\ufffd';

  private final Lineage lineage;
  private final NodeNames names;
  private final Appendable out;
  private final Map<ArtifactKey, String> ids = new HashMap<>();

  private GraphMl(Lineage lineage, NodeNames names, Appendable out) {
    this.lineage = lineage;
    this.names = names;
    this.out = out;
  }

  /** Writes a document. */
  public static void write(Lineage lineage, NodeNames names, Appendable out) throws IOException {
    new GraphMl(lineage, names, out).write();
  }

  private void write() throws IOException {
    out.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n");
    out.append("<graphml xmlns=\"" + NAMESPACE + "\"");
    out.append(" xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"");
    out.append(" xsi:schemaLocation=\"" + NAMESPACE + " " + NAMESPACE + "/1.0/graphml.xsd\">\n");
    declare("kind", "node");
    declare("key", "node");
    declare("type", "node");
    declare("label", "node");
    declare("depth", "node");
    declare("edgeType", "edge");
    declare("edgeKey", "edge");
    declare("fromRole", "edge");
    declare("toRole", "edge");
    out.append("  <graph id=\"lineage\" edgedefault=\"directed\">\n");
    for (LineageNode node : lineage.nodes()) {
      artifact(node.key(), node.depth());
    }
    for (GraphEdge edge : lineage.edges()) {
      outside(edge.edge().from());
      outside(edge.edge().to());
    }
    int number = 0;
    for (GraphEdge edge : lineage.edges()) {
      write(edge, "e" + number++);
    }
    out.append("  </graph>\n</graphml>\n");
  }

  private void declare(String name, String of) throws IOException {
    String type = name.equals("depth") ? "int" : "string";
    out.append("  <key id=\"" + name + "\" for=\"" + of + "\" attr.name=\"" + name + "\"");
    out.append(" attr.type=\"" + type + "\"/>\n");
  }

  private void outside(List<Endpoint> endpoints) throws IOException {
    for (Endpoint endpoint : endpoints) {
      if (!ids.containsKey(endpoint.key())) {
        artifact(endpoint.key(), -1);
      }
    }
  }

  private void artifact(ArtifactKey key, int depth) throws IOException {
    String id = "n" + ids.size();
    ids.put(key, id);
    TypeTag type = names.type(key);
    out.append("    <node id=\"" + id + "\">");
    data("kind", "artifact");
    data("key", key.toString());
    data("type", type == null ? null : type.text());
    data("label", names.label(key));
    data("depth", depth < 0 ? null : Integer.toString(depth));
    out.append("</node>\n");
  }

  private void write(GraphEdge edge, String id) throws IOException {
    List<Endpoint> from = edge.edge().from();
    List<Endpoint> to = edge.edge().to();
    if (from.size() == 1 && to.size() == 1) {
      arrow(id, idOf(from.get(0)), idOf(to.get(0)), edge, from.get(0).role(), to.get(0).role());
      return;
    }
    out.append("    <node id=\"" + id + "\">");
    data("kind", "edge");
    data("key", edge.key().toString());
    data("type", edge.edge().type().text());
    data("label", edge.edge().type().text());
    out.append("</node>\n");
    int number = 0;
    for (Endpoint cause : from) {
      arrow(id + "." + number++, idOf(cause), id, edge, cause.role(), null);
    }
    for (Endpoint effect : to) {
      arrow(id + "." + number++, id, idOf(effect), edge, null, effect.role());
    }
  }

  private void arrow(
      String id,
      String source,
      String target,
      GraphEdge edge,
      @Nullable String fromRole,
      @Nullable String toRole)
      throws IOException {
    out.append("    <edge id=\"" + id + "\" source=\"" + source + "\" target=\"" + target + "\">");
    data("edgeType", edge.edge().type().text());
    data("edgeKey", edge.key().toString());
    data("fromRole", fromRole);
    data("toRole", toRole);
    out.append("</edge>\n");
  }

  private String idOf(Endpoint endpoint) {
    String id = ids.get(endpoint.key());
    if (id == null) {
      throw new AssertionError("endpoint without a number: " + endpoint.key());
    }
    return id;
  }

  private void data(String key, @Nullable String value) throws IOException {
    if (value != null) {
      out.append("<data key=\"" + key + "\">").append(escaped(value)).append("</data>");
    }
  }

  private static String escaped(String text) {
    StringBuilder xml = new StringBuilder(text.length());
    text.codePoints()
        .forEach(
            c -> {
              switch (c) {
                case '&' -> xml.append("&amp;");
                case '<' -> xml.append("&lt;");
                case '>' -> xml.append("&gt;");
                case '\r' -> xml.append("&#13;");
                default -> xml.appendCodePoint(isXml(c) ? c : REPLACEMENT);
              }
            });
    return xml.toString();
  }

  /** Char of XML 1.0, section 2.2. */
  private static boolean isXml(int c) {
    return c == '\t'
        || c == '\n'
        || (c >= 0x20 && c <= 0xd7ff)
        || (c >= 0xe000 && c <= 0xfffd)
        || c >= 0x10000;
  }
}
