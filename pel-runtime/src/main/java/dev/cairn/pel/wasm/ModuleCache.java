package dev.cairn.pel.wasm;

import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.pel.operator.OperatorHost;
import dev.cairn.pel.operator.OperatorInput;
import dev.cairn.pel.wasm.binary.ModuleRewriter;
import dev.cairn.pel.wasm.engine.CompiledModule;
import java.io.IOException;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * Compiled modules by their keys, those used last. Safe for any thread; one compiles at a time, so
 * that many nodes that begin with one module compile it once.
 */
final class ModuleCache {
  /** To compile it; less, as most are compiled once for many runs. */
  private static final long WORK_A_BYTE = 100;

  private final WasmSettings settings;
  private final ReentrantLock compiling = new ReentrantLock();
  private final Map<ArtifactKey, CompiledModule> modules = new LinkedHashMap<>(16, 0.75f, true);
  private long bytes;

  ModuleCache(WasmSettings settings) {
    this.settings = settings;
  }

  /**
   * The module that an input holds, compiled now or before, which counts as the same work.
   *
   * @param host of the operator that asks
   */
  CompiledModule get(OperatorInput input, OperatorHost host) throws IOException {
    long length = input.length();
    host.works(WORK_A_BYTE * length);
    ArtifactKey key = input.key();
    CompiledModule known = find(key);
    if (known != null) {
      host.works(OperatorHost.WORK_OF_OPENING + OperatorHost.WORK_A_BYTE * length);
      return known;
    }
    try {
      compiling.lockInterruptibly();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new UnavailableException("the run was cancelled", e);
    }
    try {
      known = find(key);
      if (known != null) {
        host.works(OperatorHost.WORK_OF_OPENING + OperatorHost.WORK_A_BYTE * length);
      } else {
        known = CompiledModule.compile(ModuleRewriter.prepare(input.read()));
        keep(key, known);
      }
      return known;
    } finally {
      compiling.unlock();
    }
  }

  private synchronized @Nullable CompiledModule find(ArtifactKey key) {
    return modules.get(key);
  }

  private synchronized void keep(ArtifactKey key, CompiledModule module) {
    modules.put(key, module);
    bytes += module.length();
    Iterator<CompiledModule> oldest = modules.values().iterator();
    while (oldest.hasNext()
        && (modules.size() > settings.cachedModulesMax() || bytes > settings.cachedBytesMax())) {
      bytes -= oldest.next().length();
      oldest.remove();
    }
  }
}
