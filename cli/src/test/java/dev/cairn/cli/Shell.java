package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.time.Ticker;
import dev.cairn.asl.time.WallClock;
import dev.cairn.cli.console.Environment;
import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicLong;

/** Runs commands in this process as a shell would, in one folder. */
final class Shell {
  private static final long STOP_SECONDS = 60;
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Path folder;
  private final Map<String, String> variables = new TreeMap<>();
  private byte[] input = new byte[0];
  private boolean watched;
  private boolean outTerminal;

  Shell(Path folder) {
    this.folder = folder;
  }

  /** What a command left. */
  record Outcome(int code, Bytes output, String err) {
    String out() {
      return new String(outBytes(), StandardCharsets.UTF_8);
    }

    byte[] outBytes() {
      return output.toArray();
    }

    List<String> lines() {
      return out().lines().toList();
    }

    JsonNode json() {
      List<JsonNode> all = jsonLines();
      assertThat(all).as("JSON documents in %s", out()).hasSize(1);
      return all.get(0);
    }

    List<JsonNode> jsonLines() {
      List<JsonNode> documents = new ArrayList<>();
      for (String line : lines()) {
        try {
          documents.add(JSON.readTree(line));
        } catch (IOException e) {
          throw new AssertionError("not JSON: " + line, e);
        }
      }
      return documents;
    }

    Outcome ok() {
      assertThat(code).as("exit code; stderr: %s", err).isZero();
      return this;
    }

    /** The command must have failed with this code and told so in one line. */
    Outcome failed(int expected, String... words) {
      assertThat(code).as("exit code; stderr: %s; stdout: %s", err, out()).isEqualTo(expected);
      List<String> told = err.lines().filter(line -> line.startsWith("cairn: ")).toList();
      assertThat(told).as("error lines of %s", err).isNotEmpty();
      assertThat(told.get(told.size() - 1)).matches("cairn: .+: .+");
      for (String word : words) {
        assertThat(told.get(told.size() - 1)).contains(word);
      }
      assertThat(err).doesNotContain("\tat ");
      return this;
    }
  }

  Path folder() {
    return folder;
  }

  Shell with(String variable, String value) {
    variables.put(variable, value);
    return this;
  }

  Shell in(Path other) {
    Shell shell = new Shell(other);
    shell.variables.putAll(variables);
    return shell;
  }

  /** From now on a person watches standard error, and every look at the ticker is a second on. */
  Shell watched(boolean resultsToo) {
    watched = true;
    outTerminal = resultsToo;
    return this;
  }

  Shell stdin(String text) {
    input = text.getBytes(StandardCharsets.UTF_8);
    return this;
  }

  Outcome run(String... args) {
    return run(new ByteArrayOutputStream(), args);
  }

  /** Runs a command whose results go through a stream of the test's own. */
  Outcome run(ByteArrayOutputStream out, String... args) {
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    Environment environment =
        environment(
            new PrintStream(out, false, StandardCharsets.UTF_8),
            new PrintStream(err, true, StandardCharsets.UTF_8));
    int code = Main.run(environment, args);
    return new Outcome(code, Bytes.wrap(out.toByteArray()), err.toString(StandardCharsets.UTF_8));
  }

  /** Starts a command that goes on until it is stopped; must be closed. */
  Running start(String... args) throws IOException {
    return new Running(args);
  }

  /** A command in a thread of its own. */
  final class Running implements AutoCloseable {
    private final PipedInputStream out = new PipedInputStream();
    private final ByteArrayOutputStream err = new ByteArrayOutputStream();
    private final BufferedReader lines =
        new BufferedReader(new InputStreamReader(out, StandardCharsets.UTF_8));
    private final FutureTask<Integer> task;
    private final Thread thread;

    Running(String... args) throws IOException {
      Environment environment =
          environment(
              new PrintStream(new PipedOutputStream(out), false, StandardCharsets.UTF_8),
              new PrintStream(err, true, StandardCharsets.UTF_8));
      this.task =
          new FutureTask<>(
              () -> {
                int code = Main.run(environment, args);
                environment.out().close();
                return code;
              });
      this.thread = new Thread(task, "cairn-test-command");
      thread.start();
    }

    /** The next line that it prints, as JSON. */
    JsonNode json() throws IOException {
      String line = lines.readLine();
      assertThat(line).as("a line; stderr: %s", err).isNotNull();
      return JSON.readTree(line);
    }

    String err() {
      return err.toString(StandardCharsets.UTF_8);
    }

    /** Stops it; its exit code. */
    int stop() {
      thread.interrupt();
      return ended();
    }

    /** Its exit code, once it has ended. */
    int ended() {
      try {
        return task.get(STOP_SECONDS, TimeUnit.SECONDS);
      } catch (InterruptedException | ExecutionException | TimeoutException e) {
        throw new AssertionError("the command did not stop: " + err(), e);
      }
    }

    @Override
    public void close() throws IOException {
      stop();
      lines.close();
    }
  }

  private Environment environment(PrintStream out, PrintStream err) {
    return new Environment(
        new ByteArrayInputStream(input),
        out,
        err,
        variables,
        folder,
        watched,
        outTerminal,
        WallClock.system(),
        watched ? leaping() : Ticker.system());
  }

  private static Ticker leaping() {
    AtomicLong nanos = new AtomicLong();
    return () -> nanos.addAndGet(1_000_000_000);
  }

  /** Runs a command that must end well, with {@code --json}; its one document. */
  JsonNode json(String... args) {
    String[] all = Arrays.copyOf(args, args.length + 1);
    all[args.length] = "--json";
    return run(all).ok().json();
  }

  Path write(String name, String text) {
    return write(name, text.getBytes(StandardCharsets.UTF_8));
  }

  Path write(String name, byte[] bytes) {
    try {
      Path file = folder.resolve(name);
      Files.createDirectories(file.getParent());
      return Files.write(file, bytes);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Puts a text; its key. */
  String put(String name, String text) {
    write(name, text);
    return run("put", name).ok().lines().get(0);
  }
}
