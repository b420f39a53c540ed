package dev.cairn.cli.command;

import dev.cairn.asl.error.RefusedException;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.node.ClientDirectory;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code cairn peer client}: an identity for a client of the API. */
@Command(
    name = "client",
    description = {
      "Makes what a client of the API in another language proves itself with over TLS: a key of"
          + " its",
      "own, and for it a certificate of 30 days. For a directory that has the key already, makes",
      "the certificate anew. Needs no store; the node that is called grants the client something."
    },
    footer = {"", "Example: cairn peer client ~/.config/reader"})
final class PeerClientCommand implements Callable<Integer> {
  private final CairnCommand cairn;

  @Parameters(paramLabel = "DIR", description = "Where: node.key, key.pem, certificate.pem.")
  private String directory;

  PeerClientCommand(CairnCommand cairn) {
    this.cairn = cairn;
  }

  @Override
  public Integer call() {
    Path place = cairn.path(directory);
    ClientDirectory made;
    try {
      made = ClientDirectory.renew(place, cairn.environment().clock());
    } catch (RefusedException e) {
      throw CommandFailure.unfinished(String.valueOf(e.getMessage()), "name another place");
    }
    String notAfter = Instant.ofEpochMilli(made.notAfterMillis()).toString();
    cairn
        .console()
        .result(
            new JsonObject()
                .addText("node", made.node())
                .addText("certificate", made.certificate())
                .addText("key", made.key())
                .add("notAfter", notAfter),
            made.node().toString());
    cairn.console().note("certificate " + made.certificate() + " until " + notAfter);
    return ExitCode.DONE.status();
  }
}
