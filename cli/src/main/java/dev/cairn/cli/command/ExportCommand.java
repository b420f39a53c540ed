package dev.cairn.cli.command;

import dev.cairn.cli.console.CommandFailure;
import picocli.CommandLine;
import picocli.CommandLine.Command;

/** {@code cairn export}: lineage for other tools. */
@Command(
    name = "export",
    description = "Exports the lineage of artifacts in a form that other tools read.",
    synopsisSubcommandLabel = "FORMAT",
    footer = {"", "Example: cairn export prov 77b01d -o model.provjson"})
final class ExportCommand implements Runnable {
  private ExportCommand() {}

  static CommandLine tree(CairnCommand cairn) {
    return new CommandLine(new ExportCommand())
        .addSubcommand(new ExportLineage.Prov(cairn))
        .addSubcommand(new ExportLineage.InToto(cairn))
        .addSubcommand(new ExportLineage.Dot(cairn))
        .addSubcommand(new ExportLineage.GraphMlForm(cairn))
        .addSubcommand(new ExportLineage.Mermaid(cairn));
  }

  @Override
  public void run() {
    throw CommandFailure.usage("no format given", "see 'cairn export --help'");
  }
}
