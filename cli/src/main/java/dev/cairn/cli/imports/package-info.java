/**
 * What all importers share: {@link dev.cairn.cli.imports.DocumentImporter} for documents that are
 * checked whole before anything is written, and {@link dev.cairn.cli.imports.ImportSink}, which
 * fills a commit while the one before is being written.
 */
@NullMarked
package dev.cairn.cli.imports;

import org.jspecify.annotations.NullMarked;
