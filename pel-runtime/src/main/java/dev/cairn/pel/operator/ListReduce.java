package dev.cairn.pel.operator;

import java.io.IOException;
import java.util.List;

/**
 * {@code list/reduce@1}: an operator of two inputs applied from left to right: to the first two
 * items, then to what it gave and the third, and so on. A second input stands before the first
 * item. One item alone is the result; none at all, without a second input, is refused.
 */
final class ListReduce extends BuiltIn {
  ListReduce() {
    super(
        "list/reduce@1",
        new OperatorSpec(
            "The items of a list brought together by an operator of two inputs.",
            1,
            2,
            List.of(Applied.OPERATOR, Applied.PARAMETERS)));
  }

  @Override
  public void check(Parameters parameters, OperatorRegistry known) {
    Applied.check(parameters, known);
  }

  @Override
  public OperatorOutput run(OperatorContext context) throws IOException {
    Applied applied = Applied.of(context.parameters());
    List<OperatorInput> items = Inputs.items(context, 0);
    boolean begun = context.inputs().size() == 2;
    if (!begun && items.isEmpty()) {
      throw new OperatorFailure("empty-list", "there is nothing to begin with");
    }
    OperatorInput result = begun ? context.inputs().get(1) : items.get(0);
    for (int i = begun ? 0 : 1; i < items.size(); i++) {
      List<OperatorInput> pair = List.of(result, items.get(i));
      result =
          Applied.to(
              context.host(), i, new Application(applied.operator(), applied.parameters(), pair));
    }
    return new OperatorOutput(result.tag(), result.open());
  }
}
