/**
 * What carries messages between two peers: the {@code PeerLink} that every transport gives, and the
 * in-process one.
 */
@NullMarked
package dev.cairn.federation.transport;

import org.jspecify.annotations.NullMarked;
