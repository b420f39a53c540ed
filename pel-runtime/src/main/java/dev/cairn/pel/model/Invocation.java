package dev.cairn.pel.model;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.model.ArtifactKey;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A program with the artifacts given to it: the question that a receipt answers.
 *
 * @param program the program's key
 * @param inputs by input name
 */
public record Invocation(ArtifactKey program, SortedMap<String, ArtifactKey> inputs) {
  public Invocation {
    inputs = Collections.unmodifiableSortedMap(new TreeMap<>(inputs));
  }

  /**
   * SHA-256 of the deterministic CBOR of {@code [program: bytes 34, [[name: text, key: bytes 34],
   * ...]]}.
   */
  public Bytes digest() {
    CborWriter out = new CborWriter().array(2).bytes(program.bytes());
    Receipt.writeKeys(out, inputs);
    return HashAlgorithm.SHA_256.hash(out.toBytes());
  }
}
