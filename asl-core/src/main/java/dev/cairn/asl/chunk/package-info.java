/** Content-defined chunking: where to cut a payload so that a small change moves few cuts. */
@NullMarked
package dev.cairn.asl.chunk;

import org.jspecify.annotations.NullMarked;
