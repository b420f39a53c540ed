/**
 * Programs that several nodes run together. Start at {@link dev.cairn.pel.distributed.Coordinator}.
 */
@NullMarked
package dev.cairn.pel.distributed;

import org.jspecify.annotations.NullMarked;
