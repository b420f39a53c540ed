package dev.cairn.federation.api;

import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.AmbiguousException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.store.Store;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Finds the artifact that a text names: a whole key, the digest of a payload, or the first digits
 * of one key. Safe for any thread.
 */
public final class ArtifactNames {
  /** Fewest digits of a prefix. */
  public static final int PREFIX_DIGITS_MIN = 6;

  private static final int CANDIDATES_SHOWN_MAX = 10;
  private static final Pattern PREFIX = Pattern.compile("(?:asl1-sha256:)?([0-9a-fA-F]{1,64})");

  private final Store store;

  /** Names of the artifacts of a store. */
  public ArtifactNames(Store store) {
    this.store = store;
  }

  /** True if {@code text} has the form of a name, whether or not there is such an artifact. */
  public static boolean isName(String text) {
    return text.startsWith("asl1-")
        || text.startsWith(PayloadDigest.PREFIX)
        || (text.length() >= PREFIX_DIGITS_MIN && PREFIX.matcher(text).matches());
  }

  /**
   * The key meant by {@code text}. A whole key is taken as it stands, whether or not the store
   * knows it.
   *
   * @throws MalformedException if it has none of the forms
   * @throws NotFoundException if no artifact fits
   * @throws AmbiguousException if several do; the message lists them
   */
  public ArtifactKey resolve(String text) {
    if (text.startsWith(PayloadDigest.PREFIX)) {
      return byPayload(PayloadDigest.parse(text));
    }
    Matcher prefix = PREFIX.matcher(text);
    if (!prefix.matches()) {
      return ArtifactKey.parse(text);
    }
    String hex = prefix.group(1).toLowerCase(Locale.ROOT);
    return hex.length() < 2 * HashAlgorithm.DIGEST_BYTES
        ? byPrefix(hex)
        : ArtifactKey.parse("asl1-sha256:" + hex);
  }

  private ArtifactKey byPayload(PayloadDigest digest) {
    List<ArtifactKey> found = store.byPayload(digest);
    if (found.isEmpty()) {
      throw new NotFoundException("no artifact with payload " + digest);
    }
    return only("payload " + digest, found);
  }

  private ArtifactKey byPrefix(String hex) {
    if (hex.length() < PREFIX_DIGITS_MIN) {
      throw new MalformedException(
          "prefix '" + hex + "' is too short: at least " + PREFIX_DIGITS_MIN + " digits");
    }
    List<ArtifactKey> found = store.byPrefix(hex, CANDIDATES_SHOWN_MAX + 1);
    if (found.isEmpty()) {
      throw new NotFoundException("no artifact's key begins with " + hex);
    }
    return only("prefix " + hex, found);
  }

  private static ArtifactKey only(String what, List<ArtifactKey> found) {
    if (found.size() == 1) {
      return found.get(0);
    }
    StringBuilder candidates = new StringBuilder();
    for (int i = 0; i < Math.min(found.size(), CANDIDATES_SHOWN_MAX); i++) {
      candidates.append(i == 0 ? " " : ", ").append(found.get(i));
    }
    if (found.size() > CANDIDATES_SHOWN_MAX) {
      candidates.append(", …");
    }
    throw new AmbiguousException(what + " fits several artifacts:" + candidates);
  }
}
