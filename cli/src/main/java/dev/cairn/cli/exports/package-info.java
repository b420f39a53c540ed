/**
 * Lineage in forms that other tools read. {@link dev.cairn.cli.exports.ExportScope} says what is
 * exported, the other classes how; all of them write the same bytes for the same answer.
 */
@NullMarked
package dev.cairn.cli.exports;

import org.jspecify.annotations.NullMarked;
