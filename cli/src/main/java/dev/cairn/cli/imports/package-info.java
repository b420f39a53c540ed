/** What all importers share: filling commits while the one before is being written. */
@NullMarked
package dev.cairn.cli.imports;

import org.jspecify.annotations.NullMarked;
