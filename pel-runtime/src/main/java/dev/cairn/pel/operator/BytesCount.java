package dev.cairn.pel.operator;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.pel.json.CanonicalJson;
import dev.cairn.pel.json.Json;
import dev.cairn.pel.operator.OperatorSpec.Kind;
import dev.cairn.pel.operator.OperatorSpec.Parameter;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/**
 * {@code bytes/count@1}: the number of bytes of all inputs together, or how often a byte string
 * stands in them, without overlap and not across two inputs; as a JSON number.
 */
final class BytesCount extends BuiltIn {
  private static final int BUFFER_BYTES = 1 << 16;

  BytesCount() {
    super(
        "bytes/count@1",
        new OperatorSpec(
            "The number of bytes, or of places where a byte string stands.",
            0,
            OperatorSpec.ANY_NUMBER,
            List.of(
                new Parameter("of", Kind.TEXT, false, "what to count; bytes if absent"),
                new Parameter("hex", Kind.TEXT, false, "the same in hex digits"))));
  }

  @Override
  public void check(Parameters parameters) {
    ByteSearch.pattern(parameters, "of", "hex");
  }

  @Override
  public OperatorOutput run(OperatorContext context) throws IOException {
    Bytes pattern = ByteSearch.pattern(context.parameters(), "of", "hex");
    long count = 0;
    for (OperatorInput input : Inputs.flatten(context)) {
      count += pattern == null ? input.length() : matches(input, new ByteSearch(pattern));
    }
    return OperatorOutput.of(Inputs.JSON, CanonicalJson.encode(Json.Num.of(count)));
  }

  private static long matches(OperatorInput input, ByteSearch search) throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    long count = 0;
    try (InputStream payload = input.open()) {
      for (int read = payload.read(buffer); read >= 0; read = payload.read(buffer)) {
        for (int at = search.next(buffer, 0, read); at >= 0; at = search.next(buffer, at, read)) {
          count++;
        }
      }
    }
    return count;
  }
}
