/**
 * Bundles: a delta as one signed, self-checking file, for nodes without a network and for audits.
 * Start at {@code Bundles}.
 */
@NullMarked
package dev.cairn.federation.bundle;

import org.jspecify.annotations.NullMarked;
