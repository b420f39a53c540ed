package dev.cairn.cli.command;

import dev.cairn.asl.model.Cut;
import dev.cairn.asl.store.SnapshotInfo;
import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.CommandFailure;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.function.Predicate;

/**
 * Asks a shell command about a cut of a store that is open here: the command may read it, under the
 * snapshot that it is told. What the command prints goes to standard error.
 */
final class ShellQuestion implements Predicate<Cut> {
  /** From this exit code on a command says nothing: it was not found, or a signal ended it. */
  private static final int UNDECIDED = 125;

  private final CairnCommand cairn;
  private final String command;
  private final Store store;
  private final Path directory;

  ShellQuestion(CairnCommand cairn, String command, Store store, Path directory) {
    this.cairn = cairn;
    this.command = command;
    this.store = store;
    this.directory = directory;
  }

  @Override
  public boolean test(Cut cut) {
    SnapshotInfo snapshot = store.snapshotAt(cut, null);
    try {
      int code = run(snapshot);
      if (code >= UNDECIDED) {
        throw CommandFailure.unfinished(
            "'" + command + "' ended with " + code + " and so decides nothing",
            "let it end with 0 where it holds and with 1 where it does not");
      }
      return code == 0;
    } finally {
      store.dropSnapshot(snapshot.key());
    }
  }

  private int run(SnapshotInfo snapshot) {
    ProcessBuilder builder = new ProcessBuilder("sh", "-c", command);
    builder.directory(cairn.environment().folder().toFile()).redirectErrorStream(true);
    builder.environment().clear();
    builder.environment().putAll(cairn.environment().variables());
    builder.environment().put("CAIRN_STORE", directory.toString());
    builder.environment().put("CAIRN_AT", snapshot.key().toString());
    Process process = null;
    try {
      process = builder.start();
      process.getOutputStream().close();
      try (InputStream out = process.getInputStream()) {
        out.transferTo(cairn.environment().err());
      }
      return process.waitFor();
    } catch (IOException e) {
      throw CommandFailure.unfinished("cannot run '" + command + "'", "is there a shell?", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw CommandFailure.unfinished("interrupted", "begin again", e);
    } finally {
      if (process != null) {
        process.destroy();
      }
    }
  }
}
