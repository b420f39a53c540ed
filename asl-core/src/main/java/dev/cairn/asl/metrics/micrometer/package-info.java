/**
 * Binds a store's metrics to a Micrometer registry. The only package that needs Micrometer, and
 * that only where it is used.
 */
@NullMarked
package dev.cairn.asl.metrics.micrometer;

import org.jspecify.annotations.NullMarked;
