package dev.cairn.pel.operator;

import dev.cairn.pel.json.CanonicalJson;
import dev.cairn.pel.json.Json;
import dev.cairn.pel.operator.OperatorSpec.Kind;
import dev.cairn.pel.operator.OperatorSpec.Parameter;
import dev.cairn.pel.operator.re2.Expression;
import dev.cairn.pel.operator.re2.Expression.Match;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/**
 * {@code text/find@1}: the matches of an expression as a JSON array, from left to right.
 *
 * <pre>
 *   {"start": first byte, "end": byte behind, "line": from 1, "text": what matched, "groups": [...]}
 * </pre>
 *
 * <p>A group that took no part is null. Places count bytes of the UTF-8 payload.
 */
final class TextFind extends BuiltIn {
  /** Most matches. */
  static final int MATCHES_MAX = 1_000_000;

  TextFind() {
    super(
        "text/find@1",
        new OperatorSpec(
            "The matches of a regular expression, as JSON.",
            1,
            1,
            List.of(
                TextCount.PATTERN,
                new Parameter("limit", Kind.INTEGER, false, "most matches; all if absent"))));
  }

  @Override
  public void check(Parameters parameters) {
    TextCount.expression(parameters);
    if (parameters.integer("limit", 1) < 1) {
      throw new OperatorFailure("bad-parameter", "limit is not positive");
    }
  }

  @Override
  public long workOfCheck(Parameters parameters) {
    return Expression.workAtMost(parameters.requiredText("pattern"));
  }

  @Override
  public OperatorOutput run(OperatorContext context) throws IOException {
    String text = Inputs.text("input 0", context.inputs().get(0));
    Finding finding = new Finding(text, context.parameters().integer("limit", Long.MAX_VALUE));
    TextCount.expression(context).search(text, true, finding, context.host()::works);
    return OperatorOutput.of(Inputs.JSON, CanonicalJson.encode(new Json.Array(finding.found)));
  }

  /** Turns places in UTF-16 units into places in bytes, going on from the match before. */
  private static final class Finding implements Expression.Visitor {
    private final String text;
    private final long limit;
    private final List<Json> found = new ArrayList<>();
    private int at;
    private long bytes;
    private long line = 1;

    Finding(String text, long limit) {
      this.text = text;
      this.limit = limit;
    }

    @Override
    public boolean match(Match match) {
      if (found.size() == MATCHES_MAX) {
        throw new OperatorFailure("too-many-matches", "more than " + MATCHES_MAX + " matches");
      }
      goTo(match.start());
      TreeMap<String, Json> members = new TreeMap<>();
      members.put("start", Json.Num.of(bytes));
      members.put("line", Json.Num.of(line));
      goTo(match.end());
      members.put("end", Json.Num.of(bytes));
      members.put("text", new Json.Text(text.substring(match.start(), match.end())));
      List<Json> groups = new ArrayList<>();
      for (String group : match.groups()) {
        groups.add(group == null ? new Json.Null() : new Json.Text(group));
      }
      members.put("groups", new Json.Array(groups));
      found.add(new Json.Dict(members));
      return found.size() < limit;
    }

    private void goTo(int end) {
      for (; at < end; at++) {
        char c = text.charAt(at);
        line += c == '\n' ? 1 : 0;
        // Each half of a surrogate pair stands for two of its four bytes.
        bytes += c < 0x80 ? 1 : c < 0x800 || Character.isSurrogate(c) ? 2 : 3;
      }
    }
  }
}
