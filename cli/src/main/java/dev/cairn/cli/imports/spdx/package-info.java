/**
 * SPDX documents of version 2 and 3, in JSON and as tag-value. {@link
 * dev.cairn.cli.imports.spdx.SpdxFormat} says what becomes of them.
 */
@NullMarked
package dev.cairn.cli.imports.spdx;

import org.jspecify.annotations.NullMarked;
