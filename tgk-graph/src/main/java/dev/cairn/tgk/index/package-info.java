/**
 * {@link dev.cairn.tgk.index.GraphIndex}, the fold of the log into adjacency and slot rows. A store
 * that keeps edges is opened with it.
 */
@NullMarked
package dev.cairn.tgk.index;

import org.jspecify.annotations.NullMarked;
