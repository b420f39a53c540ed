package dev.cairn.testkit.sim;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.NavigableMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The few artifacts that a simulation's nodes speak of, so that they often speak of the same one:
 * texts, each under two types, some large payloads, edges in few slots.
 */
final class Universe {
  static final TypeTag TEXT = new TypeTag("text/plain");

  /** From just above what travels inline to two pieces of the protocol and more than one chunk. */
  private static final int[] LARGE_BYTES = {65_537, 66_001, 90_000, (1 << 18) + 5};

  private static final List<Piece> LARGE = largePieces();
  private static final int LARGE_EDGE_ENDS = 20;
  private static final int EDGE_CAUSES = 4;
  private static final int EDGE_EFFECTS = 3;

  private final List<Piece> small = new ArrayList<>();
  private final List<Piece> edges = new ArrayList<>();
  private final TreeMap<ArtifactKey, Edge> edgesByKey = new TreeMap<>();

  /** One artifact. */
  record Piece(@Nullable TypeTag tag, Bytes payload, ArtifactKey key) {
    static Piece of(@Nullable TypeTag tag, Bytes payload) {
      return new Piece(tag, payload, ArtifactKey.of(payload, tag));
    }
  }

  Universe(int texts) {
    for (int i = 0; i < texts; i++) {
      Bytes payload = Bytes.utf8("text " + i + "\n");
      small.add(Piece.of(TEXT, payload));
      small.add(Piece.of(null, payload));
    }
    addEdges();
    addLargeEdge();
  }

  private void addEdges() {
    for (String type : List.of("sim:madeFrom", "sim:mentions")) {
      for (int cause = 0; cause < EDGE_CAUSES; cause++) {
        for (int effect = 0; effect < EDGE_EFFECTS; effect++) {
          for (int payload = 0; payload < 3; payload++) {
            addEdge(new EdgeType(type), cause, effect, payload);
          }
        }
      }
    }
  }

  private void addEdge(EdgeType type, int cause, int effect, int payload) {
    Edge edge =
        new Edge(
            type,
            List.of(Endpoint.of(small.get(cause).key())),
            List.of(new Endpoint(small.get(small.size() - 1 - effect).key(), "effect")),
            payload == 0 ? null : small.get(payload).key());
    Piece piece = Piece.of(TypeTag.EDGE, edge.encode());
    edges.add(piece);
    edgesByKey.put(piece.key(), edge);
  }

  /** An edge above what travels inline. */
  private void addLargeEdge() {
    List<Endpoint> effects = new ArrayList<>();
    for (int i = 0; i < LARGE_EDGE_ENDS; i++) {
      effects.add(new Endpoint(small.get(0).key(), i + "-".repeat(Endpoint.ROLE_BYTES_MAX - 8)));
    }
    Edge edge = new Edge(new EdgeType("sim:large"), List.of(), effects, null);
    Piece piece = Piece.of(TypeTag.EDGE, edge.encode());
    edges.add(piece);
    edgesByKey.put(piece.key(), edge);
  }

  private static List<Piece> largePieces() {
    List<Piece> pieces = new ArrayList<>();
    for (int i = 0; i < LARGE_BYTES.length; i++) {
      pieces.add(Piece.of(i % 2 == 0 ? TEXT : null, pattern(i)));
    }
    return List.copyOf(pieces);
  }

  private static Bytes pattern(int number) {
    byte[] bytes = new byte[LARGE_BYTES[number]];
    int state = number + 1;
    for (int i = 0; i < bytes.length; i++) {
      state = state * 1_103_515_245 + 12_345;
      bytes[i] = (byte) (state >>> 16);
    }
    return Bytes.wrap(bytes);
  }

  /**
   * Artifacts that no other commit names: {@code count} of them, the {@code number}-th such lot.
   */
  static List<Piece> many(int number, int count) {
    List<Piece> pieces = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      pieces.add(Piece.of(TEXT, Bytes.utf8("lot " + number + " piece " + i + " ".repeat(90))));
    }
    return pieces;
  }

  List<Piece> small() {
    return Collections.unmodifiableList(small);
  }

  List<Piece> large() {
    return LARGE;
  }

  List<Piece> edges() {
    return Collections.unmodifiableList(edges);
  }

  NavigableMap<ArtifactKey, Edge> edgesByKey() {
    return Collections.unmodifiableNavigableMap(edgesByKey);
  }
}
