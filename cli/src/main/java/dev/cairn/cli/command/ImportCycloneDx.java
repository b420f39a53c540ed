package dev.cairn.cli.command;

import dev.cairn.cli.imports.DocumentFormat;
import dev.cairn.cli.imports.cyclonedx.CycloneDxFormat;
import picocli.CommandLine.Command;

/** {@code cairn import cyclonedx}. */
@Command(
    name = "cyclonedx",
    description = {
      "Imports CycloneDX bills of materials in JSON or XML, 1.2 to 1.6: every component and"
          + " service, and",
      "edges for what contains, depends on or descends from what. The documents are kept as they"
          + " are."
    },
    footer = {"", "Example: cairn import cyclonedx bom.json"})
final class ImportCycloneDx extends ImportDocuments {
  ImportCycloneDx(CairnCommand cairn) {
    super(cairn);
  }

  @Override
  DocumentFormat format() {
    return new CycloneDxFormat();
  }
}
