/** That floors do what the store does, and no less. */
@NullMarked
package dev.cairn.bench.speed;

import org.jspecify.annotations.NullMarked;
