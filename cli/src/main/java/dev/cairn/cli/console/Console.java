package dev.cairn.cli.console;

import java.io.InputStream;
import java.io.PrintStream;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * Where a command's words go: results on standard output, everything else on standard error. One
 * owner at a time.
 */
public final class Console {
  private static final long MEBIBYTE = 1 << 20;

  private final Environment environment;
  private final boolean json;
  private final boolean quiet;
  private final boolean draws;

  /** A console over the process's streams. */
  public Console(Environment environment, boolean json, boolean quiet) {
    this(environment, json, quiet, environment.terminal() && !quiet);
  }

  private Console(Environment environment, boolean json, boolean quiet, boolean draws) {
    this.environment = environment;
    this.json = json;
    this.quiet = quiet;
    this.draws = draws;
  }

  /**
   * The same for work that prints results all along: it draws no progress where these go to a
   * terminal, which they would run into, and which they show as well.
   */
  public Console printing() {
    return new Console(environment, json, quiet, draws && !environment.outTerminal());
  }

  /** True if results are to be JSON. */
  public boolean json() {
    return json;
  }

  /** Standard input. */
  public InputStream in() {
    return environment.in();
  }

  /** Standard output, for payload bytes. */
  public PrintStream out() {
    return environment.out();
  }

  /**
   * A line of the result, or several. For people nothing is in it that a terminal would obey: what
   * peers and bundles say is among it.
   */
  public void line(String text) {
    environment.out().print((json ? text : plain(text)) + "\n");
  }

  private static String plain(String text) {
    StringBuilder plain = null;
    for (int i = 0; i < text.length(); i++) {
      if (isObeyed(text.charAt(i))) {
        plain = plain == null ? new StringBuilder(text) : plain;
        plain.setCharAt(i, '\ufffd');
      }
    }
    return plain == null ? text : plain.toString();
  }

  private static boolean isObeyed(char c) {
    return Character.isISOControl(c) && c != '\n' && c != '\t';
  }

  /** A result, as one JSON document on one line or as lines for people. */
  public void result(JsonObject document, String text) {
    line(json ? document.toString() : text);
  }

  /** A remark that is not part of the result; silent with {@code --quiet}. */
  public void note(String text) {
    if (!quiet) {
      environment.err().println(FailureLine.oneLine(text));
    }
  }

  /** A warning: never silent. */
  public void warn(String text) {
    environment.err().println(FailureLine.oneLine("cairn: " + text));
  }

  /** Hands all that was printed to the reader now. */
  public void flush() {
    environment.out().flush();
  }

  /** Does so; false if nobody reads any more. */
  public boolean isRead() {
    return !environment.out().checkError();
  }

  /**
   * Progress of a task, drawn only for a person at a terminal, and not of one that is over at once;
   * must be closed.
   *
   * @param total steps, or negative if not known
   */
  public Progress progress(String task, long total) {
    return progress(task, total, "", 1);
  }

  /** The same of bytes. */
  public Progress byteProgress(String task, long total) {
    return progress(task, total, " MiB", MEBIBYTE);
  }

  /**
   * Does something that reports to nobody, under a bar of what another thread sees of it now and
   * then.
   *
   * @param total what {@code count} will be at the end, or negative if not known
   * @param count safe for any thread
   */
  public <T> T watching(String task, long total, LongSupplier count, Supplier<T> work) {
    return watching(() -> Stage.of(task, total, count.getAsLong()), work);
  }

  /**
   * The same of work that goes through stages, each under a bar of its own, and whose end may
   * become known while it is done.
   *
   * @param stage where the work is; safe for any thread
   */
  public <T> T watching(Supplier<Stage> stage, Supplier<T> work) {
    if (!draws) {
      return work.get();
    }
    try (WatchedProgress watched = new WatchedProgress(this::progress, stage)) {
      return watched.during(work);
    }
  }

  private Progress progress(Stage stage) {
    return stage.bytes()
        ? byteProgress(stage.task(), stage.total())
        : progress(stage.task(), stage.total());
  }

  private Progress progress(String task, long total, String unit, long perUnit) {
    return draws
        ? new LateProgress(
            total,
            (end, since) ->
                new ProgressBarProgress(
                    task,
                    end,
                    unit,
                    perUnit,
                    environment.err(),
                    TerminalWidth.of(environment.variables()),
                    since),
            environment.ticker())
        : Progress.silent();
  }
}
