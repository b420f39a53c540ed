package dev.cairn.tgk.plan;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.plan.Plan.Give;
import dev.cairn.tgk.plan.Plan.Mode;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import org.junit.jupiter.api.Test;

/** A plan's three forms: Java, text, JSON. */
class PlanFormsTest {
  private static final List<ArtifactKey> KEYS = new ArrayList<>();
  private static final List<String> TYPES =
      List.of("text/plain", "", "a*b", "with space; and=signs", "é\n\"quoted\"|x", "!", "#", "..");
  private static final List<EdgeType> EDGE_TYPES =
      List.of(new EdgeType("a:b"), new EdgeType("build:input"), new EdgeType("x-1.y:Z_9"));

  static {
    for (int i = 0; i < 20; i++) {
      KEYS.add(ArtifactKey.of(Bytes.utf8("artifact " + i), null));
    }
  }

  private static Plan random(long seed) {
    String node = "0123456789abcdef".repeat(4);
    return new RandomPlans(
            new Random(seed),
            KEYS,
            TYPES,
            EDGE_TYPES,
            List.of("parent", "", "*", "100644 a file (1).txt"),
            List.of("0", node, node + "/7"),
            1000,
            0,
            253_402_300_799_999L)
        .plan(5);
  }

  @Property(tries = 3000)
  void textAndJsonOfAPlanReadAsTheSamePlan(@ForAll long seed) {
    Plan plan = random(seed);
    String text = PlanText.of(plan);
    String json = PlanJson.of(plan);
    assertThat(PlanText.parse(text)).as(text).isEqualTo(plan);
    assertThat(PlanJson.parse(json)).as(json).isEqualTo(plan);
    assertThat(PlanText.of(PlanJson.parse(json))).isEqualTo(text);
    assertThat(PlanJson.of(PlanText.parse(text))).isEqualTo(json);
    assertThat(PlanJson.digest(PlanText.parse(text))).isEqualTo(PlanJson.digest(plan));
  }

  @Property(tries = 3000)
  void spoiltTextIsRefusedWithItsPlaceOrMeansSomethingElse(@ForAll long seed) {
    Random random = new Random(seed);
    StringBuilder text = new StringBuilder(PlanText.of(random(seed)));
    StringBuilder json = new StringBuilder(PlanJson.of(random(seed)));
    for (StringBuilder form : List.of(text, json)) {
      for (int i = random.nextInt(3); i >= 0 && form.length() > 0; i--) {
        int at = random.nextInt(form.length());
        switch (random.nextInt(3)) {
          case 0 -> form.deleteCharAt(at);
          case 1 -> form.insert(at, "|();,=\"!{}[] 0a\\\u0000\ud800".charAt(random.nextInt(18)));
          default -> form.setLength(at + 1);
        }
      }
    }
    try {
      Plan plan = PlanText.parse(text.toString());
      assertThat(PlanText.parse(PlanText.of(plan))).isEqualTo(plan);
    } catch (MalformedException e) {
      assertThat(e).hasMessageMatching("(?s)plan: (line \\d+, )?column \\d+: .+");
    }
    try {
      Plan plan = PlanJson.parse(json.toString());
      assertThat(PlanJson.parse(PlanJson.of(plan))).isEqualTo(plan);
    } catch (MalformedException e) {
      assertThat(e).hasMessageMatching("(?s)plan: ((line \\d+, )?column \\d+|/[^ ]*): .+");
    }
  }

  @Test
  void theBuilderTextAndJsonSayTheSame() {
    Plan plan =
        Plan.artifacts()
            .where(Condition.is(Field.TYPE, "text/plain"))
            .walk(Reach.of(Heading.UP).withDepthMax(3).withTypes(List.of(EDGE_TYPES.get(1))))
            .countBy(Field.TYPE);
    assertThat(
            PlanText.parse(
                "artifacts | type=text/plain | up depth=3 type=build:input | count by type"))
        .isEqualTo(plan);
    assertThat(PlanText.of(plan))
        .isEqualTo("artifacts | type=text/plain | up depth=3 type=build:input | count by type");
    assertThat(PlanJson.of(plan))
        .isEqualTo(
            "[{\"scan\":\"artifacts\"},{\"filter\":[{\"field\":\"type\",\"is\":[\"text/plain\"]}]},"
                + "{\"walk\":\"up\",\"depth\":3,\"types\":[\"build:input\"]},{\"count\":[\"type\"]}]");
  }

