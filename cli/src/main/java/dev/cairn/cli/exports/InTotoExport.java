package dev.cairn.cli.exports;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.SnapshotInfo;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.View;
import dev.cairn.cli.attestation.Envelope;
import dev.cairn.cli.imports.json.JsonNumber;
import dev.cairn.pel.index.Receipts;
import dev.cairn.pel.model.Receipt;
import dev.cairn.tgk.GraphEdge;
import dev.cairn.tgk.Lineage;
import dev.cairn.tgk.LineageNode;
import dev.cairn.tgk.LineageOptions;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A lineage as an in-toto statement (v1) in a DSSE envelope that the node signs with its Ed25519
 * key.
 *
 * <p>Subjects are the artifacts asked for, by the SHA-256 of their payloads. The predicate, of type
 * {@value #PREDICATE_TYPE}, is described in {@code docs/interchange.md}. Everything in it follows
 * from the store, so the same export of the same state has the same bytes. Pure but for reading.
 */
public final class InTotoExport {
  /** The type of the predicate. */
  public static final String PREDICATE_TYPE = "urn:cairn:predicate:lineage:v1";

  private final Store store;
  private final View view;
  private final ExportScope scope;

  private InTotoExport(Store store, View view, ExportScope scope) {
    this.store = store;
    this.view = view;
    this.scope = scope;
  }

  /**
   * The envelope.
   *
   * @param at the snapshot that {@code view} shows, or null if it is the present
   */
  public static Bytes of(
      Lineage lineage, ExportScope scope, Store store, View view, @Nullable SnapshotInfo at) {
    InTotoExport export = new InTotoExport(store, view, scope);
    return Envelope.ofStatement(
            export.subjects(), PREDICATE_TYPE, export.predicate(lineage, at), store.signingKey())
        .toJson();
  }

  private List<Object> subjects() {
    List<Object> subjects = new ArrayList<>();
    for (ArtifactKey start : scope.starts()) {
      ArtifactId id = store.reader(view).identify(start);
      subjects.add(
          Map.of(
              "name", start.toString(),
              "digest", Map.of("sha256", id.payloadDigest().digest().toHex())));
    }
    return subjects;
  }

  private Map<String, Object> predicate(Lineage lineage, @Nullable SnapshotInfo at) {
    Map<String, Object> predicate = new TreeMap<>();
    predicate.put("node", NodeId.of(store.signingKey().publicKey()).toString());
    predicate.put("federation", store.federation());
    Cut cut = at == null ? store.cut() : at.snapshot().cut();
    if (at != null) {
      predicate.put("snapshot", at.key().toString());
      predicate.put("stateRoot", at.snapshot().stateRoot().toHex());
    }
    List<Object> heads = new ArrayList<>();
    cut.logseqs()
        .forEach(
            (origin, logseq) ->
                heads.add(
                    Map.of("origin", origin.toString(), "logseq", Long.toUnsignedString(logseq))));
    predicate.put("cut", heads);
    predicate.put("scope", scopeText());
    List<Object> artifacts = new ArrayList<>();
    // A receipt is an effect of its run: a walk up names it as an end without reaching it.
    TreeSet<ArtifactKey> named = new TreeSet<>();
    for (LineageNode node : lineage.nodes()) {
      artifacts.add(artifact(node));
      named.add(node.key());
    }
    for (GraphEdge edge : lineage.edges()) {
      edge.edge().from().forEach(end -> named.add(end.key()));
      edge.edge().to().forEach(end -> named.add(end.key()));
    }
    List<Object> receipts = new ArrayList<>();
    for (ArtifactKey key : named) {
      if (isReceipt(key)) {
        receipts.add(receipt(key));
      }
    }
    predicate.put("artifacts", artifacts);
    predicate.put(
        "edges", lineage.edges().stream().map(edge -> edge(edge.key(), edge.edge())).toList());
    predicate.put("receipts", receipts);
    return predicate;
  }

  private Map<String, Object> scopeText() {
    Map<String, Object> text = new TreeMap<>();
    text.put(
        "directions",
        scope.directions().stream()
            .map(way -> (Object) way.name().toLowerCase(Locale.ROOT))
            .toList());
    LineageOptions options = scope.options();
    if (options.depthMax() != LineageOptions.DEPTH_UNLIMITED) {
      text.put("depth", JsonNumber.of(options.depthMax()));
    }
    if (!options.types().isEmpty()) {
      text.put("types", options.types().stream().map(EdgeType::text).toList());
    }
    return text;
  }

  private Map<String, Object> artifact(LineageNode node) {
    Map<String, Object> out = new TreeMap<>();
    out.put("key", node.key().toString());
    out.put("depth", JsonNumber.of(node.depth()));
    LiveEntry entry = view.known(node.key()).map(store::held).orElse(null);
    if (entry != null) {
      ArtifactId id = entry.artifact();
      if (id.tag() != null) {
        out.put("type", id.tag().text());
      }
      out.put("size", Long.toUnsignedString(id.payloadLength()));
      out.put("digest", Map.of("sha256", id.payloadDigest().digest().toHex()));
    }
    return out;
  }

  private static Object edge(ArtifactKey key, Edge edge) {
    Map<String, Object> out = new TreeMap<>();
    out.put("key", key.toString());
    out.put("type", edge.type().text());
    out.put("from", ends(edge.from()));
    out.put("to", ends(edge.to()));
    if (edge.payload() != null) {
      out.put("payload", edge.payload().toString());
    }
    return out;
  }

  private static List<Object> ends(List<Endpoint> ends) {
    List<Object> out = new ArrayList<>();
    for (Endpoint end : ends) {
      Map<String, Object> one = new TreeMap<>();
      one.put("key", end.key().toString());
      if (end.role() != null) {
        one.put("role", end.role());
      }
      out.add(one);
    }
    return out;
  }

  private boolean isReceipt(ArtifactKey key) {
    return view.known(key).filter(entry -> entry.kind() == RecordKind.PER).isPresent();
  }

  private Object receipt(ArtifactKey key) {
    Receipt receipt = new Receipts(store, view).read(key);
    Map<String, Object> out = new TreeMap<>();
    out.put("key", key.toString());
    out.put("program", receipt.program().toString());
    out.put("status", receipt.status().toString());
    out.put("inputs", keys(receipt.inputs()));
    out.put("outputs", keys(receipt.outputs()));
    return out;
  }

  private static Map<String, Object> keys(SortedMap<String, ArtifactKey> named) {
    Map<String, Object> out = new TreeMap<>();
    named.forEach((name, key) -> out.put(name, key.toString()));
    return out;
  }
}
