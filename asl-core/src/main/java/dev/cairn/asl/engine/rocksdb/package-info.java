/** The embedded engine; the only package that sees RocksDB. */
@NullMarked
package dev.cairn.asl.engine.rocksdb;

import org.jspecify.annotations.NullMarked;
