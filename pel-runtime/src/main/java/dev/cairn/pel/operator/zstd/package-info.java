/**
 * Compression by zstd, which no other package sees. Start at {@link
 * dev.cairn.pel.operator.zstd.ZstdCompression} and {@link
 * dev.cairn.pel.operator.zstd.ZstdDecompression}.
 */
@NullMarked
package dev.cairn.pel.operator.zstd;

import org.jspecify.annotations.NullMarked;
