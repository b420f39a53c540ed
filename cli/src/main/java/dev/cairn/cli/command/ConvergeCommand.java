package dev.cairn.cli.command;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.evidence.StateEvidence;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.note.ConvergenceCertificate;
import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.console.Console;
import dev.cairn.cli.console.ExitCode;
import dev.cairn.cli.console.JsonObject;
import dev.cairn.federation.audit.AuditCheck;
import dev.cairn.federation.audit.AuditPlan;
import dev.cairn.federation.audit.AuditReport;
import dev.cairn.federation.audit.AuditReport.Verdict;
import dev.cairn.federation.audit.Auditor;
import dev.cairn.federation.audit.ReceiptChoice;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.proof.StateWitness;
import dev.cairn.federation.proof.StateWitness.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code cairn converge}: one file that nodes sign which have one state. */
@Command(
    name = "converge",
    description = "Signs and checks that nodes have one state: one file for all of them.",
    synopsisSubcommandLabel = "COMMAND",
    footer = {
      "",
      "Example: cairn converge sign same.convergence    at each node in turn",
      "         cairn converge check same.convergence"
    })
final class ConvergeCommand implements Runnable {
  private ConvergeCommand() {}

  static CommandLine tree(CairnCommand cairn) {
    return new CommandLine(new ConvergeCommand())
        .addSubcommand(new Sign(cairn))
        .addSubcommand(new Check(cairn));
  }

  @Override
  public void run() {
    throw CommandFailure.usage("no command given", "see 'cairn converge --help'");
  }

  @Command(
      name = "sign",
      description = {
        "Computes this node's state and signs it into FILE. If the file is there, under the cut"
            + " that",
        "it names, and only if the state is the same: else it names what differs and ends with 1,"
            + " or",
        "with 3 if not all records of the cut are held here. All records are checked first, and"
            + " that",
        "the state follows from them."
      },
      footer = {"", "Example: cairn converge sign same.convergence --at before-release"})
  private static final class Sign extends StoreCommand {
    /** A state that is wrong, once signed, is proof against this node. */
    private static final Set<AuditCheck> RESTS_UPON =
        Collections.unmodifiableSet(
            EnumSet.of(
                AuditCheck.RECORDS,
                AuditCheck.LOG_ROOTS,
                AuditCheck.CHECKPOINTS,
                AuditCheck.LIVENESS,
                AuditCheck.STATE));

    @Parameters(paramLabel = "FILE", description = "Made, or signed as well.")
    private String file;

    @Option(
        names = "--at",
        paramLabel = "S",
        description = "Where FILE is made: the cut of this snapshot; else all that is held now.")
    private @Nullable String snapshot;

    Sign(CairnCommand cairn) {
      super(cairn);
    }

    @Override
    Access access() {
      return Access.READ;
    }

    @Override
    ExitCode run(CairnNode node, Console console) throws IOException {
      Path path = cairn().path(file);
      requireVerified(node.store());
      StateWitness witness = new StateWitness(node.store());
      ConvergenceCertificate made;
      if (Files.exists(path)) {
        if (snapshot != null) {
          throw CommandFailure.usage(
              "--at with a file that is there", "it names its cut: leave --at out");
        }
        made = joined(witness.join(Convergences.read(path)));
      } else {
        Cut cut =
            snapshot == null
                ? node.store().cut()
                : Snapshots.find(node.store(), snapshot).snapshot().cut();
        made = witness.state(cut);
      }
      Bytes bytes = made.encode();
      AtomicFile.write(path, out -> bytes.writeTo(out));
      console.result(Convergences.json(path, made), "signed    " + Convergences.line(made));
      return ExitCode.DONE;
    }

