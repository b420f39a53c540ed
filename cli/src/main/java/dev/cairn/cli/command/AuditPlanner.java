package dev.cairn.cli.command;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.federation.audit.AuditCheck;
import dev.cairn.federation.audit.AuditPlan;
import dev.cairn.federation.audit.AuditSource;
import dev.cairn.federation.audit.AuditSource.OfStore;
import dev.cairn.federation.audit.ReceiptChoice;
import dev.cairn.federation.audit.Reexecution;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.run.RunOptions;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What an audit was asked to check, until its sources are open.
 *
 * @param cairn the command
 * @param checks which checks
 * @param choice which receipts, unless {@code behind} says so
 * @param behind the artifact whose receipts are run again, as the user wrote it; null for none
 * @param work how much running receipts again may take, in units of {@link dev.cairn.pel.run.Meter}
 */
record AuditPlanner(
    CairnCommand cairn,
    Set<AuditCheck> checks,
    ReceiptChoice choice,
    @Nullable String behind,
    long work) {
  /** True if programs are run again. */
  boolean runsReceipts() {
    return checks.contains(AuditCheck.RECEIPTS);
  }

  /** The plan for these sources; a key that is a part of one is looked up in the first store. */
  AuditPlan plan(List<AuditSource> sources) {
    if (!runsReceipts()) {
      return new AuditPlan(checks, choice, null);
    }
    String text = behind;
    return new AuditPlan(
            checks,
            text == null
                ? choice
                : new ReceiptChoice.Behind(key(cairn, "--receipts-behind", text, sources)),
            new Reexecution(OperatorRegistry.discover(), RunOptions.defaults()))
        .withWork(work);
  }

  /**
   * The key that an option names; a part of one is looked up in the stores among the sources.
   *
   * @param option its name
   * @param text what the user wrote
   */
  static ArtifactKey key(
      CairnCommand cairn, String option, String text, List<AuditSource> sources) {
    CommandFailure notThere = null;
    for (AuditSource source : sources) {
      if (source instanceof OfStore given) {
        try {
          return new Keys(cairn, given.store()).resolve(text, null);
        } catch (CommandFailure e) {
          notThere = notThere == null ? e : notThere;
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
    }
    if (notThere != null) {
      throw notThere;
    }
    try {
      return ArtifactKey.parse(text);
    } catch (MalformedException e) {
      throw CommandFailure.usage(
          option + " '" + text + "': no source is a store that opens, to look it up in",
          "give the whole key, asl1-sha256:<hex>");
    }
  }
}
