package dev.cairn.pel.operator;

import dev.cairn.pel.model.ArtifactList;
import dev.cairn.pel.operator.OperatorSpec.Kind;
import dev.cairn.pel.operator.OperatorSpec.Parameter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code list/map@1}: what an operator gives for each item of a list, as a list with the same
 * labels.
 *
 * <p>Inputs behind the list are given to every application: the item takes the place that {@code
 * item} says, the others the places that are left, in order. The first item that the operator
 * refuses is the refusal of the whole.
 */
final class ListMap extends BuiltIn {
  ListMap() {
    super(
        "list/map@1",
        new OperatorSpec(
            "What an operator gives for each item of a list, as a list.",
            1,
            64,
            List.of(
                Applied.OPERATOR,
                Applied.PARAMETERS,
                new Parameter(
                    "item",
                    Kind.INTEGER,
                    false,
                    "the item's place among the inputs; 0 if absent"))));
  }

  @Override
  public void check(Parameters parameters, OperatorRegistry known) {
    long place = parameters.integer("item", 0);
    if (place < 0 || place >= spec().inputsMax()) {
      throw new OperatorFailure("bad-parameter", "item " + place + " is no place");
    }
    Applied.check(parameters, known);
  }

  @Override
  public List<Application> applications(OperatorContext context) throws IOException {
    Applied applied = Applied.of(context.parameters());
    List<OperatorInput> items = Inputs.items(context, 0);
    List<OperatorInput> others = context.inputs().subList(1, context.inputs().size());
    long place = context.parameters().integer("item", 0);
    if (place > others.size()) {
      throw new OperatorFailure(
          "bad-parameter", "item " + place + " behind " + others.size() + " other inputs");
    }
    List<Application> applications = new ArrayList<>();
    for (OperatorInput item : items) {
      List<OperatorInput> inputs = new ArrayList<>(others);
      inputs.add((int) place, item);
      applications.add(new Application(applied.operator(), applied.parameters(), inputs));
    }
    return applications;
  }

  @Override
  public OperatorOutput run(OperatorContext context) throws IOException {
    List<Application> applications = applications(context);
    int place = (int) context.parameters().integer("item", 0);
    List<ArtifactList.Item> results = new ArrayList<>();
    for (int i = 0; i < applications.size(); i++) {
      OperatorInput result = Applied.to(context.host(), i, applications.get(i));
      String label = applications.get(i).inputs().get(place).label();
      results.add(new ArtifactList.Item(result.key(), label));
    }
    return OperatorOutput.of(ArtifactList.TYPE, new ArtifactList(results).encode());
  }
}
