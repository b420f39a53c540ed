package dev.cairn.pel.operator;

import dev.cairn.asl.store.View;
import dev.cairn.tgk.Graph;

/**
 * The provenance graph under a snapshot's cut, to read: what it answers is a function of the
 * snapshot alone. Safe for any thread.
 *
 * @param graph answers questions
 * @param view to ask them at, and no other
 */
public record SnapshotGraph(Graph graph, View view) {}
