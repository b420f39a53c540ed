package dev.cairn.cli.command;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.model.RunStatus;
import dev.cairn.pel.run.RunOptions;
import dev.cairn.pel.run.RunResult;
import dev.cairn.pel.text.ProgramText;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cairn run}: runs a program and leaves a receipt. */
@Command(
    name = "run",
    description = {
      "Runs a program on artifacts; prints the receipt's key and the outputs. What a receipt tells",
      "already is not run again. Exit code 1 if the program fails."
    },
    footer = {"", "Example: cairn run @stats.json --in sources=3f9a2c"})
final class RunCommand extends StoreCommand {
  @Parameters(
      paramLabel = "PROGRAM",
      description = "The program's KEY, or @FILE or a path to its text in JSON or YAML.")
  private String program;

  @Option(
      names = "--in",
      paramLabel = "NAME=KEY",
      description = "An input. @FILE stands for the file without a type.")
  private List<String> inputs = new ArrayList<>();

  @Option(names = "--at", paramLabel = "S", description = "Inputs as of this snapshot.")
  private @Nullable String at;

  @Option(names = "--force", description = "Run everything, whatever receipts tell.")
  private boolean force;

  RunCommand(CairnCommand cairn) {
    super(cairn);
  }

  @Override
  ExitCode run(CairnNode node, Console console) throws IOException {
    Store store = node.store();
    Keys keys = new Keys(cairn(), store);
    Program found = program(node, keys);
    RunOptions options =
        RunOptions.defaults()
            .withForce(force)
            .withAt(at == null ? null : Snapshots.find(store, at).snapshot().cut());
    RunResult result = node.executor().run(found, inputs(keys), options);
    JsonObject outputs = new JsonObject();
    result.outputs().forEach(outputs::addText);
    JsonObject failures = new JsonObject();
    result
        .receipt()
        .failures()
        .forEach((name, failure) -> failures.add(name, failure.code() + ": " + failure.message()));
    if (console.json()) {
      console.line(
          new JsonObject()
              .addText("receipt", result.key())
              .addText("status", result.status())
              .add("outputs", outputs)
              .add("executed", result.executed())
              .add("reused", result.reused())
              .add("failures", failures)
              .toString());
    } else {
      console.line(result.key().toString());
      result.outputs().forEach((name, key) -> console.line(name + "  " + key));
    }
    console.note(
        result.status() + ": " + result.executed() + " nodes ran, " + result.reused() + " reused");
    if (result.status() == RunStatus.SUCCEEDED) {
      return ExitCode.DONE;
    }
    result
        .receipt()
        .failures()
        .forEach(
            (name, failure) ->
                console.warn(
                    "node " + name + " failed: " + failure.code() + ": " + failure.message()));
    return ExitCode.NEGATIVE;
  }

  private Program program(CairnNode node, Keys keys) throws IOException {
    boolean file = program.startsWith("@") || !Keys.isKey(program);
    if (!file) {
      return node.receipts().program(keys.resolve(program, null));
    }
    Path path = cairn().path(program.startsWith("@") ? program.substring(1) : program);
    try (InputStream in = Files.newInputStream(path)) {
      return ProgramText.read(Bytes.wrap(in.readNBytes(ProgramText.SOURCE_BYTES_MAX + 1)));
    } catch (MalformedException e) {
      throw new MalformedException(path + ": " + e.getMessage(), e);
    }
  }

  private SortedMap<String, ArtifactKey> inputs(Keys keys) throws IOException {
    TreeMap<String, ArtifactKey> named = new TreeMap<>();
    for (String input : inputs) {
      int equals = input.indexOf('=');
      if (equals < 1) {
        throw CommandFailure.usage("not an input: '" + input + "'", "give --in NAME=KEY");
      }
      ArtifactKey key = keys.resolve(input.substring(equals + 1), null);
      if (named.put(input.substring(0, equals), key) != null) {
        throw CommandFailure.usage("input named twice: '" + input + "'", "name each once");
      }
    }
    return named;
  }
}
