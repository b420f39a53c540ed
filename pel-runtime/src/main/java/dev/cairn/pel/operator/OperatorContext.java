package dev.cairn.pel.operator;

import java.util.List;

/**
 * All that an operator sees of the world.
 *
 * @param inputs what it was given, in order
 * @param parameters its parameters, of the kinds that its {@link OperatorSpec} asks for
 */
public record OperatorContext(List<OperatorInput> inputs, Parameters parameters) {
  public OperatorContext {
    inputs = List.copyOf(inputs);
  }
}
