package dev.cairn.cli.demo;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What the tour works on.
 *
 * @param git the git repository to import: a working tree or a bare repository
 * @param maven folder whose POMs are imported
 * @param keep where to leave the stores and files; null to leave nothing
 */
public record DemoOptions(Path git, Path maven, @Nullable Path keep) {}
