/**
 * PROV-JSON (W3C Member Submission of 24 April 2013). {@link dev.cairn.cli.imports.prov.ProvFormat}
 * says what becomes of a document.
 */
@NullMarked
package dev.cairn.cli.imports.prov;

import org.jspecify.annotations.NullMarked;
