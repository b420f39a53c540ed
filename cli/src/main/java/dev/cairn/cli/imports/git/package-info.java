/** Git history as artifacts and edges. {@link dev.cairn.cli.imports.git.GitImporter} says which. */
@NullMarked
package dev.cairn.cli.imports.git;

import org.jspecify.annotations.NullMarked;
