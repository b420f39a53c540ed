package dev.cairn.pel.operator;

import dev.cairn.pel.model.Mistakes;
import dev.cairn.pel.operator.OperatorSpec.Kind;
import dev.cairn.pel.operator.OperatorSpec.Parameter;
import java.io.IOException;
import java.util.List;

/** {@code list/item@1}: one item of a list, by its label or its place: the very artifact. */
final class ListItem extends BuiltIn {
  ListItem() {
    super(
        "list/item@1",
        new OperatorSpec(
            "One item of a list.",
            1,
            1,
            List.of(
                new Parameter("label", Kind.TEXT, false, "its label, which only one may have"),
                new Parameter("index", Kind.INTEGER, false, "its place instead, from 0"))));
  }

  @Override
  public void check(Parameters parameters) {
    if (parameters.has("label") == parameters.has("index")) {
      throw new OperatorFailure("bad-parameter", "either label or index has to be given");
    }
    if (parameters.integer("index", 0) < 0) {
      throw new OperatorFailure("bad-parameter", "index is negative");
    }
  }

  @Override
  public OperatorOutput run(OperatorContext context) throws IOException {
    List<OperatorInput> items = Inputs.items(context, 0);
    String label = context.parameters().text("label");
    OperatorInput item =
        label == null
            ? atIndex(items, context.parameters().integer("index", 0))
            : labelled(items, label);
    return new OperatorOutput(item.tag(), item.open());
  }

  private static OperatorInput atIndex(List<OperatorInput> items, long index) {
    if (index >= items.size()) {
      throw new OperatorFailure("no-such-item", "item " + index + " of " + items.size());
    }
    return items.get((int) index);
  }

  private static OperatorInput labelled(List<OperatorInput> items, String label) {
    List<OperatorInput> found = items.stream().filter(item -> label.equals(item.label())).toList();
    if (found.size() != 1) {
      throw new OperatorFailure(
          "no-such-item", found.size() + " items with the label " + Mistakes.quote(label));
    }
    return found.get(0);
  }
}
