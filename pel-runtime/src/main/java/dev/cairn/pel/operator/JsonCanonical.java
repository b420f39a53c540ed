package dev.cairn.pel.operator;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.pel.json.CanonicalJson;
import dev.cairn.pel.json.Json;
import dev.cairn.pel.model.OperatorId;
import java.io.IOException;
import java.util.List;

/**
 * {@code json/canonical@1}: the RFC 8785 form of a JSON text.
 *
 * <p>Numbers are IEEE 754 doubles printed as ECMAScript does; a number beyond the greatest double,
 * or an integer that the canonical form would change, is refused. So are names that stand twice,
 * lone surrogates, a byte order mark and more than 256 levels.
 */
final class JsonCanonical implements Operator {
  private static final OperatorId ID = new OperatorId("json/canonical", 1);
  private static final OperatorSpec SPEC =
      new OperatorSpec("The canonical form (RFC 8785) of a JSON text.", 1, 1, List.of());

  @Override
  public OperatorId id() {
    return ID;
  }

  @Override
  public OperatorSpec spec() {
    return SPEC;
  }

  @Override
  public OperatorOutput run(OperatorContext context) throws IOException {
    Json value = Inputs.json("input 0", context.inputs().get(0));
    try {
      return OperatorOutput.of(Inputs.JSON, CanonicalJson.encode(value));
    } catch (MalformedException e) {
      throw new OperatorFailure("bad-number", String.valueOf(e.getMessage()));
    }
  }
}
