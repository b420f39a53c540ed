/** Every decoder that takes bytes from elsewhere, under coverage-guided fuzzing. */
@NullMarked
package dev.cairn.testkit.fuzz;

import org.jspecify.annotations.NullMarked;
