/**
 * Findings in three layers, as artifacts connected by edges: what is wrong with something, where
 * that was seen, and who saw it when; {@code docs/format/finding.md} specifies their bytes. Start
 * at {@link dev.cairn.tgk.finding.FindingStore}.
 */
@NullMarked
package dev.cairn.tgk.finding;

import org.jspecify.annotations.NullMarked;
