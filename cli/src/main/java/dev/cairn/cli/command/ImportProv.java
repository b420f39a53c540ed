package dev.cairn.cli.command;

import dev.cairn.cli.imports.DocumentFormat;
import dev.cairn.cli.imports.prov.ProvFormat;
import picocli.CommandLine.Command;

/** {@code cairn import prov}. */
@Command(
    name = "prov",
    description = {
      "Imports PROV-JSON: every entity, activity and agent, and an edge for every relation between",
      "them. The documents are kept as they are."
    },
    footer = {"", "Example: cairn import prov workflow.provjson"})
final class ImportProv extends ImportDocuments {
  ImportProv(CairnCommand cairn) {
    super(cairn);
  }

  @Override
  DocumentFormat format() {
    return new ProvFormat();
  }
}
