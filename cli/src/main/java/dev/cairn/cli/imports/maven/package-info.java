/**
 * Maven POMs and what they depend on. Start at {@link dev.cairn.cli.imports.maven.MavenImporter}.
 */
@NullMarked
package dev.cairn.cli.imports.maven;

import org.jspecify.annotations.NullMarked;
