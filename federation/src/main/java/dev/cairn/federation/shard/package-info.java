/**
 * Which member holds which payloads: ranges of payload digests ({@code HashRange}), what members
 * declare ({@code RangeStatement}), and what follows from that ({@code Shards}). Pure; the
 * statements are folded and read by {@code dev.cairn.federation.member}.
 */
@NullMarked
package dev.cairn.federation.shard;

import org.jspecify.annotations.NullMarked;
