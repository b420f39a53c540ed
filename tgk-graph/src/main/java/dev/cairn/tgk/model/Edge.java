package dev.cairn.tgk.model;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A statement of provenance: these effects came from these causes. An artifact of type {@code
 * tgk/edge} whose payload is deterministic CBOR:
 *
 * <pre>
 *   [1, type: text, [[key: bytes 34, role: text / null] ...] from, [...] to, payload: bytes 34 / null]
 * </pre>
 *
 * <p>Endpoints of a side are in order of {@link Endpoint} and distinct; the constructor sorts them,
 * the decoder demands it. An edge has at least one effect; it may have no cause, as an empty git
 * tree has none. The same key may stand on both sides.
 *
 * @param type what is said
 * @param from causes
 * @param to effects
 * @param payload an artifact that says more about it, if any
 */
public record Edge(
    EdgeType type, List<Endpoint> from, List<Endpoint> to, @Nullable ArtifactKey payload) {
  /** Version of the byte form. */
  public static final int VERSION = 1;

  /** Most endpoints of an edge, both sides together. */
  public static final int EDGE_ENDPOINTS_MAX = 65_536;

  /** Most bytes of UTF-8 that the roles of an edge take together. */
  public static final int ROLES_BYTES_MAX = 8 << 20;

  /** Longest byte form, as follows from the bounds above. */
  public static final int EDGE_BYTES_MAX = 16 << 20;

  private static final int FIELDS = 5;

  /** Array head and version, before what the slot covers. */
  private static final int BYTES_BEFORE_SLOT = 2;

  /** Array head of the three fields that the slot covers. */
  private static final Bytes SLOT_HEAD = new CborWriter().array(3).toBytes();

  public Edge {
    from = sorted("from", from);
    to = sorted("to", to);
    if (to.isEmpty()) {
      throw new MalformedException("edge: no effect");
    }
    if (from.size() + to.size() > EDGE_ENDPOINTS_MAX) {
      throw new MalformedException(
          "edge: " + (from.size() + to.size()) + " endpoints, more than " + EDGE_ENDPOINTS_MAX);
    }
    long roleBytes = roleBytes(from) + roleBytes(to);
    if (roleBytes > ROLES_BYTES_MAX) {
      throw new MalformedException(
          "edge: roles of " + roleBytes + " bytes, more than " + ROLES_BYTES_MAX);
    }
  }

  /** The canonical bytes: the artifact's payload. */
  public Bytes encode() {
    CborWriter out = new CborWriter().array(FIELDS).uint(VERSION).text(type.text());
    write(out, from);
    write(out, to);
    return (payload == null ? out.nul() : out.bytes(payload.bytes())).toBytes();
  }

  /** Reads canonical bytes, strictly. */
  public static Edge decode(Bytes encoded) {
    CborReader in = new CborReader("edge", encoded);
    in.structure(VERSION, FIELDS);
    EdgeType type = new EdgeType(in.text());
    List<Endpoint> from = read(in, EDGE_ENDPOINTS_MAX);
    List<Endpoint> to = read(in, EDGE_ENDPOINTS_MAX - from.size());
    ArtifactKey payload = in.nul() ? null : ArtifactKey.fromBytes(in.bytes(ArtifactKey.BYTES));
    in.end();
    return new Edge(type, from, to, payload);
  }

  /** The artifact's key under the default hash function. */
  public ArtifactKey key() {
    return ArtifactKey.of(encode(), TypeTag.EDGE);
  }

  /**
   * The place that this edge competes for: SHA-256 of the canonical CBOR {@code [type, from, to]},
   * roles included. Of the live edges of one slot only the latest is the graph's; so an edge's
   * payload is replaced by putting the same edge with another one.
   */
  public Bytes slot() {
    return slotOf(encode());
  }

  /** The slot of the edge whose canonical bytes are {@code encoded}. */
  public Bytes slotOf(Bytes encoded) {
    // The three fields stand side by side in the canonical bytes, between version and payload.
    int payloadBytes = payload == null ? 1 : 2 + ArtifactKey.BYTES;
    return HashAlgorithm.SHA_256.hash(
        SLOT_HEAD, encoded.slice(BYTES_BEFORE_SLOT, encoded.length() - payloadBytes));
  }

  private static List<Endpoint> sorted(String side, List<Endpoint> endpoints) {
    List<Endpoint> sorted = endpoints;
    if (!isSorted(endpoints)) {
      sorted = new ArrayList<>(endpoints);
      Collections.sort(sorted);
      for (int i = 1; i < sorted.size(); i++) {
        if (sorted.get(i).equals(sorted.get(i - 1))) {
          throw new MalformedException(
              "edge: endpoint " + sorted.get(i).key() + " stands twice in '" + side + "'");
        }
      }
    }
    return List.copyOf(sorted);
  }

  private static boolean isSorted(List<Endpoint> endpoints) {
    for (int i = 1; i < endpoints.size(); i++) {
      if (endpoints.get(i - 1).compareTo(endpoints.get(i)) >= 0) {
        return false;
      }
    }
    return true;
  }

  private static long roleBytes(List<Endpoint> endpoints) {
    long sum = 0;
    for (Endpoint endpoint : endpoints) {
      sum += endpoint.roleBytes();
    }
    return sum;
  }

  private static void write(CborWriter out, List<Endpoint> endpoints) {
    out.array(endpoints.size());
    for (Endpoint endpoint : endpoints) {
      out.array(2).bytes(endpoint.key().bytes());
      if (endpoint.role() == null) {
        out.nul();
      } else {
        out.text(endpoint.role());
      }
    }
  }

  private static List<Endpoint> read(CborReader in, int countMax) {
    int count = in.array();
    if (count > countMax) {
      throw in.malformed("more than " + EDGE_ENDPOINTS_MAX + " endpoints");
    }
    List<Endpoint> endpoints = new ArrayList<>(Math.min(count, 16));
    for (int i = 0; i < count; i++) {
      in.array(2);
      ArtifactKey key = ArtifactKey.fromBytes(in.bytes(ArtifactKey.BYTES));
      Endpoint endpoint = new Endpoint(key, in.nul() ? null : in.text());
      if (i > 0 && endpoints.get(i - 1).compareTo(endpoint) >= 0) {
        throw in.malformed("endpoint " + i + " is not after the one before");
      }
      endpoints.add(endpoint);
    }
    return endpoints;
  }
}
