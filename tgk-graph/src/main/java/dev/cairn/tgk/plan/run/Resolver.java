package dev.cairn.tgk.plan.run;

import dev.cairn.asl.model.ArtifactKey;
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
    return view.known(key).map(Resolver::of).orElseGet(() -> retracted(key));
  }

  static Standing of(LiveEntry known) {
    return standing(known, true);
  }

  /** What is known of an id that is not live; null if it was not put within the view. */
  @Nullable Standing retracted(ArtifactKey key) {
    return view.told(key).map(put -> standing(put, false)).orElse(null);
  }

  private static Standing standing(LiveEntry put, boolean live) {
    return new Standing(
        put.kind(),
        put.artifact().tag(),
        put.artifact().payloadLength(),
        put.artifact().payloadDigest(),
        put.logseq(),
        put.origin(),
        put.index(),
        live);
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
