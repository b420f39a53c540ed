package dev.cairn.tgk.plan.run;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.store.HistoryEntry;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.View;
import dev.cairn.asl.time.HybridClock;
import dev.cairn.tgk.Graph;
import dev.cairn.tgk.GraphEdge;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** Looks up what rows stand for, under one cut. Safe for any thread. */
final class Resolver {
  private final Store store;
  private final View view;
  private final Graph graph;

  Resolver(Store store, View view, Graph graph) {
    this.store = store;
    this.view = view;
    this.graph = graph;
  }

  Graph graph() {
    return graph;
  }

  View view() {
    return view;
  }

  /** What is known of an id; null if it was not put within the view. */
  @Nullable Standing standing(ArtifactKey key) {
    LiveEntry entry = view.live(key).orElse(null);
    return entry == null ? retracted(key) : of(entry);
  }

  static Standing of(LiveEntry entry) {
    return new Standing(
        entry.kind(),
        entry.artifact().tag(),
        entry.artifact().payloadLength(),
        entry.artifact().payloadDigest(),
        entry.logseq(),
        entry.origin(),
        entry.index(),
        true);
  }

  /** What is known of an id that is not live: its latest put within the view. */
  @Nullable Standing retracted(ArtifactKey key) {
    HistoryEntry latest = null;
    for (HistoryEntry entry : store.history(key)) {
      if (entry.record().isPut() && view.includes(entry.origin(), entry.record().logseq())) {
        latest = entry;
      }
    }
    if (latest == null) {
      return null;
    }
    LogRecord put = latest.record();
    return new Standing(
        put.kind(),
        put.tag(),
        put.payloadLength(),
        put.payloadDigest(),
        put.logseq(),
        latest.origin(),
        put.index(),
        false);
  }

  Optional<GraphEdge> edge(ArtifactKey key) {
    return graph.edge(key, view);
  }

  /** Milliseconds since 1970 of the put's record; null if the record is not here. */
  @Nullable Long millis(Standing standing) {
    return store
        .record(standing.origin(), standing.index())
        .map(record -> HybridClock.millisOf(record.hlc()))
        .orElse(null);
  }
}
