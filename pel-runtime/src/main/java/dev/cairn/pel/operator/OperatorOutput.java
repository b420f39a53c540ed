package dev.cairn.pel.operator;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.TypeTag;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an operator gives: an artifact to be.
 *
 * <p>It cannot be an edge, receipt, program, snapshot or tombstone note: those are statements of
 * the node, and a program must not make them in its name.
 *
 * @param tag its type, if any
 * @param payload its bytes, read once and closed by the executor; a stream, so that an output need
 *     not fit in memory
 */
public record OperatorOutput(@Nullable TypeTag tag, InputStream payload) {
  private static final Set<TypeTag> RESERVED =
      Set.of(TypeTag.EDGE, TypeTag.RECEIPT, TypeTag.PROGRAM, TypeTag.SNAPSHOT, TypeTag.TOMBSTONE);

  public OperatorOutput {
    checkType(tag);
  }

  static void checkType(@Nullable TypeTag tag) {
    if (tag != null && RESERVED.contains(tag)) {
      throw new OperatorFailure("reserved-type", "an operator cannot make a " + tag);
    }
  }

  /** An output that is in memory. */
  public static OperatorOutput of(@Nullable TypeTag tag, Bytes payload) {
    return new OperatorOutput(tag, new ByteArrayInputStream(payload.toArray()));
  }
}
