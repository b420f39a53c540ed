package dev.cairn.pel.operator;

import dev.cairn.asl.cbor.CborValue;
import dev.cairn.pel.model.OperatorId;
import java.util.List;

/**
 * An operator to be applied, by another one.
 *
 * @param operator which
 * @param parameters its parameters
 * @param inputs what it is given, in order
 */
public record Application(
    OperatorId operator, CborValue.Dict parameters, List<OperatorInput> inputs) {
  public Application {
    inputs = List.copyOf(inputs);
  }
}
