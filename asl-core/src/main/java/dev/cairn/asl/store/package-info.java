/**
 * The store: one log a node, one writer, and the indexes folded from it. Start at {@link
 * dev.cairn.asl.store.Store}.
 */
@NullMarked
package dev.cairn.asl.store;

import org.jspecify.annotations.NullMarked;
