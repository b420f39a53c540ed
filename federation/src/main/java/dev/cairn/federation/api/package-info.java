/**
 * What a node offers to clients, as far as it knows no wire: which parts of the node, and how texts
 * name artifacts. The gRPC service stands on it.
 */
@NullMarked
package dev.cairn.federation.api;

import org.jspecify.annotations.NullMarked;
