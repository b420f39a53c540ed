package dev.cairn.cli.command;

import dev.cairn.cli.console.Environment;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.FailureLine;
import java.io.OutputStreamWriter;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.lang.reflect.Field;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
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

/**
 * All commands by name, and how one is run.
 *
 * <p>Only the command that is asked for is built: reading the annotations of all of them would take
 * longer than most commands do. Help and complaints build the whole tree.
 */
public final class CommandTree {
  private static final int HELP_COLUMNS = 100;
  private static final List<String> NAMES =
      List.of(
          "init",
          "put",
          "get",
          "stat",
          "find",
          "bricks",
          "rm",
          "link",
          "edges",
          "lineage",
          "path",
          "query",
          "log",
          "snapshot",
          "run",
          "receipt",
          "serve",
          "peer",
          "key",
          "member",
          "sync",
          "bundle",
          "replay",
          "audit",
          "prove",
          "converge",
          "conflicts",
          "import",
          "export",
          "fsck",
          "gc",
          "backup",
          "restore",
          "clone",
          "recover",
          "status",
          "doctor",
          "demo",
          "completion");

  private CommandTree() {}

  /**
   * A command by its name, null if there is none. A switch, as a table of lambdas would have to
   * link all of them before the first command runs.
   */
  private static @Nullable CommandLine make(String name, CairnCommand cairn) {
    return switch (name) {
      case "init" -> new CommandLine(new InitCommand(cairn));
      case "put" -> new CommandLine(new PutCommand(cairn));
      case "get" -> new CommandLine(new GetCommand(cairn));
      case "stat" -> new CommandLine(new StatCommand(cairn));
      case "find" -> new CommandLine(new FindCommand(cairn));
      case "bricks" -> BricksCommand.tree(cairn);
      case "rm" -> new CommandLine(new RmCommand(cairn));
      case "link" -> new CommandLine(new LinkCommand(cairn));
      case "edges" -> new CommandLine(new EdgesCommand(cairn));
      case "lineage" -> new CommandLine(new LineageCommand(cairn));
      case "path" -> new CommandLine(new PathCommand(cairn));
      case "query" -> new CommandLine(new QueryCommand(cairn));
      case "log" -> new CommandLine(new LogCommand(cairn));
      case "snapshot" -> SnapshotCommand.tree(cairn);
      case "run" -> new CommandLine(new RunCommand(cairn));
      case "receipt" -> ReceiptCommand.tree(cairn);
      case "serve" -> new CommandLine(new ServeCommand(cairn));
      case "peer" -> PeerCommand.tree(cairn);
      case "key" -> KeyCommand.tree(cairn);
      case "member" -> MemberCommand.tree(cairn);
      case "sync" -> new CommandLine(new SyncCommand(cairn));
      case "bundle" -> BundleCommand.tree(cairn);
      case "replay" -> new CommandLine(new ReplayCommand(cairn));
      case "audit" -> AuditCommand.tree(cairn);
      case "prove" -> new CommandLine(new ProveCommand(cairn));
      case "converge" -> ConvergeCommand.tree(cairn);
      case "conflicts" -> ConflictsCommand.tree(cairn);
      case "import" -> ImportCommand.tree(cairn);
      case "export" -> ExportCommand.tree(cairn);
      case "fsck" -> new CommandLine(new FsckCommand(cairn));
      case "gc" -> new CommandLine(new GcCommand(cairn));
      case "backup" -> new CommandLine(new BackupCommand(cairn));
      case "restore" -> new CommandLine(new RestoreCommand(cairn));
      case "clone" -> new CommandLine(new CloneCommand(cairn));
      case "recover" -> new CommandLine(new RecoverCommand(cairn));
      case "status" -> new CommandLine(new StatusCommand(cairn));
      case "doctor" -> new CommandLine(new DoctorCommand(cairn));
      case "demo" -> new CommandLine(new DemoCommand(cairn));
      case "completion" -> new CommandLine(new CompletionCommand(cairn));
      default -> null;
    };
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

  /**
   * Reads every kind of annotation that commands have; how many there were. The JVM makes a class
   * for each kind when it is first read, which takes longer than reading: a thread of its own can
   * do it in time.
   */
  public static int readAnnotations() {
    int read = 0;
    for (Class<?> command : List.of(CairnCommand.class, StatCommand.class)) {
      read += command.getAnnotations().length;
      for (Field field : command.getDeclaredFields()) {
        read += field.getAnnotations().length;
      }
    }
    return read;
  }

  /** The tree with every command. */
  static CommandLine wholeTree(CairnCommand cairn) {
    CommandLine line = new CommandLine(cairn);
    NAMES.forEach(name -> line.addSubcommand(name, make(name, cairn)));
    return line;
  }

  private static CommandLine tree(CairnCommand cairn, String... args) {
    int at = 0;
    while (at < args.length && args[at].startsWith("-")) {
      at += args[at].equals("--store") ? 2 : 1;
    }
    CommandLine asked = at < args.length ? make(args[at], cairn) : null;
    return asked == null ? wholeTree(cairn) : new CommandLine(cairn).addSubcommand(args[at], asked);
  }

  private static void configure(CommandLine line, Environment environment) {
    line.setOut(writer(environment.out()));
    line.setErr(writer(environment.err()));
    boolean colour = environment.terminal() && !environment.variables().containsKey("NO_COLOR");
    line.setColorScheme(Help.defaultColorScheme(colour ? Ansi.AUTO : Ansi.OFF));
    line.setExpandAtFiles(false);
    line.setUsageHelpWidth(HELP_COLUMNS);
    line.setUsageHelpAutoWidth(false);
    line.setHelpFactory(new WholeTextHelp.Factory());
    Map<String, IHelpSectionRenderer> sections = new HashMap<>(line.getHelpSectionMap());
    sections.put(UsageMessageSpec.SECTION_KEY_COMMAND_LIST, new CommandList());
    line.setHelpSectionMap(sections);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setUnmatchedOptionsArePositionalParams(false);
    line.setParameterExceptionHandler(new Complaint());
    line.setExecutionExceptionHandler(new Failure());
  }

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
      FailureLine line = UsageFailure.of(failure);
      failure.getCommandLine().getErr().println(line);
      return line.code().status();
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
