package dev.cairn.cli.console;

import dev.cairn.asl.time.Ticker;
import dev.cairn.asl.time.WallClock;
import java.io.InputStream;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.Map;

/**
 * The process around a command, so that tests can stand in for it.
 *
 * @param in standard input
 * @param out standard output: results
 * @param err standard error: everything else
 * @param variables environment variables
 * @param folder working directory, absolute
 * @param terminal whether a person watches standard error
 * @param outTerminal whether standard output goes to a terminal
 * @param clock civil time
 * @param ticker elapsed time
 */
public record Environment(
    InputStream in,
    PrintStream out,
    PrintStream err,
    Map<String, String> variables,
    Path folder,
    boolean terminal,
    boolean outTerminal,
    WallClock clock,
    Ticker ticker) {
  public Environment {
    variables = Map.copyOf(variables);
  }
}
