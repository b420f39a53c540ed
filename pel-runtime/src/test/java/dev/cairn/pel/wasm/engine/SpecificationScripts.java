package dev.cairn.pel.wasm.engine;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.cairn.asl.bytes.Bytes;
import dev.cairn.pel.operator.OperatorFailure;
import dev.cairn.pel.wasm.binary.Modules;
import dev.cairn.pel.wasm.binary.PreparedModule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import run.endive.runtime.Instance;

/**
 * Plays a script of the WebAssembly specification's tests against rewritten modules. What imports
 * something or uses what operators may not is counted and passed over.
 */
final class SpecificationScripts {
  private static final Budget BUDGET = new Budget(1_000_000_000, 1 << 19, 16_384);

  private final Path folder;
  private final boolean interpreted;
  final Map<String, Integer> counts = new TreeMap<>();
  final List<String> mistakes = new ArrayList<>();
  private Instance instance;

  SpecificationScripts(Path folder, boolean interpreted) {
    this.folder = folder;
    this.interpreted = interpreted;
  }

  void play(Path script) {
    Map<?, ?> json;
    try {
      json = (Map<?, ?>) read(script);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    instance = null;
    for (Object command : (List<?>) json.get("commands")) {
      Map<?, ?> fields = (Map<?, ?>) command;
      String at = script.getFileName() + ":" + fields.get("line");
      try {
        command(at, (String) fields.get("type"), fields);
      } catch (IOException | RuntimeException | Error e) {
        mistakes.add(at + ": " + e);
      }
    }
  }

  private void count(String what) {
    counts.merge(what, 1, Integer::sum);
  }

  private void command(String at, String type, Map<?, ?> fields) throws IOException {
    switch (type) {
      case "module" -> module(at, fields);
      case "assert_invalid", "assert_malformed" -> refused(at, type, fields);
      case "assert_return" -> {
        if (instance != null && call(fields) != null) {
          returned(at, fields);
        }
      }
      case "action" -> {
        if (instance != null && call(fields) != null) {
          invoke(call(fields));
          count(type);
        }
      }
      case "assert_trap", "assert_exhaustion" -> {
        if (instance != null && call(fields) != null) {
          failed(at, type, fields);
        }
      }
      default -> count("passed over: " + type);
    }
  }

  private Bytes bytes(Map<?, ?> fields) throws IOException {
    return Bytes.wrap(Files.readAllBytes(folder.resolve((String) fields.get("filename"))));
  }

  private void module(String at, Map<?, ?> fields) throws IOException {
    instance = null;
    if (!((String) fields.get("filename")).endsWith(".wasm")) {
      return;
    }
    PreparedModule prepared;
    try {
      prepared = Modules.prepare(bytes(fields));
    } catch (OperatorFailure e) {
      count("module " + e.code());
      if (e.code().equals("bad-module")) {
        mistakes.add(at + ": module refused: " + e.getMessage());
      }
      return;
    }
    if (interpreted) {
      prepared = Modules.interpreted(prepared);
    }
    instance = CompiledModule.compile(prepared).instantiate((f, g, a) -> 0, BUDGET, made -> {});
    refuel();
    try {
      if (prepared.hasStart()) {
        instance.export(PreparedModule.START).apply();
      }
    } catch (RuntimeException e) {
      instance = null;
      throw e;
    }
    count("module");
  }

  private void refuel() {
    instance.exports().global(PreparedModule.FUEL).setValue(BUDGET.fuel());
    instance.exports().global(PreparedModule.DEPTH).setValue(BUDGET.slots());
  }

  private void refused(String at, String type, Map<?, ?> fields) throws IOException {
    if (!"binary".equals(fields.get("module_type"))) {
      return;
    }
    try {
      Modules.prepare(bytes(fields));
      mistakes.add(at + ": " + type + " taken: " + fields.get("text"));
    } catch (OperatorFailure e) {
      count(type + " " + e.code());
    }
  }

  private static Map<?, ?> call(Map<?, ?> fields) {
    Map<?, ?> action = (Map<?, ?>) fields.get("action");
    return "invoke".equals(action.get("type")) && !action.containsKey("module") ? action : null;
  }

  private long[] invoke(Map<?, ?> action) {
    refuel();
    List<?> given = (List<?>) action.get("args");
    long[] arguments = new long[given.size()];
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = Long.parseUnsignedLong((String) ((Map<?, ?>) given.get(i)).get("value"));
    }
    long[] results = instance.export((String) action.get("field")).apply(arguments);
    return results == null ? new long[0] : results;
  }

  private void returned(String at, Map<?, ?> fields) {
    long[] results = invoke(call(fields));
    List<?> expected = (List<?>) fields.get("expected");
    if (results.length != expected.size()) {
      mistakes.add(at + ": " + results.length + " results");
      return;
    }
    for (int i = 0; i < results.length; i++) {
      Map<?, ?> value = (Map<?, ?>) expected.get(i);
      boolean is32 = ((String) value.get("type")).endsWith("32");
      long found = is32 ? results[i] & 0xffffffffL : results[i];
      long wanted = expected((String) value.get("value"), is32);
      if (found != wanted) {
        mistakes.add(at + ": " + Long.toHexString(found) + " and not " + Long.toHexString(wanted));
      }
    }
    count("assert_return");
  }

  /** In the deterministic profile every NaN that is computed is this one. */
  private static long expected(String value, boolean is32) {
    if (value.startsWith("nan:")) {
      return is32 ? 0x7fc00000L : 0x7ff8000000000000L;
    }
    return Long.parseUnsignedLong(value);
  }

  private void failed(String at, String type, Map<?, ?> fields) {
    try {
      invoke(call(fields));
      mistakes.add(at + ": no " + type);
    } catch (RuntimeException e) {
      RuntimeException outcome = CompiledModule.outcome(e);
      String code = outcome instanceof OperatorFailure failure ? failure.code() : "" + outcome;
      if (!code.equals(type.equals("assert_trap") ? "trap" : "call-depth")) {
        mistakes.add(at + ": " + type + " gave " + code + " for " + fields.get("text"));
      }
      count(type);
    }
  }

  // ---------------------------------------------------------------- JSON

  private static Object read(Path file) throws IOException {
    try (JsonParser parser = new JsonFactory().createParser(file.toFile())) {
      parser.nextToken();
      return value(parser);
    }
  }

  private static Object value(JsonParser parser) throws IOException {
    if (parser.currentToken() == JsonToken.START_OBJECT) {
      Map<String, Object> members = new LinkedHashMap<>();
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String name = parser.currentName();
        parser.nextToken();
        members.put(name, value(parser));
      }
      return members;
    }
    if (parser.currentToken() == JsonToken.START_ARRAY) {
      List<Object> items = new ArrayList<>();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        items.add(value(parser));
      }
      return items;
    }
    return parser.getText();
  }

  /** Scripts of a folder, on a thread with the stack that the operator gives to modules. */
  static SpecificationScripts play(Path folder, boolean interpreted, Predicate<String> wanted)
      throws IOException, InterruptedException {
    SpecificationScripts scripts = new SpecificationScripts(folder, interpreted);
    List<Path> files;
    try (var listed = Files.list(folder)) {
      files =
          listed
              .filter(f -> f.toString().endsWith(".json"))
              .filter(f -> wanted.test(f.getFileName().toString()))
              .sorted()
              .toList();
    }
    Thread thread =
        new Thread(
            null,
            () -> {
              for (Path file : files) {
                scripts.play(file);
              }
            },
            "specification",
            256L << 20);
    thread.start();
    thread.join();
    return scripts;
  }
}
