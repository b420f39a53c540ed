/**
 * Sealed segments: the live edges under one cut as int-indexed arrays in one immutable file, as
 * {@code docs/format/graph-segment.md} specifies it. Start at {@link
 * dev.cairn.tgk.segment.Segment}; {@link dev.cairn.tgk.segment.LiveEdges} is what one is made from.
 * Derived and never needed: whoever has none reads rows.
 */
@NullMarked
package dev.cairn.tgk.segment;

import org.jspecify.annotations.NullMarked;
