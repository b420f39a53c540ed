package dev.cairn.cli;

/** Entry point of the {@code cairn} command. */
public final class Main {
  private Main() {}

  /** Prints the usage to standard error and exits with 2, the code for a usage error. */
  public static void main(String[] args) {
    System.err.println("usage: cairn COMMAND [OPTION]...");
    System.exit(2);
  }
}
