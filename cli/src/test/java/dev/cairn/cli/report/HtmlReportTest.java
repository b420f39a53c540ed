package dev.cairn.cli.report;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.federation.audit.AuditFinding;
import dev.cairn.federation.audit.AuditFinding.Kind;
import dev.cairn.federation.audit.AuditFinding.Place;
import dev.cairn.federation.audit.AuditReport;
import dev.cairn.federation.audit.CauseTrees;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.xml.parsers.DocumentBuilder;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.parsers.ParserConfigurationException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NamedNodeMap;
import org.w3c.dom.Node;
import org.w3c.dom.NodeList;
import org.xml.sax.InputSource;
import org.xml.sax.SAXException;

@Timeout(180)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HtmlReportTest {
  private static final String HOSTILE =
      "</script></style></title><img src=x onerror=alert(1)>\"'&amp;<!--]]>\u202egnp.exe\u2066"
          + "\u0000\u001b[31m\u2028\ud800\ufeff\u200f\r\n\t\ud83d\ude00";
  private static final Set<String> ELEMENTS =
      Set.of(
          "html",
          "head",
          "meta",
          "title",
          "style",
          "body",
          "main",
          "header",
          "section",
          "article",
          "footer",
          "h1",
          "h2",
          "h3",
          "p",
          "dl",
          "dt",
          "dd",
          "bdi",
          "code",
          "pre",
          "br",
          "div",
          "table",
          "caption",
          "tr",
          "th",
          "td",
          "details",
          "summary",
          "figure",
          "figcaption",
          "svg",
          "desc",
          "rect",
          "line",
          "text",
          "path");
  private static final Set<String> ATTRIBUTES =
      Set.of(
          "lang",
          "charset",
          "http-equiv",
          "content",
          "name",
          "class",
          "id",
          "scope",
          "open",
          "viewBox",
          "width",
          "height",
          "role",
          "aria-labelledby",
          "x",
          "y",
          "rx",
          "x1",
          "y1",
          "x2",
          "y2",
          "d");

  private static AuditDocument of(List<AuditFinding> findings, String source) {
    AuditReport report =
        new AuditReport(
            List.of(new AuditReport.Source(source, null, List.of())),
            null,
            List.of(),
            findings,
            List.of());
    return new AuditDocument(
        report, List.of(source), "cairn test", null, List.of(), CauseTrees.NONE, null);
  }

  private static AuditDocument hostile() {
    List<AuditFinding> findings = new ArrayList<>();
    for (Kind kind : Kind.values()) {
      Place place = Place.of(HOSTILE, HOSTILE).with(HOSTILE);
      findings.add(new AuditFinding(kind, HOSTILE, HOSTILE, List.of(place), 3));
    }
    return of(findings, HOSTILE);
  }

  /** Pages that must all hold what every page must. */
  private final List<String> pages =
      Stream.of(
              hostile(),
              of(List.of(), "fine"),
              Forked.audited(50, List.of("ann", HOSTILE)),
              Forked.audited(2, List.of("ann", "bob")),
              Forked.audited(16_378, List.of("ann", "bob")))
          .map(HtmlReport::of)
          .toList();

  private static Document parsed(String page) {
    try {
      DocumentBuilder builder = DocumentBuilderFactory.newInstance().newDocumentBuilder();
      builder.setErrorHandler(null);
      return builder.parse(new InputSource(new StringReader(page)));
    } catch (ParserConfigurationException | SAXException | IOException e) {
      throw new AssertionError(e);
    }
  }

  private static List<Element> elements(Document page, String name) {
    NodeList found = page.getElementsByTagName(name);
    List<Element> list = new ArrayList<>();
    for (int i = 0; i < found.getLength(); i++) {
      list.add((Element) found.item(i));
    }
    return list;
  }

  private static String text(Document page, String name) {
    return elements(page, name).stream().map(Node::getTextContent).collect(Collectors.joining("|"));
  }

  @Test
  void everyPageIsWellFormedAndHoldsOnlyElementsAndAttributesThatDoNothing() {
    for (String page : pages) {
      assertThat(page).startsWith("<!DOCTYPE html>\n<html lang=\"en\">");
      for (Element element : elements(parsed(page), "*")) {
        assertThat(ELEMENTS).contains(element.getTagName());
        NamedNodeMap attributes = element.getAttributes();
        for (int i = 0; i < attributes.getLength(); i++) {
          assertThat(ATTRIBUTES).contains(attributes.item(i).getNodeName());
        }
      }
    }
  }

  @Test
  void thePolicyAllowsTheStyleSheetByItsDigestAndNothingElse() {
    for (String page : pages) {
      Document document = parsed(page);
      String sheet = text(document, "style");
      String digest =
          Base64.getEncoder()
              .encodeToString(HashAlgorithm.SHA_256.hash(Bytes.utf8(sheet)).toArray());
      assertThat(elements(document, "meta"))
          .filteredOn(meta -> meta.getAttribute("http-equiv").equals("Content-Security-Policy"))
          .extracting(meta -> meta.getAttribute("content"))
          .containsExactly(
              "default-src 'none'; style-src 'sha256-"
                  + digest
                  + "'; base-uri 'none'; form-action 'none'");
      assertThat(sheet).doesNotContain("url(", "@import", "@font-face", "expression");
      assertThat(page.substring(0, page.indexOf("<style>")))
          .as("the policy stands before what it is about")
          .contains("Content-Security-Policy");
      assertThat(body(page)).doesNotContain("http:", "https:", "//");
    }
  }

  @Test
  void hostileTextIsShownAsTextAndWhatDoesNotShowIsWrittenOut() {
    Document page = parsed(HtmlReport.of(hostile()));
    assertThat(elements(page, "article")).hasSize(Kind.values().length);
    String shown = text(page, "article");
    assertThat(shown)
        .contains("</script></style></title><img src=x onerror=alert(1)>\"'&amp;<!--]]>")
        .contains("\\u{202E}gnp.exe\\u{2066}\\u{0}\\u{1B}[31m\\u{2028}\\u{D800}\\u{FEFF}\\u{200F}")
        .contains("\ud83d\ude00");
    for (String source : pages) {
      assertThat(source.codePoints().filter(HtmlReportTest::isHidden).toArray()).isEmpty();
    }
  }

  private static boolean isHidden(int point) {
    int type = Character.getType(point);
    return point != '\n'
        && (type == Character.CONTROL
            || type == Character.FORMAT
            || type == Character.SURROGATE
            || type == Character.LINE_SEPARATOR);
  }

  @Test
  void whoeverDoesNotSeeThePageCanUseIt() {
    for (String source : pages) {
      Document page = parsed(source);
      assertThat(text(page, "h1")).isNotBlank();
      assertThat(elements(page, "h1")).hasSize(1);
      assertThat(elements(page, "head").get(0).getElementsByTagName("title").getLength())
          .isEqualTo(1);
      assertThat(elements(page, "th")).allMatch(th -> th.getAttribute("scope").matches("col|row"));
      Set<String> ids = new HashSet<>();
      for (Element element : elements(page, "*")) {
        String id = element.getAttribute("id");
        assertThat(id.isEmpty() || ids.add(id)).as(id).isTrue();
      }
      for (Element svg : elements(page, "svg")) {
        assertThat(svg.getAttribute("role")).isEqualTo("img");
        assertThat(ids).contains(svg.getAttribute("aria-labelledby").split(" "));
        assertThat(svg.getElementsByTagName("title").item(0).getTextContent()).isNotBlank();
        assertThat(svg.getElementsByTagName("desc").item(0).getTextContent()).isNotBlank();
        checkInside(svg);
      }
    }
  }

  /** Every box lies within its drawing. */
  private static void checkInside(Element svg) {
    NodeList boxes = svg.getElementsByTagName("rect");
    assertThat(boxes.getLength()).isPositive();
    for (int i = 0; i < boxes.getLength(); i++) {
      Element box = (Element) boxes.item(i);
      for (List<String> side : List.of(List.of("x", "width"), List.of("y", "height"))) {
        int start = Integer.parseInt(box.getAttribute(side.get(0)));
        int end = start + Integer.parseInt(box.getAttribute(side.get(1)));
        assertThat(start).isPositive();
        assertThat(end).isLessThan(Integer.parseInt(svg.getAttribute(side.get(1))));
      }
    }
  }

  @Test
  void theVerdictComesFirstAndSaysWhatToDo() {
    Document fine = parsed(HtmlReport.of(of(List.of(), "fine")));
    assertThat(text(fine, "h1")).startsWith("Verified");
    assertThat(text(fine, "header")).contains("0 findings").contains("Nowhere.");
    Document fork = parsed(HtmlReport.of(Forked.audited(50, List.of("ann", "bob"))));
    assertThat(text(fork, "h1")).startsWith("Misbehaviour");
    assertThat(text(fork, "header"))
        .contains("1 of severity misbehaviour, 1 of severity error")
        .contains("ann and bob differ first at record 50 of log")
        .contains("Stop syncing");
  }

  @Test
  void theForkAndTheLineageAreDrawn() {
    Document page = parsed(HtmlReport.of(Forked.audited(50, List.of("ann", "bob"))));
    List<Element> drawings = elements(page, "svg");
    assertThat(drawings).hasSize(2);
    assertThat(drawings.get(0).getTextContent())
        .contains("root over 55", "= 0 to 31", "≠ 32 to 54", "= 48 to 49", "≠ record 50")
        .contains("artifact at logseq 4");
    assertThat(drawings.get(1).getTextContent())
        .contains("pel:run", "output counts", "left only", "right only", "in both", "program");
  }

  @Test
  void ofADeepTreeTheMiddleIsLeftOutOfTheDrawingAndNotOfTheTable() {
    Document page = parsed(HtmlReport.of(Forked.audited(16_378, List.of("ann", "bob"))));
    assertThat(elements(page, "svg").get(0).getTextContent()).contains("… 2 levels");
    assertThat(text(page, "td")).contains("0 to 8191").contains("record 16378");
  }

  @Test
  void ofMoreFindingsAndPlacesThanOnePageHoldsTheRestIsCounted() {
    List<AuditFinding> findings = new ArrayList<>();
    for (int i = 0; i < HtmlReport.FINDINGS_MAX + 7; i++) {
      List<Place> places = new ArrayList<>();
      for (int j = 0; j < 11; j++) {
        places.add(Place.of("it", "place " + j).with("x".repeat(j == 0 ? 9_000 : 1)));
      }
      findings.add(new AuditFinding(Kind.PAYLOAD, "subject " + i, "damaged", places, 11));
    }
    Document page = parsed(HtmlReport.of(of(findings, "it")));
    assertThat(elements(page, "article")).hasSize(HtmlReport.FINDINGS_MAX);
    assertThat(text(page, "p")).contains("7 findings more not shown here").contains("11 places");
    assertThat(elements(page, "pre"))
        .hasSize(HtmlReport.PLACES_MAX)
        .allMatch(pre -> pre.getTextContent().length() <= HtmlReport.DETAIL_CHARACTERS_MAX);
  }

  @Test
  void theSameAuditGivesTheSamePageAndThatIsTheOneKeptHere() throws IOException {
    String page = HtmlReport.of(Forked.audited(5, List.of("ann", "bob")));
    assertThat(page).isEqualTo(HtmlReport.of(Forked.audited(5, List.of("ann", "bob"))));
    try (InputStream in = HtmlReportTest.class.getResourceAsStream("fork.html")) {
      assertThat(body(page))
          .isEqualTo(
              body(
                  new String(
                      Objects.requireNonNull(in, "fork.html").readAllBytes(),
                      StandardCharsets.UTF_8)));
    }
  }

  private static String body(String page) {
    return page.substring(page.indexOf("<body>"));
  }

  /**
   * A browser shows what was written, says nothing against it, and runs nothing of it. Without one
   * on the path, only what the strict parser says is compared.
   */
  @Test
  void aBrowserTakesThePageAsItIs(@TempDir Path folder) throws IOException, InterruptedException {
    String page = HtmlReport.of(Forked.audited(50, List.of("ann", HOSTILE)));
    Path file = Files.writeString(folder.resolve("page.html"), page);
    Document written = parsed(page);
    assertThat(elements(written, "img")).isEmpty();
    Optional<Path> browser = browser();
    if (browser.isEmpty()) {
      return;
    }
    Path shown = folder.resolve("shown.html");
    Path log = folder.resolve("log");
    Process process =
        new ProcessBuilder(
                browser.get().toString(),
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--disable-quic",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--host-resolver-rules=MAP * ~NOTFOUND",
                "--user-data-dir=" + folder.resolve("profile"),
                "--enable-logging=stderr",
                "--dump-dom",
                file.toUri().toString())
            .redirectOutput(shown.toFile())
            .redirectError(log.toFile())
            .start();
    try {
      assertThat(process.waitFor(120, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly().waitFor();
    }
    assertThat(Files.readString(log)).doesNotContain("CONSOLE");
    String dom = Files.readString(shown);
    for (String name : List.of("svg", "rect", "table", "td", "article", "bdi", "h2")) {
      assertThat(count(dom, name)).as(name).isEqualTo(elements(written, name).size());
    }
    assertThat(dom.toLowerCase(Locale.ROOT)).doesNotContain("<img", "<script");
  }

  private static int count(String dom, String element) {
    return dom.split("<" + element + "[ >]", -1).length - 1;
  }

  private static Optional<Path> browser() {
    String path = System.getenv("PATH");
    return Stream.of((path == null ? "" : path).split(":", -1))
        .flatMap(
            folder ->
                Stream.of("chromium", "chromium-browser", "google-chrome")
                    .map(name -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  @Test
  void thePageIsUtf8() {
    String page = HtmlReport.of(Forked.audited(2, List.of("žluťoučký", "kůň")));
    byte[] bytes = page.getBytes(StandardCharsets.UTF_8);
    try {
      Document document =
          DocumentBuilderFactory.newInstance()
              .newDocumentBuilder()
              .parse(new ByteArrayInputStream(bytes));
      assertThat(text(document, "h2")).contains("žluťoučký");
    } catch (ParserConfigurationException | SAXException | IOException e) {
      throw new AssertionError(e);
    }
  }
}