  @Test
  void whiteSpaceCommentsAndOrderOfAlternativesDoNotMatter() {
    assertThat(
            PlanText.parse(
                "edges   history # all of them\n|edgeType=build:* ,a:b|\n  up type=b:c , a:b depth=2 edges"))
        .isEqualTo(
            PlanText.parse("edges history|edgeType=a:b,build:*|up depth=2 type=a:b,b:c edges"));
  }

  @Test
  void everyOperatorHasAText() {
    String key = KEYS.get(0).toString();
    for (String text :
        List.of(
            "everything history | state=retracted | time=2026-01-31T00:00:00Z..",
            "keys " + key + " | path both to=" + key + " depth=4",
            "union(artifacts; receipts | live; keys " + key + ") | common down depth=9 type=a:b",
            "chain(edges; edges | first 3) | role=\"a b\"* from=00 | distinct edgeType, origin",
            "difference(artifacts; artifacts | key=0,asl1-sha256:1) | top 5 by size | select key, size",
            "artifacts | down stop(type=git/commit logseq!=..5) frontier | depth=2 | count",
            "artifacts | type!=\"\",\"a*\",\"b\"* | size=.. | select size")) {
      Plan plan = PlanText.parse(text);
      assertThat(PlanText.of(plan)).isEqualTo(text.replace("\"b\"*", "b*"));
      assertThat(PlanJson.parse(PlanJson.of(plan))).isEqualTo(plan);
    }
  }

  @Test
  void aDayMeansAllOfIt() {
    assertThat(PlanText.parse("artifacts | time=2026-01-30..2026-01-31"))
        .isEqualTo(
            PlanText.parse("artifacts | time=2026-01-30T00:00:00Z..2026-01-31T23:59:59.999Z"));
    assertThat(PlanText.parse("artifacts | time=2026-01-31T02:00:00+02:00..2026-01-31"))
        .isEqualTo(PlanText.parse("artifacts | time=2026-01-31"));
  }

  @Test
  void aMistakeInTextIsNamedWithItsColumn() {
    refusedText("", "column 1: a source (artifacts, edges, keys ...) must stand here, not the end");
    refusedText("artefacts", "column 1: 'artefacts' is no source");
    refusedText("artifacts |", "column 12: a stage must stand here, not the end");
    refusedText("artifacts | sideways", "column 13: 'sideways' is no stage");
    refusedText("artifacts artifacts", "column 11: '|' or the end must stand here");
    refusedText("artifacts | typ=a", "column 13: no field is named 'typ'");
    refusedText("artifacts | depth=1", "column 13: filter: rows have no depth here");
    refusedText("artifacts | type=", "column 18: a text must stand here, not the end");
    refusedText("artifacts | type=a*b", "column 18: a star stands at the end only");
    refusedText("artifacts | kind=thing", "column 18: kind: there is no kind 'thing'");
    refusedText("artifacts | size=big", "column 18: 'big' is no number");
    refusedText("artifacts | size=9..3", "column 18: a range from 9 to 3 holds nothing");
    refusedText("artifacts | time=yesterday", "column 18: 'yesterday' is no time");
    refusedText("artifacts | key=XYZ", "column 17: key: 'XYZ' is not the beginning of the hex");
    refusedText("artifacts | up depth=-1", "column 22: a number up to 2147483647 must stand here");
    refusedText("artifacts | up depth=1 depth=2", "column 24: 'depth' is no option here");
    refusedText("artifacts | up type=nonsense", "column 21: edge type: not of the form");
    refusedText("artifacts | up origin=00", "column 16: 'origin' is no option here");
    refusedText("artifacts | path up from=00", "column 21: 'to' must stand here");
    refusedText("artifacts | count by from", "column 13: count: rows cannot be grouped by from");
    refusedText("artifacts | count | up", "column 21: up: rows have no key here; they have count");
    refusedText("artifacts | select key, key", "column 13: select: key stands twice");
    refusedText("artifacts | select role", "column 13: select: role cannot be shown");
    refusedText("artifacts | top 3 by type", "column 13: top: rows cannot be ranked by type");
    refusedText("artifacts | first 0", "column 13: first: 0 rows, not 1 to");
    refusedText("keys 3f9a2c", "column 6: artifact key: not of the form");
    refusedText("union(artifacts)", "column 1: union: 1 inputs, not 2 to 64");
    refusedText("union(artifacts; edges", "column 23: ')' must stand here, not the end");
    refusedText("artifacts | type=\"a", "column 18: a quote that is never closed");
    refusedText("artifacts\n| type=\"\\q\"", "line 2, column 10: no such escape");
    refusedText("artifacts | typé=a", "column 16: a character that stands in quotes only");
    refusedText("union(".repeat(100_000), "nested deeper than 16");
  }

