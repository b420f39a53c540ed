package dev.cairn.pel.operator;

import dev.cairn.asl.cbor.CborValue;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.pel.model.Mistakes;
import dev.cairn.pel.model.OperatorId;
import dev.cairn.pel.model.Refusal;
import dev.cairn.pel.operator.OperatorSpec.Kind;
import dev.cairn.pel.operator.OperatorSpec.Parameter;
import java.io.IOException;
import java.util.Set;

/**
 * An operator and its parameters as parameters of an operator that applies it: {@code operator} and
 * {@code parameters}.
 */
record Applied(OperatorId operator, CborValue.Dict parameters) {
  static final Parameter OPERATOR =
      new Parameter("operator", Kind.TEXT, true, "what is applied, as name@version");
  static final Parameter PARAMETERS =
      new Parameter("parameters", Kind.MAP, false, "its parameters; none if absent");

  private static final Set<String> APPLYING = Set.of("list/map", "list/reduce");

  static Applied of(Parameters parameters) {
    try {
      return new Applied(
          OperatorId.parse(parameters.requiredText("operator")), parameters.map("parameters"));
    } catch (MalformedException e) {
      throw new OperatorFailure("bad-parameter", String.valueOf(e.getMessage()));
    }
  }

  /** Refuses what is unknown, has wrong parameters or is nested too deep. */
  static void check(Parameters parameters, OperatorRegistry known) {
    Applied applied = of(parameters);
    Applied inner = applied;
    for (int depth = 1; APPLYING.contains(inner.operator.name()); depth++) {
      if (depth == OperatorHost.DEPTH_MAX) {
        throw new OperatorFailure(
            "bad-parameter",
            "operators apply operators more than " + OperatorHost.DEPTH_MAX + " deep");
      }
      if (!(inner.parameters.entries().get("operator") instanceof CborValue.Text)) {
        break;
      }
      inner = of(new Parameters(inner.parameters));
    }
    Mistakes mistakes = new Mistakes();
    known.checkParameters("", applied.operator, applied.parameters, mistakes);
    try {
      mistakes.throwIfAny(applied.operator.toString());
    } catch (MalformedException e) {
      throw new OperatorFailure("bad-parameter", String.valueOf(e.getMessage()));
    }
  }

  /** Applies an operator; a refusal names the item. */
  static OperatorInput to(OperatorHost host, int item, Application application) throws IOException {
    try {
      return host.apply(application);
    } catch (Refusal e) {
      throw new OperatorFailure(e.code(), "item " + item + ": " + e.getMessage());
    }
  }
}