    /** What is signed follows from rows: they must be those that the records give. */
    private void requireVerified(Store store) {
      AuditPlan plan = new AuditPlan(RESTS_UPON, new ReceiptChoice.All(), null);
      Auditor auditor = Auditor.of(plan);
      AuditReport report =
          cairn()
              .console()
              .watching(
                  "records checked",
                  Describe.records(store),
                  auditor::recordsRead,
                  () -> auditor.audit("this store", store));
      if (report.verified()) {
        return;
      }
      String what =
          "this store's state cannot be shown to follow from its records: "
              + report.findings().stream()
                  .findFirst()
                  .map(finding -> finding.message() + ", " + finding.places().get(0).where())
                  .orElse("not all of it could be checked")
              + ": nothing is signed";
      String advice = "see 'cairn audit', then 'cairn fsck --rebuild'";
      throw report.verdict() == Verdict.UNDECIDED
          ? CommandFailure.unfinished(what, advice)
          : CommandFailure.negative(what, advice);
    }

    private static ConvergenceCertificate joined(Outcome outcome) {
      if (outcome instanceof Outcome.Signed signed) {
        return signed.certificate();
      }
      if (outcome instanceof Outcome.Lacking lacking) {
        throw CommandFailure.unfinished(
            "log "
                + lacking.origin()
                + " is held up to logseq "
                + lacking.held()
                + ", the cut goes up to "
                + lacking.due(),
            "sync with a node that signed, and sign again");
      }
      throw CommandFailure.negative(
          "not the same here: " + ((Outcome.Differing) outcome).what() + ": nothing is signed",
          "compare the stores with 'cairn audit'");
    }
  }

  @Command(
      name = "check",
      description = {
        "Verifies such files; needs no store. Ends with 1 if one does not hold, or if fewer than"
            + " two",
        "nodes signed it. Of several files it also says if a node signed two states for one cut:"
            + " then",
        "it ends with 4."
      },
      footer = {"", "Example: cairn converge check same.convergence --node f264296b..."})
  private static final class Check implements Callable<Integer> {
    private final CairnCommand cairn;

    @Parameters(arity = "1..*", paramLabel = "FILE", description = "What to verify.")
    private List<String> files = new ArrayList<>();

    @Option(
        names = "--node",
        paramLabel = "NODE",
        description = {
          "Believe this node, by its whole id; may be given several times. Without it, the answer",
          "names the nodes of which one must be believed."
        })
    private List<String> nodes = new ArrayList<>();

    @Option(
        names = "--evidence",
        paramLabel = "FILE",
        description = "Where the proof goes that a node signed two states for one cut.")
    private @Nullable String evidence;

    Check(CairnCommand cairn) {
      this.cairn = cairn;
    }

    @Override
    public Integer call() throws IOException {
      List<NodeId> believed = Convergences.nodes(nodes);
      List<ConvergenceCertificate> read = new ArrayList<>();
      for (String file : files) {
        read.add(Convergences.read(cairn.path(file)));
      }
      List<StateEvidence> found = Convergences.contradictions(read);
      if (!found.isEmpty()) {
        return accuse(found).status();
      }
      Convergences.checkAlike(files, read);
      for (int i = 0; i < read.size(); i++) {
        Convergences.tell(cairn, cairn.path(files.get(i)), read.get(i), believed);
      }
      return ExitCode.DONE.status();
    }

    private ExitCode accuse(List<StateEvidence> found) throws IOException {
      String name = evidence;
      if (name != null) {
        Bytes bytes = found.get(0).encoded();
        AtomicFile.write(cairn.path(name), out -> bytes.writeTo(out));
      }
      for (StateEvidence each : found) {
        cairn
            .console()
            .result(
                new JsonObject()
                    .addText("node", each.node())
                    .add("evidence", each.id().toHex())
                    .add("cutDigest", each.statements().get(0).cut().toHex())
                    .addStrings(
                        "stateRoots",
                        each.statements().stream().map(s -> s.stateRoot().toHex()).toList()),
                "proven    " + each.describe());
      }
      return ExitCode.MISBEHAVIOUR;
    }
  }
}
