package dev.cairn.cli.command;

import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.demo.Demo;
import dev.cairn.cli.demo.DemoOptions;
import dev.cairn.cli.demo.PomFiles;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code cairn demo}: the tour. */
@Command(
    name = "demo",
    description = {
      "The tour: imports a git history and Maven POMs, runs a program, lets three peers come to one",
      "state, replays a bundle and damages a copy; checks every claim. Exit code 0 only if all held."
    },
    footer = {"", "Example: cairn demo --keep /tmp/tour"})
final class DemoCommand implements Callable<Integer> {
  private static final String GIT = ".git";
  private static final List<String> BARE = List.of("HEAD", "objects", "refs");

  private final CairnCommand cairn;

  @Option(
      names = "--git",
      paramLabel = "PATH",
      description = "The git repository to import; else the one that this folder stands in.")
  private @Nullable String git;

  @Option(
      names = "--maven",
      paramLabel = "DIR",
      description = {
        "Where POMs are; else the local Maven repository, else the git repository's own.",
        "The first " + PomFiles.POMS_MAX + " in the order of their paths are imported."
      })
  private @Nullable String maven;

  @Option(
      names = "--keep",
      paramLabel = "DIR",
      description = "Leave the stores and files in this new or empty folder.")
  private @Nullable String keep;

  DemoCommand(CairnCommand cairn) {
    this.cairn = cairn;
  }

  @Override
  public Integer call() throws IOException {
    Path repository = repository();
    DemoOptions options =
        new DemoOptions(repository, poms(repository), keep == null ? null : cairn.path(keep));
    new Demo(options, cairn.environment(), cairn.console()).run();
    return ExitCode.DONE.status();
  }

  private Path repository() {
    if (git != null) {
      Path named = cairn.path(git).normalize();
      if (!isRepository(named)) {
        throw CommandFailure.usage(
            "no git repository at " + named, "name a working tree or a bare repository with --git");
      }
      return named;
    }
    Path folder = cairn.environment().folder();
    for (Path at = folder; at != null; at = at.getParent()) {
      if (isRepository(at)) {
        return at;
      }
    }
    throw CommandFailure.usage(
        folder + " stands in no git repository", "name one with --git PATH, or go into one");
  }

  private static boolean isRepository(Path folder) {
    return Files.exists(folder.resolve(GIT))
        || BARE.stream().allMatch(name -> Files.exists(folder.resolve(name)));
  }

  private Path poms(Path repository) throws IOException {
    if (maven != null) {
      Path named = cairn.path(maven).normalize();
      if (!Files.isDirectory(named) || PomFiles.below(named, 1).isEmpty()) {
        throw CommandFailure.usage("no POM below " + named, "name another folder with --maven");
      }
      return named;
    }
    String home = cairn.environment().variables().get("HOME");
    Path local =
        Path.of(home == null ? System.getProperty("user.home") : home, ".m2", "repository");
    if (Files.isDirectory(local) && !PomFiles.below(local, 1).isEmpty()) {
      return local;
    }
    if (PomFiles.below(repository, 1).isEmpty()) {
      throw CommandFailure.usage(
          "no POM below " + local + " nor " + repository, "name a folder of them with --maven DIR");
    }
    return repository;
  }
}
