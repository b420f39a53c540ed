/** What a command talks through: streams, JSON, progress, and failures as one line each. */
@NullMarked
package dev.cairn.cli.console;

import org.jspecify.annotations.NullMarked;
