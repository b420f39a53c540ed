package dev.cairn.pel.wasm;

/**
 * What running modules may cost this node; nothing of it shows in a receipt.
 *
 * @param runMillisMax longest run of one module, its compilation included; passing it is an error
 *     and no outcome
 * @param cachedModulesMax most compiled modules that are kept
 * @param cachedBytesMax most bytes of modules whose compiled form is kept
 */
public record WasmSettings(long runMillisMax, int cachedModulesMax, long cachedBytesMax) {
  /** An hour, 32 modules, 32 MiB. */
  public static final WasmSettings DEFAULT = new WasmSettings(3_600_000, 32, 32L << 20);

  public WasmSettings {
    if (runMillisMax < 1 || cachedModulesMax < 0 || cachedBytesMax < 0) {
      throw new IllegalArgumentException("a negative limit, or no time");
    }
  }
}
