/**
 * What every storage engine must do: the abstract suite, and the process that is killed while it
 * writes.
 */
@NullMarked
package dev.cairn.testkit.engine;

import org.jspecify.annotations.NullMarked;
