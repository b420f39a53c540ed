/**
 * The tour that {@code cairn demo} gives: Cairn's main job on real input, every claim checked.
 * Start at {@link dev.cairn.cli.demo.Demo}.
 */
@NullMarked
package dev.cairn.cli.demo;

import org.jspecify.annotations.NullMarked;
