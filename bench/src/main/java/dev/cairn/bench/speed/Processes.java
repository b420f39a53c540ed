package dev.cairn.bench.speed;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;

/** Java processes of this program with a bounded heap, and the command. */
final class Processes {
  /** Most heap that any measurement may take. */
  static final String HEAP = "-Xmx256m";

  /** The collector that the command runs with. */
  private static final String COLLECTOR = "-XX:+UseSerialGC";

  private static final Pattern ANY_COLLECTOR = Pattern.compile("-XX:\\+Use[A-Za-z0-9]+GC");

  /** The variable by which {@code bench/run} says where the command is. */
  private static final String LAUNCHER = "CAIRN_LAUNCHER";

  private Processes() {}

  /**
   * The checkout's {@code cairn} command.
   *
   * @throws IllegalStateException if this was started without it
   */
  static String launcher() {
    String launcher = System.getenv(LAUNCHER);
    if (launcher == null) {
      throw new IllegalStateException("no " + LAUNCHER + " in the environment: bench/run sets it");
    }
    return launcher;
  }

  /** Options of the virtual machine that measures, behind which the user's stand. */
  static List<String> options(List<String> own) {
    List<String> options = new ArrayList<>();
    if (own.stream().noneMatch(option -> ANY_COLLECTOR.matcher(option).matches())) {
      options.add(COLLECTOR);
    }
    options.addAll(own);
    return options;
  }

  /** The command that runs a class of this program. */
  static List<String> command(Class<?> main, List<String> options, List<String> arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add(HEAP);
    command.addAll(options);
    command.add("-cp");
    command.add(System.getProperty("java.class.path"));
    command.add(main.getName());
    command.addAll(arguments);
    return command;
  }

  /** What a process prints; {@link IllegalStateException} if it fails. */
  static String answer(Class<?> main, String... arguments)
      throws IOException, InterruptedException {
    Process process =
        new ProcessBuilder(command(main, options(List.of()), List.of(arguments)))
            .redirectError(Redirect.INHERIT)
            .start();
    String answer = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    int code = process.waitFor();
    if (code != 0) {
      throw new IllegalStateException(main.getSimpleName() + " ended with " + code);
    }
    return answer.strip();
  }
}
