package dev.cairn.cli.demo;

import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.Environment;
import dev.cairn.cli.console.JsonArray;
import dev.cairn.cli.console.JsonObject;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Runs the tour: each step in turn, its claims checked before the next begins.
 *
 * <p>A claim that does not hold ends it with a {@link CommandFailure} of exit code 1 that says
 * which; a step that fails ends it with that failure. Either way the stores are closed and removed,
 * and what was done so far is told. One owner, one run.
 */
public final class Demo {
  private final DemoOptions options;
  private final Environment environment;
  private final Console console;
  private final Meddler meddler;
  private final List<Chapter> chapters = new ArrayList<>();

  /** Somebody who acts on the stores behind the tour's back, so that claims can be seen to fail. */
  @FunctionalInterface
  interface Meddler {
    /** Nobody. */
    Meddler NONE = (step, tour) -> {};

    /** Called before each step. */
    void before(String step, Tour tour) throws IOException;
  }

  /** A tour that tells its story to {@code console}. */
  public Demo(DemoOptions options, Environment environment, Console console) {
    this(options, environment, console, Meddler.NONE);
  }

  Demo(DemoOptions options, Environment environment, Console console, Meddler meddler) {
    this.options = options;
    this.environment = environment;
    this.console = console;
    this.meddler = meddler;
  }

  private static List<Step> steps() {
    return List.of(
        new MakeStores(),
        new ImportHistory(),
        new ImportPoms(),
        new RunProgram(),
        new Federate(),
        new ReplayBundle(),
        new DamageBundle());
  }

  /** Runs all of it. Returns only if every claim was checked and held. */
  public void run() throws IOException {
    long start = environment.ticker().nanos();
    Throwable failure = null;
    try (Scratch scratch = Scratch.open(options.keep());
        Tour tour =
            new Tour(options, scratch, console, environment.clock(), environment.ticker())) {
      for (Step step : steps()) {
        run(step, tour);
      }
    } catch (IOException | RuntimeException | Error e) {
      failure = e;
      throw e;
    } finally {
      conclude(environment.ticker().nanos() - start, failure);
    }
  }

  private void run(Step step, Tour tour) throws IOException {
    Tour.checkInterrupted();
    meddler.before(step.name(), tour);
    Chapter chapter = new Chapter(chapters.size() + 1, step);
    chapters.add(chapter);
    long start = environment.ticker().nanos();
    try {
      step.run(tour, chapter);
    } finally {
      chapter.took(environment.ticker().nanos() - start);
      if (!console.json()) {
        console.line(chapter.toText());
        console.flush();
      }
    }
    Optional<Claim> broken = chapter.broken();
    if (broken.isPresent()) {
      Claim claim = broken.get();
      throw CommandFailure.negative(
          "step "
              + step.name()
              + ": it is not so that "
              + claim.sentence()
              + ": expected "
              + claim.expected()
              + ", found "
              + claim.found(),
          "please report it with all of the above");
    }
  }

  private void conclude(long nanos, @Nullable Throwable failure) {
    long claims = chapters.stream().mapToLong(chapter -> chapter.claims().size()).sum();
    if (console.json()) {
      JsonArray told = new JsonArray();
      chapters.forEach(chapter -> told.add(chapter.toJson()));
      Optional<Claim> broken = chapters.stream().flatMap(c -> c.broken().stream()).findFirst();
      console.line(
          new JsonObject()
              .add("ok", failure == null)
              .add("claims", claims)
              .add("broken", broken.map(Claim::toJson).orElse(null))
              .add("failure", failure == null ? null : String.valueOf(failure.getMessage()))
              .addText("git", options.git())
              .addText("maven", options.maven())
              .addText("kept", options.keep())
              .add("steps", told)
              .addSeconds("seconds", nanos)
              .toString());
    } else if (failure == null) {
      console.line(
          String.format(
              Locale.ROOT,
              "All %d claims held, in %.1f s.%s",
              claims,
              nanos / 1e9,
              options.keep() == null ? "" : " The stores are in " + options.keep() + "."));
    }
  }
}
