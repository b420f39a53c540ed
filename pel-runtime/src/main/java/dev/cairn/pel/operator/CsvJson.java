package dev.cairn.pel.operator;

import dev.cairn.pel.json.Json;
import dev.cairn.pel.model.Mistakes;
import dev.cairn.pel.operator.OperatorSpec.Kind;
import dev.cairn.pel.operator.OperatorSpec.Parameter;
import java.io.IOException;
import java.util.List;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * {@code csv/json@1}: the records of a CSV text as a JSON array: objects named by the first record,
 * or with {@code header: false} arrays of strings. Values are strings, as CSV has no other.
 *
 * <p>All records must have as many fields as the first, and the names of a header must differ.
 */
final class CsvJson extends BuiltIn {
  CsvJson() {
    super(
        "csv/json@1",
        new OperatorSpec(
            "The records of a CSV text (RFC 4180) as JSON.",
            1,
            1,
            List.of(
                new Parameter(
                    "header", Kind.BOOLEAN, false, "the first record has names; true if absent"),
                new Parameter(
                    "separator", Kind.TEXT, false, "between fields; a comma if absent"))));
  }

  @Override
  public void check(Parameters parameters) {
    separator(parameters);
  }

  private static char separator(Parameters parameters) {
    String text = parameters.text("separator");
    if (text == null) {
      return ',';
    }
    boolean usable =
        text.length() == 1
            && (text.equals("\t") || (text.charAt(0) >= ' ' && text.charAt(0) <= '~'));
    if (!usable || text.equals("\"")) {
      throw new OperatorFailure(
          "bad-parameter",
          "separator: not one printable ASCII character or tab, or a quotation mark");
    }
    return text.charAt(0);
  }

  @Override
  public OperatorOutput run(OperatorContext context) throws IOException {
    String text = Inputs.text("input 0", context.inputs().get(0));
    if (text.startsWith("\ufeff")) {
      throw new OperatorFailure("bad-csv", "line 1, column 1: a byte order mark");
    }
    CsvReader reader = new CsvReader(text, separator(context.parameters()));
    Records records = new Records(reader, context.parameters().bool("header", true));
    return new OperatorOutput(Inputs.JSON, new JsonArrayStream(records, () -> {}));
  }

  /** The records as they are read, so that long names on many records need no memory. */
  private static final class Records implements JsonArrayStream.Source {
    private final CsvReader reader;
    private final @Nullable List<String> names;
    private int fields = -1;

    Records(CsvReader reader, boolean header) {
      this.reader = reader;
      this.names = header ? reader.next() : null;
      if (names != null) {
        this.fields = names.size();
        demandDifferent(names);
      }
    }

    private static void demandDifferent(List<String> names) {
      TreeSet<String> seen = new TreeSet<>();
      for (String name : names) {
        if (!seen.add(name)) {
          throw new OperatorFailure(
              "bad-csv", "line 1: the name " + Mistakes.quote(name) + " stands twice");
        }
      }
    }

    @Override
    public @Nullable Json next() {
      int line = reader.line();
      List<String> values = reader.next();
      if (values == null) {
        return null;
      }
      if (fields >= 0 && values.size() != fields) {
        throw new OperatorFailure(
            "bad-csv",
            "line " + line + ": " + values.size() + " fields where the first has " + fields);
      }
      fields = values.size();
      if (names == null) {
        return new Json.Array(values.stream().<Json>map(Json.Text::new).toList());
      }
      TreeMap<String, Json> members = new TreeMap<>();
      for (int i = 0; i < values.size(); i++) {
        members.put(names.get(i), new Json.Text(values.get(i)));
      }
      return new Json.Dict(members);
    }
  }
}
