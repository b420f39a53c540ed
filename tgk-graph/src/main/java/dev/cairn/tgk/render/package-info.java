/** Lineage as text: pure functions from an answer to characters, the same on every machine. */
@NullMarked
package dev.cairn.tgk.render;

import org.jspecify.annotations.NullMarked;
