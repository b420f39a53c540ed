/**
 * The engine that keeps everything in memory: the production code on a memory engine, with faults
 * on demand.
 */
@NullMarked
package dev.cairn.asl.engine.memory;

import org.jspecify.annotations.NullMarked;
