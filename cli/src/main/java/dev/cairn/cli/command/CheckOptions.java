package dev.cairn.cli.command;

import dev.cairn.asl.time.Entropy;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.federation.audit.AuditCheck;
import dev.cairn.federation.audit.AuditPlan;
import dev.cairn.federation.audit.ReceiptChoice;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** The options of {@code cairn audit} that choose what is checked. */
final class CheckOptions {
  private static final String ALL = "all";

  /** Some thirty years. */
  private static final long WORK_MAX = 1_000_000_000;

  @Option(
      names = "--check",
      paramLabel = "NAME",
      split = ",",
      description = {
        "Make only these checks: opening, records, payloads, log-roots, checkpoints, cosignatures,",
        "tails, epochs, keys, liveness, state, snapshots, partial-logs, evidence, references,",
        "receipt-claims, receipts, comparison. All but receipts if left out. That the sources open"
            + " is always checked."
      })
  private List<String> only = new ArrayList<>();

  @Option(
      names = "--skip",
      paramLabel = "NAME",
      split = ",",
      description = "Leave these checks out.")
  private List<String> skipped = new ArrayList<>();

  @Option(
      names = "--reexecute",
      description = "Also run the program of every live receipt again: the same as --receipts all.")
  private boolean reexecute;

  @Option(
      names = "--receipts",
      paramLabel = "all|N",
      description = {
        "Also run the programs of live receipts again: of all, or of a sample of so many, whose",
        "seed is told."
      })
  private @Nullable String receipts;

  @Option(
      names = "--receipts-behind",
      paramLabel = "KEY",
      description = {
        "Also run the programs of the receipts behind this artifact again: of the run that gave",
        "it, of those that gave its inputs, and so on."
      })
  private @Nullable String behind;

  @Option(
      names = "--seed",
      paramLabel = "N",
      description =
          "The sample's seed: the same one chooses the same receipts. By chance if left out.")
  private @Nullable Long seed;

  @Option(
      names = "--receipts-work",
      paramLabel = "N",
      description = {
        "How much work running receipts again may be, all together: about the seconds that one",
        "processor takes, but counted by what is done, so that the result does not depend on the",
        "machine. What does not fit is told as undecided. 100,000 if left out."
      })
  private @Nullable String work;

  /**
   * Reads the options.
   *
   * @param sources how many sources are named
   */
  AuditPlanner planner(CairnCommand cairn, int sources) {
    if (sources < 2 && only.contains(AuditCheck.COMPARISON.text())) {
      throw CommandFailure.usage(
          "--check comparison with one SOURCE", "name another one to compare it with");
    }
    long ways = Stream.of(reexecute, receipts != null, behind != null).filter(way -> way).count();
    if (ways > 1) {
      throw CommandFailure.usage(
          "more than one of --reexecute, --receipts and --receipts-behind", "choose one of them");
    }
    boolean chosen = ways > 0;
    Set<AuditCheck> checks = checks(chosen);
    if (chosen && !checks.contains(AuditCheck.RECEIPTS)) {
      throw CommandFailure.usage(
          "receipts are to be run again, and the check 'receipts' is left out",
          "leave one of the options out");
    }
    ReceiptChoice choice = choice();
    if (seed != null && !(choice instanceof ReceiptChoice.Sample)) {
      throw CommandFailure.usage("--seed without a sample", "add --receipts N");
    }
    if (work != null && !checks.contains(AuditCheck.RECEIPTS)) {
      throw CommandFailure.usage(
          "--receipts-work, and no receipts are to be run again", "add --reexecute");
    }
    return new AuditPlanner(cairn, checks, choice, behind, work());
  }

  /** True if other checks than the usual ones are asked for. */
  boolean choose() {
    return !only.isEmpty()
        || !skipped.isEmpty()
        || reexecute
        || receipts != null
        || behind != null
        || work != null;
  }

  private long work() {
    String text = work;
    if (text == null) {
      return AuditPlan.WORK;
    }
    long units;
    try {
      units = Long.parseLong(text);
    } catch (NumberFormatException e) {
      units = 0;
    }
    if (units < 1 || units > WORK_MAX) {
      throw CommandFailure.usage(
          "--receipts-work '" + text + "'", "give a number from 1 to " + WORK_MAX);
    }
    return units * AuditPlan.WORK_UNIT;
  }

  private Set<AuditCheck> checks(boolean withReceipts) {
    EnumSet<AuditCheck> checks;
    if (only.isEmpty()) {
      checks = EnumSet.copyOf(AuditCheck.usual());
      if (withReceipts) {
        checks.add(AuditCheck.RECEIPTS);
      }
    } else {
      checks = EnumSet.of(AuditCheck.OPENING);
      only.forEach(name -> checks.add(check("--check", name)));
    }
    for (String name : skipped) {
      AuditCheck check = check("--skip", name);
      if (check == AuditCheck.OPENING) {
        throw CommandFailure.usage("--skip opening", "that the sources open is always checked");
      }
      checks.remove(check);
    }
    return checks;
  }

  private static AuditCheck check(String option, String name) {
    return AuditCheck.byText(name)
        .orElseThrow(
            () ->
                CommandFailure.usage(
                    option + ": no check is called '" + name + "'",
                    "the checks are " + AuditCheck.names()));
  }

  private ReceiptChoice choice() {
    String text = receipts;
    if (text == null || text.equals(ALL)) {
      return new ReceiptChoice.All();
    }
    int count;
    try {
      count = Integer.parseInt(text);
    } catch (NumberFormatException e) {
      count = 0;
    }
    if (count < 1 || count > ReceiptChoice.COUNT_MAX) {
      throw CommandFailure.usage(
          "--receipts '" + text + "'",
          "give 'all', or a number from 1 to " + ReceiptChoice.COUNT_MAX);
    }
    Long given = seed;
    return new ReceiptChoice.Sample(count, given == null ? anySeed() : given);
  }

  /** A seed that is easily typed again. */
  private static long anySeed() {
    return Entropy.system().bytes(Long.BYTES).u64At(0) >>> 32;
  }
}
