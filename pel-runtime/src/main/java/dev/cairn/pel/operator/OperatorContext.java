package dev.cairn.pel.operator;

import java.util.List;

/**
 * All that an operator sees of the world.
 *
 * @param inputs what it was given, in order
 * @param parameters its parameters, of the kinds that its {@link OperatorSpec} asks for
 * @param host makes further artifacts and applies other operators
 */
public record OperatorContext(
    List<OperatorInput> inputs, Parameters parameters, OperatorHost host) {
  public OperatorContext {
    inputs = List.copyOf(inputs);
  }

  /** For an operator that needs no host. */
  public OperatorContext(List<OperatorInput> inputs, Parameters parameters) {
    this(inputs, parameters, OperatorHost.NONE);
  }
}
