package dev.cairn.asl.crypto;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.regex.Pattern;

/**
 * The registry of hash functions that may name an artifact; all give {@value #DIGEST_BYTES} bytes.
 *
 * <p>SHA-256 comes from the JDK (hardware instructions), the others from Bouncy Castle.
 */
public enum HashAlgorithm {
  /** FIPS 180-4 SHA-256, the default. */
  SHA_256(1, "sha256"),
  /** FIPS 180-4 SHA-512/256. */
  SHA_512_256(2, "sha512-256"),
  /** FIPS 202 SHA3-256. */
  SHA3_256(3, "sha3-256"),
  /** BLAKE3 with 256 bits of output. */
  BLAKE3(4, "blake3");

  /** Length of every digest in the registry. */
  public static final int DIGEST_BYTES = 32;

  /** Finding the provider and making an instance cost as much as hashing 200 bytes. */
  private static final ThreadLocal<MessageDigest> SHA_256_AT_HAND =
      ThreadLocal.withInitial(HashAlgorithm::sha256);

  /** What a message may repeat of a name from outside. */
  private static final Pattern LABEL = Pattern.compile("[a-z0-9-]{1,24}");

  private final int id;
  private final String label;

  HashAlgorithm(int id, String label) {
    this.id = id;
    this.label = label;
  }

  /** The registry number, u16, as it stands in formats. */
  public int id() {
    return id;
  }

  /** The name in text forms: {@code sha256}. */
  public String label() {
    return label;
  }

  /** A fresh running hash. */
  public Hasher newHasher() {
    return switch (this) {
      case SHA_256 -> new JdkHasher(sha256());
      case SHA_512_256, SHA3_256, BLAKE3 -> BouncyHasher.of(this);
    };
  }

  /** The digest of {@code parts} one after another. */
  public Bytes hash(Bytes... parts) {
    if (this == SHA_256) {
      MessageDigest digest = SHA_256_AT_HAND.get();
      digest.reset(); // A part that could not be read may have left it half way.
      for (Bytes part : parts) {
        part.updateInto(digest);
      }
      return Bytes.wrap(digest.digest());
    }
    Hasher hasher = newHasher();
    for (Bytes part : parts) {
      hasher.update(part);
    }
    return hasher.digest();
  }

  /**
   * Two digests for one pass over the first part.
   *
   * @param head of the first part alone
   * @param whole of both parts
   */
  public record Forked(Bytes head, Bytes whole) {}

  /** The digests of {@code head}, and of {@code head} with {@code tail} behind. */
  public Forked hashForked(Bytes head, Bytes tail) {
    if (this != SHA_256) {
      Hasher hasher = newHasher();
      hasher.update(head);
      Bytes first = hasher.fork().digest();
      hasher.update(tail);
      return new Forked(first, hasher.digest());
    }
    MessageDigest digest = SHA_256_AT_HAND.get();
    digest.reset();
    head.updateInto(digest);
    MessageDigest whole = JdkHasher.copy(digest);
    tail.updateInto(whole);
    return new Forked(Bytes.wrap(digest.digest()), Bytes.wrap(whole.digest()));
  }

  /** The algorithm with registry number {@code id}. */
  public static HashAlgorithm byId(int id) {
    if (id == SHA_256.id) {
      return SHA_256;
    }
    for (HashAlgorithm algorithm : values()) {
      if (algorithm.id == id) {
        return algorithm;
      }
    }
    throw new MalformedException("unknown hash id " + id);
  }

  /** The algorithm named {@code label}. */
  public static HashAlgorithm byLabel(String label) {
    for (HashAlgorithm algorithm : values()) {
      if (algorithm.label.equals(label)) {
        return algorithm;
      }
    }
    throw new MalformedException(
        LABEL.matcher(label).matches()
            ? "unknown hash function '" + label + "'"
            : "unknown hash function with a name of " + label.length() + " characters");
  }

  private static MessageDigest sha256() {
    try {
      return MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError("every Java platform has SHA-256", e);
    }
  }
}
