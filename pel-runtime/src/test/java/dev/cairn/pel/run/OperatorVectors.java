package dev.cairn.pel.run;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.Store;
import dev.cairn.pel.json.CanonicalJson;
import dev.cairn.pel.json.Json;
import dev.cairn.pel.json.JsonReader;
import dev.cairn.pel.model.ArtifactList;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.model.Receipt.Failure;
import dev.cairn.pel.operator.OperatorRegistry;
import dev.cairn.pel.text.ProgramText;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.Inflater;
import java.util.zip.InflaterInputStream;

/** The golden vectors of {@code docs/format/operators.md}, and the way to run one. */
final class OperatorVectors {
  private static final int SHOWN_BYTES_MAX = 600;

  private OperatorVectors() {}

  /** Every line of the page's blocks of kind {@code operators}. */
  static List<Json.Dict> all() {
    List<Json.Dict> vectors = new ArrayList<>();
    boolean inside = false;
    for (String line : document().split("\n", -1)) {
      if (line.startsWith("```")) {
        inside = line.equals("```operators");
      } else if (inside) {
        vectors.add((Json.Dict) new JsonReader("vector " + line, 64).read(line));
      }
    }
    return vectors;
  }

  static String document() {
    Path root = Path.of("").toAbsolutePath();
    while (root != null && !Files.exists(root.resolve("docs/format/operators.md"))) {
      root = root.getParent();
    }
    if (root == null) {
      throw new AssertionError("docs/format/operators.md is not above this folder");
    }
    try {
      return Files.readString(root.resolve("docs/format/operators.md"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static String operator(Json.Dict vector) {
    return ((Json.Text) vector.members().get("operator")).value();
  }

  /** Runs one in a store; the receipt tells the rest. */
  static RunResult run(Store store, Json.Dict vector, RunOptions options) {
    Json.Array inputs =
        (Json.Array) vector.members().getOrDefault("inputs", new Json.Array(List.of()));
    SortedMap<String, ArtifactKey> given = new TreeMap<>();
    List<Json> names = new ArrayList<>();
    for (int i = 0; i < inputs.items().size(); i++) {
      given.put("i" + i, put(store, inputs.items().get(i)));
      names.add(new Json.Text("i" + i));
    }
    Json node =
        dict(
            "operator",
            vector.members().get("operator"),
            "inputs",
            new Json.Array(names),
            "parameters",
            vector.members().getOrDefault("parameters", dict()));
    Json program =
        dict(
            "program",
            Json.Num.of(1),
            "inputs",
            new Json.Array(names),
            "nodes",
            dict("n", node),
            "outputs",
            dict("o", new Json.Text("n")));
    Program parsed = ProgramText.readJson(CanonicalJson.encode(program));
    return new Executor(store, OperatorRegistry.builtIn()).run(parsed, given, options);
  }

  static Json dict(Object... pairs) {
    TreeMap<String, Json> members = new TreeMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      members.put((String) pairs[i], (Json) pairs[i + 1]);
    }
    return new Json.Dict(members);
  }

  /**
   * An input: a text; {@code hex}; {@code deflated} bytes in base 64; {@code repeat} of a text so
   * many {@code times}; {@code list} of inputs, perhaps with {@code labels}; perhaps with a {@code
   * type}.
   */
  private static ArtifactKey put(Store store, Json input) {
    if (input instanceof Json.Text text) {
      return RunFixture.put(store, text.value());
    }
    Map<String, Json> members = ((Json.Dict) input).members();
    Json type = members.get("type");
    TypeTag tag = type == null ? null : new TypeTag(((Json.Text) type).value());
    if (members.get("list") instanceof Json.Array list) {
      List<ArtifactList.Item> items = new ArrayList<>();
      for (int i = 0; i < list.items().size(); i++) {
        Json labels = members.get("labels");
        Json label = labels == null ? null : ((Json.Array) labels).items().get(i);
        items.add(
            new ArtifactList.Item(
                put(store, list.items().get(i)),
                label == null ? null : ((Json.Text) label).value()));
      }
      return RunFixture.put(store, ArtifactList.TYPE, new ArtifactList(items).encode());
    }
    if (members.get("hex") instanceof Json.Text hex) {
      return RunFixture.put(store, tag, Bytes.fromHex(hex.value()));
    }
    if (members.get("text") instanceof Json.Text text) {
      return RunFixture.put(store, tag, Bytes.utf8(text.value()));
    }
    if (members.get("deflated") instanceof Json.Text deflated) {
      return RunFixture.put(store, tag, inflate(deflated.value()));
    }
    String repeated = ((Json.Text) members.get("repeat")).value();
    int times = (int) ((Json.Num) members.get("times")).asLong();
    return RunFixture.put(store, tag, Bytes.utf8(repeated.repeat(times)));
  }

  private static Bytes inflate(String base64) {
    Inflater inflater = new Inflater(true);
    try (InputStream in =
        new InflaterInputStream(
            new ByteArrayInputStream(Base64.getDecoder().decode(base64)), inflater)) {
      return Bytes.wrap(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      inflater.end();
    }
  }

  /** What came out, in the page's form. */
  static Json outcome(Store store, RunResult result) {
    Failure failure = result.receipt().failures().get("n");
    if (failure != null) {
      return dict(
          "failure",
          new Json.Array(List.of(new Json.Text(failure.code()), new Json.Text(failure.message()))));
    }
    return artifact(store, result.outputs().get("o"));
  }

  private static Json artifact(Store store, ArtifactKey key) {
    LiveEntry entry = store.now().live(key).orElseThrow();
    Bytes payload = RunFixture.payload(store, key);
    TypeTag tag = entry.artifact().tag();
    TreeMap<String, Json> members = new TreeMap<>();
    if (ArtifactList.TYPE.equals(tag)) {
      list(store, payload, members);
    } else {
      if (tag != null) {
        members.put("type", new Json.Text(tag.toString()));
      }
      if (payload.length() > SHOWN_BYTES_MAX) {
        members.put("bytes", Json.Num.of(payload.length()));
        members.put("sha256", new Json.Text(HashAlgorithm.SHA_256.hash(payload).toHex()));
      } else if (isText(payload)) {
        members.put("text", new Json.Text(payload.toUtf8()));
      } else {
        members.put("hex", new Json.Text(payload.toHex()));
      }
    }
    return new Json.Dict(members);
  }

  private static boolean isText(Bytes payload) {
    return Bytes.wrap(payload.toUtf8().getBytes(StandardCharsets.UTF_8)).equals(payload);
  }

  private static void list(Store store, Bytes payload, Map<String, Json> members) {
    List<Json> items = new ArrayList<>();
    List<Json> labels = new ArrayList<>();
    for (ArtifactList.Item item : ArtifactList.decode(payload).items()) {
      items.add(artifact(store, item.key()));
      labels.add(item.label() == null ? new Json.Null() : new Json.Text(item.label()));
    }
    members.put("list", new Json.Array(items));
    if (labels.stream().anyMatch(Json.Text.class::isInstance)) {
      members.put("labels", new Json.Array(labels));
    }
  }

  /** Prints the page's vectors with what comes out here: for writing new ones. */
  public static void main(String[] arguments) {
    try (Store store = RunFixture.open("a")) {
      for (Json.Dict vector : all()) {
        TreeMap<String, Json> members = new TreeMap<>(vector.members());
        Json before = members.get("output");
        Json now;
        try {
          now = outcome(store, run(store, vector, RunOptions.defaults()));
        } catch (RuntimeException e) {
          now = new Json.Text("REFUSED: " + e.getMessage());
        }
        members.put("output", now);
        if (!now.equals(before) || arguments.length > 0) {
          System.out.println(CanonicalJson.encode(new Json.Dict(members)).toUtf8());
        }
      }
    }
  }
}
