package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What becomes of the documents of each format, seen through the command. */
class InterchangeImportTest {
  private static final String STORY = "https://news.example/story/";

  @TempDir Path folder;
  Shell shell;

  @BeforeEach
  void start() {
    shell = new Shell(folder);
    shell.run("init").ok();
    for (String name : Fixtures.FORMATS.keySet()) {
      shell.write(name, Fixtures.bytes(name));
    }
    for (String name : List.of("builder-ed25519.pem", "builder-p256.pem", "builder-p256.crt")) {
      shell.write(name, Fixtures.bytes(name));
    }
  }

  private JsonNode load(String document) {
    return shell.json("import", Fixtures.FORMATS.get(document), document);
  }

  private static String key(String text, String type) {
    return ArtifactKey.of(Bytes.utf8(text), new TypeTag(type)).toString();
  }

  private static String uri(String text) {
    return key(text, "uri/ref");
  }

  private static String digest(String payload) {
    String hex = HashAlgorithm.SHA_256.hash(Bytes.utf8(payload)).toHex();
    return key("sha256:" + hex, "digest/ref");
  }

  /** The edges of one type that an artifact is in, as {@code cause[role]... > effect...}. */
  private List<String> edges(String key, String type) {
    List<String> all = new ArrayList<>();
    for (JsonNode edge : shell.run("edges", key, "--type", type, "--json").ok().jsonLines()) {
      all.add(ends(edge.get("from")) + " > " + ends(edge.get("to")));
    }
    return all;
  }

  private static String ends(JsonNode ends) {
    TreeSet<String> all = new TreeSet<>();
    for (JsonNode end : ends) {
      all.add(end.get("key").asText() + (end.has("role") ? "=" + end.get("role").asText() : ""));
    }
    return String.join(" ", all);
  }

  private static String sorted(String... ends) {
    return String.join(" ", new TreeSet<>(List.of(ends)));
  }

  private String payload(String key, String type) {
    JsonNode edge = shell.run("edges", key, "--type", type, "--json").ok().jsonLines().get(0);
    return shell.run("get", edge.get("payload").asText()).ok().out();
  }

  // ---- PROV-JSON

  @ParameterizedTest
  @CsvSource({
    "used, crime-data=source, compile",
    "wasGeneratedBy, correct, chart-2",
    "wasDerivedFrom, chart-1 correct=prov:activity, chart-2",
    "wasInformedBy, compile, correct",
    "wasStartedBy, chart-1 compile=prov:starter, correct",
    "wasEndedBy, chart-2, correct",
    "wasInvalidatedBy, correct, chart-1",
    "wasInfluencedBy, chart-2, article",
    "specializationOf, chart, chart-2",
    "alternateOf, chart-1 chart-2, chart-1 chart-2",
    "hadMember, chart-1 chart-2, article",
    "mentionOf, chart-1 bundle=prov:bundle, chart-2",
  })
  void everyRelationOfProvLeadsFromCausesToTheEffect(String type, String from, String to) {
    load("chart.provjson");
    List<String> wanted = new ArrayList<>();
    for (String side : List.of(from, to)) {
      TreeSet<String> ends = new TreeSet<>();
      for (String end : side.split(" ", -1)) {
        String[] parts = end.split("=", 2);
        ends.add(uri(STORY + parts[0]) + (parts.length == 2 ? "=" + parts[1] : ""));
      }
      wanted.add(String.join(" ", ends));
    }
    String effect = uri(STORY + to.split(" ", -1)[0]);
    assertThat(edges(effect, "prov:" + type)).contains(String.join(" > ", wanted));
  }

  @Test
  void agentsAndPlansAreCauses() {
    load("chart.provjson");
    String derek = uri("https://news.example/staff#derek");
    assertThat(edges(uri(STORY + "chart-2"), "prov:wasAttributedTo"))
        .containsExactly(derek + " > " + uri(STORY + "chart-2"));
    assertThat(edges(uri(STORY + "compile"), "prov:wasAssociatedWith"))
        .containsExactly(
            sorted(derek, uri("https://news.example/guidelines") + "=prov:plan")
                + " > "
                + uri(STORY + "compile"));
    assertThat(edges(derek, "prov:actedOnBehalfOf"))
        .containsExactly(
            sorted(
                    uri("https://news.example/staff#desk"),
                    uri(STORY + "compile") + "=prov:activity")
                + " > "
                + derek);
  }

