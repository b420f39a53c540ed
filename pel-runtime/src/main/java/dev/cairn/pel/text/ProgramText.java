package dev.cairn.pel.text;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.pel.json.Json;
import dev.cairn.pel.json.JsonReader;
import dev.cairn.pel.json.TextPlaces;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.operator.OperatorRegistry;
import org.jspecify.annotations.Nullable;

/**
 * Reads programs as people write them, in JSON or YAML; the same tree gives the same program.
 *
 * <pre>
 *   {"program": 1,
 *    "inputs": ["sources"],
 *    "nodes": {"stats": {"operator": "text/stats@1", "inputs": ["sources"], "parameters": {}}},
 *    "outputs": {"summary": "stats"}}
 * </pre>
 *
 * <p>{@code inputs} of the program or of a node and {@code parameters} may be left out. Anything
 * unknown, a name twice, a float, a text that is not in NFC, and everything that {@link Program}
 * refuses is a {@link MalformedException} that gives the place as a JSON pointer, and its line and
 * column. Nothing is guessed. Safe for any thread.
 */
public final class ProgramText {
  /** Longest text, in bytes. */
  public static final int SOURCE_BYTES_MAX = 16 << 20;

  /** How deep a text may nest. */
  public static final int DEPTH_MAX = 64;

  /** Most values in a text, those that a YAML alias repeats counted each time. */
  public static final int VALUES_MAX = 1_000_000;

  static final String FORMAT = "program";

  private ProgramText() {}

  /** Reads JSON if the first byte that is no white space opens an object, else YAML. */
  public static Program read(Bytes source) {
    return read(source, null);
  }

  /**
   * The same, and the program's operators must be there and take what it gives them: what the
   * program and what its nodes have wrong is told at once.
   */
  public static Program read(Bytes source, @Nullable OperatorRegistry operators) {
    for (int i = 0; i < source.length(); i++) {
      int b = source.at(i);
      if (b != ' ' && b != '\t' && b != '\r' && b != '\n') {
        return b == '{' ? readJson(source, operators) : readYaml(source, operators);
      }
    }
    throw new MalformedException(FORMAT + ": empty");
  }

  /** Reads JSON. */
  public static Program readJson(Bytes source) {
    return readJson(source, null);
  }

  private static Program readJson(Bytes source, @Nullable OperatorRegistry operators) {
    checkLength(source);
    TextPlaces places = new TextPlaces();
    Json tree = new JsonReader(FORMAT, DEPTH_MAX, places).read(source);
    return new ProgramBuilder(places, operators).build(tree);
  }

  /** Reads YAML 1.2 by its JSON schema: no tags, one document. */
  public static Program readYaml(Bytes source) {
    return readYaml(source, null);
  }

  private static Program readYaml(Bytes source, @Nullable OperatorRegistry operators) {
    checkLength(source);
    TextPlaces places = new TextPlaces();
    Json tree = YamlReader.read(JsonReader.decode(FORMAT, source), places);
    return new ProgramBuilder(places, operators).build(tree);
  }

  private static void checkLength(Bytes source) {
    if (source.length() > SOURCE_BYTES_MAX) {
      throw new MalformedException(
          FORMAT + ": a text of " + source.length() + " bytes, more than " + SOURCE_BYTES_MAX);
    }
  }
}
