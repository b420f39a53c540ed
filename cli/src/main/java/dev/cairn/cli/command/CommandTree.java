package dev.cairn.cli.command;

import dev.cairn.cli.console.Environment;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.FailureLine;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.Collections;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Function;
import picocli.CommandLine;
import picocli.CommandLine.Help;
import picocli.CommandLine.Help.Ansi;
import picocli.CommandLine.Help.Column;
import picocli.CommandLine.Help.Column.Overflow;
import picocli.CommandLine.Help.TextTable;
import picocli.CommandLine.IExecutionExceptionHandler;
import picocli.CommandLine.IHelpSectionRenderer;
import picocli.CommandLine.IParameterExceptionHandler;
import picocli.CommandLine.Model.UsageMessageSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.UnmatchedArgumentException;

/**
 * All commands by name, and how one is run.
 *
 * <p>Only the command that is asked for is built: reading the annotations of all of them would take
 * longer than most commands do. Help and complaints build the whole tree.
 */
public final class CommandTree {
  private static final int HELP_COLUMNS = 100;
  private static final Map<String, Function<CairnCommand, CommandLine>> COMMANDS = commands();

  private CommandTree() {}

  private static Map<String, Function<CairnCommand, CommandLine>> commands() {
    Map<String, Function<CairnCommand, CommandLine>> all = new LinkedHashMap<>();
    all.put("init", cairn -> new CommandLine(new InitCommand(cairn)));
    all.put("put", cairn -> new CommandLine(new PutCommand(cairn)));
    all.put("get", cairn -> new CommandLine(new GetCommand(cairn)));
    all.put("stat", cairn -> new CommandLine(new StatCommand(cairn)));
    all.put("find", cairn -> new CommandLine(new FindCommand(cairn)));
    all.put("bricks", BricksCommand::tree);
    all.put("rm", cairn -> new CommandLine(new RmCommand(cairn)));
    all.put("link", cairn -> new CommandLine(new LinkCommand(cairn)));
    all.put("edges", cairn -> new CommandLine(new EdgesCommand(cairn)));
    all.put("lineage", cairn -> new CommandLine(new LineageCommand(cairn)));
    all.put("path", cairn -> new CommandLine(new PathCommand(cairn)));
    all.put("query", cairn -> new CommandLine(new QueryCommand(cairn)));
    all.put("log", cairn -> new CommandLine(new LogCommand(cairn)));
    all.put("snapshot", SnapshotCommand::tree);
    all.put("run", cairn -> new CommandLine(new RunCommand(cairn)));
    all.put("receipt", ReceiptCommand::tree);
    all.put("serve", cairn -> new CommandLine(new ServeCommand(cairn)));
    all.put("peer", PeerCommand::tree);
    all.put("key", KeyCommand::tree);
    all.put("member", MemberCommand::tree);
    all.put("sync", cairn -> new CommandLine(new SyncCommand(cairn)));
    all.put("bundle", BundleCommand::tree);
    all.put("replay", cairn -> new CommandLine(new ReplayCommand(cairn)));
    all.put("audit", AuditCommand::tree);
    all.put("prove", cairn -> new CommandLine(new ProveCommand(cairn)));
    all.put("converge", ConvergeCommand::tree);
    all.put("conflicts", ConflictsCommand::tree);
    all.put("import", ImportCommand::tree);
    all.put("export", ExportCommand::tree);
    all.put("fsck", cairn -> new CommandLine(new FsckCommand(cairn)));
    all.put("gc", cairn -> new CommandLine(new GcCommand(cairn)));
    all.put("backup", cairn -> new CommandLine(new BackupCommand(cairn)));
    all.put("restore", cairn -> new CommandLine(new RestoreCommand(cairn)));
    all.put("clone", cairn -> new CommandLine(new CloneCommand(cairn)));
    all.put("recover", cairn -> new CommandLine(new RecoverCommand(cairn)));
    all.put("status", cairn -> new CommandLine(new StatusCommand(cairn)));
    all.put("doctor", cairn -> new CommandLine(new DoctorCommand(cairn)));
    all.put("demo", cairn -> new CommandLine(new DemoCommand(cairn)));
    all.put("completion", cairn -> new CommandLine(new CompletionCommand(cairn)));
    return Collections.unmodifiableMap(all);
  }

  /** Runs one command; its exit status. Prints to the environment's streams only. */
  public static int run(Environment environment, String... args) {
    CairnCommand cairn = new CairnCommand(environment);
    CommandLine line = tree(cairn, args);
    configure(line, environment);
    int status;
    try {
      status = line.execute(args);
    } catch (Error e) {
      status = tell(e, cairn);
    }
    environment.out().flush();
    if (environment.out().checkError() && status == ExitCode.DONE.status()) {
      environment.err().println("cairn: standard output could not be written: check its reader");
      status = ExitCode.UNFINISHED.status();
    }
    return status;
  }

