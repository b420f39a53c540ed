/**
 * A node at rest on disk: the store directory, and what is opened from it. Start at {@link
 * dev.cairn.federation.node.StoreDirectory}.
 */
@NullMarked
package dev.cairn.federation.node;

import org.jspecify.annotations.NullMarked;
