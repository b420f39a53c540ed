/** Whole nodes as processes, over connections that are late and break. */
@NullMarked
package dev.cairn.testkit.process;

import org.jspecify.annotations.NullMarked;
