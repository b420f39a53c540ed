/**
 * Provenance in the neutral trace format, one JSON object a line. {@link
 * dev.cairn.cli.imports.trace.TraceImporter} says what a line means.
 */
@NullMarked
package dev.cairn.cli.imports.trace;

import org.jspecify.annotations.NullMarked;
