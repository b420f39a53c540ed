package dev.cairn.pel.operator;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.pel.json.Json;
import dev.cairn.pel.json.JsonReader;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** What several operators do with their inputs. */
final class Inputs {
  /** The type of canonical JSON. */
  static final TypeTag JSON = new TypeTag("application/json");

  /** The type of plain text. */
  static final TypeTag TEXT = new TypeTag("text/plain");

  private static final int JSON_DEPTH_MAX = 256;

  private static final int BUFFER_BYTES = 1 << 16;

  private Inputs() {}

  /** What an input is read through, in pieces: no longer than it, as most are short. */
  static byte[] buffer(OperatorInput input) {
    return new byte[(int) Math.max(1, Math.min(BUFFER_BYTES, input.length()))];
  }

  /** The inputs, a list standing for its items. */
  static List<OperatorInput> flatten(OperatorContext context) throws IOException {
    List<OperatorInput> flat = new ArrayList<>();
    for (int i = 0; i < context.inputs().size(); i++) {
      OperatorInput input = context.inputs().get(i);
      if (input.isList()) {
        flat.addAll(openable(i, input.items()));
      } else {
        flat.add(input);
      }
    }
    return flat;
  }

  private static List<OperatorInput> openable(int input, List<OperatorInput> items) {
    for (int i = 0; i < items.size(); i++) {
      if (items.get(i).isList()) {
        throw new OperatorFailure(
            "nested-list", "input " + input + ": item " + i + " is itself a list");
      }
    }
    return items;
  }

  /** The items of an input that must be a list; they may be lists themselves. */
  static List<OperatorInput> items(OperatorContext context, int index) throws IOException {
    OperatorInput input = context.inputs().get(index);
    if (!input.isList()) {
      throw new OperatorFailure("not-a-list", "input " + index + " is no list");
    }
    return input.items();
  }

  /** The text that an input holds: UTF-8, strictly. */
  static String text(String name, OperatorInput input) throws IOException {
    Bytes payload = input.read();
    try {
      return JsonReader.decode(name, payload);
    } catch (MalformedException e) {
      throw new OperatorFailure("not-utf8", name + ": not UTF-8");
    }
  }

  /** The JSON value of the only input; of a list or of several inputs an array of their values. */
  static Json value(OperatorContext context) throws IOException {
    List<OperatorInput> inputs = flatten(context);
    if (context.inputs().size() == 1 && !context.inputs().get(0).isList()) {
      return json("input 0", inputs.get(0));
    }
    List<Json> values = new ArrayList<>();
    for (int i = 0; i < inputs.size(); i++) {
      values.add(json("value " + i, inputs.get(i)));
    }
    return new Json.Array(values);
  }

  /** The snapshot that the first input holds. */
  static Snapshot snapshot(OperatorInput input) throws IOException {
    if (!TypeTag.SNAPSHOT.equals(input.tag())) {
      throw new OperatorFailure("not-a-snapshot", "input 0 is no snapshot");
    }
    Bytes payload = input.read();
    try {
      return Snapshot.decode(payload);
    } catch (MalformedException e) {
      throw new OperatorFailure("not-a-snapshot", "input 0: not a well-formed snapshot");
    }
  }

  /** The JSON value that an input holds. */
  static Json json(String name, OperatorInput input) throws IOException {
    Bytes payload = input.read();
    try {
      return new JsonReader(name, JSON_DEPTH_MAX).read(payload);
    } catch (MalformedException e) {
      // A cause is a library's refusal, whose words may change with its version: not for a receipt.
      throw new OperatorFailure(
          "bad-json", e.getCause() == null ? String.valueOf(e.getMessage()) : name + ": not JSON");
    }
  }
}
