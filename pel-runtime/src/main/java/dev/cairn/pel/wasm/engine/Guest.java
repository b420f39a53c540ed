package dev.cairn.pel.wasm.engine;

import dev.cairn.pel.operator.OperatorFailure;
import dev.cairn.pel.wasm.binary.HostFunction;
import run.endive.runtime.GlobalInstance;
import run.endive.runtime.Memory;

/** The running module as its host sees it. Addresses and lengths are unsigned. One thread. */
public final class Guest {
  private static final int PAGE_SHIFT = 16;

  private final Memory memory;
  private final GlobalInstance fuel;
  private final Budget budget;

  Guest(Memory memory, GlobalInstance fuel, Budget budget) {
    this.memory = memory;
    this.fuel = fuel;
    this.budget = budget;
  }

  /**
   * Bytes of its memory.
   *
   * @throws OperatorFailure if they are not all there
   */
  public byte[] read(int at, int length) {
    check(at, length);
    return memory.readBytes(at, length);
  }

  /**
   * Checks that so many bytes of memory are there.
   *
   * @throws OperatorFailure if not
   */
  public void check(int at, int length) {
    long end = Integer.toUnsignedLong(at) + Integer.toUnsignedLong(length);
    if (end > (long) memory.pages() << PAGE_SHIFT) {
      throw CompiledModule.trap();
    }
  }

  /** Writes bytes of an array into its memory, where {@link #check} has found room. */
  public void write(int at, byte[] source, int count) {
    memory.write(at, source, 0, count);
  }

  /**
   * Takes fuel for what the host does.
   *
   * @throws OperatorFailure if there is not so much left
   */
  public void charge(long units) {
    long left = fuel.getValue() - units;
    fuel.setValue(left);
    if (left < 0) {
      throw exhausted();
    }
  }

  /** The refusals that the rewritten module itself asks for. */
  OperatorFailure failure(HostFunction function) {
    return function == HostFunction.FUEL_EXHAUSTED
        ? exhausted()
        : new OperatorFailure("call-depth", "calls are nested too deep");
  }

  private OperatorFailure exhausted() {
    return new OperatorFailure("fuel-exhausted", "all " + budget.fuel() + " units are used up");
  }
}
