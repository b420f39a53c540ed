package dev.cairn.cli.command;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.report.Reproduction;
import dev.cairn.federation.audit.AuditFinding;
import dev.cairn.federation.audit.AuditReport;
import dev.cairn.federation.audit.AuditSource;
import dev.cairn.federation.audit.CauseTrees;
import dev.cairn.federation.audit.ExcerptAudit;
import dev.cairn.federation.audit.ExcerptMaker;
import dev.cairn.federation.audit.Reexecution;
import dev.cairn.federation.bundle.Excerpt;
import dev.cairn.federation.bundle.Excerpts;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.run.RunOptions;
import dev.cairn.tgk.finding.Severity;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Writes the least that shows a finding into a file, and audits such files. */
final class Reproducer {
  private static final int HEAD_BYTES = 16;

  private Reproducer() {}

  /** What an excerpt shows. */
  record Shown(AuditReport report, CauseTrees explanations) {}

  /**
   * Writes what shows the worst finding of a report, if anything does; where nothing is wrong, and
   * two answers are explained, the first explanation.
   */
  static Reproduction write(
      CairnCommand cairn,
      String file,
      List<AuditSource> sources,
      AuditReport report,
      CauseTrees explanations,
      boolean receipts) {
    AuditFinding finding = ExcerptMaker.chosen(report).orElse(null);
    boolean explained =
        !explanations.trees().isEmpty() && (finding == null || finding.severity() == Severity.NOTE);
    if (finding == null && !explained) {
      return Reproduction.none("", "nothing was found");
    }
    String id = explained || finding == null ? "explanation" : finding.id().shortText();
    try {
      ExcerptMaker maker = new ExcerptMaker(sources, report, receipts ? runner() : null);
      Excerpt excerpt =
          explained || finding == null ? maker.of(explanations.trees().get(0)) : maker.of(finding);
      Bytes encoded = Excerpts.encode(excerpt);
      AtomicFile.write(cairn.path(file), out -> encoded.writeTo(out));
      return new Reproduction(file, id, excerpt.records(), encoded.length(), "");
    } catch (RefusedException e) {
      return Reproduction.none(id, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw CommandFailure.unfinished("cannot write " + file, "check the path", e);
    }
  }

  /** In memory, and of whoever made the file: within narrow limits. */
  private static Reexecution runner() {
    return Reexecution.narrow(OperatorRegistry.discover(), RunOptions.defaults());
  }

  /** The excerpt that is the only source; null if none is one. */
  static @Nullable Path only(Collection<Source> sources) {
    for (Source source : sources) {
      if (source instanceof Source.BundleFile bundle && isExcerpt(bundle.file())) {
        if (sources.size() > 1) {
          throw CommandFailure.usage(
              bundle.file() + " shows one finding and no whole logs", "audit it alone");
        }
        return bundle.file();
      }
    }
    return null;
  }

  private static boolean isExcerpt(Path file) {
    try (InputStream in = Files.newInputStream(file)) {
      return Excerpts.isExcerpt(Bytes.wrap(in.readNBytes(HEAD_BYTES)));
    } catch (IOException e) {
      // Whoever reads all of it will say why that fails.
      return false;
    }
  }

  /** Audits an excerpt. */
  static Shown audit(Path file) {
    return BundleFiles.undamaged(
        file,
        () -> {
          ExcerptAudit audit = new ExcerptAudit(Excerpts.read(file), runner());
          return new Shown(audit.report(), audit.explanations());
        });
  }
}
