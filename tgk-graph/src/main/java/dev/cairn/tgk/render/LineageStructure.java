package dev.cairn.tgk.render;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.tgk.GraphEdge;
import dev.cairn.tgk.Lineage;
import dev.cairn.tgk.LineageCounts;
import dev.cairn.tgk.model.Endpoint;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Answers as nested maps, lists, text and numbers, in a fixed order of names, for any JSON library
 * to write. Numbers of 64 bits are text. An absent role or payload is left out.
 *
 * <pre>
 *   lineage: {direction, nodes: [{key, depth}], edges: [edge], counts: {nodes, edges, depth}}
 *   edge:    {key, type, from: [{key, role}], to: [{key, role}], payload, state, logseq, origin}
 * </pre>
 */
public final class LineageStructure {
  private LineageStructure() {}

  /** A lineage. */
  public static Map<String, Object> of(Lineage lineage) {
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("direction", lineage.direction().name().toLowerCase(Locale.ROOT));
    List<Object> nodes = new ArrayList<>();
    lineage
        .nodes()
        .forEach(node -> nodes.add(pair("key", text(node.key()), "depth", node.depth())));
    out.put("nodes", nodes);
    List<Object> edges = new ArrayList<>();
    lineage.edges().forEach(edge -> edges.add(of(edge)));
    out.put("edges", edges);
    out.put("counts", of(lineage.counts()));
    return out;
  }

  /** Counts; they are small enough for any reader of JSON. */
  public static Map<String, Object> of(LineageCounts counts) {
    Map<String, Object> out = pair("nodes", counts.nodes(), "edges", counts.edges());
    out.put("depth", counts.depth());
    return out;
  }

  /** An edge. */
  public static Map<String, Object> of(GraphEdge edge) {
    Map<String, Object> out = pair("key", text(edge.key()), "type", edge.edge().type().text());
    out.put("from", ends(edge.edge().from()));
    out.put("to", ends(edge.edge().to()));
    @Nullable ArtifactKey payload = edge.edge().payload();
    if (payload != null) {
      out.put("payload", text(payload));
    }
    out.put("state", edge.state().name().toLowerCase(Locale.ROOT));
    out.put("logseq", Long.toString(edge.logseq()));
    out.put("origin", edge.origin().toString());
    return out;
  }

  private static List<Object> ends(List<Endpoint> endpoints) {
    List<Object> out = new ArrayList<>();
    for (Endpoint endpoint : endpoints) {
      Map<String, Object> end = new LinkedHashMap<>();
      end.put("key", text(endpoint.key()));
      if (endpoint.role() != null) {
        end.put("role", endpoint.role());
      }
      out.add(end);
    }
    return out;
  }

  private static Map<String, Object> pair(String a, Object x, String b, Object y) {
    Map<String, Object> out = new LinkedHashMap<>();
    out.put(a, x);
    out.put(b, y);
    return out;
  }

  private static String text(ArtifactKey key) {
    return key.toString();
  }
}
