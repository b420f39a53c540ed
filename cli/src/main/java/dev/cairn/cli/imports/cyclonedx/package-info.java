/**
 * CycloneDX bills of materials. {@link dev.cairn.cli.imports.cyclonedx.CycloneDxFormat} says what
 * becomes of them.
 */
@NullMarked
package dev.cairn.cli.imports.cyclonedx;

import org.jspecify.annotations.NullMarked;
