/**
 * The WebAssembly binary format as Cairn takes it: read, checked and rewritten so that what it does
 * is a function of its inputs alone. Knows no runtime library. Start at {@link
 * dev.cairn.pel.wasm.binary.ModuleRewriter}.
 */
@NullMarked
package dev.cairn.pel.wasm.binary;

import org.jspecify.annotations.NullMarked;
