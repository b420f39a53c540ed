package dev.cairn.pel.operator;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.Hasher;
import dev.cairn.pel.model.OperatorId;
import java.io.IOException;
import java.io.InputStream;
import java.util.List;

/** {@code digest/sha256@1}: SHA-256 of the payload alone, as 64 lower-case hex digits. */
final class DigestSha256 implements Operator {
  private static final OperatorId ID = new OperatorId("digest/sha256", 1);
  private static final OperatorSpec SPEC =
      new OperatorSpec(
          "SHA-256 of the payload as 64 lower-case hex digits, without a line end.",
          1,
          1,
          List.of());

  @Override
  public OperatorId id() {
    return ID;
  }

  @Override
  public OperatorSpec spec() {
    return SPEC;
  }

  @Override
  public OperatorOutput run(OperatorContext context) throws IOException {
    Hasher hasher = HashAlgorithm.SHA_256.newHasher();
    OperatorInput input = context.inputs().get(0);
    byte[] buffer = Inputs.buffer(input);
    try (InputStream payload = input.open()) {
      for (int count = payload.read(buffer); count >= 0; count = payload.read(buffer)) {
        hasher.update(buffer, 0, count);
      }
    }
    return OperatorOutput.of(Inputs.TEXT, Bytes.utf8(hasher.digest().toHex()));
  }
}
