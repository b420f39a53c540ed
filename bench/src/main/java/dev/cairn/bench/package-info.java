/** Benchmarks and their floors. */
package dev.cairn.bench;