  private static void refusedText(String text, String message) {
    assertThatThrownBy(() -> PlanText.parse(text))
        .as(text.substring(0, Math.min(60, text.length())))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining(message)
        .hasMessageStartingWith("plan: ");
  }

  @Test
  void aMistakeInJsonIsNamedWithItsPointer() {
    refusedJson("", "column 1: ends too early");
    refusedJson("{}", "/: an array must stand here");
    refusedJson("[]", "/: no stage");
    refusedJson("[1]", "/0: an object must stand here");
    refusedJson("[{}]", "/0: no source; there are keys, merge, scan");
    refusedJson("[{\"scan\":\"things\"}]", "/0/scan: 'things' is not one of artifacts, edges");
    refusedJson("[{\"scan\":\"edges\",\"histori\":true}]", "/0: no member 'histori' here");
    refusedJson("[{\"scan\":\"edges\",\"history\":1}]", "/0/history: true or false");
    refusedJson("[{\"keys\":[\"3f\"]}]", "/0/keys/0: artifact key: not of the form");
    refusedJson("[{\"keys\":[]}]", "/0/keys: keys: 0 of them");
    refusedJson("[{\"scan\":\"edges\"},{\"walk\":\"up\",\"count\":[]}]", "/1: several operators");
    refusedJson("[{\"scan\":\"edges\"},{\"live\":false}]", "/1/live: true must stand here");
    refusedJson(
        "[{\"scan\":\"edges\"},{\"filter\":[{\"field\":\"type\"}]}]",
        "/1/filter/0: 0 alternatives");
    refusedJson(
        "[{\"scan\":\"edges\"},{\"filter\":[{\"field\":\"size\",\"least\":-1}]}]",
        "/1/filter/0: '-1' is no number");
    refusedJson(
        "[{\"scan\":\"edges\"},{\"walk\":\"up\",\"types\":[\"a:b\",\"a\"]}]",
        "/1/types/1: edge type");
    refusedJson(
        "[{\"scan\":\"edges\"},{\"top\":3,\"by\":\"key\"}]", "/1: top: rows cannot be ranked");
    refusedJson(
        "[{\"merge\":\"union\",\"inputs\":[[{\"scan\":\"edges\"}],[{\"scan\":\"edge\"}]]}]",
        "/0/inputs/1/0/scan: 'edge' is not one of");
    refusedJson("[{\"scan\":\"edges\",\"scan\":\"edges\"}]", "column 18: this name stands twice");
    refusedJson("[{\"scan\":\"edges\"}] x", "column 20: something behind the value");
    refusedJson("[{\"first\":1.5}]", "column 11: not an integer");
    refusedJson("[\n{\"scan\":\"ed\u0001ges\"}]", "line 2, column 12: a control character");
    refusedJson("[\"\\ud800\"]", "column 2: half a character");
    refusedJson("[".repeat(100_000), "nested deeper than 64");
  }

