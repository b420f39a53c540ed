/**
 * OpenLineage events. {@link dev.cairn.cli.imports.openlineage.OpenLineageFormat} says what becomes
 * of them.
 */
@NullMarked
package dev.cairn.cli.imports.openlineage;

import org.jspecify.annotations.NullMarked;
