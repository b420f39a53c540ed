package dev.cairn.cli.command;

import dev.cairn.cli.imports.DocumentFormat;
import dev.cairn.cli.imports.spdx.SpdxFormat;
import picocli.CommandLine.Command;

/** {@code cairn import spdx}. */
@Command(
    name = "spdx",
    description = {
      "Imports SPDX 2.2, 2.3 and 3.0 documents in JSON: every package, file and snippet, and an",
      "edge for every relationship between them. The documents are kept as they are."
    },
    footer = {"", "Example: cairn import spdx sbom.spdx.json"})
final class ImportSpdx extends ImportDocuments {
  ImportSpdx(CairnCommand cairn) {
    super(cairn);
  }

  @Override
  DocumentFormat format() {
    return new SpdxFormat();
  }
}
