package dev.cairn.federation.access;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.NotGrantedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * What one caller may do, and with which artifacts.
 *
 * @param rights what it may do; none is a grant of nothing
 * @param types the only type tags that it may touch; all if empty
 * @param prefixes the only beginnings of digests that it may touch, as lower-case hex; all if empty
 */
public record Grant(SortedSet<Right> rights, SortedSet<String> types, SortedSet<String> prefixes) {
  /** Most types, and most prefixes, of a grant. */
  public static final int LIMITS_MAX = 64;

  /** Everything. */
  public static final Grant ALL = of(EnumSet.allOf(Right.class));

  /** To bring and to take records: what every node of the federation has unless told otherwise. */
  public static final Grant EXCHANGE = of(EnumSet.of(Right.READ, Right.WRITE));

  /** Nothing. */
  public static final Grant NONE = of(EnumSet.noneOf(Right.class));

  /** Most hex digits of a prefix. */
  public static final int PREFIX_DIGITS_MAX = 64;

  /** Most types, and most prefixes, that {@link #limits} names. */
  private static final int NAMED_MAX = 4;

  public Grant {
    rights = Collections.unmodifiableSortedSet(new TreeSet<>(rights));
    types = Collections.unmodifiableSortedSet(new TreeSet<>(types));
    prefixes = Collections.unmodifiableSortedSet(new TreeSet<>(prefixes));
    if (types.size() > LIMITS_MAX || prefixes.size() > LIMITS_MAX) {
      throw new IllegalArgumentException("grant: more than " + LIMITS_MAX + " types or prefixes");
    }
    types.forEach(TypeTag::new);
    for (String prefix : prefixes) {
      if (!prefix.matches("[0-9a-f]{1," + PREFIX_DIGITS_MAX + "}")) {
        throw new IllegalArgumentException("grant: '" + prefix + "' is no beginning of a digest");
      }
    }
  }

  /** These rights to every artifact. */
  public static Grant of(Collection<Right> rights) {
    return new Grant(new TreeSet<>(rights), new TreeSet<>(), new TreeSet<>());
  }

  /** True if it is for some artifacts only. */
  public boolean isLimited() {
    return !types.isEmpty() || !prefixes.isEmpty();
  }

  /** What it is limited to, in words; of many types and prefixes the first. */
  public String limits() {
    List<String> words = new ArrayList<>();
    if (!types.isEmpty()) {
      words.add("the types " + first(types));
    }
    if (!prefixes.isEmpty()) {
      words.add("the keys that begin with " + first(prefixes));
    }
    return words.isEmpty() ? "all artifacts" : String.join(", of these ", words);
  }

  private static String first(SortedSet<String> all) {
    String some = all.stream().limit(NAMED_MAX).collect(Collectors.joining(", "));
    return all.size() <= NAMED_MAX ? some : some + " and " + (all.size() - NAMED_MAX) + " more";
  }

  /** True if it gives a right to every artifact. */
  public boolean givesWhole(Right right) {
    return rights.contains(right) && !isLimited();
  }

  /** True if it covers an artifact, whatever the rights. */
  public boolean covers(ArtifactKey key, @Nullable TypeTag type) {
    if (!types.isEmpty() && (type == null || !types.contains(type.text()))) {
      return false;
    }
    return prefixes.isEmpty() || coversDigest(key.digest());
  }

  private boolean coversDigest(Bytes digest) {
    String hex = digest.toHex();
    return prefixes.stream().anyMatch(hex::startsWith);
  }

  /**
   * Returns if this grants a right.
   *
   * @throws NotGrantedException if not, naming both
   */
  public void require(Right right, String caller) {
    if (!rights.contains(right)) {
      throw new NotGrantedException(caller + " has no grant to " + lower(right) + " here");
    }
  }

  /**
   * Returns if this grants a right to every artifact: what no limit can be told of.
   *
   * @throws NotGrantedException if not
   */
  public void requireWhole(Right right, String caller) {
    require(right, caller);
    if (isLimited()) {
      throw new NotGrantedException(
          caller + " may " + lower(right) + " some artifacts only, and this needs all");
    }
  }

  /**
   * Returns if this grants a right to an artifact.
   *
   * @throws NotGrantedException if not
   */
  public void require(Right right, String caller, ArtifactKey key, @Nullable TypeTag type) {
    require(right, caller);
    if (!covers(key, type)) {
      throw new NotGrantedException(
          caller
              + " has no grant to "
              + lower(right)
              + " "
              + key
              + (type == null ? " without a type" : " of type " + type));
    }
  }

  private static String lower(Right right) {
    return right.name().toLowerCase(Locale.ROOT);
  }
}
