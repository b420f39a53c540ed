package dev.cairn.pel.operator;

import dev.cairn.pel.operator.OperatorSpec.Kind;
import dev.cairn.pel.operator.OperatorSpec.Parameter;
import dev.cairn.pel.operator.zstd.ZstdDecompression;
import java.io.IOException;
import java.util.List;

/**
 * {@code zstd/decompress@1}: the content of one zstd frame that says its length; see {@link
 * ZstdDecompression} for what is refused.
 */
final class ZstdDecompress extends BuiltIn {
  /** Longest content unless told otherwise. */
  static final long CONTENT_BYTES = 1L << 30;

  ZstdDecompress() {
    super(
        "zstd/decompress@1",
        new OperatorSpec(
            "The content of a zstd frame.",
            1,
            1,
            List.of(
                new Parameter("max", Kind.INTEGER, false, "longest content; 2^30 bytes if absent"),
                new Parameter("type", Kind.TEXT, false, "type of the output; none if absent"))));
  }

  @Override
  public void check(Parameters parameters) {
    parameters.typeTag("type");
    if (parameters.integer("max", 0) < 0) {
      throw new OperatorFailure("bad-parameter", "max is negative");
    }
  }

  @Override
  public OperatorOutput run(OperatorContext context) throws IOException {
    Parameters parameters = context.parameters();
    return new OperatorOutput(
        parameters.typeTag("type"),
        new ZstdDecompression(
            context.inputs().get(0).open(), parameters.integer("max", CONTENT_BYTES)));
  }
}
