/**
 * The operator that runs WebAssembly modules. Start at {@link dev.cairn.pel.wasm.WasmRun}; what a
 * module may be is in {@code binary}, the runtime library stays inside {@code engine}.
 */
@NullMarked
package dev.cairn.pel.wasm;

import org.jspecify.annotations.NullMarked;
