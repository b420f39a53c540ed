/**
 * What a node holds, in bulk: a snapshot's logs for a fresh store, and stretches of logs for one
 * that is repaired. {@code BootstrapPart} carries both in a session.
 */
@NullMarked
package dev.cairn.federation.bootstrap;

import org.jspecify.annotations.NullMarked;
