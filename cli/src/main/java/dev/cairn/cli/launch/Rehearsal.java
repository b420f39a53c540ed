package dev.cairn.cli.launch;

import dev.cairn.asl.engine.rocksdb.NativeLibrary;
import dev.cairn.asl.files.TemporaryFolder;
import dev.cairn.asl.time.Ticker;
import dev.cairn.asl.time.WallClock;
import dev.cairn.cli.HeadStart;
import dev.cairn.cli.Main;
import dev.cairn.cli.console.Environment;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;

/**
 * Does in a store of its own what a first day with the command does, so that a JVM which notes the
 * classes that it loads notes those that people's commands need.
 *
 * <p>The launcher runs it once a build, keeps the classes in a class-data archive and maps that at
 * every start. Given a folder, it also unpacks the native library there. It leaves nothing else
 * behind; ends with the first status that is not 0.
 */
public final class Rehearsal {
  private static final String FILE = "@note.txt";

  /** Commands that need nothing from the network, with and without JSON. */
  private static final List<List<String>> COMMANDS =
      List.of(
          List.of("init", "store"),
          List.of("put", "note.txt", "more.txt", "--type", "text/plain"),
          List.of("put", "note.txt", "--json"),
          List.of("stat", FILE),
          List.of("stat", FILE, "--type", "text/plain", "--json"),
          List.of("get", FILE),
          List.of("get", FILE, "-o", "copy.txt"),
          List.of("find", "--limit", "2"),
          List.of("link", "--type", "doc:next", "--from", FILE, "--to", "@more.txt"),
          List.of("edges", FILE),
          List.of("lineage", FILE, "--down"),
          List.of("path", FILE, "@more.txt"),
          List.of("log"),
          List.of("log", "--json"),
          List.of("snapshot", "create", "--label", "one"),
          List.of("snapshot", "list"),
          List.of("snapshot", "show", "one", "--json"),
          List.of("receipt", "list"),
          List.of("peer", "list"),
          List.of("bundle", "create", "all.bundle"),
          List.of("bundle", "verify", "all.bundle"),
          List.of("rm", FILE),
          List.of("gc", "--dry-run"),
          List.of("status"),
          List.of("status", "--json"),
          List.of("fsck"),
          List.of("--version"),
          List.of("stat", "--help"),
          List.of("--help"));

  private Rehearsal() {}

  /**
   * Does all of it and exits.
   *
   * @param args the folder for the native library, or nothing
   */
  public static void main(String[] args) throws IOException {
    if (args.length > 0) {
      NativeLibrary.unpackInto(Path.of(args[0]));
    }
    HeadStart.begin();
    int status;
    try (TemporaryFolder folder = TemporaryFolder.untilExit("cairn-rehearsal")) {
      status = rehearse(folder.path().toAbsolutePath());
    }
    System.exit(status);
  }

  /** Does all of it in an empty folder; the first status that is not 0, else 0. */
  static int rehearse(Path folder) throws IOException {
    Files.writeString(folder.resolve("note.txt"), "a note\n");
    Files.writeString(folder.resolve("more.txt"), "more\n");
    for (List<String> command : COMMANDS) {
      int status = run(folder, command);
      if (status != 0) {
        return status;
      }
    }
    return 0;
  }

  private static int run(Path folder, List<String> command) {
    ByteArrayOutputStream told = new ByteArrayOutputStream();
    Environment environment =
        new Environment(
            InputStream.nullInputStream(),
            new PrintStream(new ByteArrayOutputStream(), false, StandardCharsets.UTF_8),
            new PrintStream(told, true, StandardCharsets.UTF_8),
            Map.of("CAIRN_STORE", folder.resolve("store").toString()),
            folder,
            false,
            false,
            WallClock.system(),
            Ticker.system());
    int status = Main.run(environment, command.toArray(String[]::new));
    if (status != 0) {
      System.err.println(command + ": " + told.toString(StandardCharsets.UTF_8));
    }
    return status;
  }
}
