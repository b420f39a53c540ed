package dev.cairn.pel.operator;

import dev.cairn.pel.json.CanonicalJson;
import dev.cairn.pel.json.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * {@code list/labels@1}: the labels of a list's items as a JSON array, null where there is none.
 */
final class ListLabels extends BuiltIn {
  ListLabels() {
    super("list/labels@1", new OperatorSpec("The labels of a list's items.", 1, 1, List.of()));
  }

  @Override
  public OperatorOutput run(OperatorContext context) throws IOException {
    List<Json> labels = new ArrayList<>();
    for (OperatorInput item : Inputs.items(context, 0)) {
      String label = item.label();
      labels.add(label == null ? new Json.Null() : new Json.Text(label));
    }
    return OperatorOutput.of(Inputs.JSON, CanonicalJson.encode(new Json.Array(labels)));
  }
}
