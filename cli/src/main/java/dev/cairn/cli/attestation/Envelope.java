package dev.cairn.cli.attestation;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.cli.imports.json.JsonTree;
import dev.cairn.cli.imports.json.StableJson;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A DSSE envelope (Dead Simple Signing Envelope, version 1.0.2): bytes of a type, and signatures
 * over both. Payload and signatures are base64, standard or for URLs, as the specification wants
 * from readers.
 *
 * @param payloadType what the payload is
 * @param payload what is said
 * @param signatures at least one
 */
public record Envelope(String payloadType, Bytes payload, List<Signature> signatures) {
  /** The type of in-toto statements. */
  public static final String IN_TOTO = "application/vnd.in-toto+json";

  private static final String STATEMENT = "https://in-toto.io/Statement/v1";

  /** Most signatures of one envelope. */
  public static final int SIGNATURES_MAX = 1_000;

  /**
   * A signature.
   *
   * @param keyId a hint at the key; says nothing by itself
   * @param value its bytes
   */
  public record Signature(@Nullable String keyId, Bytes value) {}

  public Envelope {
    signatures = List.copyOf(signatures);
  }

  /**
   * An in-toto statement (v1), signed by a node or whoever has an Ed25519 key; the hint at the key
   * is its node id.
   *
   * @param subjects what it is about, each with {@code name} and {@code digest}
   * @throws IllegalArgumentException if it is about nothing
   */
  public static Envelope ofStatement(
      List<Object> subjects, String predicateType, Map<String, Object> predicate, SigningKey key) {
    if (subjects.isEmpty()) {
      throw new IllegalArgumentException("a statement about nothing");
    }
    Bytes statement =
        StableJson.bytes(
            Map.of(
                "_type", STATEMENT,
                "subject", subjects,
                "predicateType", predicateType,
                "predicate", predicate));
    String signer = NodeId.of(key.publicKey()).toString();
    return new Envelope(
        IN_TOTO, statement, List.of(new Signature(signer, key.sign(signed(IN_TOTO, statement)))));
  }

  /** True if a JSON object has the form of an envelope. */
  public static boolean isOne(JsonTree value) {
    return value.isObject() && value.member("payloadType") != null;
  }

  /** Reads an envelope, strictly. */
  public static Envelope of(JsonTree envelope) {
    String type = envelope.words("payloadType");
    Bytes payload = base64(envelope.require("payload"));
    List<JsonTree> listed = envelope.require("signatures").items();
    if (listed.isEmpty() || listed.size() > SIGNATURES_MAX) {
      throw envelope.require("signatures").malformed(listed.size() + " signatures");
    }
    List<Signature> signatures = new ArrayList<>();
    for (JsonTree one : listed) {
      signatures.add(new Signature(one.textOf("keyid"), base64(one.require("sig"))));
    }
    return new Envelope(type, payload, signatures);
  }

  private static Bytes base64(JsonTree value) {
    String text = value.text();
    boolean forUrls = text.indexOf('-') >= 0 || text.indexOf('_') >= 0;
    try {
      return Bytes.wrap((forUrls ? Base64.getUrlDecoder() : Base64.getDecoder()).decode(text));
    } catch (IllegalArgumentException e) {
      throw value.malformed("not base64", e);
    }
  }

  /** What the signatures are over: the pre-authentication encoding of type and payload. */
  public Bytes signed() {
    return signed(payloadType, payload);
  }

  /**
   * {@code "DSSEv1" SP length(type) SP type SP length(payload) SP payload}, lengths in bytes as
   * decimal digits.
   */
  public static Bytes signed(String payloadType, Bytes payload) {
    Bytes type = Bytes.utf8(payloadType);
    return Bytes.concat(
        Bytes.utf8("DSSEv1 " + type.length() + " "),
        type,
        Bytes.utf8(" " + payload.length() + " "),
        payload);
  }

  /** True if one of the signatures is this key's. */
  public boolean isSignedBy(VerificationKey key) {
    Bytes message = signed();
    return signatures.stream().anyMatch(one -> key.verifies(message, one.value()));
  }

  /** The envelope as JSON. */
  public Bytes toJson() {
    List<Object> listed = new ArrayList<>();
    for (Signature signature : signatures) {
      Map<String, Object> one = new TreeMap<>();
      if (signature.keyId() != null) {
        one.put("keyid", signature.keyId());
      }
      one.put("sig", base64(signature.value()));
      listed.add(one);
    }
    return StableJson.bytes(
        Map.of("payloadType", payloadType, "payload", base64(payload), "signatures", listed));
  }

  private static String base64(Bytes bytes) {
    return Base64.getEncoder().encodeToString(bytes.toArray());
  }
}
