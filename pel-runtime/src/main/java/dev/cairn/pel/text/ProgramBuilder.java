package dev.cairn.pel.text;

import dev.cairn.asl.cbor.CborValue;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.pel.json.Json;
import dev.cairn.pel.json.TextPlaces;
import dev.cairn.pel.model.Mistakes;
import dev.cairn.pel.model.OperatorId;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.model.ProgramNode;
import dev.cairn.pel.operator.OperatorRegistry;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** Turns a tree into a program, noting every mistake of form with its place. Used once. */
final class ProgramBuilder {
  private static final int VERSION = 1;

  private final Mistakes mistakes;
  private final @Nullable OperatorRegistry operators;

  /**
   * @param operators which the program's must be among; null if that is not asked
   */
  ProgramBuilder(TextPlaces places, @Nullable OperatorRegistry operators) {
    this.mistakes = new Mistakes(places::show);
    this.operators = operators;
  }

  Program build(Json tree) {
    TreeSet<String> inputs = new TreeSet<>();
    TreeMap<String, ProgramNode> nodes = new TreeMap<>();
    TreeMap<String, String> outputs = new TreeMap<>();
    if (tree instanceof Json.Dict root) {
      knownOnly("", root, Set.of("program", "inputs", "nodes", "outputs"));
      version(root.members().get("program"));
      List<String> named = texts("/inputs", root.members().get("inputs"), false);
      for (int i = 0; i < named.size(); i++) {
        if (!inputs.add(named.get(i))) {
          mistakes.add(
              Mistakes.at("/inputs", i), "input " + Mistakes.quote(named.get(i)) + " stands twice");
        }
      }
      object("/nodes", root.members().get("nodes"))
          .forEach((id, node) -> node(Mistakes.at("/nodes", id), id, node, nodes));
      object("/outputs", root.members().get("outputs"))
          .forEach((name, ref) -> outputs.put(name, text(Mistakes.at("/outputs", name), ref)));
    } else {
      mistakes.add("", "not an object");
    }
    mistakes.throwIfAny(ProgramText.FORMAT);
    Program.check(inputs, nodes, outputs, mistakes);
    if (operators != null) {
      operators.check(nodes, mistakes);
    }
    mistakes.throwIfAny(ProgramText.FORMAT);
    return new Program(inputs, nodes, outputs);
  }

  private void version(@Nullable Json value) {
    if (!(value instanceof Json.Num number && number.isLong() && number.asLong() == VERSION)) {
      mistakes.add("/program", "the version of the form must stand here: " + VERSION);
    }
  }

  private void node(String place, String id, Json value, Map<String, ProgramNode> nodes) {
    if (!(value instanceof Json.Dict node)) {
      mistakes.add(place, "not an object");
      return;
    }
    knownOnly(place, node, Set.of("operator", "inputs", "parameters"));
    OperatorId operator = operator(place + "/operator", node.members().get("operator"));
    List<String> inputs = texts(place + "/inputs", node.members().get("inputs"), true);
    Json given = node.members().get("parameters");
    CborValue parameters =
        given == null
            ? new CborValue.Dict(new TreeMap<>())
            : parameter(place + "/parameters", given);
    if (!(parameters instanceof CborValue.Dict dict)) {
      mistakes.add(place + "/parameters", "not an object");
    } else if (operator != null) {
      nodes.put(id, new ProgramNode(operator, inputs, dict));
    }
  }

  private @Nullable OperatorId operator(String place, @Nullable Json value) {
    if (!(value instanceof Json.Text text)) {
      mistakes.add(place, "not a string of the form group/name@version");
      return null;
    }
    try {
      return OperatorId.parse(text.value());
    } catch (MalformedException e) {
      mistakes.add(place, String.valueOf(e.getMessage()));
      return null;
    }
  }

  /** A parameter's value; after a mistake a null value stands for it. */
  private CborValue parameter(String place, Json value) {
    if (value instanceof Json.Num number) {
      if (number.isLong()) {
        return new CborValue.Int(number.asLong());
      }
      mistakes.add(place, "not an integer of 64 bits; floats have no place in a program");
    } else if (value instanceof Json.Text text) {
      if (CborWriter.isCanonical(text.value())) {
        return new CborValue.Text(text.value());
      }
      mistakes.add(place, "text is not in Unicode normal form C");
    } else if (value instanceof Json.Bool bool) {
      return new CborValue.Bool(bool.value());
    } else if (value instanceof Json.Array array) {
      List<CborValue> items = new ArrayList<>();
      for (Json item : array.items()) {
        items.add(parameter(Mistakes.at(place, items.size()), item));
      }
      return new CborValue.Array(items);
    } else if (value instanceof Json.Dict object) {
      return parameters(place, object);
    }
    return new CborValue.Null();
  }

  private CborValue.Dict parameters(String place, Json.Dict object) {
    TreeMap<String, CborValue> entries = new TreeMap<>();
    for (Map.Entry<String, Json> member : object.members().entrySet()) {
      String at = Mistakes.at(place, member.getKey());
      if (!CborWriter.isCanonical(member.getKey())) {
        mistakes.add(at, "name is not in Unicode normal form C");
      } else {
        entries.put(member.getKey(), parameter(at, member.getValue()));
      }
    }
    return new CborValue.Dict(entries);
  }

  private Map<String, Json> object(String place, @Nullable Json value) {
    if (value instanceof Json.Dict object) {
      return object.members();
    }
    mistakes.add(place, value == null ? "missing" : "not an object");
    return Map.of();
  }

  private List<String> texts(String place, @Nullable Json value, boolean references) {
    List<String> texts = new ArrayList<>();
    if (value instanceof Json.Array array) {
      for (Json item : array.items()) {
        texts.add(text(Mistakes.at(place, texts.size()), item));
      }
    } else if (value != null) {
      mistakes.add(place, references ? "not a list of references" : "not a list of names");
    }
    return texts;
  }

  private String text(String place, Json value) {
    if (value instanceof Json.Text text) {
      return text.value();
    }
    mistakes.add(place, "not a string");
    return "";
  }

  private void knownOnly(String place, Json.Dict object, Set<String> known) {
    for (String name : object.members().keySet()) {
      if (!known.contains(name)) {
        mistakes.add(Mistakes.at(place, name), "unknown field");
      }
    }
  }
}
