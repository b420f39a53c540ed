package dev.cairn.pel.wasm.binary;

import dev.cairn.asl.bytes.Bytes;
import java.util.HashSet;
import java.util.Set;

/** Lets tests elsewhere prepare modules that are no operators. */
public final class Modules {
  private Modules() {}

  public static PreparedModule prepare(Bytes module) {
    return ModuleRewriter.prepare(module, false);
  }

  /** The same module, all of whose functions are interpreted. */
  public static PreparedModule interpreted(PreparedModule module) {
    Set<Integer> all = new HashSet<>();
    for (int i = 0; i < 20_000; i++) {
      all.add(HostFunction.values().length + i);
    }
    return new PreparedModule(
        module.bytes(), module.pages(), module.pagesMax(), module.hasStart(), all);
  }
}
