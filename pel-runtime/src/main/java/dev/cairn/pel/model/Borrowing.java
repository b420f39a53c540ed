package dev.cairn.pel.model;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What a node says beside a receipt that it records without having run all of it: these nodes of
 * the program I took from receipts of others.
 *
 * <pre>
 *   [1, receipt: bytes 34, [node: text, ...]]
 * </pre>
 *
 * <p>Deterministic CBOR, type {@code pel/borrowing}; nodes in order, at least one. It speaks for
 * the record of that receipt in the same commit, and for no other: so a record of a receipt without
 * one beside it says "I ran all of this", and nobody comes to vouch for a step by reusing it.
 *
 * @param receipt which
 * @param nodes nodes of its program that the recording node did not run
 */
public record Borrowing(ArtifactKey receipt, SortedSet<String> nodes) {
  /** The type of a borrowing. */
  public static final TypeTag TYPE = new TypeTag("pel/borrowing");

  /** Longest encoding, in bytes; follows from the bounds of a program. */
  public static final int ENCODED_BYTES_MAX = 1 << 20;

  private static final int VERSION = 1;
  private static final int FIELDS = 3;

  public Borrowing {
    nodes = Collections.unmodifiableSortedSet(new TreeSet<>(nodes));
    if (nodes.isEmpty() || nodes.size() > Program.NODES_MAX) {
      throw new IllegalArgumentException("a borrowing of " + nodes.size() + " nodes");
    }
  }

  /** The artifact's payload. */
  public Bytes encode() {
    CborWriter out = new CborWriter().array(FIELDS).uint(VERSION).bytes(receipt.bytes());
    out.array(nodes.size());
    nodes.forEach(out::text);
    return out.toBytes();
  }

  /** Reads a payload, strictly. */
  public static Borrowing decode(Bytes encoded) {
    CborReader in = new CborReader("borrowing", encoded);
    if (encoded.length() > ENCODED_BYTES_MAX) {
      throw in.malformed(encoded.length() + " bytes are more than " + ENCODED_BYTES_MAX);
    }
    in.structure(VERSION, FIELDS);
    ArtifactKey receipt = ArtifactKey.fromBytes(in.bytes(ArtifactKey.BYTES));
    int count = Program.bounded(in, Program.NODES_MAX);
    if (count == 0) {
      throw in.malformed("ends a list of no nodes");
    }
    TreeSet<String> nodes = new TreeSet<>();
    for (int i = 0; i < count; i++) {
      nodes.add(Names.next(in, nodes.isEmpty() ? "" : nodes.last()));
    }
    in.end();
    return new Borrowing(receipt, nodes);
  }
}
