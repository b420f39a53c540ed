package dev.cairn.federation.audit;

import dev.cairn.asl.error.CairnException;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;

/**
 * What of a source could not be read while something else was looked for, for people: each once, in
 * the order in which it was met, and a bounded number of them. One owner.
 */
final class Unread {
  /** Most that are told. */
  static final int TOLD_MAX = 8;

  private final Set<String> all = new LinkedHashSet<>();
  private final Set<String> fresh = new LinkedHashSet<>();
  private boolean more;

  /** Remembers one more. */
  void add(String source, String what, CairnException why) {
    String text = source + ": " + what + " cannot be read, " + why.getMessage();
    if (fresh.size() < TOLD_MAX) {
      fresh.add(text);
    }
    if (all.size() < TOLD_MAX) {
      all.add(text);
    } else {
      more |= !all.contains(text);
    }
  }

  /** What was met since this was asked last, also if it was met before. */
  List<String> takeFresh() {
    List<String> taken = List.copyOf(fresh);
    fresh.clear();
    return taken;
  }

  /** All that is told. */
  List<String> all() {
    List<String> told = new ArrayList<>(all);
    if (more) {
      told.add("there is more that cannot be read");
    }
    return told;
  }
}
