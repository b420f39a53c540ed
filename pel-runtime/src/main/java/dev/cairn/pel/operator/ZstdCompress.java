package dev.cairn.pel.operator;

import dev.cairn.asl.model.TypeTag;
import dev.cairn.pel.operator.OperatorSpec.Kind;
import dev.cairn.pel.operator.OperatorSpec.Parameter;
import dev.cairn.pel.operator.zstd.ZstdCompression;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/**
 * {@code zstd/compress@1}: the payload as one zstd frame, with its length and a checksum, as zstd
 * 1.5.7 gives it. A node with another zstd cannot run it; another zstd will be another version of
 * the operator.
 */
final class ZstdCompress extends BuiltIn {
  private static final TypeTag TYPE = new TypeTag("application/zstd");
  private static final int LEVEL = 3;

  /** At level 1; it grows about with the square. */
  private static final long WORK_A_BYTE = 3;

  ZstdCompress() {
    super(
        "zstd/compress@1",
        new OperatorSpec(
            "The payload as one zstd frame, by zstd " + ZstdCompression.RELEASE + ".",
            1,
            1,
            List.of(
                new Parameter(
                    "level", Kind.INTEGER, false, "effort, 1 to 19; " + LEVEL + " if absent"))));
  }

  @Override
  public void check(Parameters parameters) {
    level(parameters);
  }

  private static int level(Parameters parameters) {
    long level = parameters.integer("level", LEVEL);
    if (level < ZstdCompression.LEVEL_MIN || level > ZstdCompression.LEVEL_MAX) {
      throw new OperatorFailure("bad-parameter", "level " + level + " is not 1 to 19");
    }
    return (int) level;
  }

  @Override
  public OperatorOutput run(OperatorContext context) throws IOException {
    OperatorInput input = context.inputs().get(0);
    int level = level(context.parameters());
    InputStream content = input.open(); // Its length is a claim until it is there.
    try {
      context.host().works(OperatorHost.work(WORK_A_BYTE * level * level, input.length()));
    } catch (RuntimeException e) {
      content.close();
      throw e;
    }
    return new OperatorOutput(TYPE, ZstdCompression.of(content, input.length(), level));
  }
}
