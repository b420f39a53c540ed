/**
 * Drives protocol sessions over links and between stores in one process. Start at {@code
 * StoreSync}.
 */
@NullMarked
package dev.cairn.federation.sync;

import org.jspecify.annotations.NullMarked;