  private static void refusedJson(String json, String message) {
    assertThatThrownBy(() -> PlanJson.parse(json))
        .as(json.substring(0, Math.min(60, json.length())))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining(message)
        .hasMessageStartingWith("plan: ");
  }

  @Test
  void whatCanHaveNoAnswerIsNoPlan() {
    Plan scan = new Plan.SegmentScan(Plan.Source.EDGES);
    assertThatThrownBy(() -> Plan.checked(scan)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> scan.first(1)).isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> new Plan.TombstoneShadow(Plan.keys(KEYS.get(0)), true))
        .isInstanceOf(IllegalArgumentException.class);
    assertThatThrownBy(() -> Plan.keys(KEYS.get(0), KEYS.get(0)))
        .hasMessageContaining("stands twice");
    assertThatThrownBy(() -> Plan.merge(Mode.UNION, Plan.artifacts(), Plan.artifacts().countBy()))
        .hasMessageContaining("union: rows have no key");
    assertThatThrownBy(
            () ->
                Plan.artifacts()
                    .walk(Reach.of(Heading.UP), Give.NODES, Condition.between(Field.DEPTH, 0, 1)))
        .hasMessageContaining("stop: rows have no depth");
  }

  @Test
  void aPlanIsBoundedInSizeAndNesting() {
    Plan plan = Plan.artifacts();
    while (plan.operators() < Plan.OPERATORS_MAX) {
      plan = plan.first(1);
    }
    Plan longest = plan;
    assertThat(PlanText.parse(PlanText.of(longest))).isEqualTo(longest);
    assertThatThrownBy(() -> longest.first(1)).hasMessageContaining("more than 256 operators");
    Plan deep = Plan.artifacts();
    for (int i = 0; i < Plan.MERGES_NESTED_MAX; i++) {
      deep = Plan.merge(Mode.UNION, deep, Plan.edges());
    }
    Plan deepest = deep;
    assertThat(PlanText.parse(PlanText.of(deepest))).isEqualTo(deepest);
    assertThat(PlanJson.parse(PlanJson.of(deepest))).isEqualTo(deepest);
    assertThatThrownBy(() -> Plan.merge(Mode.UNION, deepest, Plan.edges()))
        .hasMessageContaining("nested deeper than 16");
  }

  @Test
  void conditionsSayWhatTheyAccept() {
    Condition type = Condition.is(Field.TYPE, "", "text/plain");
    assertThat(type.accepts(null)).isTrue();
    assertThat(type.accepts(new Value.Text("text/plain"))).isTrue();
    assertThat(type.accepts(new Value.Text("text/plainer"))).isFalse();
    assertThat(type.not().accepts(null)).isFalse();
    assertThat(Condition.begins(Field.TYPE, "").accepts(null)).isFalse();
    assertThat(Condition.begins(Field.TYPE, "te").accepts(new Value.Text("text"))).isTrue();
    assertThat(Condition.between(Field.SIZE, 3, 5).accepts(new Value.Num(5))).isTrue();
    assertThat(Condition.between(Field.SIZE, 3, 5).accepts(null)).isFalse();
    Value key = new Value.Key(KEYS.get(0));
    String digits = KEYS.get(0).digest().toHex();
    assertThat(Condition.begins(Field.KEY, digits.substring(0, 3)).accepts(key)).isTrue();
    assertThat(Condition.begins(Field.KEY, "asl1-sha256:" + digits).accepts(key)).isTrue();
    assertThat(Condition.begins(Field.KEY, "asl1-blake3:" + digits).accepts(key)).isFalse();
    assertThat(new TreeSet<>(List.of(TextPattern.exactly("a"), TextPattern.beginning("a"))))
        .hasSize(2);
  }
}
