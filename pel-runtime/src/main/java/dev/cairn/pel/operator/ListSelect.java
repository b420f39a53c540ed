package dev.cairn.pel.operator;

import dev.cairn.pel.model.ArtifactList;
import dev.cairn.pel.operator.OperatorSpec.Kind;
import dev.cairn.pel.operator.OperatorSpec.Parameter;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * {@code list/select@1}: the items of a list whose place and label are wanted, in their order and
 * with their labels.
 */
final class ListSelect extends BuiltIn {
  ListSelect() {
    super(
        "list/select@1",
        new OperatorSpec(
            "The items of a list that are asked for, as a list.",
            1,
            1,
            List.of(
                new Parameter(
                    "labels", Kind.TEXTS, false, "patterns, one of which must match the label"),
                new Parameter("except", Kind.TEXTS, false, "patterns, none of which may match"),
                new Parameter("from", Kind.INTEGER, false, "first place; 0 if absent"),
                new Parameter(
                    "to", Kind.INTEGER, false, "end, not included; the last if absent"))));
  }

  @Override
  public void check(Parameters parameters) {
    globs(parameters, "labels");
    globs(parameters, "except");
    long from = parameters.integer("from", 0);
    long to = parameters.integer("to", Long.MAX_VALUE);
    if (from < 0 || to < from) {
      throw new OperatorFailure("bad-parameter", "from " + from + " to " + to + " is no range");
    }
  }

  private static List<Glob> globs(Parameters parameters, String name) {
    return parameters.texts(name).stream().map(pattern -> new Glob(name, pattern)).toList();
  }

  @Override
  public OperatorOutput run(OperatorContext context) throws IOException {
    Parameters parameters = context.parameters();
    List<OperatorInput> items = Inputs.items(context, 0);
    List<Glob> wanted = globs(parameters, "labels");
    List<Glob> unwanted = globs(parameters, "except");
    long from = parameters.integer("from", 0);
    long to = parameters.integer("to", Long.MAX_VALUE);
    List<ArtifactList.Item> selected = new ArrayList<>();
    for (int i = 0; i < items.size(); i++) {
      String label = items.get(i).label();
      boolean fits = !parameters.has("labels") || anyMatches(wanted, label, context);
      if (i >= from && i < to && fits && !anyMatches(unwanted, label, context)) {
        selected.add(new ArtifactList.Item(items.get(i).key(), label));
      }
    }
    return OperatorOutput.of(ArtifactList.TYPE, new ArtifactList(selected).encode());
  }

  private static boolean anyMatches(
      List<Glob> globs, @Nullable String label, OperatorContext context) {
    return label != null
        && globs.stream().anyMatch(glob -> glob.matches(label, context.host()::works));
  }
}
