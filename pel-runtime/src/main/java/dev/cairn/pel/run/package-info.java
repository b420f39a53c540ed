/**
 * Running programs on a store and checking what receipts claim. Start at {@link
 * dev.cairn.pel.run.Executor}.
 */
@NullMarked
package dev.cairn.pel.run;

import org.jspecify.annotations.NullMarked;
