/** The storage engine SPI: ordered tables, and one linearisable call that commits to a log. */
@NullMarked
package dev.cairn.asl.engine;

import org.jspecify.annotations.NullMarked;
