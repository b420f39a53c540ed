package dev.cairn.pel.operator;

import dev.cairn.pel.model.Refusal;

/** An operator's refusal of its inputs or parameters, recorded as the outcome of its node. */
public final class OperatorFailure extends Refusal {
  private static final long serialVersionUID = 1L;

  /** See {@link Refusal#Refusal}. */
  public OperatorFailure(String code, String message) {
    super(code, message);
  }
}
