package dev.cairn.cli.command;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.cli.attestation.VerificationKey;
import dev.cairn.cli.imports.DocumentFormat;
import dev.cairn.cli.imports.intoto.InTotoFormat;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code cairn import intoto}. */
@Command(
    name = "intoto",
    description = {
      "Imports in-toto statements in DSSE envelopes, one a file or one a line: the envelope byte for",
      "byte, the statement, its subjects, and what its predicate says that they came from."
    },
    footer = {"", "Example: cairn import intoto provenance.intoto.jsonl --key builder.pem"})
final class ImportInToto extends ImportDocuments {
  @Option(
      names = "--key",
      paramLabel = "FILE",
      description = {
        "A public key or a certificate in PEM, Ed25519 or ECDSA over P-256. Every envelope must be",
        "signed by one of those given, else it is malformed."
      })
  private List<String> keys = new ArrayList<>();

  ImportInToto(CairnCommand cairn) {
    super(cairn);
  }

  @Override
  DocumentFormat format() throws IOException {
    List<VerificationKey> read = new ArrayList<>();
    for (String file : keys) {
      try (InputStream in = Files.newInputStream(cairn().path(file))) {
        read.add(
            VerificationKey.ofPem(Bytes.wrap(in.readNBytes(VerificationKey.PEM_BYTES_MAX + 1))));
      } catch (MalformedException e) {
        throw new MalformedException(file + ": " + e.getMessage(), e);
      }
    }
    return new InTotoFormat(read);
  }
}
