/** What makes starts of the command quick: what a build does once, and what each does beside. */
@NullMarked
package dev.cairn.cli.launch;

import org.jspecify.annotations.NullMarked;
