package dev.cairn.federation.filter;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import java.util.ArrayList;
import java.util.List;

/** Reads the text form of {@link InterestFilter}. Used once; every refusal names the character. */
final class FilterParser {
  private final String text;
  private int at;

  private FilterParser(String text) {
    this.text = text;
  }

  static InterestFilter parse(String text) {
    if (text.length() > InterestFilter.CHARS_MAX) {
      throw new MalformedException(
          "filter: " + text.length() + " characters, more than " + InterestFilter.CHARS_MAX);
    }
    FilterParser parser = new FilterParser(text);
    InterestFilter filter = parser.any(0);
    if (parser.peek() != 0) {
      throw parser.malformed("something behind the end");
    }
    if (InterestFilter.rootsOf(filter).size() > InterestFilter.ROOTS_MAX) {
      throw new MalformedException(
          "filter: causes of more than " + InterestFilter.ROOTS_MAX + " keys");
    }
    return filter;
  }

  private InterestFilter any(int depth) {
    if (depth > InterestFilter.DEPTH_MAX) {
      throw malformed("nested more than " + InterestFilter.DEPTH_MAX + " deep");
    }
    List<InterestFilter> operands = new ArrayList<>();
    do {
      operands.add(every(depth));
    } while (taken('|'));
    return InterestFilter.anyOf(operands);
  }

  private InterestFilter every(int depth) {
    List<InterestFilter> operands = new ArrayList<>();
    do {
      operands.add(factor(depth));
    } while (taken('&'));
    return InterestFilter.allOf(operands);
  }

  private InterestFilter factor(int depth) {
    if (taken('!')) {
      if (depth >= InterestFilter.DEPTH_MAX) {
        throw malformed("nested more than " + InterestFilter.DEPTH_MAX + " deep");
      }
      return InterestFilter.not(factor(depth + 1));
    }
    if (taken('(')) {
      InterestFilter inner = any(depth + 1);
      if (!taken(')')) {
        throw malformed("no ')' where one is due");
      }
      return inner;
    }
    return test();
  }

  private InterestFilter test() {
    peek();
    int start = at;
    while (at < text.length() && " ()&|".indexOf(text.charAt(at)) < 0) {
      at++;
    }
    String word = text.substring(start, at);
    int colon = word.indexOf(':');
    String name = colon < 0 ? word : word.substring(0, colon);
    String value = colon < 0 ? "" : word.substring(colon + 1);
    try {
      return test(name, value, colon >= 0);
    } catch (MalformedException e) {
      at = start;
      throw malformed(String.valueOf(e.getMessage()));
    }
  }

  private static InterestFilter test(String name, String value, boolean hasValue) {
    if (hasValue && !value.isEmpty()) {
      return switch (name) {
        case "type" -> type(value);
        case "kind" -> new InterestFilter.OfKind(Candidate.Kind.of(value));
        case "origin" -> new InterestFilter.OfOrigin(NodeId.parse(value));
        case "key" -> range(value);
        case "edge" -> new InterestFilter.OfEdgeType(value);
        case "above" -> new InterestFilter.Above(ArtifactKey.parse(value));
        default -> throw noTest(name + ":" + value);
      };
    }
    if (!hasValue && name.equals("all")) {
      return InterestFilter.Constant.ALL;
    }
    if (!hasValue && name.equals("none")) {
      return InterestFilter.Constant.NONE;
    }
    throw noTest(hasValue ? name + ":" : name);
  }

  private static MalformedException noTest(String word) {
    return new MalformedException(
        "'"
            + word
            + "' is no test: give all, none, type:, kind:, origin:, key:, edge: or above: with a value");
  }

  private static InterestFilter type(String value) {
    if (value.equals("-")) {
      return new InterestFilter.OfType("", false);
    }
    return value.endsWith("*")
        ? new InterestFilter.OfType(value.substring(0, value.length() - 1), true)
        : new InterestFilter.OfType(value, false);
  }

  private static InterestFilter range(String value) {
    int dots = value.indexOf("..");
    if (dots < 0) {
      throw new MalformedException("'key:" + value + "' is no range: give key:FROM..TO");
    }
    return new InterestFilter.KeyRange(value.substring(0, dots), value.substring(dots + 2));
  }

  private boolean taken(char due) {
    if (peek() == due) {
      at++;
      return true;
    }
    return false;
  }

  /** The next character that is no space; 0 at the end. */
  private char peek() {
    while (at < text.length() && text.charAt(at) == ' ') {
      at++;
    }
    return at < text.length() ? text.charAt(at) : 0;
  }

  private MalformedException malformed(String what) {
    String plain = what.startsWith("filter: ") ? what.substring("filter: ".length()) : what;
    return new MalformedException("filter: character " + (at + 1) + ": " + plain);
  }
}
