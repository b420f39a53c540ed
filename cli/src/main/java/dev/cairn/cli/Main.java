package dev.cairn.cli;

import dev.cairn.asl.time.Ticker;
import dev.cairn.asl.time.WallClock;
import dev.cairn.cli.command.CommandTree;
import dev.cairn.cli.console.Environment;
import dev.cairn.cli.console.ExitCode;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;

/** Entry point of the {@code cairn} command. */
public final class Main {
  private static final int OUT_BUFFER_BYTES = 1 << 16;
  private static final int THREADS_MORE = 16;
  private static final Path STANDARD_OUTPUT = Path.of("/proc/self/fd/1");
  private static final Path STANDARD_ERROR = Path.of("/proc/self/fd/2");

  private Main() {}

  /** Runs one command and exits with its code. */
  public static void main(String[] args) {
    HeadStart.begin();
    spareSearches();
    PrintStream out =
        new PrintStream(
            new BufferedOutputStream(new FileOutputStream(FileDescriptor.out), OUT_BUFFER_BYTES),
            false,
            StandardCharsets.UTF_8);
    PrintStream err =
        new PrintStream(new FileOutputStream(FileDescriptor.err), true, StandardCharsets.UTF_8);
    Environment environment =
        new Environment(
            System.in,
            out,
            err,
            System.getenv(),
            Path.of("").toAbsolutePath(),
            isTerminal(STANDARD_ERROR),
            isTerminal(STANDARD_OUTPUT),
            WallClock.system(),
            Ticker.system());
    end(run(environment, args));
  }

  /**
   * Ends with this status. Nothing has to be done where it is 0 and no thread is left that would
   * keep the process; {@link System#exit} looks for a logger in every jar of the class path, from
   * JDK 21 on.
   */
  private static void end(int status) {
    if (status != ExitCode.DONE.status() || isKept()) {
      System.exit(status);
    }
  }

  /** Whether another thread keeps the process alive. */
  private static boolean isKept() {
    ThreadGroup group = Thread.currentThread().getThreadGroup();
    while (group.getParent() != null) {
      group = group.getParent();
    }
    Thread[] threads = new Thread[group.activeCount() + THREADS_MORE];
    int found = group.enumerate(threads);
    for (Thread thread : Arrays.copyOf(threads, found)) {
      if (!thread.isDaemon() && thread != Thread.currentThread()) {
        return true;
      }
    }
    return found == threads.length;
  }

  /**
   * Tells picocli and SLF4J what they would otherwise look for in every jar of the class path, and
   * which types no option has: making ready for them takes longer than most commands do.
   */
  private static void spareSearches() {
    System.setProperty("picocli.disable.closures", "true");
    System.setProperty("picocli.converters.excludes", "java\\.(time|sql)\\..*");
    if (System.getProperty("slf4j.provider") == null) {
      System.setProperty("slf4j.internal.verbosity", "WARN");
      System.setProperty("slf4j.provider", "org.slf4j.simple.SimpleServiceProvider");
    }
  }

  /** Runs one command in the environment given; its exit code. */
  public static int run(Environment environment, String... args) {
    return CommandTree.run(environment, args);
  }

  /** Whether a stream is seen to be a terminal; where the system does not say, it is not. */
  private static boolean isTerminal(Path stream) {
    if (!Files.isSymbolicLink(stream)) {
      return false;
    }
    try {
      String target = Files.readSymbolicLink(stream).toString();
      return target.startsWith("/dev/pts/") || target.startsWith("/dev/tty");
    } catch (IOException e) {
      return false;
    }
  }
}
