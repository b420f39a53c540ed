/**
 * Compiles checked modules to JVM code and runs them: the only package that sees the runtime
 * library (Endive). Start at {@link dev.cairn.pel.wasm.engine.CompiledModule}.
 */
@NullMarked
package dev.cairn.pel.wasm.engine;

import org.jspecify.annotations.NullMarked;
