/**
 * Answers plans: {@link dev.cairn.tgk.plan.run.Query} of a store, a view and a plan gives a {@link
 * dev.cairn.tgk.plan.run.QueryCursor} over rows, or an {@link dev.cairn.tgk.plan.run.Explanation}.
 */
@NullMarked
package dev.cairn.tgk.plan.run;

import org.jspecify.annotations.NullMarked;
