package dev.cairn.cli.report;

import dev.cairn.cli.console.JsonArray;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.audit.CauseTree;
import dev.cairn.federation.audit.CauseTree.Made;
import dev.cairn.federation.audit.CauseTree.Step;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Why sources do not have the same artifacts, as JSON: every step of the ways up. */
final class ExplanationJson {
  private ExplanationJson() {}

  static JsonArray of(List<CauseTree> trees) {
    JsonArray array = new JsonArray();
    trees.forEach(tree -> array.add(json(tree)));
    return array;
  }

  private static JsonObject json(CauseTree tree) {
    JsonArray steps = new JsonArray();
    tree.steps().forEach(step -> steps.add(json(step)));
    JsonArray causes = new JsonArray();
    tree.causes().forEach(cause -> causes.add(cause(tree, cause)));
    return new JsonObject()
        .add("left", tree.left())
        .add("right", tree.right())
        .add("about", tree.about())
        .add("complete", tree.complete())
        .add("causes", causes)
        .add("steps", steps);
  }

  private static JsonObject cause(CauseTree tree, Step cause) {
    JsonArray chain = new JsonArray();
    tree.chain(cause).forEach(step -> chain.add(step.number()));
    return new JsonObject().add("step", cause.number()).add("chain", chain);
  }

  private static JsonObject json(Step step) {
    return new JsonObject()
        .add("step", step.number())
        .add("explains", step.explains())
        .add("place", step.place())
        .addText("left", step.leftKey())
        .addText("right", step.rightKey())
        .add("leftMade", json(step.leftMade()))
        .add("rightMade", json(step.rightMade()))
        .add("why", step.why().text())
        .add("detail", step.detail());
  }

  private static @Nullable JsonObject json(@Nullable Made made) {
    return made == null
        ? null
        : new JsonObject()
            .addText("key", made.key())
            .add("node", made.node())
            .add("operator", made.operator());
  }
}