  @Test
  void whatIsSaidOfElementsAndRelationsIsKept() {
    load("chart.provjson");
    List<String> told = new ArrayList<>();
    for (JsonNode edge :
        shell
            .run("edges", uri(STORY + "chart-2"), "--type", "prov:entity", "--json")
            .ok()
            .jsonLines()) {
      told.add(shell.run("get", edge.get("from").get(0).get("key").asText()).ok().out());
    }
    assertThat(told)
        .containsExactlyInAnyOrder(
            "{\"attributes\":{\"http://www.w3.org/ns/prov#label\":[\"second try\"]},"
                + "\"id\":\"https://news.example/story/chart-2\"}",
            "{\"attributes\":{\"https://news.example/story/draft\":[false],"
                + "\"https://news.example/story/pixels\":[{"
                + "\"type\":\"http://www.w3.org/2001/XMLSchema#integer\",\"value\":\"640\"}]},"
                + "\"id\":\"https://news.example/story/chart-2\"}");
    assertThat(payload(uri(STORY + "compile"), "prov:used"))
        .isEqualTo(
            "[{\"attributes\":{\"http://www.w3.org/ns/prov#role\":[\"source\"],"
                + "\"http://www.w3.org/ns/prov#time\":[\"2024-03-01T09:01:00Z\"]}}]");
    assertThat(payload(uri(STORY + "crime-data"), "prov:used")).contains("source");
    assertThat(
            shell
                .run("edges", uri(STORY + "article"), "--type", "prov:hadMember", "--json")
                .ok()
                .json()
                .has("payload"))
        .isFalse();
    // The name of a generation, and the blank name of a usage, which mean something only here.
    assertThat(payload(uri(STORY + "chart-2"), "prov:wasDerivedFrom"))
        .contains("{\"iri\":\"https://news.example/story/gen-2\"}")
        .containsPattern("\\{\"iri\":\"sha256:[0-9a-f]{64}#_:u2\"}");
  }

  @Test
  void aBundleLeadsToWhatItDescribes() {
    load("chart.provjson");
    String draft = uri("https://inner.example/draft");
    assertThat(edges(draft, "prov:wasDerivedFrom"))
        .containsExactly(draft + " > " + uri(STORY + "chart-1"));
    JsonNode told = shell.run("edges", draft, "--type", "prov:entity", "--json").ok().json();
    String description = told.get("from").get(0).get("key").asText();
    assertThat(shell.run("get", description).ok().out())
        .contains("\"bundle\":\"https://news.example/story/bundle\"", "größer");
    assertThat(edges(description, "prov:bundle"))
        .containsExactly(uri(STORY + "bundle") + " > " + description);
    assertThat(shell.run("lineage", draft).ok().out()).contains("prov/json");
  }

