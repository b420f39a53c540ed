/**
 * Cosignatures: that nodes have verified the checkpoints of others, kept and exchanged. Start at
 * {@code CosignShelf} and {@code CosignPart}.
 */
@NullMarked
package dev.cairn.federation.cosign;

import org.jspecify.annotations.NullMarked;
