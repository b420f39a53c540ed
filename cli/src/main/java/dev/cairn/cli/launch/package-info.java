/** What a build does once so that every later start of the command is quick. */
@NullMarked
package dev.cairn.cli.launch;

import org.jspecify.annotations.NullMarked;
