package dev.cairn.cli.report;

import dev.cairn.federation.audit.AuditFinding;
import dev.cairn.federation.audit.AuditFinding.Place;
import dev.cairn.federation.audit.CauseTree;
import dev.cairn.federation.audit.CheckResult;
import dev.cairn.federation.audit.CheckResult.Outcome;
import dev.cairn.tgk.finding.Severity;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * An audit as JUnit XML: a suite for each source and each comparison, in it a passed case for each
 * check that was made and found nothing, a skipped one for each that was not asked or made on a
 * sample, and for each place of a finding a case that failed or, if a check could not be made,
 * ended in an error; notes and warnings pass and are told. No times stand in it.
 */
public final class JunitReport {
  private static final String CLASS = "cairn.audit";
  private final StringBuilder out = new StringBuilder();

  /** A suite: the checks that found nothing, and what the others found. */
  private static final class Suite {
    private final List<CheckResult> quiet = new ArrayList<>();
    private final List<Case> found = new ArrayList<>();
    private final List<CauseTree> explained = new ArrayList<>();

    int tests() {
      return quiet.size() + found.size() + explained.size();
    }

    long errors() {
      return found.stream().filter(Case::isError).count()
          + quiet.stream().filter(each -> each.outcome() == Outcome.CUT_SHORT).count();
    }

    long failures() {
      return found.stream().filter(Case::isFailure).count();
    }

    long skipped() {
      return quiet.stream().filter(JunitReport::isSkipped).count();
    }
  }

  private static boolean isSkipped(CheckResult result) {
    return result.outcome() == Outcome.LEFT_OUT || result.outcome() == Outcome.SAMPLED;
  }

  private record Case(AuditFinding finding, Place place) {
    boolean isError() {
      return finding.severity() == Severity.UNDECIDED;
    }

    boolean isFailure() {
      return finding.severity().compareTo(Severity.UNDECIDED) > 0;
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
    document.states().keySet().forEach(name -> suites.put(name, new Suite()));
    for (CheckResult result : document.report().checks()) {
      String name = result.source().isEmpty() ? "comparison" : result.source();
      Suite suite = suites.computeIfAbsent(name, each -> new Suite());
      if (result.findings() == 0) {
        suite.quiet.add(result);
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
    for (CauseTree tree : document.explanations().trees()) {
      String name =
          tree.left().equals(tree.right()) ? tree.left() : tree.left() + " and " + tree.right();
      suites.computeIfAbsent(name, each -> new Suite()).explained.add(tree);
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
    attribute("skipped", Long.toString(suite.skipped()));
    out.append(">\n");
    suite.quiet.forEach(this::quiet);
    suite.found.forEach(this::found);
    suite.explained.forEach(this::explained);
    out.append("  </testsuite>\n");
  }

  private void quiet(CheckResult result) {
    open(result.check().text());
    String element = isSkipped(result) ? "skipped" : "error";
    if (result.isWhole()) {
      out.append("/>\n");
      return;
    }
    out.append(">\n      <").append(element);
    attribute(
        "message", result.outcome().text() + (result.note().isEmpty() ? "" : ": " + result.note()));
    out.append("/>\n    </testcase>\n");
  }

  private void found(Case one) {
    AuditFinding finding = one.finding();
    open(finding.kind().text() + " " + finding.subject() + ", " + one.place().where());
    boolean passed = !one.isError() && !one.isFailure();
    String element = passed ? "system-out" : one.isError() ? "error" : "failure";
    out.append(">\n      <").append(element);
    if (!passed) {
      attribute("message", finding.message());
      attribute("type", finding.kind().rule().text());
    }
    out.append('>');
    escape(account(finding, one.place()));
    out.append("</").append(element).append(">\n    </testcase>\n");
  }

  /** A case that passes: what is wrong is told by findings. */
  private void explained(CauseTree tree) {
    open("explanation of " + tree.about());
    out.append(">\n      <system-out>");
    escape(String.join("\n", ExplanationWords.lines(tree)));
    out.append("</system-out>\n    </testcase>\n");
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
        + Words.seen(place);
  }

  private void open(String name) {
    out.append("    <testcase");
    attribute("name", name);
    attribute("classname", CLASS);
  }

  /** Those that the common schemas know of one suite and of all: skipped ones only of one. */
  private void counts(int tests, long failures, long errors) {
    attribute("tests", Integer.toString(tests));
    attribute("failures", Long.toString(failures));
    attribute("errors", Long.toString(errors));
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
