/** The commands, one class each. {@link dev.cairn.cli.command.CommandTree} lists them. */
@NullMarked
package dev.cairn.cli.command;

import org.jspecify.annotations.NullMarked;
