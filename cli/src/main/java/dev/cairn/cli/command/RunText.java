package dev.cairn.cli.command;

import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.JsonArray;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.pel.run.Judgement;
import dev.cairn.pel.run.RunResult;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** A run's result for people and for programs. */
final class RunText {
  private final Console console;

  RunText(Console console) {
    this.console = console;
  }

  /**
   * Prints it.
   *
   * @param judgements about other receipts; null if none were asked for
   */
  void print(RunResult result, @Nullable List<Judgement> judgements) {
    if (console.json()) {
      console.line(json(result, judgements).toString());
    } else {
      console.line(result.key().toString());
      result.outputs().forEach((name, key) -> console.line(name + "  " + key));
      if (judgements != null) {
        judgements.forEach(judgement -> console.line(text(judgement)));
      }
    }
    RunResult.Items items = result.items();
    console.note(
        result.status()
            + ": "
            + result.executed()
            + " nodes ran, "
            + result.reused()
            + " reused"
            + (items.executed() + items.reused() == 0
                ? ""
                : "; " + items.executed() + " items ran, " + items.reused() + " reused"));
    if (result.disputed()) {
      console.warn(
          "receipts contradict each other about this run: see 'cairn receipt divergences'");
    }
    if (!result.disputedNodes().isEmpty()) {
      console.warn(
          "receipts contradict each other about nodes "
              + result.disputedNodes()
              + (items.disputed() == 0 ? "" : ", " + items.disputed() + " of their items")
              + ": see 'cairn receipt divergences'");
    }
    result
        .receipt()
        .failures()
        .forEach(
            (name, failure) ->
                console.warn(
                    "node " + name + " failed: " + failure.code() + ": " + failure.message()));
  }

  private static JsonObject json(RunResult result, @Nullable List<Judgement> judgements) {
    JsonObject outputs = new JsonObject();
    result.outputs().forEach(outputs::addText);
    JsonObject failures = new JsonObject();
    result
        .receipt()
        .failures()
        .forEach((name, failure) -> failures.add(name, failure.code() + ": " + failure.message()));
    JsonObject document =
        new JsonObject()
            .addText("receipt", result.key())
            .addText("status", result.status())
            .add("outputs", outputs)
            .add("executed", result.executed())
            .add("reused", result.reused())
            .add(
                "items",
                new JsonObject()
                    .add("executed", result.items().executed())
                    .add("reused", result.items().reused())
                    .add("disputed", result.items().disputed()))
            .add("failures", failures)
            .add("disputed", result.disputed())
            .addStrings("disputedNodes", result.disputedNodes());
    if (judgements != null) {
      JsonArray judged = new JsonArray();
      judgements.forEach(judgement -> judged.add(json(judgement)));
      document.add("judgements", judged);
    }
    return document;
  }

  private static JsonObject json(Judgement judgement) {
    return new JsonObject()
        .addText("receipt", judgement.receipt())
        .add("right", judgement.right())
        .add("place", judgement.place())
        .add("claimed", judgement.claimed())
        .add("found", judgement.found());
  }

  private static String text(Judgement judgement) {
    return judgement.receipt()
        + (judgement.right()
            ? "  right"
            : "  WRONG at "
                + judgement.place()
                + ": claimed "
                + judgement.claimed()
                + ", found "
                + judgement.found());
  }
}
