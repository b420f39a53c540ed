/** XML of whatever encoding as a stream of events, the same on every JDK. */
@NullMarked
package dev.cairn.cli.imports.xml;

import org.jspecify.annotations.NullMarked;
