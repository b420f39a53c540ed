/**
 * Proof that a node broke the rules of its own log, which anyone can check offline. Start at {@code
 * Evidence}.
 */
@NullMarked
package dev.cairn.asl.evidence;

import org.jspecify.annotations.NullMarked;
