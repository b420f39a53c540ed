package dev.cairn.pel.operator;

import dev.cairn.pel.model.OperatorId;

/** An operator with its name and specification; immutable. */
abstract class BuiltIn implements Operator {
  private final OperatorId id;
  private final OperatorSpec spec;

  /**
   * @param id as {@code group/name@version}
   */
  BuiltIn(String id, OperatorSpec spec) {
    this.id = OperatorId.parse(id);
    this.spec = spec;
  }

  @Override
  public final OperatorId id() {
    return id;
  }

  @Override
  public final OperatorSpec spec() {
    return spec;
  }
}
