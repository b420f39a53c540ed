package dev.cairn.federation.shard;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.PayloadDigest;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Payload digests from one on and below another. The digests are a ring: a range whose end is not
 * above its beginning goes over the greatest digest and on from the least.
 *
 * @param from the first digest, 32 bytes
 * @param to the first one behind, 32 bytes; zeros are the end of all. Equal to {@code from} only if
 *     both are zeros, which is every digest
 */
public record HashRange(Bytes from, Bytes to) {
  /** Length of a digest. */
  public static final int BYTES = HashAlgorithm.DIGEST_BYTES;

  private static final Bytes ZERO = Bytes.wrap(new byte[BYTES]);
  private static final Pattern TEXT = Pattern.compile("([0-9a-f]{0,64})\\.\\.([0-9a-f]{0,64})");

  /** Every digest. */
  public static final HashRange ALL = new HashRange(ZERO, ZERO);

  public HashRange {
    if (from.length() != BYTES || to.length() != BYTES) {
      throw new MalformedException("hash range: bounds that are not of " + BYTES + " bytes");
    }
    if (from.equals(to) && !from.equals(ZERO)) {
      throw new MalformedException("hash range: nothing is in it");
    }
  }

  /**
   * Reads what {@link #toString} writes: {@code all}, or {@code FROM..TO}, each the first hex
   * digits of a digest whose others are zeros; either may be left out.
   *
   * @throws MalformedException if it is neither, or nothing is in it
   */
  public static HashRange parse(String text) {
    if (text.equals("all")) {
      return ALL;
    }
    Matcher parts = TEXT.matcher(text);
    if (!parts.matches()) {
      throw new MalformedException(
          "hash range: neither 'all' nor FROM..TO of at most 64 small hex digits each");
    }
    Bytes to = digest(parts.group(2));
    if (to.equals(ZERO) && !parts.group(2).isEmpty()) {
      throw new MalformedException("hash range: no digest is below 0");
    }
    return new HashRange(digest(parts.group(1)), to);
  }

  private static Bytes digest(String prefix) {
    return Bytes.fromHex(prefix + "0".repeat(2 * BYTES - prefix.length()));
  }

  /** True if every digest is in it. */
  public boolean isAll() {
    return from.equals(to);
  }

  /** True if a payload is in it. */
  public boolean contains(PayloadDigest payload) {
    boolean behind = from.compareTo(payload.digest()) <= 0;
    boolean before = payload.digest().compareTo(to) < 0;
    if (endsAtEnd()) {
      return behind;
    }
    return wraps() ? behind || before : behind && before;
  }

  private boolean wraps() {
    return !endsAtEnd() && from.compareTo(to) > 0;
  }

  private boolean endsAtEnd() {
    return to.equals(ZERO);
  }

  /** The same in order: as one range that does not go around, or as two. */
  public List<HashRange> straight() {
    return wraps() ? List.of(new HashRange(ZERO, to), new HashRange(from, ZERO)) : List.of(this);
  }

  /** The digest before the first one in it; null if that is the least of all. */
  public @Nullable PayloadDigest before() {
    byte[] digest = from.toArray();
    for (int i = digest.length - 1; i >= 0; i--) {
      if (digest[i]-- != 0) {
        return new PayloadDigest(Bytes.wrap(digest));
      }
    }
    return null;
  }

  @Override
  public String toString() {
    return isAll() ? "all" : prefix(from) + ".." + prefix(to);
  }

  private static String prefix(Bytes digest) {
    return digest.toHex().replaceFirst("0+$", "");
  }
}
