/**
 * What two nodes differ in, found by exchanging sums and hashes rather than lists: sets by ranges,
 * state and logs by descending their trees. Start at {@code Reconciler} and {@code
 * DivergenceSearch}.
 */
@NullMarked
package dev.cairn.federation.reconcile;

import org.jspecify.annotations.NullMarked;
