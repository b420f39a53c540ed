package dev.cairn.pel.wasm.engine;

import dev.cairn.pel.wasm.binary.HostFunction;
import java.io.IOException;

/** What a module can ask for while it runs. Called by the thread that runs the module. */
@FunctionalInterface
public interface Host {
  /**
   * Answers a call.
   *
   * @param function which
   * @param guest the module that calls
   * @param arguments as the function's type has them, integers of 32 bits sign-extended or not
   * @return the result; any number if the function gives none
   * @throws dev.cairn.pel.operator.OperatorFailure to end the run with a refusal
   */
  long call(HostFunction function, Guest guest, long[] arguments) throws IOException;
}
