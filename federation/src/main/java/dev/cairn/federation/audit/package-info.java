/**
 * Replay and audit: prove that logs, payloads, checkpoints and recorded states fit together, and
 * name what does not. Start at {@code Replayer} and {@code Auditor}.
 */
@NullMarked
package dev.cairn.federation.audit;

import org.jspecify.annotations.NullMarked;
