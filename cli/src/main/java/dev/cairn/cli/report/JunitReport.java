package dev.cairn.cli.report;

import dev.cairn.federation.audit.AuditFinding;
import dev.cairn.federation.audit.AuditFinding.Kind;
import dev.cairn.federation.audit.AuditFinding.Place;
import dev.cairn.federation.audit.AuditReport;
import dev.cairn.tgk.finding.Severity;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * An audit as JUnit XML: a suite for each source and each comparison, in it a passed case for each
 * check that found nothing, and for each place of a finding a case that failed or, if a check could
 * not be made, ended in an error. No times stand in it.
 */
public final class JunitReport {
  private static final String CLASS = "cairn.audit";
  private static final Set<Kind> OF_A_SOURCE =
      EnumSet.of(
          Kind.RECORD,
          Kind.LOG_ROOT,
          Kind.CHECKPOINT,
          Kind.UNSIGNED,
          Kind.PAYLOAD,
          Kind.PAYLOAD_MISSING,
          Kind.LIVENESS,
          Kind.STATE,
          Kind.SNAPSHOT,
          Kind.UNREADABLE);
  private static final Set<Kind> OF_A_COMPARISON = EnumSet.of(Kind.DIVERGENCE, Kind.FORK);

  private final StringBuilder out = new StringBuilder();

  /** A suite: the checks that were made, and what they found. */
  private static final class Suite {
    private final Set<Kind> checks = EnumSet.noneOf(Kind.class);
    private final List<Case> found = new ArrayList<>();

    List<Kind> passed() {
      Set<Kind> passed = EnumSet.copyOf(checks);
      found.forEach(one -> passed.remove(one.finding.kind()));
      return List.copyOf(passed);
    }

    int tests() {
      return passed().size() + found.size();
    }

    long errors() {
      return found.stream().filter(Case::isError).count();
    }

    long failures() {
      return found.size() - errors();
    }
  }

  private record Case(AuditFinding finding, Place place) {
    boolean isError() {
      return finding.severity() == Severity.UNDECIDED;
    }
  }

  private JunitReport() {}

  /** The XML document, ended by a line feed. */
  public static String of(AuditDocument document) {
    JunitReport report = new JunitReport();
    report.write(suites(document));
    return report.out.toString();
  }

  private static Map<String, Suite> suites(AuditDocument document) {
    Map<String, Suite> suites = new LinkedHashMap<>();
    String first = null;
    for (Map.Entry<String, AuditReport.@Nullable Source> state : document.states().entrySet()) {
      Suite suite = suites.computeIfAbsent(state.getKey(), name -> new Suite());
      AuditReport.Source source = state.getValue();
      if (source == null || source.stateRoot() == null) {
        continue;
      }
      suite.checks.addAll(OF_A_SOURCE);
      if (document.reexecuted()) {
        suite.checks.add(Kind.RECEIPT);
      }
      if (first == null) {
        first = state.getKey();
      } else {
        suites
            .computeIfAbsent(first + " and " + state.getKey(), name -> new Suite())
            .checks
            .addAll(OF_A_COMPARISON);
      }
    }
    for (AuditFinding finding : document.report().findings()) {
      for (Place place : finding.places()) {
        suites
            .computeIfAbsent(place.source(), name -> new Suite())
            .found
            .add(new Case(finding, place));
      }
    }
    return suites;
  }

  private void write(Map<String, Suite> suites) {
    out.append("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"cairn audit\"");
    counts(
        suites.values().stream().mapToInt(Suite::tests).sum(),
        suites.values().stream().mapToLong(Suite::failures).sum(),
        suites.values().stream().mapToLong(Suite::errors).sum());
    out.append(">\n");
    suites.forEach(this::suite);
    out.append("</testsuites>\n");
  }

  private void suite(String name, Suite suite) {
    out.append("  <testsuite");
    attribute("name", name);
    counts(suite.tests(), suite.failures(), suite.errors());
    out.append(">\n");
    for (Kind kind : suite.passed()) {
      open(kind.text());
      out.append("/>\n");
    }
    for (Case one : suite.found) {
      AuditFinding finding = one.finding();
      open(finding.kind().text() + " " + finding.subject() + ", " + one.place().where());
      String element = one.isError() ? "error" : "failure";
      out.append(">\n      <").append(element);
      attribute("message", finding.message());
      attribute("type", finding.kind().rule().text());
      out.append('>');
      escape(account(finding, one.place()));
      out.append("</").append(element).append(">\n    </testcase>\n");
    }
    out.append("  </testsuite>\n");
  }

  private static String account(AuditFinding finding, Place place) {
    return "finding "
        + finding.id().shortText()
        + " ("
        + finding.severity().text()
        + ") in "
        + place.source()
        + ", "
        + place.where()
        + ": "
        + place.detail();
  }

  private void open(String name) {
    out.append("    <testcase");
    attribute("name", name);
    attribute("classname", CLASS);
  }

  private void counts(int tests, long failures, long errors) {
    attribute("tests", Integer.toString(tests));
    attribute("failures", Long.toString(failures));
    attribute("errors", Long.toString(errors));
    attribute("skipped", "0");
  }

  private void attribute(String name, String value) {
    out.append(' ').append(name).append("=\"");
    escape(value);
    out.append('"');
  }

  /** Text as XML 1.0 holds it; what it cannot hold becomes a replacement character. */
  private void escape(String text) {
    text.codePoints()
        .forEach(
            point -> {
              switch (point) {
                case '&' -> out.append("&amp;");
                case '<' -> out.append("&lt;");
                case '>' -> out.append("&gt;");
                case '"' -> out.append("&quot;");
                case '\t', '\n', '\r' -> out.append("&#").append(point).append(';');
                default -> out.appendCodePoint(isXml(point) ? point : 0xfffd);
              }
            });
  }

  private static boolean isXml(int point) {
    return (point >= 0x20 && point <= 0xd7ff)
        || (point >= 0xe000 && point <= 0xfffd)
        || point >= 0x10000;
  }
}
