/**
 * The provenance graph of a store: which edges touch an artifact, and what it was made from or
 * became. Start at {@link dev.cairn.tgk.Graph}.
 */
@NullMarked
package dev.cairn.tgk;

import org.jspecify.annotations.NullMarked;
