package dev.cairn.cli.command;

import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactHasher;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.federation.filter.PartialLogs;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.util.List;
import java.util.Locale;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads what people write for an artifact; the forms are listed in the help of {@code cairn}. */
final class Keys {
  private static final int PREFIX_DIGITS_MIN = 6;
  private static final int CANDIDATES_SHOWN_MAX = 10;
  private static final int BUFFER_BYTES = 1 << 16;
  private static final Pattern PREFIX = Pattern.compile("(?:asl1-sha256:)?([0-9a-fA-F]{1,64})");

  private final CairnCommand cairn;
  private final Store store;
  private final @Nullable PartialLogs partial;

  Keys(CairnCommand cairn, Store store) {
    this(cairn, store, null);
  }

  private Keys(CairnCommand cairn, Store store, @Nullable PartialLogs partial) {
    this.cairn = cairn;
    this.store = store;
    this.partial = partial;
  }

  /** The same, which also knows what is in logs held in part. */
  Keys alsoInPart() {
    return new Keys(cairn, store, new PartialLogs(store));
  }

  /** True if {@code text} has the form of a key, whether or not there is one. */
  static boolean isKey(String text) {
    return text.startsWith("asl1-")
        || text.startsWith(PayloadDigest.PREFIX)
        || (text.length() >= PREFIX_DIGITS_MIN && PREFIX.matcher(text).matches());
  }

  /**
   * The key meant by {@code text}. A whole key is taken as it stands, whether or not the store
   * knows it.
   *
   * @param fileType the type that an {@code @FILE} has
   */
  ArtifactKey resolve(String text, @Nullable TypeTag fileType) throws IOException {
    if (text.startsWith("@")) {
      return keyOfFile(text.substring(1), fileType);
    }
    if (text.startsWith(PayloadDigest.PREFIX)) {
      return byPayload(text);
    }
    Matcher prefix = PREFIX.matcher(text);
    if (prefix.matches() && prefix.group(1).length() < 2 * HashAlgorithm.DIGEST_BYTES) {
      return byPrefix(text, prefix.group(1).toLowerCase(Locale.ROOT));
    }
    try {
      return ArtifactKey.parse(prefix.matches() ? "asl1-sha256:" + prefix.group(1) : text);
    } catch (MalformedException e) {
      throw CommandFailure.usage(
          "not a key: '" + text + "'",
          "give asl1-sha256:<hex>, sha256:<hex>, 6 hex digits or more, or @FILE");
    }
  }

  private ArtifactKey keyOfFile(String file, @Nullable TypeTag type) throws IOException {
    ArtifactHasher hasher = new ArtifactHasher(HashAlgorithm.SHA_256);
    byte[] buffer = new byte[BUFFER_BYTES];
    try (InputStream in = Files.newInputStream(cairn.path(file))) {
      for (int count = in.read(buffer); count >= 0; count = in.read(buffer)) {
        hasher.update(buffer, 0, count);
      }
    }
    return hasher.finish(type).key();
  }

  private ArtifactKey byPayload(String text) {
    PayloadDigest digest;
    try {
      digest = PayloadDigest.parse(text);
    } catch (MalformedException e) {
      throw CommandFailure.usage("not a key: '" + text + "'", "give sha256: and 64 hex digits");
    }
    TreeSet<ArtifactKey> all = new TreeSet<>(store.byPayload(digest));
    if (partial != null) {
      all.addAll(partial.byPayload(digest));
    }
    List<ArtifactKey> found = List.copyOf(all);
    if (found.isEmpty()) {
      throw CommandFailure.negative(
          "no artifact with payload " + digest, "check the digest, or put the file");
    }
    return only("payload " + digest, found);
  }

  private ArtifactKey byPrefix(String text, String hex) {
    if (hex.length() < PREFIX_DIGITS_MIN) {
      throw CommandFailure.usage(
          "prefix '" + text + "' is too short",
          "give at least " + PREFIX_DIGITS_MIN + " hex digits");
    }
    TreeSet<ArtifactKey> all = new TreeSet<>(store.byPrefix(hex, CANDIDATES_SHOWN_MAX + 1));
    if (partial != null) {
      all.addAll(partial.byPrefix(hex, CANDIDATES_SHOWN_MAX + 1));
    }
    List<ArtifactKey> found = List.copyOf(all);
    if (found.isEmpty()) {
      throw CommandFailure.negative(
          "no artifact's key begins with " + hex, "look with 'cairn find' or 'cairn log'");
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
    throw CommandFailure.usage(
        what + " fits several artifacts:" + candidates, "give one of these in full");
  }
}
