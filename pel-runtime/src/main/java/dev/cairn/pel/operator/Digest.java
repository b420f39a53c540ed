package dev.cairn.pel.operator;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.Hasher;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;
import java.util.List;
import java.util.function.LongFunction;
import java.util.zip.CRC32C;

/** {@code digest/...@1}: a digest or checksum of the payload alone, as lower-case hex digits. */
final class Digest extends BuiltIn {

  private final LongFunction<Running> begin;

  /** A digest being computed. */
  private interface Running {
    void update(byte[] block, int offset, int length);

    String hex();
  }

  private Digest(String name, String what, LongFunction<Running> begin) {
    super(
        "digest/" + name + "@1",
        new OperatorSpec(
            what + " of the payload as lower-case hex digits, without a line end.",
            1,
            1,
            List.of()));
    this.begin = begin;
  }

  /** One of the store's hash functions: 64 digits. */
  static Digest of(HashAlgorithm algorithm, String what) {
    return new Digest(algorithm.label(), what, length -> new HasherRunning(algorithm.newHasher()));
  }

  /** CRC-32C (RFC 3720 appendix B.4): 8 digits. */
  static Digest crc32c() {
    return new Digest("crc32c", "CRC-32C", length -> new ChecksumRunning());
  }

  /** The id that git gives a file of this content: SHA-1 behind a header; 40 digits. */
  static Digest gitBlob() {
    return new Digest("git-blob", "The id as a git blob", Digest::gitRunning);
  }

  @Override
  public OperatorOutput run(OperatorContext context) throws IOException {
    OperatorInput input = context.inputs().get(0);
    Running running = begin.apply(input.length());
    byte[] buffer = Inputs.buffer(input);
    try (InputStream payload = input.open()) {
      for (int count = payload.read(buffer); count >= 0; count = payload.read(buffer)) {
        running.update(buffer, 0, count);
      }
    }
    return OperatorOutput.of(Inputs.TEXT, Bytes.utf8(running.hex()));
  }

  private record HasherRunning(Hasher hasher) implements Running {
    @Override
    public void update(byte[] block, int offset, int length) {
      hasher.update(block, offset, length);
    }

    @Override
    public String hex() {
      return hasher.digest().toHex();
    }
  }

  private static final class ChecksumRunning implements Running {
    private final CRC32C checksum = new CRC32C();

    @Override
    public void update(byte[] block, int offset, int length) {
      checksum.update(block, offset, length);
    }

    @Override
    public String hex() {
      return HexFormat.of().toHexDigits((int) checksum.getValue());
    }
  }

  private record MessageRunning(MessageDigest digest) implements Running {
    @Override
    public void update(byte[] block, int offset, int length) {
      digest.update(block, offset, length);
    }

    @Override
    public String hex() {
      return HexFormat.of().formatHex(digest.digest());
    }
  }

  private static Running gitRunning(long length) {
    try {
      MessageDigest digest = MessageDigest.getInstance("SHA-1");
      digest.update(("blob " + length + "\0").getBytes(StandardCharsets.US_ASCII));
      return new MessageRunning(digest);
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-1", e);
    }
  }
}
