/** The {@code cairn} command; {@code Main} is where it starts. */
package dev.cairn.cli;
