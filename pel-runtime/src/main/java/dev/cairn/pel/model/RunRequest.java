package dev.cairn.pel.model;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * The wish that a program be run on its inputs, by whichever nodes of the federation take part.
 *
 * <pre>
 *   [1, program: bytes 34, [[input: text, key: bytes 34], ...]]
 * </pre>
 *
 * <p>Deterministic CBOR, type {@code pel/run-request}; inputs in the order of their names. Nothing
 * in it says who asks, when, or who shall do it, so the same wish is the same artifact wherever it
 * is made, and it is fulfilled by a receipt of its {@link #invocation} wherever that was written.
 *
 * @param program key of the program
 * @param inputs by input name
 */
public record RunRequest(ArtifactKey program, SortedMap<String, ArtifactKey> inputs) {
  /** The type of a request. */
  public static final TypeTag TYPE = new TypeTag("pel/run-request");

  /** Longest encoding, in bytes; follows from the bounds of a program. */
  public static final int ENCODED_BYTES_MAX = 2 << 20;

  private static final int VERSION = 1;
  private static final int FIELDS = 3;

  public RunRequest {
    inputs = Collections.unmodifiableSortedMap(new TreeMap<>(inputs));
  }

  /** The artifact's payload. */
  public Bytes encode() {
    CborWriter out = new CborWriter().array(FIELDS).uint(VERSION).bytes(program.bytes());
    Receipt.writeKeys(out, inputs);
    return out.toBytes();
  }

  /** Reads a payload, strictly. */
  public static RunRequest decode(Bytes encoded) {
    CborReader in = new CborReader("run request", encoded);
    if (encoded.length() > ENCODED_BYTES_MAX) {
      throw in.malformed(encoded.length() + " bytes are more than " + ENCODED_BYTES_MAX);
    }
    in.structure(VERSION, FIELDS);
    ArtifactKey program = ArtifactKey.fromBytes(in.bytes(ArtifactKey.BYTES));
    SortedMap<String, ArtifactKey> inputs = Receipt.readKeys(in);
    in.end();
    return new RunRequest(program, inputs);
  }

  /** The key of this as an artifact of type {@code pel/run-request}. */
  public ArtifactKey key() {
    return ArtifactKey.of(encode(), TYPE);
  }

  /** What a receipt must answer to fulfil it. */
  public Invocation invocation() {
    return new Invocation(program, inputs);
  }
}
