package dev.cairn.pel.model;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborValue;
import dev.cairn.asl.crypto.HashAlgorithm;
import java.util.List;

/**
 * One step of a program: an operator applied to what program inputs and other nodes give.
 *
 * @param operator what runs
 * @param inputs names of program inputs or of nodes, in the operator's order; one may stand twice
 * @param parameters the operator's parameters
 */
public record ProgramNode(OperatorId operator, List<String> inputs, CborValue.Dict parameters) {
  public ProgramNode {
    inputs = List.copyOf(inputs);
  }

  /** SHA-256 of the parameters' encoding: how receipts and step keys name them. */
  public Bytes parametersDigest() {
    return HashAlgorithm.SHA_256.hash(parameters.encode());
  }
}
