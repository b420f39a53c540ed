/** Folders for a while: made, owned, and removed whatever becomes of who made them. */
@NullMarked
package dev.cairn.asl.files;

import org.jspecify.annotations.NullMarked;
