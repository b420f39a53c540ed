package dev.cairn.cli.command;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.time.Ticker;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.peers.PeerSync;
import dev.cairn.pel.distributed.Coordinator;
import dev.cairn.pel.distributed.CoordinatorOptions;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.model.RunStatus;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.run.Executor;
import dev.cairn.pel.run.Judgement;
import dev.cairn.pel.run.RetryPolicy;
import dev.cairn.pel.run.RunOptions;
import dev.cairn.pel.run.RunResult;
import dev.cairn.pel.text.ProgramText;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cairn run}: runs a program and leaves a receipt. */
@Command(
    name = "run",
    description = {
      "Runs a program on artifacts; prints the receipt's key and the outputs. What a receipt tells",
      "already is not run again. Exit code 1 if the program fails."
    },
    footer = {"", "Example: cairn run @stats.json --in sources=3f9a2c"})
final class RunCommand extends StoreCommand {
  @Parameters(
      paramLabel = "PROGRAM",
      description = "The program's KEY, or @FILE or a path to its text in JSON or YAML.")
  private String program;

  @Option(
      names = "--in",
      paramLabel = "NAME=KEY",
      description = "An input. @FILE stands for the file without a type.")
  private List<String> inputs = new ArrayList<>();

  @Option(names = "--at", paramLabel = "S", description = "Inputs as of this snapshot.")
  private @Nullable String at;

  @Option(names = "--force", description = "Run everything, whatever receipts tell.")
  private boolean force;

  @Option(
      names = "--recompute",
      description = {
        "Run everything, and say of every receipt of this program on these inputs, and of those"
            + " that",
        "tell otherwise of one of its steps, whether it is right. Exit code 1 if one is not."
      })
  private boolean recompute;

  @Option(
      names = "--explain",
      description = "Run and write nothing: say what would run and why, and what is reused.")
  private boolean explain;

  @Option(names = "--skip", description = "Run nothing: record that this is left out on purpose.")
  private boolean skip;

  @Option(
      names = "--reuse",
      paramLabel = "POLICY",
      defaultValue = "any",
      description = {
        "Whose receipts will do: own, any, K-of-any, or K-of-NODE,NODE,... with a node's identity,",
        "6 digits or more of it, a pinned peer's name, or own. Else ${DEFAULT-VALUE}."
      })
  private String reuse;

  @Option(
      names = "--limit",
      paramLabel = "NAME=VALUE",
      description = {
        "What the run may cost: step-millis, run-millis, step-output-bytes, run-output-bytes,",
        "run-memory-bytes, input-memory-bytes, step-input-memory-bytes; 30s, 5min, 64m and the"
            + " like."
      })
  private List<String> limits = new ArrayList<>();

  @Option(
      names = "--tries",
      paramLabel = "N",
      description = "Tries of a node that the machine failed, with growing pauses. Else 3.")
  private int tries = RetryPolicy.DEFAULT.triesMax();

  @Option(names = "--threads", paramLabel = "N", description = "Nodes at work at once.")
  private @Nullable Integer threads;

  @Option(
      names = "--record-failure",
      description = "Leave a receipt too if the machine failed, for the ledger.")
  private boolean recordFailure;

  @Option(
      names = "--distributed",
      description = {
        "Ask for it as a request that travels, share the work with the named peers that serve with",
        "--work, and wait for the receipt."
      })
  private boolean distributed;

  @Option(
      names = "--take-over",
      paramLabel = "MS",
      description =
          "With --distributed: how long to wait for each node before this one. Else 10000.")
  private long takeOverMillis = CoordinatorOptions.defaults().takeOverMillis();

  RunCommand(CairnCommand cairn) {
    super(cairn);
  }

  @Override
  Access access() {
    return explain ? Access.LOOK : Access.WRITE;
  }

  @Override
  boolean isCancelled() {
    return true;
  }

  @Override
  void checkArguments() {
    if ((explain ? 1 : 0) + (skip ? 1 : 0) + (recompute || force ? 1 : 0) + (distributed ? 1 : 0)
        > 1) {
      throw CommandFailure.usage(
          "--explain, --skip, --distributed, and --force or --recompute exclude each other",
          "give one of them");
    }
    if (distributed && at != null) {
      throw CommandFailure.usage("a request has no snapshot", "leave --at or --distributed away");
    }
    if (takeOverMillis < 1) {
      throw CommandFailure.usage(
          "a take-over after " + takeOverMillis + " ms", "give 1 or more with --take-over");
    }
    if (tries < 1 || tries > RetryPolicy.TRIES_MAX) {
      throw CommandFailure.usage(
          tries + " tries", "give 1 to " + RetryPolicy.TRIES_MAX + " with --tries");
    }
    if (threads != null && (threads < 1 || threads > RunOptions.THREADS_MAX)) {
      throw CommandFailure.usage(
          threads + " threads", "give 1 to " + RunOptions.THREADS_MAX + " with --threads");
    }
    LimitOption.parse(limits);
  }

