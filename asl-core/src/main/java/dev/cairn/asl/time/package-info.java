/** The only door through which time and chance enter: wall clock, hybrid logical clock, entropy. */
@NullMarked
package dev.cairn.asl.time;

import org.jspecify.annotations.NullMarked;
