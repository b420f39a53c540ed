package dev.cairn.cli.command;

import picocli.CommandLine.IVersionProvider;

/** What {@code cairn --version} says. */
final class ProgramVersion implements IVersionProvider {
  ProgramVersion() {}

  @Override
  public String[] getVersion() {
    return new String[] {text()};
  }

  /** The program's name and version. */
  static String text() {
    String version = ProgramVersion.class.getPackage().getImplementationVersion();
    return "cairn " + (version == null ? "(built from sources)" : version);
  }
}
