package dev.cairn.cli.command;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.pel.index.Ledger;
import dev.cairn.pel.model.RunStatus;
import java.io.IOException;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code cairn receipt ledger}: what has become of each program on its inputs. */
@Command(
    name = "ledger",
    description = {
      "Lists what has become of each program on its inputs, in a status that only rises:",
      "FAILED_RETRYABLE, FAILED_PERMANENT, SKIPPED, SUCCEEDED. Removed receipts count too."
    },
    footer = {"", "Example: cairn receipt ledger --status FAILED_PERMANENT"})
final class ReceiptLedger extends StoreCommand {
  @Option(names = "--program", paramLabel = "KEY", description = "Only of this program.")
  private @Nullable String program;

  @Option(
      names = "--status",
      paramLabel = "STATUS",
      description = "Only of this status: ${COMPLETION-CANDIDATES}.")
  private @Nullable RunStatus status;

  ReceiptLedger(CairnCommand cairn) {
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
    new Ledger(node.store())
        .forEach(
            entry -> {
              boolean fits = wanted == null || wanted.equals(entry.program());
              if (fits && (status == null || status == entry.status())) {
                console.result(
                    new JsonObject()
                        .add("invocation", entry.invocation().toHex())
                        .addText("program", entry.program())
                        .addText("status", entry.status())
                        .addText("receipt", entry.receipt())
                        .add("receipts", entry.receipts()),
                    entry.invocation().toHex()
                        + "  "
                        + entry.status()
                        + "  "
                        + entry.receipt()
                        + "  "
                        + entry.receipts());
              }
              return false;
            });
    return ExitCode.DONE;
  }
}
