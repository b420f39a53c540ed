/** Pieces of work that are done beside their caller, and how he waits for them. */
@NullMarked
package dev.cairn.asl.work;

import org.jspecify.annotations.NullMarked;
