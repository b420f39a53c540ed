package dev.cairn.cli.command;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.cli.report.Reproduction;
import dev.cairn.federation.audit.AuditFinding;
import dev.cairn.federation.audit.AuditReport;
import dev.cairn.federation.audit.AuditSource;
import dev.cairn.federation.audit.ExcerptAudit;
import dev.cairn.federation.audit.ExcerptMaker;
import dev.cairn.federation.audit.Reexecution;
import dev.cairn.federation.bundle.Excerpt;
import dev.cairn.federation.bundle.Excerpts;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.run.RunOptions;
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

  /** Writes what shows the worst finding of a report, if anything does. */
  static Reproduction write(
      CairnCommand cairn,
      String file,
      List<AuditSource> sources,
      AuditReport report,
      boolean receipts) {
    AuditFinding finding = ExcerptMaker.chosen(report).orElse(null);
    if (finding == null) {
      return Reproduction.none("", "nothing was found");
    }
    String id = finding.id().shortText();
    try {
      Excerpt excerpt = new ExcerptMaker(sources, report, receipts ? runner() : null).of(finding);
      Bytes encoded = Excerpts.encode(excerpt);
      AtomicFile.write(cairn.path(file), out -> encoded.writeTo(out));
      return new Reproduction(file, id, excerpt.records(), encoded.length(), "");
    } catch (RefusedException e) {
      return Reproduction.none(id, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw CommandFailure.unfinished("cannot write " + file, "check the path", e);
    }
  }

  private static Reexecution runner() {
    return new Reexecution(OperatorRegistry.discover(), RunOptions.defaults());
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
  static AuditReport audit(Path file) {
    return BundleFiles.undamaged(
        file, () -> new ExcerptAudit(Excerpts.read(file), runner()).report());
  }
}
