package dev.cairn.pel.operator;

import dev.cairn.pel.model.ArtifactList;
import dev.cairn.pel.model.OperatorId;
import dev.cairn.pel.operator.OperatorSpec.Kind;
import dev.cairn.pel.operator.OperatorSpec.Parameter;
import java.util.ArrayList;
import java.util.List;

/** {@code list/of@1}: a {@code pel/list} of the inputs, in order. */
final class ListOf implements Operator {
  private static final OperatorId ID = new OperatorId("list/of", 1);
  private static final OperatorSpec SPEC =
      new OperatorSpec(
          "A list of the inputs, in order.",
          0,
          OperatorSpec.ANY_NUMBER,
          List.of(
              new Parameter(
                  "labels", Kind.TEXTS, false, "one for each input; no labels if absent")));

  @Override
  public OperatorId id() {
    return ID;
  }

  @Override
  public OperatorSpec spec() {
    return SPEC;
  }

  @Override
  public void check(Parameters parameters) {
    for (String label : parameters.texts("labels")) {
      if (label.length() > ArtifactList.LABEL_CHARS_MAX) {
        throw new OperatorFailure("bad-parameter", "a label of " + label.length() + " characters");
      }
    }
  }

  @Override
  public OperatorOutput run(OperatorContext context) {
    List<String> labels = context.parameters().texts("labels");
    int count = context.inputs().size();
    boolean labelled = context.parameters().has("labels");
    if (labelled && labels.size() != count) {
      throw new OperatorFailure(
          "bad-parameter", labels.size() + " labels for " + count + " inputs");
    }
    List<ArtifactList.Item> items = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      items.add(
          new ArtifactList.Item(context.inputs().get(i).key(), labelled ? labels.get(i) : null));
    }
    return OperatorOutput.of(ArtifactList.TYPE, new ArtifactList(items).encode());
  }
}
