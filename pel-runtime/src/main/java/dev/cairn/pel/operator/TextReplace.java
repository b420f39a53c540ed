package dev.cairn.pel.operator;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.pel.operator.OperatorSpec.Kind;
import dev.cairn.pel.operator.OperatorSpec.Parameter;
import dev.cairn.pel.operator.re2.Expression;
import dev.cairn.pel.operator.re2.Expression.Match;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code text/replace@1}: the text with each match of an expression replaced; of the input's type
 * unless told otherwise.
 *
 * <p>In the replacement {@code $1} to {@code $9} and <code>${name}</code> stand for what a group
 * took, nothing if it took no part, {@code $0} for the whole match, {@code $$} for one dollar sign.
 */
final class TextReplace extends BuiltIn {
  /** Longest result, in UTF-16 units. */
  static final int RESULT_CHARS_MAX = 256 << 20;

  TextReplace() {
    super(
        "text/replace@1",
        new OperatorSpec(
            "The text with each match of a regular expression replaced.",
            1,
            1,
            List.of(
                TextCount.PATTERN,
                new Parameter("with", Kind.TEXT, true, "what stands in a match's place"),
                new Parameter(
                    "type", Kind.TEXT, false, "type of the output; the input's if absent"))));
  }

  @Override
  public void check(Parameters parameters) {
    parameters.typeTag("type");
    pieces(parameters.requiredText("with"), TextCount.expression(parameters));
  }

  @Override
  public long workOfCheck(Parameters parameters) {
    return Expression.workAtMost(parameters.requiredText("pattern"));
  }

  @Override
  public OperatorOutput run(OperatorContext context) throws IOException {
    Parameters parameters = context.parameters();
    Expression expression = TextCount.expression(context);
    List<Piece> pieces = pieces(parameters.requiredText("with"), expression);
    OperatorInput input = context.inputs().get(0);
    String text = Inputs.text("input 0", input);
    StringBuilder out = new StringBuilder();
    int[] done = new int[1];
    expression.search(
        text,
        true,
        match -> {
          append(out, text.substring(done[0], match.start()));
          for (Piece piece : pieces) {
            append(out, piece.of(text, match));
          }
          done[0] = match.end();
          return true;
        },
        context.host()::works);
    append(out, text.substring(done[0]));
    return OperatorOutput.of(
        parameters.has("type") ? parameters.typeTag("type") : input.tag(),
        Bytes.utf8(out.toString()));
  }

  private static void append(StringBuilder out, String more) {
    if (out.length() + (long) more.length() > RESULT_CHARS_MAX) {
      throw new OperatorFailure(
          "too-large", "the result has more than " + RESULT_CHARS_MAX + " characters");
    }
    out.append(more);
  }

  /**
   * A part of the replacement: a literal text, or where there is none, what a group took.
   *
   * @param group 0 for the whole match
   */
  private record Piece(@Nullable String literal, int group) {
    String of(String text, Match match) {
      if (literal != null) {
        return literal;
      }
      String taken =
          group == 0 ? text.substring(match.start(), match.end()) : match.groups().get(group - 1);
      return taken == null ? "" : taken;
    }
  }

  private static List<Piece> pieces(String with, Expression expression) {
    List<Piece> pieces = new ArrayList<>();
    StringBuilder literal = new StringBuilder();
    Map<String, Integer> names = expression.namedGroups();
    for (int i = 0; i < with.length(); i++) {
      char c = with.charAt(i);
      if (c != '$') {
        literal.append(c);
        continue;
      }
      char next = i + 1 < with.length() ? with.charAt(i + 1) : ' ';
      if (next == '$') {
        literal.append('$');
        i++;
        continue;
      }
      int end = next == '{' ? with.indexOf('}', i) : i + 1;
      Integer group =
          next == '{'
              ? end < 0 ? null : names.get(with.substring(i + 2, end))
              : next >= '0' && next <= '9' ? Integer.valueOf(next - '0') : null;
      if (group == null || group > expression.groups()) {
        throw new OperatorFailure("bad-parameter", "with: at " + i + ": $ names no group");
      }
      pieces.add(new Piece(literal.toString(), 0));
      literal.setLength(0);
      pieces.add(new Piece(null, group));
      i = end;
    }
    pieces.add(new Piece(literal.toString(), 0));
    return pieces;
  }
}
