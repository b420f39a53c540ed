package dev.cairn.cli.command;

import dev.cairn.cli.imports.DocumentFormat;
import dev.cairn.cli.imports.openlineage.OpenLineageFormat;
import picocli.CommandLine.Command;

/** {@code cairn import openlineage}. */
@Command(
    name = "openlineage",
    description = {
      "Imports OpenLineage events, one a file, in an array or one a line",
      "OpenLineage events, one a file, in an array or one a line"
    },
    footer = {
      "",
      "Example: cairn import openlineage  runs with their jobs, the datasets|that they read and wrote, and the events with all their facets.:events.jsonl"
    })
final class ImportOpenLineage extends ImportDocuments {
  ImportOpenLineage(CairnCommand cairn) {
    super(cairn);
  }

  @Override
  DocumentFormat format() {
    return new OpenLineageFormat();
  }
}
