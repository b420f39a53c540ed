package dev.cairn.tgk.render;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.tgk.Direction;
import dev.cairn.tgk.EdgeState;
import dev.cairn.tgk.GraphEdge;
import dev.cairn.tgk.Lineage;
import dev.cairn.tgk.LineageCounts;
import dev.cairn.tgk.LineageNode;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class RenderTest {
  private static final NodeLabel NUMBER = key -> "#" + key.digest().u64At(0);

  /**
   * commit 1 from tree 2 and parent 3, parent 3 from tree 2, tree 2 from blob 4 under two names.
   */
  private static final Lineage HISTORY =
      new Lineage(
          Direction.UP,
          List.of(node(1, 0), node(2, 1), node(3, 1), node(4, 2)),
          List.of(
              edge("git:commit", List.of(end(2, "tree"), end(3, "parent 0")), List.of(end(1))),
              edge("git:tree", List.of(end(4, "100644 a"), end(4, "100644 b")), List.of(end(2))),
              edge("git:commit", List.of(end(2, "tree")), List.of(end(3)))),
          new LineageCounts(4, 3, 2));

  @Test
  void aTreeShowsEveryNodeInFullOnceAtItsDepth() {
    assertThat(LineageTree.render(HISTORY, NUMBER))
        .isEqualTo(
            """
            #1
              #2  <- git:commit tree
                #4  <- git:tree 100644 a
                #4  <- git:tree 100644 b  (depth 2)
              #3  <- git:commit parent 0
                #2  <- git:commit tree  (depth 1)
            """);
  }

  @Test
  void aTreeOfACycleEnds() {
    Lineage cycle =
        new Lineage(
            Direction.DOWN,
            List.of(node(1, 0), node(2, 1)),
            List.of(
                edge("x:y", List.of(end(1)), List.of(end(2))),
                edge("x:y", List.of(end(2)), List.of(end(1)))),
            new LineageCounts(2, 2, 1));
    assertThat(LineageTree.render(cycle, NUMBER))
        .isEqualTo(
            """
            #1
              #2  -> x:y
                #1  -> x:y  (depth 0)
            """);
  }

  @Test
  void aLongHistoryIsIndentedNoFurtherThanTheBound() {
    List<LineageNode> nodes = new ArrayList<>(List.of(node(0, 0)));
    List<GraphEdge> edges = new ArrayList<>();
    for (int i = 1; i <= 20_000; i++) {
      nodes.add(node(i, i));
      edges.add(edge("x:y", List.of(end(i)), List.of(end(i - 1))));
    }
    Lineage chain = new Lineage(Direction.UP, nodes, edges, new LineageCounts(0, 0, 0));
    List<String> lines = LineageTree.render(chain, NUMBER).lines().toList();
    assertThat(lines).hasSize(20_001);
    assertThat(lines.get(32)).isEqualTo(" ".repeat(64) + "#32  <- x:y");
    assertThat(lines.get(20_000)).isEqualTo(" ".repeat(64) + "20000: #20000  <- x:y");
  }

  @Test
  void dotDrawsAHyperedgeAsANodeAndAPlainEdgeAsAnArrow() {
    assertThat(LineageDrawing.dot(HISTORY, NUMBER))
        .isEqualTo(
            """
            digraph lineage {
              rankdir=LR;
              node [shape=box];
              n0 [label="#1"];
              n1 [label="#2"];
              n2 [label="#3"];
              n3 [label="#4"];
              e0 [shape=ellipse, label="git:commit"];
              n1 -> e0 [label="tree"];
              n2 -> e0 [label="parent 0"];
              e0 -> n0;
              e1 [shape=ellipse, label="git:tree"];
              n3 -> e1 [label="100644 a"];
              n3 -> e1 [label="100644 b"];
              e1 -> n1;
              n1 -> n2 [label="git:commit tree"];
            }
            """);
  }

  @Test
  void mermaidDrawsEndpointsBeyondTheWalkDashed() {
    Lineage cut =
        new Lineage(
            Direction.UP,
            List.of(node(1, 0)),
            List.of(edge("x:y", List.of(), List.of(end(1), end(9, "by-product")))),
            new LineageCounts(1, 1, 0));
    assertThat(LineageDrawing.mermaid(cut, key -> "k" + key.digest().u64At(0)))
        .isEqualTo(
            """
            flowchart LR
              n0["k1"]
              n1["k9"]
              style n1 stroke-dasharray: 4
              e0(["x:y"])
              e0 --> n0
              e0 -->|"by-product"| n1
            """);
  }

  @Test
  void aHostileRoleCannotLeaveItsPlace() {
    String role = "a\"];\n}\\ \u001b[31m\u202e--> b|c <b>&#34;`";
    Lineage hostile =
        new Lineage(
            Direction.UP,
            List.of(node(1, 0), node(2, 1)),
            List.of(edge("x:y", List.of(end(2, role)), List.of(end(1)))),
            new LineageCounts(2, 1, 1));
    assertThat(LineageTree.render(hostile, NUMBER).lines().toList())
        .containsExactly(
            "#1", "  #2  <- x:y a\"];\\u000a}\\\\ \\u001b[31m\\u202e--> b|c <b>&#34;`");
    assertThat(LineageDrawing.dot(hostile, NUMBER).lines().skip(5).toList())
        .containsExactly(
            "  n1 -> n0 [label=\"x:y a\\\"];\\\\u000a}\\\\\\\\ \\\\u001b[31m\\\\u202e--> b|c"
                + " <b>&#34;`\"];",
            "}");
    String arrow = LineageDrawing.mermaid(hostile, NUMBER).lines().skip(3).findFirst().orElse("");
    String text = arrow.substring("  n1 -->|\"".length(), arrow.length() - "\"| n0".length());
    assertThat(text).doesNotContain("\"", "|", "`", "<", ">", "&", "]", "}", "\\");
    assertThat(arrow).isEqualTo("  n1 -->|\"" + text + "\"| n0");
  }

  @Test
  void aStructureHasPlainValuesInAFixedOrder() {
    Map<String, Object> all = LineageStructure.of(HISTORY);
    assertThat(all.keySet()).containsExactly("direction", "nodes", "edges", "counts");
    assertThat(all.get("direction")).isEqualTo("up");
    assertThat(all.get("counts")).hasToString("{nodes=4, edges=3, depth=2}");
    assertThat((List<?>) all.get("nodes"))
        .first()
        .isEqualTo(Map.of("key", key(1).toString(), "depth", 0));
    assertThat(((List<?>) all.get("edges")).get(0))
        .isEqualTo(
            Map.of(
                "key",
                HISTORY.edges().get(0).key().toString(),
                "type",
                "git:commit",
                "from",
                List.of(
                    Map.of("key", key(2).toString(), "role", "tree"),
                    Map.of("key", key(3).toString(), "role", "parent 0")),
                "to",
                List.of(Map.of("key", key(1).toString())),
                "state",
                "live",
                "logseq",
                "1",
                "origin",
                "00".repeat(32) + "/1"));
  }

  private static LineageNode node(int number, int depth) {
    return new LineageNode(key(number), depth);
  }

  private static Endpoint end(int number) {
    return Endpoint.of(key(number));
  }

  private static Endpoint end(int number, String role) {
    return new Endpoint(key(number), role);
  }

  private static ArtifactKey key(int number) {
    byte[] digest = new byte[HashAlgorithm.DIGEST_BYTES];
    Bytes.u64(number).copyTo(digest, 0);
    return new ArtifactKey(HashAlgorithm.SHA_256, Bytes.wrap(digest));
  }

  private static GraphEdge edge(String type, List<Endpoint> from, List<Endpoint> to) {
    Edge edge = new Edge(new EdgeType(type), from, to, null);
    Origin origin = new Origin(new NodeId(Bytes.wrap(new byte[NodeId.BYTES])), 1);
    return new GraphEdge(edge.key(), edge, EdgeState.LIVE, 1, origin);
  }
}
