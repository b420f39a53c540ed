/**
 * Strict JSON for documents of others: {@link dev.cairn.cli.imports.json.JsonReader} reads, {@link
 * dev.cairn.cli.imports.json.JsonTree} knows its place, {@link
 * dev.cairn.cli.imports.json.StableJson} writes.
 */
@NullMarked
package dev.cairn.cli.imports.json;

import org.jspecify.annotations.NullMarked;
