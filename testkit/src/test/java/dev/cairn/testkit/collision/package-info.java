/** Real collisions, under a hash function that was made weak for the purpose. */
@NullMarked
package dev.cairn.testkit.collision;

import org.jspecify.annotations.NullMarked;
