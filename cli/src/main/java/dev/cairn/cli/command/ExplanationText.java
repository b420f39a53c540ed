package dev.cairn.cli.command;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.JsonArray;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.pel.run.Explanation;
import dev.cairn.pel.run.Explanation.Nearest;
import dev.cairn.pel.run.Explanation.Plan;
import dev.cairn.pel.run.Explanation.Reason;
import dev.cairn.pel.run.Explanation.Source;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** An {@link Explanation} for people and for programs. */
final class ExplanationText {
  private ExplanationText() {}

  static void print(Explanation explanation, Console console) {
    if (console.json()) {
      console.line(json(explanation).toString());
      return;
    }
    console.line("program     " + explanation.invocation().program());
    console.line("invocation  " + explanation.invocation().digest().toHex());
    Source whole = explanation.whole();
    if (whole != null) {
      console.line("reused as a whole  " + text(whole));
    }
    for (Reason reason : explanation.wholeReasons()) {
      console.line("not reused as a whole: " + text(reason));
    }
    for (Explanation.Node node : explanation.nodes()) {
      node(node, whole, console);
    }
    console.note(
        count(explanation, Plan.RUNS)
            + " nodes would run, "
            + count(explanation, Plan.DEPENDS)
            + " perhaps, "
            + count(explanation, Plan.REUSED)
            + " are reused");
  }

  private static void node(Explanation.Node node, @Nullable Source whole, Console console) {
    Source source = node.source();
    String end = source == null || source.equals(whole) ? "" : "  " + text(source);
    console.line(node.plan() + "  " + node.name() + "  " + node.operator() + end);
    for (Reason reason : node.reasons()) {
      console.line("    " + text(reason));
    }
    Explanation.Items items = node.items();
    if (items != null) {
      items(items, console);
    }
    Nearest nearest = node.nearest();
    if (nearest != null) {
      console.line("    nearest: node " + nearest.node() + " of receipt " + nearest.receipt());
    }
    if (node.disputed()) {
      console.line("    receipts contradict each other about it: see 'cairn receipt divergences'");
    }
  }

  private static void items(Explanation.Items items, Console console) {
    console.line("    " + items.reused() + " of " + items.count() + " items are reused");
    for (Explanation.Item item : items.runs()) {
      console.line(
          "    item "
              + item.index()
              + (item.label() == null ? "" : " (" + item.label() + ")")
              + " would run: "
              + text(item.reason()));
    }
    int more = items.count() - items.reused() - items.runs().size();
    if (more > 0) {
      console.line("    and " + more + " more");
    }
    if (items.disputed() > 0) {
      console.line(
          "    receipts contradict each other about "
              + items.disputed()
              + " items: see 'cairn receipt divergences'");
    }
  }

  private static long count(Explanation explanation, Plan plan) {
    return explanation.nodes().stream().filter(node -> node.plan() == plan).count();
  }

  private static String text(Source source) {
    return source.receipt()
        + " of node "
        + source.node().shortText()
        + " at logseq "
        + source.logseq();
  }

  private static String text(Reason reason) {
    String words = reason.kind().words();
    String place = reason.place().isEmpty() ? "" : reason.place() + ": ";
    return switch (reason.kind()) {
      case INPUT, PARAMETER, VERSION ->
          place + words + ": here " + reason.here() + ", there " + reason.there();
      case INPUT_RUNS -> place + "node " + reason.here() + " runs before, so it is not known";
      case POLICY -> place + words + " under the policy " + reason.here();
      case NOT_HELD -> place + words + ": " + reason.there();
      case FORCED, NEVER_RAN, NEW_ITEM, PARAMETERS, DIVERGENT -> place + words;
    };
  }

  private static JsonObject json(Explanation explanation) {
    JsonArray nodes = new JsonArray();
    for (Explanation.Node node : explanation.nodes()) {
      nodes.add(json(node));
    }
    return new JsonObject()
        .addText("program", explanation.invocation().program())
        .add("invocation", explanation.invocation().digest().toHex())
        .add("whole", json(explanation.whole()))
        .add("wholeReasons", json(explanation.wholeReasons()))
        .add("nodes", nodes)
        .add("runs", count(explanation, Plan.RUNS))
        .add("depends", count(explanation, Plan.DEPENDS))
        .add("reused", count(explanation, Plan.REUSED));
  }

  private static JsonObject json(Explanation.Node node) {
    Nearest nearest = node.nearest();
    return new JsonObject()
        .add("node", node.name())
        .addText("operator", node.operator())
        .add("plan", node.plan().name().toLowerCase(Locale.ROOT))
        .addStrings("outputs", node.outputs().stream().map(ArtifactKey::toString).toList())
        .add("source", json(node.source()))
        .add("disputed", node.disputed())
        .add(
            "nearest",
            nearest == null
                ? null
                : new JsonObject()
                    .addText("receipt", nearest.receipt())
                    .add("node", nearest.node())
                    .addText("program", nearest.program()))
        .add("reasons", json(node.reasons()))
        .add("items", json(node.items()));
  }

  private static @Nullable JsonObject json(Explanation.@Nullable Items items) {
    if (items == null) {
      return null;
    }
    JsonArray runs = new JsonArray();
    for (Explanation.Item item : items.runs()) {
      runs.add(
          new JsonObject()
              .add("item", item.index())
              .add("label", item.label())
              .add("reason", json(item.reason())));
    }
    return new JsonObject()
        .add("count", items.count())
        .add("reused", items.reused())
        .add("disputed", items.disputed())
        .add("runs", runs);
  }

  private static @Nullable JsonObject json(@Nullable Source source) {
    return source == null
        ? null
        : new JsonObject()
            .addText("receipt", source.receipt())
            .addText("node", source.node())
            .add("origin", source.origin())
            .addU64("logseq", source.logseq())
            .addU64("index", source.index());
  }

  private static JsonArray json(List<Reason> reasons) {
    JsonArray array = new JsonArray();
    for (Reason reason : reasons) {
      array.add(json(reason));
    }
    return array;
  }

  private static JsonObject json(Reason reason) {
    return new JsonObject()
        .add("kind", reason.kind().name().toLowerCase(Locale.ROOT).replace('_', '-'))
        .add("place", reason.place())
        .add("here", reason.here())
        .add("there", reason.there());
  }
}
