package dev.cairn.cli.command;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.store.View;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonArray;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.pel.index.Attestation;
import dev.cairn.pel.index.Divergence;
import dev.cairn.pel.index.Divergences;
import dev.cairn.pel.index.RunClaim;
import dev.cairn.pel.index.StepClaim;
import java.util.List;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code cairn receipt divergences}: receipts that cannot all be right. */
@Command(
    name = "divergences",
    description = {
      "Lists what live receipts contradict each other about, with all of them: first one program"
          + " on",
      "the same inputs, then one step in whatever programs. Exit code 1 if there is any."
    },
    footer = {
      "",
      "Example: cairn receipt divergences",
      "         cairn run PROGRAM --in NAME=KEY --recompute    says which one is right"
    })
final class ReceiptDivergences extends StoreCommand {
  @Option(names = "--at", paramLabel = "S", description = "As of this snapshot.")
  private @Nullable String at;

  ReceiptDivergences(CairnCommand cairn) {
    super(cairn);
  }

  @Override
  Access access() {
    return Access.LOOK;
  }

  @Override
  ExitCode run(CairnNode node, Console console) {
    View view =
        at == null
            ? node.store().now()
            : node.store().at(Snapshots.find(node.store(), at).snapshot().cut());
    int[] count = new int[1];
    RowsRead.watch(
        console.printing(),
        node.store(),
        -1,
        () ->
            new Divergences(node.store(), view)
                .forEach(
                    divergence -> {
                      count[0]++;
                      print(divergence, console);
                      return false;
                    }));
    console.note(count[0] + " contradictions");
    return count[0] == 0 ? ExitCode.DONE : ExitCode.NEGATIVE;
  }

  private static void print(Divergence divergence, Console console) {
    if (divergence instanceof Divergence.OfRun run) {
      print(run, console);
    } else if (divergence instanceof Divergence.OfStep step) {
      print(step, console);
    }
  }

  private static void print(Divergence.OfRun run, Console console) {
    JsonArray claims = new JsonArray();
    StringBuilder text =
        new StringBuilder("run  " + run.subject().toHex() + "  of program " + run.program());
    for (RunClaim claim : run.claims()) {
      claims.add(
          new JsonObject()
              .addStrings("receipts", List.of(claim.receipt().toString()))
              .addText("status", claim.status())
              .addStrings("nodes", claim.ranAll().stream().map(NodeId::toString).toList()));
      text.append("\n    ").append(claim.receipt()).append("  ").append(claim.status());
      claim.ranAll().forEach(node -> text.append("  ").append(node.shortText()));
    }
    console.result(
        new JsonObject()
            .add("kind", "run")
            .add("subject", run.subject().toHex())
            .addText("program", run.program())
            .add("claims", claims),
        text.toString());
  }

  private static void print(Divergence.OfStep step, Console console) {
    JsonArray claims = new JsonArray();
    StringBuilder text =
        new StringBuilder("step  " + step.subject().toHex() + "  " + step.operator());
    for (StepClaim claim : step.claims()) {
      claims.add(
          new JsonObject()
              .addStrings("outputs", claim.outputs().stream().map(ArtifactKey::toString).toList())
              .addStrings(
                  "receipts",
                  claim.attestations().stream()
                      .map(Attestation::receipt)
                      .distinct()
                      .map(ArtifactKey::toString)
                      .toList())
              .addStrings(
                  "nodes",
                  claim.attestations().stream()
                      .map(Attestation::node)
                      .map(NodeId::toString)
                      .toList()));
      text.append("\n    gave ").append(claim.outputs());
      for (Attestation attestation : claim.attestations()) {
        text.append("\n        ")
            .append(attestation.receipt())
            .append("  ")
            .append(attestation.node().shortText());
      }
    }
    console.result(
        new JsonObject()
            .add("kind", "step")
            .add("subject", step.subject().toHex())
            .addText("operator", step.operator())
            .addStrings("inputs", step.inputs().stream().map(ArtifactKey::toString).toList())
            .add("claims", claims),
        text.toString());
  }
}
