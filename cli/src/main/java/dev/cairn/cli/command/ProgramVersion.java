package dev.cairn.cli.command;

import picocli.CommandLine.IVersionProvider;

/** What {@code cairn --version} says. */
final class ProgramVersion implements IVersionProvider {
  ProgramVersion() {}

  @Override
  public String[] getVersion() {
    String version = ProgramVersion.class.getPackage().getImplementationVersion();
    return new String[] {"cairn " + (version == null ? "(built from sources)" : version)};
  }
}
