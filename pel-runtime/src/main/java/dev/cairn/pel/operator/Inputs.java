package dev.cairn.pel.operator;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
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

  private Inputs() {}

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
