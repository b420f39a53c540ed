package dev.cairn.tgk.plan.run;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.Index;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.tgk.index.GraphIndex;
import dev.cairn.tgk.json.JsonParser;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import dev.cairn.tgk.plan.Field;
import dev.cairn.tgk.plan.Plan;
import dev.cairn.tgk.plan.PlanJson;
import dev.cairn.tgk.plan.PlanText;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Every example of {@code docs/queries.md} gives what the page says. */
class QueriesPageTest {
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```([a-z]*)\n(.*?)^```$");

  private record Block(String language, String text) {}

  private final Map<String, ArtifactKey> names = new LinkedHashMap<>();
  private List<Block> blocks;
  private String page;
  private Store store;

  @BeforeEach
  void readThePage() throws IOException {
    Path root = Path.of("").toAbsolutePath();
    while (!Files.exists(root.resolve("docs/queries.md"))) {
      root = root.getParent();
    }
    page = Files.readString(root.resolve("docs/queries.md"));
    blocks = new ArrayList<>();
    Matcher matcher = BLOCK.matcher(page);
    while (matcher.find()) {
      blocks.add(new Block(matcher.group(1), matcher.group(2)));
    }
    List<Index> indexes = List.of(new GraphIndex());
    store =
        Store.open(
            new MemoryEngine(StoreConfig.tables(indexes, List.of())),
            new StoreConfig(
                "test",
                SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8("page"))),
                1,
                indexes,
                List.of(),
                () -> 1_000_000));
    only("trace").text().lines().forEach(this::put);
  }

  @AfterEach
  void close() {
    store.close();
  }

  private Block only(String language) {
    List<Block> found = blocks.stream().filter(b -> b.language().equals(language)).toList();
    assertThat(found).as(language).hasSize(1);
    return found.get(0);
  }

  private void put(String line) {
    Map<?, ?> object = (Map<?, ?>) JsonParser.parse("trace", line);
    if (object.containsKey("artifact")) {
      TypeTag type = new TypeTag((String) object.get("type"));
      names.put(
          (String) object.get("artifact"),
          store.put(type, Bytes.utf8((String) object.get("text"))));
    } else if (object.containsKey("edge")) {
      Edge edge =
          new Edge(
              new EdgeType((String) object.get("edge")),
              ends((List<?>) object.get("from")),
              ends((List<?>) object.get("to")),
              null);
      assertThat(store.put(TypeTag.EDGE, edge.encode())).isEqualTo(edge.key());
    } else {
      assertThat(store.tombstone(names.get(object.get("tombstone")), null).written()).isTrue();
    }
  }

  private List<Endpoint> ends(List<?> ends) {
    List<Endpoint> endpoints = new ArrayList<>();
    for (Object end : ends) {
      endpoints.add(
          end instanceof Map<?, ?> map
              ? new Endpoint(names.get(map.get("ref")), (String) map.get("role"))
              : Endpoint.of(names.get(end)));
    }
    return endpoints;
  }

  private Plan plan(String text) {
    return PlanText.parse(text, name -> names.get(name.substring(1, name.length() - 1)));
  }

  private String named(String text) {
    String out = text;
    for (Map.Entry<String, ArtifactKey> name : names.entrySet()) {
      out = out.replace(name.getValue().toString(), "<" + name.getKey() + ">");
    }
    return out;
  }

  @Test
  void everyExampleGivesTheRowsThatItShows() {
    List<String> shown = new ArrayList<>();
    List<String> given = new ArrayList<>();
    for (int i = 0; i < blocks.size(); i++) {
      if (blocks.get(i).language().equals("plan")) {
        assertThat(blocks.get(i + 1).language()).isEqualTo("rows");
        shown.add(blocks.get(i).text() + blocks.get(i + 1).text());
        StringBuilder rows = new StringBuilder(blocks.get(i).text());
        Query query = new Query(store, store.now(), plan(blocks.get(i).text()));
        try (QueryCursor cursor = query.open()) {
          while (cursor.next()) {
            rows.append(named(cursor.row().json())).append('\n');
          }
        }
        given.add(rows.toString());
      }
    }
    assertThat(given).hasSizeGreaterThan(12).isEqualTo(shown);
  }

  @Test
  void theExplanationIsTheOneShown() {
    Query query = new Query(store, store.now(), plan(only("explain").text()));
    assertThat(named(query.explainRun().text())).isEqualTo(only("tree").text());
  }

  @Test
  void theFirstExampleIsTheJsonShown() {
    Matcher first = Pattern.compile("cairn query '([^']+)'").matcher(page);
    assertThat(first.find()).isTrue();
    assertThat(PlanJson.of(PlanText.parse(first.group(1))) + "\n").isEqualTo(only("json").text());
  }

  @Test
  void thePageNamesEveryField() {
    assertThat(Arrays.stream(Field.values()).map(field -> "`" + field.text() + "`"))
        .allMatch(page::contains);
  }
}
