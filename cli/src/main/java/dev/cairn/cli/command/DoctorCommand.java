package dev.cairn.cli.command;

import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonArray;
import dev.cairn.cli.console.JsonObject;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;

/** {@code cairn doctor}: whether this machine and this store are fit to work. */
@Command(
    name = "doctor",
    description = {
      "Looks at what the store needs from this machine, and whether it opens. It does not read what",
      "the store holds: 'cairn fsck' does."
    },
    footer = {"", "Example: cairn doctor --store .cairn"})
final class DoctorCommand implements Callable<Integer> {
  private final CairnCommand cairn;

  DoctorCommand(CairnCommand cairn) {
    this.cairn = cairn;
  }

  @Override
  public Integer call() {
    Console console = cairn.console();
    List<Diagnosis> found = new Checkup(cairn).run();
    boolean well = found.stream().noneMatch(each -> each.state() == Diagnosis.State.FAILED);
    if (console.json()) {
      JsonArray checks = new JsonArray();
      found.forEach(each -> checks.add(each.json()));
      console.line(new JsonObject().add("well", well).add("checks", checks).toString());
    } else {
      found.forEach(each -> console.line(each.line()));
    }
    return (well ? ExitCode.DONE : ExitCode.NEGATIVE).status();
  }
}