  @Override
  ExitCode run(CairnNode node, Console console) throws IOException {
    Keys keys = new Keys(cairn(), node.store());
    Program found = program(node, keys);
    SortedMap<String, ArtifactKey> given = inputs(keys);
    if (explain) {
      ExplanationText.print(node.executor().explain(found, given, options(node)), console);
      return ExitCode.DONE;
    }
    if (skip) {
      ArtifactKey receipt = node.executor().skip(found, given);
      console.result(
          new JsonObject().addText("receipt", receipt).addText("status", RunStatus.SKIPPED),
          receipt.toString());
      return ExitCode.DONE;
    }
    if (distributed) {
      return shared(node, console, found, given);
    }
    RunResult result;
    try (RunProgress progress = new RunProgress(console)) {
      result = node.executor().run(found, given, options(node).withListener(progress));
    }
    List<Judgement> judgements =
        recompute ? node.executor().judge(found, result) : new ArrayList<>();
    new RunText(console).print(result, recompute ? judgements : null);
    boolean wrong = judgements.stream().anyMatch(judgement -> !judgement.right());
    return result.status() == RunStatus.SUCCEEDED && !wrong ? ExitCode.DONE : ExitCode.NEGATIVE;
  }

  /** Publishes a request and takes part until its receipt is here. */
  private ExitCode shared(
      CairnNode node, Console console, Program found, SortedMap<String, ArtifactKey> given) {
    for (ArtifactKey input : given.values()) {
      if (!node.store().now().isLive(input)) {
        throw new NotFoundException("artifact " + input + " is not live here");
      }
    }
    RunOptions options = options(node).withRetry(RetryPolicy.NEVER);
    ArtifactKey request = Coordinator.request(node.store(), found, given);
    console.note("request " + request);
    PeerSync sync =
        new PeerSync(
            node.store(),
            node.peers(),
            cairn().environment().clock(),
            cairn().environment().ticker());
    Ticker ticker = cairn().environment().ticker();
    long startNanos = ticker.nanos();
    Executor executor = node.executor();
    List<RunResult> results = new ArrayList<>();
    new SharedRuns(
            cairn(),
            node,
            sync,
            CoordinatorOptions.defaults().withTakeOverMillis(takeOverMillis).withRun(options))
        .run(
            millis -> {
              executor.lookUp(found, given, options).ifPresent(results::add);
              if (!results.isEmpty()) {
                return true;
              }
              long elapsed = TimeUnit.NANOSECONDS.toMillis(ticker.nanos() - startNanos);
              if (elapsed > options.limits().runMillisMax()) {
                throw new UnavailableException(
                    "no receipt within "
                        + options.limits().runMillisMax()
                        + " ms (limit run-millis); the request stays");
              }
              return pause(millis);
            });
    if (results.isEmpty()) {
      throw new UnavailableException("the run was cancelled; the request stays");
    }
    new RunText(console).print(results.get(0), null);
    return results.get(0).status() == RunStatus.SUCCEEDED ? ExitCode.DONE : ExitCode.NEGATIVE;
  }

  /** True if the command is to stop. */
  private static boolean pause(long millis) {
    try {
      return new CountDownLatch(1).await(millis, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      return true;
    }
  }

  private RunOptions options(CairnNode node) {
    RunOptions options =
        RunOptions.defaults()
            .withForce(force || recompute)
            .withAt(at == null ? null : Snapshots.find(node.store(), at).snapshot().cut())
            .withReuse(ReuseOption.parse(node, reuse))
            .withLimits(LimitOption.parse(limits))
            .withRecordsRetryable(recordFailure)
            .withRetry(
                new RetryPolicy(
                    tries,
                    RetryPolicy.DEFAULT.firstDelayMillis(),
                    RetryPolicy.DEFAULT.delayMillisMax()));
    return threads == null ? options : options.withThreads(threads);
  }

  /** What is only recorded, or run by others too, may have operators that are not here. */
  private Program program(CairnNode node, Keys keys) throws IOException {
    boolean file = program.startsWith("@") || !Keys.isKey(program);
    if (!file) {
      return node.receipts().program(keys.resolve(program, null));
    }
    Path path = cairn().path(program.startsWith("@") ? program.substring(1) : program);
    try (InputStream in = Files.newInputStream(path)) {
      return ProgramText.read(
          Bytes.wrap(in.readNBytes(ProgramText.SOURCE_BYTES_MAX + 1)),
          skip || distributed ? null : OperatorRegistry.discover());
    } catch (MalformedException e) {
      throw new MalformedException(path + ": " + e.getMessage(), e);
    }
  }

  private SortedMap<String, ArtifactKey> inputs(Keys keys) throws IOException {
    TreeMap<String, ArtifactKey> named = new TreeMap<>();
    for (String input : inputs) {
      int equals = input.indexOf('=');
      if (equals < 1) {
        throw CommandFailure.usage("not an input: '" + input + "'", "give --in NAME=KEY");
      }
      ArtifactKey key = keys.resolve(input.substring(equals + 1), null);
      if (named.put(input.substring(0, equals), key) != null) {
        throw CommandFailure.usage("input named twice: '" + input + "'", "name each once");
      }
    }
    return named;
  }
}