  /** The tree with every command. */
  static CommandLine wholeTree(CairnCommand cairn) {
    CommandLine line = new CommandLine(cairn);
    COMMANDS.forEach((name, make) -> line.addSubcommand(name, make.apply(cairn)));
    return line;
  }

  private static CommandLine tree(CairnCommand cairn, String... args) {
    int at = 0;
    while (at < args.length && args[at].startsWith("-")) {
      at += args[at].equals("--store") ? 2 : 1;
    }
    Function<CairnCommand, CommandLine> make = at < args.length ? COMMANDS.get(args[at]) : null;
    return make == null
        ? wholeTree(cairn)
        : new CommandLine(cairn).addSubcommand(args[at], make.apply(cairn));
  }

  private static void configure(CommandLine line, Environment environment) {
    line.setOut(writer(environment.out()));
    line.setErr(writer(environment.err()));
    boolean colour = environment.terminal() && !environment.variables().containsKey("NO_COLOR");
    line.setColorScheme(Help.defaultColorScheme(colour ? Ansi.AUTO : Ansi.OFF));
    line.setExpandAtFiles(false);
    line.setUsageHelpWidth(HELP_COLUMNS);
    line.setUsageHelpAutoWidth(false);
    Map<String, IHelpSectionRenderer> sections = new HashMap<>(line.getHelpSectionMap());
    sections.put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST, new CommandList());
    line.setHelpSectionMap(sections);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setUnmatchedOptionsArePositionalParams(false);
    line.setParameterExceptionHandler(new Complaint());
    line.setExecutionExceptionHandler(new Failure());
  }

  // The next three are classes, as a JVM cannot keep a lambda of an interface that was compiled for
  // Java 5 in its
  // archive of classes: each would then open every jar on the class path before the first command
  // runs.

  /** Every command beside the first sentence of its description. */
  private static final class CommandList implements IHelpSectionRenderer {
    @Override
    public String render(Help help) {
      int names = help.subcommands().keySet().stream().mapToInt(String::length).max().orElse(0);
      TextTable table =
          TextTable.forColumns(
              help.colorScheme(),
              new Column(names + 2, 2, Overflow.SPAN),
              new Column(HELP_COLUMNS - names - 2, 2, Overflow.WRAP));
      help.subcommands()
          .forEach(
              (name, command) -> {
                String text = String.join(" ", command.commandSpec().usageMessage().description());
                int end = text.indexOf(". ");
                table.addRowValues(
                    help.colorScheme().commandText(name),
                    help.colorScheme().text(end < 0 ? text : text.substring(0, end + 1)));
              });
      return table.toString();
    }
  }

  /** What is told of words that make no command. */
  private static final class Complaint implements IParameterExceptionHandler {
    @Override
    public int handleParseException(ParameterException failure, String[] args) {
      return complain(failure);
    }
  }

  /** What is told of a command that failed. */
  private static final class Failure implements IExecutionExceptionHandler {
    @Override
    public int handleExecutionException(Exception failure, CommandLine where, ParseResult parsed) {
      CommandLine top = where;
      while (top.getParent() != null) {
        top = top.getParent();
      }
      CairnCommand cairn = top.getCommand();
      return tell(failure, cairn);
    }
  }

  private static PrintWriter writer(PrintStream stream) {
    return new PrintWriter(new OutputStreamWriter(stream, StandardCharsets.UTF_8), true);
  }

  private static int complain(ParameterException failure) {
    CommandLine where = failure.getCommandLine();
    String wrong = String.valueOf(failure.getMessage());
    if (failure instanceof UnmatchedArgumentException unmatched
        && where.getParent() == null
        && !unmatched.getUnmatched().isEmpty()
        && !unmatched.getUnmatched().get(0).startsWith("-")) {
      wrong = "there is no command '" + unmatched.getUnmatched().get(0) + "'";
    }
    FailureLine line =
        new FailureLine(
            ExitCode.USAGE, wrong, "see '" + where.getCommandSpec().qualifiedName() + " --help'");
    where.getErr().println(line);
    return line.code().status();
  }

  private static int tell(Throwable failure, CairnCommand cairn) {
    Environment environment = cairn.environment();
    environment.out().flush();
    FailureLine line = FailureLine.of(failure);
    environment.err().println(line);
    if (cairn.debug()) {
      failure.printStackTrace(environment.err());
    }
    return line.code().status();
  }
}
