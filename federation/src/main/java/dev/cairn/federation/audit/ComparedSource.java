package dev.cairn.federation.audit;

import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Store;

/**
 * A source as it is compared with others.
 *
 * @param name what findings call it
 * @param rank its place among the sources as they were named
 * @param store where it can be read
 * @param audited what the audit of it by itself read
 * @param damage what that audit knows to be damaged: there the records are read themselves, and not
 *     their stored roots
 */
record ComparedSource(
    String name, int rank, Store store, AuditReport.Source audited, LogDamage damage) {
  /** Records it holds of a log. */
  long size(Origin origin) {
    return store.head(origin).map(LogHead::treeSize).orElse(0L);
  }

  /** The logseq of the last record that it holds of a log; 0 if it holds none. */
  long lastLogseq(Origin origin) {
    return store.head(origin).map(LogHead::lastLogseq).orElse(0L);
  }

  /** Itself and another one, the one that was named first in front. */
  String with(ComparedSource other) {
    return rank < other.rank ? name + " and " + other.name : other.name + " and " + name;
  }
}
