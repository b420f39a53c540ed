package dev.cairn.cli.command;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonArray;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.cli.console.Progress;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.pel.index.ReceiptSummary;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.run.Executor;
import dev.cairn.pel.run.RunOptions;
import dev.cairn.pel.run.Verification;
import java.io.IOException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cairn receipt}: what programs gave. */
@Command(
    name = "receipt",
    description = "Lists, shows and verifies receipts.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {"", "Example: cairn receipt verify 51c0de"})
final class ReceiptCommand implements Runnable {
  /** Most nodes shown of those that recorded a receipt. */
  private static final int NODES_MAX = 1_000;

  private ReceiptCommand() {}

  static CommandLine tree(CairnCommand cairn) {
    return new CommandLine(new ReceiptCommand())
        .addSubcommand(new ListAll(cairn))
        .addSubcommand(new Show(cairn))
        .addSubcommand(new Verify(cairn))
        .addSubcommand(new ReceiptDivergences(cairn))
        .addSubcommand(new ReceiptLedger(cairn));
  }

  @Override
  public void run() {
    throw CommandFailure.usage("no command given", "see 'cairn receipt --help'");
  }

  @Command(
      name = "list",
      description = "Lists live receipts in the order of their programs' keys.",
      footer = {"", "Example: cairn receipt list"})
  private static final class ListAll extends StoreCommand {
    @Option(names = "--program", paramLabel = "KEY", description = "Only of this program.")
    private @Nullable String program;

    ListAll(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    Access access() {
      return Access.LOOK;
    }

    @Override
    ExitCode run(CairnNode node, Console console) throws IOException {
      ArtifactKey wanted =
          program == null ? null : new Keys(cairn(), node.store()).resolve(program, null);
      for (ReceiptSummary receipt : node.receipts().list(wanted)) {
        console.result(
            new JsonObject()
                .addText("receipt", receipt.key())
                .addText("program", receipt.program())
                .addText("status", receipt.status()),
            receipt.key() + "  " + receipt.status() + "  " + receipt.program());
      }
      return ExitCode.DONE;
    }
  }

  @Command(
      name = "show",
      description = "Shows a receipt.",
      footer = {"", "Example: cairn receipt show 51c0de"})
  private static final class Show extends StoreCommand {
    @Parameters(paramLabel = "KEY", description = "Which receipt.")
    private String key;

    Show(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    Access access() {
      return Access.LOOK;
    }

    @Override
    ExitCode run(CairnNode node, Console console) throws IOException {
      ArtifactKey wanted = new Keys(cairn(), node.store()).resolve(key, null);
      Receipt receipt = node.receipts().read(wanted);
      if (console.json()) {
        console.line(json(wanted, receipt).add("nodes", nodes(node, wanted)).toString());
        return ExitCode.DONE;
      }
      console.line("receipt  " + wanted);
      console.line("program  " + receipt.program());
      console.line("status   " + receipt.status());
      receipt.inputs().forEach((name, input) -> console.line("input    " + name + "  " + input));
      receipt.outputs().forEach((name, output) -> console.line("output   " + name + "  " + output));
      for (NodeId recorder : node.receipts().recorders(wanted, NODES_MAX)) {
        boolean ranAll = node.receipts().ranAll(wanted, recorder);
        console.line("node     " + recorder + (ranAll ? "  ran it" : "  ran not all of it"));
      }
      receipt
          .steps()
          .forEach((name, step) -> console.line("step     " + name + "  " + step.operator()));
      receipt
          .failures()
          .forEach(
              (name, failure) ->
                  console.line(
                      "failure  " + name + "  " + failure.code() + ": " + failure.message()));
      return ExitCode.DONE;
    }

    private static JsonArray nodes(CairnNode node, ArtifactKey receipt) {
      JsonArray nodes = new JsonArray();
      for (NodeId recorder : node.receipts().recorders(receipt, NODES_MAX)) {
        nodes.add(
            new JsonObject()
                .addText("node", recorder)
                .add("ranAll", node.receipts().ranAll(receipt, recorder)));
      }
      return nodes;
    }

    private static JsonObject json(ArtifactKey key, Receipt receipt) {
      JsonObject inputs = new JsonObject();
      receipt.inputs().forEach(inputs::addText);
      JsonObject outputs = new JsonObject();
      receipt.outputs().forEach(outputs::addText);
      JsonArray steps = new JsonArray();
      receipt
          .steps()
          .forEach(
              (name, step) ->
                  steps.add(
                      new JsonObject()
                          .add("node", name)
                          .addText("operator", step.operator())
                          .addStrings("inputs", strings(step.inputs()))
                          .addStrings("outputs", strings(step.outputs()))));
      JsonArray failures = new JsonArray();
      receipt
          .failures()
          .forEach(
              (name, failure) ->
                  failures.add(
                      new JsonObject()
                          .add("node", name)
                          .add("code", failure.code())
                          .add("message", failure.message())));
      return new JsonObject()
          .addText("receipt", key)
          .addText("program", receipt.program())
          .addText("status", receipt.status())
          .add("inputs", inputs)
          .add("outputs", outputs)
          .add("steps", steps)
          .add("failures", failures);
    }

    private static List<String> strings(List<ArtifactKey> keys) {
      return keys.stream().map(ArtifactKey::toString).toList();
    }
  }

  @Command(
      name = "verify",
      description = {
        "Runs the receipts' programs again, uses no receipt for it and writes nothing, and"
            + " compares",
        "what comes out. Exit code 1 if a receipt is wrong."
      },
      footer = {"", "Example: cairn receipt verify 51c0de"})
  private static final class Verify extends StoreCommand {
    @Parameters(arity = "1..*", paramLabel = "KEY", description = "Which receipts.")
    private List<String> keys;

    Verify(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    ExitCode run(CairnNode node, Console console) throws IOException {
      Keys resolver = new Keys(cairn(), node.store());
      try (Progress progress = console.printing().progress("receipts", keys.size())) {
        return verify(resolver, node.executor(), progress, console);
      }
    }

    private ExitCode verify(Keys resolver, Executor executor, Progress progress, Console console)
        throws IOException {
      ExitCode code = ExitCode.DONE;
      for (String key : keys) {
        Verification verification =
            executor.verify(resolver.resolve(key, null), RunOptions.defaults());
        progress.step(1);
        if (verification instanceof Verification.Confirmed confirmed) {
          console.result(
              new JsonObject()
                  .addText("receipt", confirmed.receipt())
                  .add("verified", true)
                  .add("executed", confirmed.executed()),
              confirmed.receipt() + "  verified, " + confirmed.executed() + " nodes ran");
        } else if (verification instanceof Verification.Refuted refuted) {
          Receipt right = refuted.recomputed();
          console.result(
              new JsonObject()
                  .addText("receipt", refuted.receipt())
                  .add("verified", false)
                  .add("place", refuted.place())
                  .add("claimed", refuted.claimed())
                  .add("found", refuted.found())
                  .addText("right", right == null ? null : right.key()),
              refuted.receipt()
                  + "  WRONG at "
                  + refuted.place()
                  + ": claimed "
                  + refuted.claimed()
                  + ", found "
                  + refuted.found()
                  + (right == null ? "" : "; right is " + right.key()));
          code = ExitCode.NEGATIVE;
        }
      }
      return code;
    }
  }
}
