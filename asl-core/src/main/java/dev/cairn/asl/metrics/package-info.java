/** What a store tells about its work: a listener, and nothing that it needs to do that work. */
@NullMarked
package dev.cairn.asl.metrics;

import org.jspecify.annotations.NullMarked;
