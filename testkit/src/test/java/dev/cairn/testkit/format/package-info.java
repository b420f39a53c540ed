/** Holds the formats of the upper modules to the golden vectors of {@code docs/format}. */
@NullMarked
package dev.cairn.testkit.format;

import org.jspecify.annotations.NullMarked;
