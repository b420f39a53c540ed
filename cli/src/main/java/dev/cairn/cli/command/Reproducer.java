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
import java.util.Locale;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Writes the least that shows a finding into a file, and audits such files. */
final class Reproducer {
  private static final int HEAD_BYTES = 16;
  private static final Pattern PREFIX = Pattern.compile("[0-9a-fA-F]{6,64}");
  private static final String NOT_FOUND =
      "this audit did not find it: take an id that it tells, or audit the sources, and make the"
          + " checks, by which it was found";

  private Reproducer() {}

  /** What an excerpt shows. */
  record Shown(AuditReport report, CauseTrees explanations) {}

  /** True if a text is the beginning of a finding's id that is long enough to name it. */
  static boolean isPrefix(String text) {
    return PREFIX.matcher(text).matches();
  }

  /**
   * Writes what shows a finding of a report, if anything does: the one that is wanted, else the
   * worst one; where nothing is wrong, and two answers are explained, the first explanation.
   *
   * @param wanted how the finding's id begins; null for the worst one
   */
  static Reproduction write(
      CairnCommand cairn,
      String file,
      @Nullable String wanted,
      List<AuditSource> sources,
      AuditReport report,
      CauseTrees explanations,
      boolean receipts) {
    AuditFinding finding;
    boolean explained = false;
    if (wanted != null) {
      List<AuditFinding> named = ExcerptMaker.named(report, wanted.toLowerCase(Locale.ROOT));
      if (named.size() != 1) {
        return Reproduction.none(wanted, named.isEmpty() ? NOT_FOUND : several(named));
      }
      finding = named.get(0);
    } else {
      finding = ExcerptMaker.worst(report).orElse(null);
      explained =
          !explanations.trees().isEmpty()
              && (finding == null || finding.severity() == Severity.NOTE);
      if (finding == null && !explained) {
        return Reproduction.none("", "nothing was found");
      }
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

  private static String several(List<AuditFinding> findings) {
    return findings.size()
        + " findings begin so, "
        + findings.get(0).id()
        + " and "
        + findings.get(1).id()
        + (findings.size() > 2 ? " among them" : "")
        + ": give more digits";
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
