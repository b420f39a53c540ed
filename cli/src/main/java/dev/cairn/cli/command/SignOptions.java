package dev.cairn.cli.command;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.cli.attestation.SecretKeyPem;
import dev.cairn.cli.attestation.VerificationKey;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.report.AuditDocument;
import dev.cairn.cli.report.AuditStatement;
import dev.cairn.federation.node.CairnNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options by which an audit's result is signed, and what they ask for. */
final class SignOptions {
  private static final Bytes LINE_END = Bytes.utf8("\n");

  @Option(
      names = "--sign",
      paramLabel = "FILE",
      description = {
        "Write what was verified to this file: an in-toto statement in a DSSE envelope, signed"
            + " with",
        "the key of the store that the command runs in, or that of --sign-key."
      })
  private @Nullable String file;

  @Option(
      names = "--sign-key",
      paramLabel = "FILE",
      description = "Sign with this Ed25519 key, in PEM (PKCS #8), instead of a node's.")
  private @Nullable String keyFile;

  @Option(
      names = "--public-key",
      paramLabel = "FILE",
      description = "Write the public key that checks the signature to this file, in PEM.")
  private @Nullable String publicKey;

  /**
   * The key to sign with; null if nothing is to be signed. Before the audit: what cannot be signed
   * shall not cost an hour first.
   */
  @Nullable SigningKey key(CairnCommand cairn) {
    if (file == null) {
      if (keyFile != null || publicKey != null) {
        throw CommandFailure.usage(
            (keyFile == null ? "--public-key" : "--sign-key") + " without --sign",
            "say with --sign FILE where the statement goes");
      }
      return null;
    }
    for (String written : new String[] {file, publicKey}) {
      if (written != null) {
        Path folder = cairn.path(written).toAbsolutePath().getParent();
        if (folder == null || !Files.isDirectory(folder)) {
          throw CommandFailure.unfinished("no folder for " + written, "make it first");
        }
      }
    }
    return keyFile == null ? ofNode(cairn) : ofFile(cairn.path(keyFile));
  }

  private static SigningKey ofNode(CairnCommand cairn) {
    if (!cairn.hasStore()) {
      throw CommandFailure.usage(
          "no store here whose key could sign", "name one with --store, or a key with --sign-key");
    }
    try (CairnNode node = cairn.open(Access.LOOK)) {
      return node.store().signingKey();
    }
  }

  private static SigningKey ofFile(Path path) {
    try (InputStream in = Files.newInputStream(path)) {
      return SecretKeyPem.read(Bytes.wrap(in.readNBytes(SecretKeyPem.PEM_BYTES_MAX + 1)));
    } catch (IOException e) {
      throw CommandFailure.unfinished("cannot read " + path, "check the file", e);
    } catch (MalformedException e) {
      throw CommandFailure.usage(
          path + ": " + e.getMessage(), "make one with 'openssl genpkey -algorithm ed25519'");
    }
  }

  /** Writes what was asked for. */
  void write(CairnCommand cairn, AuditDocument document, SigningKey key) {
    if (file == null) {
      return;
    }
    if (!AuditStatement.hasSubject(document)) {
      cairn.console().warn("no source could be read: there is nothing to sign");
      return;
    }
    write(cairn.path(file), AuditStatement.of(document, key).plus(LINE_END));
    if (publicKey != null) {
      write(cairn.path(publicKey), Bytes.utf8(VerificationKey.of(key.publicKey()).toPem()));
    }
  }

  private static void write(Path path, Bytes content) {
    try {
      AtomicFile.write(path, content::writeTo);
    } catch (IOException e) {
      throw CommandFailure.unfinished("cannot write " + path, "check the place", e);
    }
  }
}
