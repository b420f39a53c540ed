/**
 * How fast the store is, each kind of work beside a raw floor that does the same in the same run.
 *
 * <p>{@link dev.cairn.bench.speed.SpeedMain} starts one process for each {@link
 * dev.cairn.bench.speed.Work}; {@code docs/performance.md} says what each floor is.
 */
@NullMarked
package dev.cairn.bench.speed;

import org.jspecify.annotations.NullMarked;
