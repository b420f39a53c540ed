/**
 * in-toto statements, in DSSE envelopes or bare. {@link dev.cairn.cli.imports.intoto.InTotoFormat}
 * says what becomes of them.
 */
@NullMarked
package dev.cairn.cli.imports.intoto;

import org.jspecify.annotations.NullMarked;
