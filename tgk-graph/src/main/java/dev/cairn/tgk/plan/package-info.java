/**
 * What can be asked of the graph: plans as trees of operators, and their three forms, Java, JSON
 * and text, as {@code docs/queries.md} specifies them. Start at {@link dev.cairn.tgk.plan.Plan};
 * {@code dev.cairn.tgk.plan.run} answers them.
 */
@NullMarked
package dev.cairn.tgk.plan;

import org.jspecify.annotations.NullMarked;
