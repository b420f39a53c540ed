package dev.cairn.tgk;

import dev.cairn.tgk.model.EdgeType;
import java.util.Collection;
import java.util.Collections;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Which edges are asked for.
 *
 * @param types the types wanted; empty means all
 * @param history also shadowed and retracted ones
 */
public record EdgeFilter(SortedSet<EdgeType> types, boolean history) {
  /** Every live edge. */
  public static final EdgeFilter LIVE = new EdgeFilter(Collections.emptySortedSet(), false);

  /** Every edge ever put within the view. */
  public static final EdgeFilter HISTORY = new EdgeFilter(Collections.emptySortedSet(), true);

  public EdgeFilter {
    types = Collections.unmodifiableSortedSet(new TreeSet<>(types));
  }

  /** Live edges of these types; of all types if there is none. */
  public static EdgeFilter ofTypes(Collection<EdgeType> types) {
    return new EdgeFilter(new TreeSet<>(types), false);
  }

  /** The same with shadowed and retracted edges. */
  public EdgeFilter withHistory() {
    return new EdgeFilter(types, true);
  }
}
