package dev.cairn.federation.filter;

import dev.cairn.asl.error.NotGrantedException;
import dev.cairn.federation.access.Grant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;

/**
 * What a node may see of logs under a grant, as a filter, and which filters show no more than that.
 *
 * <p>Whether one filter lies within another is told by its form alone, so that the answer does not
 * depend on what is held: of {@code |} every operand must lie within, of {@code &} one that says so
 * of the types and one of the keys; a type lies within if it is granted, a range of keys if it lies
 * in one granted beginning. So a filter that would show nothing more is refused at times, and none
 * that would show more is let through. Values; safe for any thread.
 */
final class GrantedReading {
  private static final int SHOWN_CHARS_MAX = 200;
  private static final int HEX = 16;

  private final InterestFilter types;
  private final InterestFilter keys;

  GrantedReading(Grant grant) {
    this.types =
        grant.types().isEmpty()
            ? InterestFilter.Constant.ALL
            : InterestFilter.anyOf(types(grant.types()));
    this.keys =
        grant.prefixes().isEmpty()
            ? InterestFilter.Constant.ALL
            : InterestFilter.anyOf(
                grant.prefixes().stream().map(GrantedReading::beginningWith).toList());
  }

  /** Those that a filter can name. */
  private static List<InterestFilter> types(SortedSet<String> granted) {
    List<InterestFilter> all = new ArrayList<>();
    for (String type : granted) {
      if (InterestFilter.OfType.canName(type)) {
        all.add(new InterestFilter.OfType(type, false));
      }
    }
    return all;
  }

  private static InterestFilter beginningWith(String prefix) {
    int last = prefix.length() - 1;
    while (last >= 0 && prefix.charAt(last) == 'f') {
      last--;
    }
    if (last < 0) {
      return new InterestFilter.KeyRange(prefix, "");
    }
    char next = Character.forDigit(Character.digit(prefix.charAt(last), HEX) + 1, HEX);
    return new InterestFilter.KeyRange(prefix, prefix.substring(0, last) + next);
  }

  /** All that may be seen. */
  InterestFilter all() {
    return InterestFilter.allOf(List.of(types, keys));
  }

  /**
   * Of what a filter shows, what may be seen: the filter itself if that is all of it. One that
   * nests as deep as it may nests no deeper then: each of its alternatives is narrowed by itself.
   */
  InterestFilter narrow(InterestFilter asked) {
    if (beyond(asked).isEmpty()) {
      return asked;
    }
    InterestFilter joined = InterestFilter.allOf(List.of(asked, all()));
    return InterestFilter.depthOf(joined) > InterestFilter.DEPTH_MAX
            && asked instanceof InterestFilter.Any any
        ? InterestFilter.anyOf(
            any.operands().stream()
                .map(operand -> InterestFilter.allOf(List.of(operand, all())))
                .toList())
        : joined;
  }

  /** True if a filter is answered from records alone that may be seen. */
  static boolean isAnsweredAlone(InterestFilter asked) {
    return InterestFilter.rootsOf(asked).isEmpty();
  }

  /**
   * Returns if a filter shows only what may be seen.
   *
   * @param who asks, in words
   * @throws NotGrantedException if not, naming what is beyond and what to ask for
   */
  void require(InterestFilter asked, String who) {
    if (!isAnsweredAlone(asked)) {
      throw new NotGrantedException(
          who
              + " may read some artifacts only here: causes of keys (above:) are told to who may"
              + " read all");
    }
    Optional<InterestFilter> beyond = beyond(asked);
    if (beyond.isPresent()) {
      throw new NotGrantedException(
          who
              + " may read some artifacts only here: the filter '"
              + shown(beyond.get())
              + "' shows more; join it by & with '"
              + shown(all())
              + "'");
    }
  }

  private static String shown(InterestFilter filter) {
    String text = filter.toString();
    return text.length() <= SHOWN_CHARS_MAX ? text : text.substring(0, SHOWN_CHARS_MAX) + "...";
  }

  private Optional<InterestFilter> beyond(InterestFilter asked) {
    Optional<InterestFilter> other = beyond(asked, types);
    return other.isPresent() ? other : beyond(asked, keys);
  }

  /** What of a filter may show more than a limit does; empty if nothing. */
  private static Optional<InterestFilter> beyond(InterestFilter asked, InterestFilter limit) {
    if (limit.equals(InterestFilter.Constant.ALL) || asked.equals(InterestFilter.Constant.NONE)) {
      return Optional.empty();
    }
    if (asked instanceof InterestFilter.Any any) {
      return any.operands().stream().flatMap(one -> beyond(one, limit).stream()).findFirst();
    }
    boolean within =
        asked instanceof InterestFilter.Every every
            ? every.operands().stream().anyMatch(one -> beyond(one, limit).isEmpty())
            : alternatives(limit).stream().anyMatch(one -> isWithin(asked, one));
    return within ? Optional.empty() : Optional.of(asked);
  }

  private static List<InterestFilter> alternatives(InterestFilter limit) {
    return limit instanceof InterestFilter.Any any ? any.operands() : List.of(limit);
  }

  private static boolean isWithin(InterestFilter asked, InterestFilter limit) {
    if (asked instanceof InterestFilter.KeyRange inner
        && limit instanceof InterestFilter.KeyRange outer) {
      return inner.from().compareTo(outer.from()) >= 0
          && (outer.to().isEmpty()
              || (!inner.to().isEmpty() && inner.to().compareTo(outer.to()) <= 0));
    }
    return asked.equals(limit);
  }
}