  @Test
  void twoDocumentsSpeakOfTheSameThingsWhateverTheirPrefixes() {
    load("chart.provjson");
    shell.write(
        "more.json",
        "{\"prefix\":{\"n\":\"https://news.example/\"},\"wasDerivedFrom\":{\"_:x\":{"
            + "\"prov:generatedEntity\":\"https://elsewhere.example/map\","
            + "\"prov:usedEntity\":\"n:story/article\"}}}");
    shell.run("import", "prov", "more.json").ok();
    assertThat(
            shell
                .json("path", uri(STORY + "crime-data"), uri("https://elsewhere.example/map"))
                .get("length")
                .asInt())
        .isPositive();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"entity\":{\"ex:a\":{}}}|at /entity/ex:a: the prefix",
        "{\"entity\":{\"a\":{}}}|at /entity/a: a name without a prefix",
        "{\"used\":{\"_:u\":{\"prov:entity\":\"prov:a\"}}}|at /used/_:u: 'prov:activity' is"
            + " missing",
        "{\"used\":{\"_:u\":7}}|at /used/_:u: not an object",
        "{\"used\":{\"_:u\":{\"prov:activity\":7}}}|at /used/_:u/prov:activity: not a string",
        "{\"used\":{\"_:u\":[{\"prov:activity\":\"\"}]}}|at /used/_:u/0/prov:activity: an empty",
        "{\"prefix\":{\"prov\":\"urn:x\"}}|at /prefix/prov",
        "{\"hadParts\":{}}|at /hadParts: no section",
        "{\"entity\":{\"prov:a\":{\"prov:b\":{\"$\":\"x\",\"lag\":\"en\"}}}}|/prov:b/lag: a"
            + " literal",
        "{\"entity\":{\"prov:a\":{\"prov:b\":[[]]}}}|at /entity/prov:a/prov:b/0",
        "{\"entity\":{\"prov:a\":{\"zz:b\":1}}}|at /entity/prov:a/zz:b: the prefix",
        "{\"bundle\":{\"prov:b\":{\"bundle\":{}}}}|a bundle within a bundle",
        "[]|at the top: not an object",
        "{\"entity\":{\"prov:a\":{},\"prov:a\":{}}}|line 1, column 32: not JSON: Duplicate field",
      })
  void malformedProvIsNamedByItsPlace(String json, String place) {
    shell.write("bad.json", json);
    shell.run("import", "prov", "bad.json").failed(1, "bad.json, ", place);
    assertThat(shell.json("status").get("records").asLong()).isZero();
  }

  // ---- OpenLineage

  private static String dataset(String namespace, String name) {
    return key(
        "{\"dataset\":\"" + name + "\",\"namespace\":\"" + namespace + "\"}",
        "openlineage/dataset");
  }

  private static String job(String name) {
    return key("{\"job\":\"" + name + "\",\"namespace\":\"nightly\"}", "openlineage/job");
  }

  @Test
  void runsLeadFromInputsToOutputs() {
    load("daily.openlineage.jsonl");
    String run = key("3f5e83fa-3480-44ff-99c5-ff943904e5e8", "openlineage/run");
    String parent = key("1ba6fdaa-fb80-36ce-9c5b-295f544ec462", "openlineage/run");
    String database = "postgres://db.example:5432";
    assertThat(edges(run, "openlineage:input"))
        .containsExactlyInAnyOrder(
            dataset(database, "shop.public.orders") + " > " + run,
            dataset(database, "shop.public.customers") + " > " + run);
    assertThat(edges(run, "openlineage:output"))
        .containsExactly(run + " > " + dataset("s3://lake", "orders/daily"));
    assertThat(edges(run, "openlineage:job")).containsExactly(job("orders.load") + " > " + run);
    assertThat(edges(run, "openlineage:parent")).containsExactly(parent + " > " + run);
    assertThat(edges(parent, "openlineage:job")).containsExactly(job("all") + " > " + parent);
    assertThat(edges(run, "openlineage:event")).hasSize(2);
    assertThat(edges(job("report"), "openlineage:output"))
        .containsExactly(job("report") + " > " + dataset("s3://lake", "report"));
    assertThat(
            shell
                .json(
                    "path",
                    dataset(database, "shop.public.customers"),
                    dataset("s3://lake", "report"))
                .get("length")
                .asInt())
        .isEqualTo(4);
  }

  @Test
  void anEventIsTheSameHoweverItIsWritten() {
    load("daily.openlineage.jsonl");
    List<String> lines =
        Fixtures.text("daily.openlineage.jsonl").lines().filter(line -> !line.isBlank()).toList();
    shell.write("array.json", "[\n" + String.join(",\n  ", lines) + "\n]");
    // Another document with an edge to the same events, and nothing else that is new.
    assertThat(shell.json("import", "openlineage", "array.json").get("new").asLong()).isEqualTo(2);
    assertThat(
            shell.stdin(lines.get(0) + "\n").json("import", "openlineage", "-").get("new").asLong())
        .isEqualTo(2);
    String event = shell.run("find", "--type", "openlineage/event", "--json").ok().lines().get(0);
    assertThat(event).contains("openlineage/event");
    assertThat(
            shell.run("find", "--type", "openlineage/event", "--json").ok().jsonLines().stream()
                .map(one -> shell.run("get", one.get("key").asText()).ok().out())
                .anyMatch(text -> text.contains("\"rowCount\":9007199254740993,\"size\":1.50")))
        .isTrue();
  }

  @Test
  void aMalformedEventIsNamedByItsLine() {
    String good = Fixtures.text("daily.openlineage.jsonl");
    shell.write(
        "bad.jsonl", good + good.lines().findFirst().orElseThrow().replace("3f5e83fa-", "-"));
    shell.run("import", "openlineage", "bad.jsonl").failed(1, "line 6, at /run/runId: not a UUID");
    assertThat(shell.json("status").get("records").asLong()).isZero();
    Shell.Outcome kept = shell.run("import", "openlineage", "bad.jsonl", "--keep-going", "--json");
    assertThat(kept.code()).isEqualTo(1);
    assertThat(kept.json().get("skipped").asLong()).isEqualTo(1);
    assertThat(kept.json().get("artifacts").asLong()).isEqualTo(5);
    shell.write("cut.jsonl", good.lines().findFirst().orElseThrow() + "\n{\"eventTime\":");
    shell.run("import", "openlineage", "cut.jsonl").failed(1, "line 2, column 14: not JSON");
    for (String wrong :
        List.of(
            "{\"eventTime\":\"yesterday\"}|at /eventTime",
            "{\"eventTime\":\"2024-05-01T03:00:00Z\"}|'producer' is missing",
            "{\"eventTime\":\"2024-05-01T03:00:00Z\",\"producer\":\"p\"}|neither 'job' nor",
            "{\"eventTime\":\"2024-05-01T03:00:00Z\",\"producer\":\"p\",\"eventType\":\"BEGIN\"}"
                + "|at /eventType",
            "{\"eventTime\":\"2024-05-01T03:00:00Z\",\"producer\":\"p\",\"eventType\":\"START\"}"
                + "|'run' is missing",
            "{\"eventTime\":\"2024-05-01T03:00:00Z\",\"producer\":\"p\",\"job\":{\"name\":\"x\"}}"
                + "|at /job: 'namespace'")) {
      String[] parts = wrong.split("\\|", -1);
      shell.write("wrong.json", parts[0]);
      shell.run("import", "openlineage", "wrong.json").failed(1, "line 1, ", parts[1]);
    }
  }

  // ---- in-toto

  @Test
  void aSubjectIsTheFileOfItsDigestWheneverItComes() {
    load("lamp.intoto.json");
    shell.write("lamp.tar", "lamp 1.4\n");
    String early = shell.put("wick.tar", "abc");
    String late = shell.run("put", "lamp.tar").ok().lines().get(0);
    assertThat(shell.run("lineage", late).ok().out()).doesNotContain("intoto");
    JsonNode again = load("lamp.intoto.json");
    assertThat(again.get("new").asLong()).as("both files are tied to their digests").isEqualTo(2);
    assertThat(edges(late, "digest:payload"))
        .containsExactly(
            sorted(late, digest("lamp 1.4\n")) + " > " + sorted(late, digest("lamp 1.4\n")));
    assertThat(shell.run("lineage", late).ok().out())
        .contains("intoto/statement", "slsa:build builder", "dsse:payload", "pkg:generic/wick@0.9");
    assertThat(shell.json("path", early, late).get("length").asInt()).isEqualTo(3);
    assertThat(load("lamp.intoto.json").get("new").asLong()).isZero();
  }

  @Test
  void causesOfABuildAreItsMaterials() {
    load("lamp.intoto.json");
    List<String> builds = edges(digest("lamp 1.4\n"), "slsa:build");
    assertThat(builds).hasSize(1);
    String[] sides = builds.get(0).split(" > ", -1);
    assertThat(sides[0].split(" ", -1))
        .contains(
            digest("abc") + "=pkg:generic/wick@0.9",
            uri("https://builds.example/runner/2") + "=builder",
            uri("https://builds.example/images/7") + "=https://builds.example/images/7",
            key("gitCommit:7fd1a60b01f91b314f59955a4e4d4e80d8edf11d", "digest/ref")
                + "=git+https://code.example/lamp@refs/tags/1.4")
        .hasSize(5);
    assertThat(sides[1].split(" ", -1))
        .containsExactlyInAnyOrder(
            digest("lamp 1.4\n") + "=lamp-1.4.tar", digest("log\n") + "=byproduct");
    load("bare.intoto.json");
    assertThat(edges(digest("lamp 1.4\n"), "slsa:verification")).hasSize(1);
    load("lamp.intoto.jsonl");
    assertThat(edges(digest("a"), "slsa:build").get(0))
        .contains("=configSource", "=builder", digest("b") + "=b");
  }

  @Test
  void envelopesAreKeptByteForByteWithTheStatement() {
    load("lamp.intoto.jsonl");
    List<String> lines = Fixtures.text("lamp.intoto.jsonl").lines().toList();
    for (String line : lines) {
      assertThat(shell.run("get", key(line, "dsse/envelope")).ok().out()).isEqualTo(line);
    }
    JsonNode statement =
        shell
            .run("edges", key(lines.get(1), "dsse/envelope"), "--type", "dsse:payload", "--json")
            .ok()
            .json();
    assertThat(shell.run("get", statement.get("to").get(0).get("key").asText()).ok().out())
        .startsWith("{\n \"_type\": \"https://in-toto.io/Statement/v0.1\"");
    load("lamp.sigstore.json");
    assertThat(
            shell
                .run("get", key(Fixtures.text("lamp.sigstore.json"), "sigstore/bundle"))
                .ok()
                .outBytes())
        .isEqualTo(Fixtures.bytes("lamp.sigstore.json"));
  }

  @Test
  void signaturesAreCheckedByTheKeysThatAreGiven() throws IOException {
    shell
        .run("import", "intoto", "lamp.intoto.jsonl", "--key", "builder-p256.pem")
        .failed(1, "line 1, at /signatures: none is by a key");
    assertThat(shell.json("status").get("records").asLong()).isZero();
    shell.run("import", "intoto", "lamp.intoto.json", "--key", "builder-ed25519.pem").ok();
    shell.run("import", "intoto", "lamp.sigstore.json", "--key", "builder-ed25519.pem").ok();
    String second = Fixtures.text("lamp.intoto.jsonl").lines().toList().get(1);
    shell.write("second.json", second);
    for (String key : List.of("builder-p256.pem", "builder-p256.crt", "builder-ed25519.pem")) {
      shell.run("import", "intoto", "second.json", "--key", key).ok();
    }
    assertThat(edges(key(second, "dsse/envelope"), "dsse:signature")).hasSize(2);
    shell
        .run("import", "intoto", "bare.intoto.json", "--key", "builder-p256.pem")
        .failed(1, "without a signature");
    shell
        .run("import", "intoto", "second.json", "--key", "lamp.spdx.json")
        .failed(1, "lamp.spdx.json: no PUBLIC KEY");

    String envelope = Files.readString(folder.resolve("lamp.intoto.json"));
    int payload = envelope.indexOf("\"payload\": \"") + 12;
    for (int at = payload; at < payload + 400; at += 7) {
      char other = envelope.charAt(at) == 'A' ? 'B' : 'A';
      shell.write("forged.json", envelope.substring(0, at) + other + envelope.substring(at + 1));
      shell
          .run("import", "intoto", "forged.json", "--key", "builder-ed25519.pem")
          .failed(1, "at /signatures");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "{\"payloadType\":\"text/plain\",\"payload\":\"\",\"signatures\":[{\"sig\":\"\"}]}"
            + "|/payloadType: not the type",
        "{\"payloadType\":\"application/vnd.in-toto+json\",\"payload\":\"*\",\"signatures\":[]}"
            + "|/payload: not base64",
        "{\"payloadType\":\"application/vnd.in-toto+json\",\"payload\":\"e30=\",\"signatures\":[]}"
            + "|/signatures: 0 signatures",
        "{\"payloadType\":\"application/vnd.in-toto+json\",\"payload\":\"e30=\",\"signatures\":"
            + "[{\"sig\":\"\"}]}|/payload: in what it says, at the top: '_type' is missing",
        "{\"payloadType\":\"application/vnd.in-toto+json\",\"payload\":\"eyJhIjoxLCJhIjoyfQ==\","
            + "\"signatures\":[{\"sig\":\"\"}]}|in what it says, line 1, column",
        "{\"_type\":\"https://in-toto.io/Statement/v9\"}|/_type: no version",
        "{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicateType\":\"x\",\"subject\":[]}"
            + "|/subject: no subject",
        "{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicateType\":\"x\",\"subject\":"
            + "[{\"name\":\"a\"}]}|/subject/0: 'digest' is missing",
        "{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicateType\":\"x\",\"subject\":"
            + "[{\"digest\":{\"sha256\":\"ab\"}}]}|a sha256 digest of 2",
        "{\"_type\":\"https://in-toto.io/Statement/v1\",\"predicateType\":\"https://slsa.dev/"
            + "provenance/v1\",\"predicate\":{},\"subject\":[{\"digest\":{\"sha1\":\"ab\"}}]}"
            + "|at /predicate: 'buildDefinition' is missing",
        "[]|not an object",
      })
  void malformedStatementsAreNamedByTheirPlace(String json, String place) {
    shell.write("bad.json", json);
    shell.run("import", "intoto", "bad.json").failed(1, "bad.json, ", place);
    assertThat(shell.json("status").get("records").asLong()).isZero();
  }

  // ---- bills of materials

  @Test
  void relationshipsOfSpdxLeadFromCauseToEffect() {
    load("lamp.spdx.json");
    String base = "https://sbom.example/lamp-1.4-7b1c#SPDXRef-";
    String lamp = uri(base + "lamp");
    String wick = uri(base + "wick");
    assertThat(edges(lamp, "spdx:DEPENDS_ON")).containsExactly(wick + " > " + lamp);
    assertThat(payload(lamp, "spdx:DEPENDS_ON")).isEqualTo("[{\"comment\":\"at run time\"}]");
    assertThat(edges(lamp, "spdx:DEV_DEPENDENCY_OF")).containsExactly(wick + " > " + lamp);
    assertThat(edges(lamp, "spdx:CONTAINS")).containsExactly(uri(base + "main") + " > " + lamp);
    assertThat(edges(lamp, "spdx:DESCRIBES"))
        .containsExactly(uri(base + "DOCUMENT") + " > " + lamp);
    assertThat(edges(lamp, "spdx:GENERATED_FROM"))
        .containsExactly(uri("https://sbom.example/base-2#SPDXRef-image") + " > " + lamp);
    assertThat(edges(wick, "spdx:checksum"))
        .containsExactly(sorted(wick, digest("abc")) + " > " + sorted(wick, digest("abc")));
    load("lamp3.spdx.json");
    String three = "https://sbom.example/3/";
    assertThat(edges(uri(three + "lamp"), "spdx:contains"))
        .containsExactly(uri(three + "main") + " > " + uri(three + "lamp"));
    assertThat(edges(uri(three + "lamp"), "spdx:generates"))
        .containsExactly(uri(three + "main") + " > " + uri(three + "lamp"));
  }

  @Test
  void tagValueSaysWhatTheSameDocumentSaysInJson() {
    load("lamp.spdx");
    String base = "https://sbom.example/lamp-1.4-7b1c#SPDXRef-";
    String lamp = uri(base + "lamp");
    String wick = uri(base + "wick");
    assertThat(edges(lamp, "spdx:DEPENDS_ON")).containsExactly(wick + " > " + lamp);
    assertThat(payload(lamp, "spdx:DEPENDS_ON")).isEqualTo("[{\"comment\":\"at run time\"}]");
    assertThat(edges(lamp, "spdx:CONTAINS")).containsExactly(uri(base + "main") + " > " + lamp);
    assertThat(edges(lamp, "spdx:GENERATED_FROM"))
        .containsExactly(uri("https://sbom.example/base-2#SPDXRef-image") + " > " + lamp);
    assertThat(edges(wick, "spdx:checksum"))
        .containsExactly(sorted(wick, digest("abc")) + " > " + sorted(wick, digest("abc")));
    List<String> packages = new ArrayList<>();
    packages.addAll(edges(lamp, "spdx:package"));
    packages.addAll(edges(wick, "spdx:package"));
    packages.addAll(edges(uri(base + "main"), "spdx:file"));
    assertThat(packages).hasSize(3);

    load("lamp.spdx.json");
    List<String> after = new ArrayList<>();
    after.addAll(edges(lamp, "spdx:package"));
    after.addAll(edges(wick, "spdx:package"));
    after.addAll(edges(uri(base + "main"), "spdx:file"));
    assertThat(after).isEqualTo(packages);
    assertThat(edges(lamp, "spdx:DEPENDS_ON")).hasSize(1);
    assertThat(load("lamp.spdx").get("new").asInt()).isZero();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "PackageVersion: 1.4|PackageVersion 1.4|line 14: not of the form 'Tag: value'",
        "PackageVersion: 1.4|PackageColour: red|line 14: 'PackageColour' is no tag of this section",
        "PackageVersion: 1.4|SPDXID: SPDXRef-again|line 14: 'SPDXID' stands twice",
        "FilesAnalyzed: true|FilesAnalyzed: maybe|line 16: neither true nor false",
        "FileChecksum: SHA1: da|FileChecksum: SHA1 xx|line 21: not of the form 'ALGORITHM: hex'",
        "DESCRIBES SPDXRef-lamp|DESCRIBES|line 22: not of the form 'ELEMENT TYPE ELEMENT'",
        "lines</text>|lines</text> more|line 28: something behind </text>",
        "this is text</text>|this is text|line 42: <text> without </text>",
        "SPDXVersion: SPDX-2.3|SPDXVersion: SPDX-3.0|line 2, at /spdxVersion: not a version",
        "DEPENDS_ON SPDXRef-wick|DEPENDS_ON SPDXRef-x|line 23, at /relationships/1/related",
        "SPDXID: SPDXRef-wick|SPDXID: SPDXRef-lamp|line 32, at /packages/1/SPDXID: the same",
        "DocumentNamespace: |DocumentComment: |line 1, at the top: 'documentNamespace' is missing",
      })
  void aMistakeInTagValueIsToldWithItsLineAndNothingIsWritten(
      String right, String wrong, String told) {
    String text = new String(Fixtures.bytes("lamp.spdx"), java.nio.charset.StandardCharsets.UTF_8);
    assertThat(text).contains(right);
    shell.write("wrong.spdx", text.replaceFirst(java.util.regex.Pattern.quote(right), wrong));
    long before = shell.json("status").get("records").asLong();
    shell.run("import", "spdx", "wrong.spdx").failed(1, told);
    assertThat(shell.json("status").get("records").asLong()).isEqualTo(before);
  }

  @Test
  void aPackageUrlJoinsWhatTwoBillsSayOfIt() {
    load("lamp.spdx.json");
    load("lamp.cdx.json");
    String file = shell.put("wick.tar", "abc");
    load("lamp.cdx.json");
    String base = "urn:cdx:3e671687-395b-41f5-a30f-a58921a69b79/2#";
    assertThat(edges(uri(base + "lamp"), "cyclonedx:dependsOn"))
        .containsExactlyInAnyOrder(
            uri(base + "wick%200.9") + " > " + uri(base + "lamp"),
            uri(base + "switch") + " > " + uri(base + "lamp"),
            uri("urn:cdx:aaaaaaaa-395b-41f5-a30f-a58921a69b79/1#oil") + " > " + uri(base + "lamp"));
    assertThat(edges(uri(base + "wick%200.9"), "cyclonedx:contains"))
        .containsExactly(
            uri(base + "/components/0/components/0") + " > " + uri(base + "wick%200.9"));
    assertThat(edges(uri(base + "old-wick"), "cyclonedx:ancestor"))
        .containsExactly(uri(base + "old-wick") + " > " + uri(base + "wick%200.9"));
    assertThat(edges(uri(base + "aes"), "cyclonedx:provides"))
        .containsExactly(uri(base + "aes") + " > " + uri(base + "wick%200.9"));
    // The file, its digest, the component, the package, and the same package in the other bill.
    assertThat(
            shell
                .json("path", file, uri("https://sbom.example/lamp-1.4-7b1c#SPDXRef-lamp"))
                .get("length")
                .asInt())
        .isEqualTo(3);
  }

  @ParameterizedTest
  @ValueSource(strings = {"lamp", "whole"})
  void aBillInXmlIsTheSameGraphAsInJson(String name) {
    List<List<String>> graphs = new ArrayList<>();
    for (String form : List.of("json", "xml")) {
      String document = name + ".cdx." + form;
      String store = "store-" + form;
      shell.run("init", store).ok();
      shell.write(document, Fixtures.bytes(document));
      JsonNode told = shell.json("--store", store, "import", "cyclonedx", document);
      assertThat(told.get("new").asLong()).isPositive();
      assertThat(shell.json("--store", store, "import", "cyclonedx", document).get("new").asLong())
          .isZero();
      assertThat(
              shell.json("--store", store, "stat", "@" + document, "--type", "cyclonedx/" + form))
          .isNotNull();
      List<String> graph = new ArrayList<>();
      for (JsonNode one : shell.run("--store", store, "find", "--json").ok().jsonLines()) {
        graph.add(one.get("key").asText() + " " + one.get("type").asText());
      }
      graph.removeIf(
          line ->
              line.endsWith(" cyclonedx/" + form)
                  || isOfDocument(store, line.substring(0, line.indexOf(' '))));
      graphs.add(graph.stream().sorted().toList());
    }
    assertThat(graphs.get(0)).hasSizeGreaterThan(20).isEqualTo(graphs.get(1));
  }

  private boolean isOfDocument(String store, String key) {
    Shell.Outcome got = shell.run("--store", store, "get", key);
    return got.out().contains("cyclonedx:document");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "lamp.spdx.json|SPDX-2.3|SPDX-9.1|at /spdxVersion",
        "lamp.spdx.json|\"relatedSpdxElement\": \"SPDXRef-wick\"|\"relatedSpdxElement\":"
            + " \"SPDXRef-x\"|at /relationships/1/relatedSpdxElement: no element",
        "lamp.spdx.json|DEPENDS_ON|LIKES|at /relationships/1/relationshipType",
        "lamp.spdx.json|\"SPDXID\": \"SPDXRef-wick\"|\"SPDXID\": \"SPDXRef-lamp\"|SPDXID twice",
        "lamp.spdx.json|\"SPDXID\": \"SPDXRef-wick\"|\"SPDXID\": \"wick\"|at /packages/1/SPDXID",
        "lamp.spdx.json|documentNamespace|documentName|'documentNamespace' is missing",
        "lamp3.spdx.json|\"from\": \"https|\"from\": \"_|at /@graph/5/from: not an absolute IRI",
        "lamp.cdx.json|CycloneDX|CyclonDX|at /bomFormat",
        "lamp.cdx.json|1.6|2.0|at /specVersion",
        "lamp.cdx.json|urn:uuid:3e|urn:uuid:xe|at /serialNumber",
        "lamp.cdx.json|\"bom-ref\": \"aes\"|\"bom-ref\": \"lamp\"|at /components/1/bom-ref: the"
            + " same",
        "lamp.cdx.json|\"dependsOn\": [\"wick 0.9\"|\"dependsOn\":"
            + " [\"flint\"|/dependencies/0/dependsOn/0",
        "lamp.cdx.json|ba7816bf|xx7816bf|at /components/0: a digest of sha256",
        "lamp.cdx.xml|bom/1.6|bom/2.0|line 3, column 1: '2.0' is not a version from 1.2 to 1.6",
        "lamp.cdx.xml|<purl>|<burl>|line 9, column 7: 'burl' is no element of 'component' in 1.6",
        "lamp.cdx.xml|</purl>|</burl>|line 9, column 35: not well-formed XML",
        "lamp.cdx.xml|<!-- The|<!DOCTYPE bom><!-- The|line 2, column 1: a document type",
        "lamp.cdx.xml|urn:uuid:3e|urn:uuid:xe|line 3, column 1, at /serialNumber",
        "lamp.cdx.xml|bom-ref=\"aes\"|bom-ref=\"lamp\"|line 35, column 5, at /components/1/bom-ref",
        "lamp.cdx.xml|<dependency ref=\"switch\"/>|<dependency ref=\"flint\"/>"
            + "|line 46, column 7, at /dependencies/0/dependsOn/1: no component",
        "lamp.cdx.xml|ba7816bf|xx7816bf|line 13, column 5, at /components/0: a digest of sha256",
        "lamp.cdx.xml|<name>thread</name>|<version>2</version>|line 31, column 55: 'version' twice",
        "lamp.cdx.xml|<name>thread</name>|<group/>|line 31, column 9, at"
            + " /components/0/components/0: 'name'",
      })
  void aMistakeInABillIsNamedByItsPlace(String document, String was, String is, String place) {
    String changed = Fixtures.text(document).replace(was, is);
    assertThat(changed).isNotEqualTo(Fixtures.text(document));
    shell.write(document, changed);
    shell.run("import", Fixtures.FORMATS.get(document), document).failed(1, document, place);
    assertThat(shell.json("status").get("records").asLong()).isZero();
    Shell.Outcome kept =
        shell.run("import", Fixtures.FORMATS.get(document), document, "--keep-going", "--json");
    assertThat(kept.code()).isEqualTo(1);
    assertThat(kept.json().get("skipped").asLong()).isPositive();
  }

  // ---- all

  @Test
  void namesMeanWhatTheMapSays() throws IOException {
    String chart = shell.put("chart.png", "a chart");
    shell.write("m.tsv", STORY + "chart-2\t" + chart + "\n");
    shell.run("import", "prov", "chart.provjson", "--map", "m.tsv").ok();
    assertThat(edges(chart, "prov:wasGeneratedBy"))
        .containsExactly(uri(STORY + "correct") + " > " + chart);
    assertThat(Files.readAllLines(folder.resolve("m.tsv")))
        .contains(STORY + "article\t" + uri(STORY + "article"))
        .contains(STORY + "chart-2\t" + chart);
    assertThat(shell.json("import", "prov", "chart.provjson", "--map", "m.tsv").get("new").asLong())
        .isZero();
  }

  @Test
  void standardInputAndSeveralFilesAreRead() {
    assertThat(
            shell
                .stdin(Fixtures.text("lamp.cdx.json"))
                .json("import", "cyclonedx", "-")
                .get("new")
                .asLong())
        .isPositive();
    assertThat(load("lamp.cdx.json").get("new").asLong()).isZero();
    JsonNode both = shell.json("import", "spdx", "lamp.spdx.json", "lamp3.spdx.json");
    assertThat(both.get("artifacts").asLong()).isEqualTo(14);
    assertThat(both.get("seconds").isNumber()).isTrue();
    shell.run("import", "spdx", "missing").failed(3, "no such file");
    shell.run("import", "spdx").failed(2, "FILE");
    shell.write("deep.json", "[".repeat(100_000));
    shell
        .run("import", "prov", "deep.json")
        .failed(1, "deep.json, line 1, column", "nested deeper");
  }
}
