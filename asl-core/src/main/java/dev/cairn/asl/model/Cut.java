package dev.cairn.asl.model;

import java.util.Collections;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A line through a federation's logs: for each origin the logseq up to which its commits are
 * included. Origins not named are left out altogether.
 *
 * @param logseqs by origin, in order of origins
 */
public record Cut(SortedMap<Origin, Long> logseqs) {
  /** The cut with nothing in it. */
  public static final Cut NOTHING = new Cut(new TreeMap<>());

  public Cut {
    logseqs = Collections.unmodifiableSortedMap(new TreeMap<>(logseqs));
    for (Map.Entry<Origin, Long> entry : logseqs.entrySet()) {
      if (entry.getValue() < 0) {
        throw new IllegalArgumentException("negative logseq for " + entry.getKey());
      }
    }
  }

  /** True if a commit of {@code origin} at {@code logseq} lies within. */
  public boolean includes(Origin origin, long logseq) {
    Long limit = logseqs.get(origin);
    return limit != null && logseq <= limit;
  }
}
