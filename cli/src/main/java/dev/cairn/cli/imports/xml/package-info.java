/** XML of every encoding that the JDK at hand decodes, as a stream of events. */
@NullMarked
package dev.cairn.cli.imports.xml;

import org.jspecify.annotations.NullMarked;
