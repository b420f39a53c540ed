package dev.cairn.cli.command;

import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/** Reads edge types and endpoints from the command line. */
final class Ends {
  private Ends() {}

  static EdgeType type(String text) {
    try {
      return new EdgeType(text);
    } catch (MalformedException e) {
      throw CommandFailure.usage(
          "not an edge type: '" + text + "'", "give namespace:name, such as build:input");
    }
  }

  static List<EdgeType> types(List<String> texts) {
    return texts.stream().map(Ends::type).toList();
  }

  /** Each {@code KEY} or {@code KEY=ROLE}; what follows the first {@code =} is the role. */
  static List<Endpoint> endpoints(List<String> texts, Keys keys) throws IOException {
    List<Endpoint> ends = new ArrayList<>();
    for (String text : texts) {
      int equals = text.indexOf('=');
      String key = equals < 0 ? text : text.substring(0, equals);
      String role = equals < 0 ? null : CborWriter.normalise(text.substring(equals + 1));
      try {
        ends.add(new Endpoint(keys.resolve(key, null), role));
      } catch (MalformedException e) {
        throw CommandFailure.usage(e.getMessage() + " in '" + text + "'", "correct the role");
      }
    }
    return ends;
  }
}
