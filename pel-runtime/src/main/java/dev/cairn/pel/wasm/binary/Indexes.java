package dev.cairn.pel.wasm.binary;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Where things of a module stand in the rewritten one: equal types are one, all host functions are
 * imported, and two globals are added behind the others. One thread.
 */
final class Indexes {
  private final ModuleShape shape;
  private final Map<FunctionType, Integer> types = new LinkedHashMap<>();

  Indexes(ModuleShape shape) {
    this.shape = shape;
    shape.types.forEach(this::type);
    for (HostFunction function : HostFunction.values()) {
      type(function.type());
    }
  }

  /** Types of the rewritten module; grows while bodies are rewritten. */
  List<FunctionType> types() {
    return new ArrayList<>(types.keySet());
  }

  int type(FunctionType type) {
    Integer known = types.putIfAbsent(type, types.size());
    return known == null ? types.size() - 1 : known;
  }

  int function(int index) {
    int imports = shape.imports.size();
    return index < imports
        ? shape.imports.get(index).index()
        : index - imports + HostFunction.values().length;
  }

  int fuelGlobal() {
    return shape.globals.size();
  }

  int depthGlobal() {
    return shape.globals.size() + 1;
  }
}
