/**
 * What an edge is and its one byte form, as {@code docs/format/edge.md} specifies it. Start at
 * {@link dev.cairn.tgk.model.Edge}.
 */
@NullMarked
package dev.cairn.tgk.model;

import org.jspecify.annotations.NullMarked;
