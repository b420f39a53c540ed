/** Programs that several nodes run together, under crashes and partitions, in one thread. */
@NullMarked
package dev.cairn.testkit.distributed;

import org.jspecify.annotations.NullMarked;
