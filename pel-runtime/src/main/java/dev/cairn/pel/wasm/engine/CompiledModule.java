package dev.cairn.pel.wasm.engine;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.pel.operator.OperatorFailure;
import dev.cairn.pel.wasm.binary.HostFunction;
import dev.cairn.pel.wasm.binary.PreparedModule;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import java.util.function.LongConsumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import run.endive.compiler.InterpreterFallback;
import run.endive.compiler.MachineFactoryCompiler;
import run.endive.runtime.GlobalInstance;
import run.endive.runtime.ImportFunction;
import run.endive.runtime.ImportValues;
import run.endive.runtime.Instance;
import run.endive.runtime.Machine;
import run.endive.runtime.TrapException;
import run.endive.runtime.WasmInterruptedException;
import run.endive.runtime.WasmRuntimeException;
import run.endive.wasm.Parser;
import run.endive.wasm.WasmEngineException;
import run.endive.wasm.WasmModule;
import run.endive.wasm.types.FunctionImport;
import run.endive.wasm.types.MemoryLimits;

/**
 * A module as JVM code, to be run any number of times. Safe for any thread.
 *
 * <p>The library is believed in one thing only: that a checked module does what the specification
 * says. Whatever else it throws is an error of this node, and its words reach no receipt. The
 * causes of traps are not told apart, since they are known from the library's words alone.
 */
public final class CompiledModule {
  private static final Logger LOG = LoggerFactory.getLogger(CompiledModule.class);

  /** Refusals upon which a module has not noted how much fuel it has. */
  private static final Set<String> UNKNOWN_FUEL = Set.of("trap", "fuel-exhausted", "call-depth");

  private final PreparedModule prepared;
  private final WasmModule module;
  private final Function<Instance, Machine> machines;

  private CompiledModule(
      PreparedModule prepared, WasmModule module, Function<Instance, Machine> machines) {
    this.prepared = prepared;
    this.module = module;
    this.machines = machines;
  }

  /**
   * Compiles a module. Functions too large for the JVM are interpreted, with the same outcome.
   *
   * @throws RefusedException if the library cannot
   */
  public static CompiledModule compile(PreparedModule prepared) {
    try {
      WasmModule module = Parser.parse(prepared.bytes());
      return new CompiledModule(prepared, module, machines(prepared, module));
    } catch (RuntimeException | LinkageError e) {
      throw new RefusedException("the WebAssembly runtime cannot compile this module", e);
    } catch (OutOfMemoryError | StackOverflowError e) {
      throw new UnavailableException("no memory to compile a WebAssembly module", e);
    }
  }

  private static Function<Instance, Machine> machines(PreparedModule prepared, WasmModule module) {
    if (prepared.largeFunctions().isEmpty()) {
      return MachineFactoryCompiler.builder(module)
          .withInterpreterFallback(InterpreterFallback.SILENT)
          .compile();
    }
    try {
      return MachineFactoryCompiler.builder(module)
          .withInterpreterFallback(InterpreterFallback.FAIL)
          .withInterpretedFunctions(prepared.largeFunctions())
          .compile();
    } catch (WasmEngineException e) {
      LOG.debug("one more function is too large for the JVM", e);
      return MachineFactoryCompiler.builder(module)
          .withInterpreterFallback(InterpreterFallback.SILENT)
          .compile();
    }
  }

  /** Bytes of the module that was compiled. */
  public int length() {
    return prepared.bytes().length;
  }

  /**
   * Runs it once, with a fresh memory.
   *
   * @param made told of bytes of memory before they are there, at the beginning and as it grows
   * @param used told, at the end, how much fuel it used: all that it had where it trapped, went
   *     beyond a bound, had no memory or stack left or the library failed, as it is not known then;
   *     nothing if it was interrupted, or the host was
   * @throws OperatorFailure if it trapped, used up its budget or refused
   * @throws IOException what the host throws
   * @throws UnavailableException if this thread is interrupted, or has no memory or stack left
   */
  public void run(Host host, Budget budget, LongConsumer made, LongConsumer used)
      throws IOException {
    if (prepared.pages() > budget.pagesMax()) {
      throw new OperatorFailure(
          "memory-limit",
          "it begins with "
              + prepared.pages()
              + " pages of memory, more than "
              + budget.pagesMax());
    }
    try {
      start(host, budget, made, used);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    } catch (RuntimeException e) {
      throw outcome(e);
    } catch (OutOfMemoryError | StackOverflowError e) {
      throw new UnavailableException("no memory to run a WebAssembly module", e);
    }
  }

  private void start(Host host, Budget budget, LongConsumer made, LongConsumer used) {
    Instance instance = instantiate(host, budget, made);
    GlobalInstance fuel = instance.exports().global(PreparedModule.FUEL);
    fuel.setValue(budget.fuel());
    instance.exports().global(PreparedModule.DEPTH).setValue(budget.slots());
    try {
      if (prepared.hasStart()) {
        instance.export(PreparedModule.START).apply();
      }
      instance.export(PreparedModule.RUN).apply();
    } catch (RuntimeException e) {
      if (isOfTheHost(e)) {
        used.accept(budget.fuel() - fuel.getValue());
      } else if (!(e instanceof UnavailableException || e instanceof WasmInterruptedException)) {
        used.accept(budget.fuel());
      }
      throw e instanceof UncheckedIOException ? e : outcome(e);
    } catch (OutOfMemoryError | StackOverflowError e) {
      used.accept(budget.fuel());
      throw e;
    }
    used.accept(budget.fuel() - fuel.getValue());
  }

  /**
   * True for what a call of the host threw, before which the module notes its fuel. More memory is
   * refused so as well, where it does not; but then nothing more may be used anyway. Not for an
   * interruption.
   */
  private static boolean isOfTheHost(RuntimeException thrown) {
    if (thrown instanceof OperatorFailure failure) {
      return !UNKNOWN_FUEL.contains(failure.code());
    }
    return thrown instanceof UncheckedIOException
        || (thrown instanceof CairnException && !(thrown instanceof UnavailableException));
  }

  /** A fresh instance, of which nothing was called yet and which has no fuel. */
  Instance instantiate(Host host, Budget budget, LongConsumer made) {
    int pagesMax = (int) Math.min(Integer.toUnsignedLong(prepared.pagesMax()), budget.pagesMax());
    List<ImportFunction> functions = new ArrayList<>();
    for (HostFunction function : HostFunction.values()) {
      FunctionImport declared = (FunctionImport) module.importSection().getImport(function.index());
      functions.add(
          new ImportFunction(
              HostFunction.MODULE,
              function.symbol(),
              module.typeSection().getType(declared.typeIndex()),
              (instance, arguments) -> answer(host, function, instance, budget, arguments)));
    }
    return Instance.builder(module)
        .withMachineFactory(machines)
        .withMemoryFactory(limits -> new FlatMemory(limits, made))
        .withMemoryLimits(new MemoryLimits(prepared.pages(), pagesMax))
        .withImportValues(
            ImportValues.builder().addFunction(functions.toArray(ImportFunction[]::new)).build())
        .withStart(false)
        .build();
  }

  private static long[] answer(
      Host host, HostFunction function, Instance instance, Budget budget, long[] arguments) {
    Guest guest =
        new Guest(instance.memory(), instance.exports().global(PreparedModule.FUEL), budget);
    if (function == HostFunction.FUEL_EXHAUSTED || function == HostFunction.CALLS_TOO_DEEP) {
      throw guest.failure(function);
    }
    try {
      return new long[] {host.call(function, guest, arguments)};
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What to make of an exception that came out of the library. */
  static RuntimeException outcome(RuntimeException thrown) {
    if (thrown instanceof OperatorFailure || thrown instanceof CairnException) {
      return thrown;
    }
    if (thrown instanceof WasmInterruptedException) {
      return new UnavailableException("a WebAssembly module was interrupted", thrown);
    }
    if (comesFromTheMachine(thrown)) {
      return new UnavailableException(
          "no stack or memory left to run a WebAssembly module", thrown);
    }
    if (isTrap(thrown)) {
      LOG.debug("a WebAssembly module trapped", thrown);
      return trap();
    }
    return new RefusedException("the WebAssembly runtime failed", thrown);
  }

  private static boolean comesFromTheMachine(Throwable thrown) {
    for (Throwable cause = thrown; cause != null; cause = cause.getCause()) {
      if (cause instanceof Error) {
        return true;
      }
    }
    return false;
  }

  private static boolean isTrap(RuntimeException thrown) {
    return thrown instanceof TrapException
        || thrown instanceof WasmRuntimeException
        || thrown instanceof ArithmeticException
        || (thrown.getClass() == WasmEngineException.class && thrown.getCause() == null);
  }

  /** The failure that every trap is. */
  static OperatorFailure trap() {
    return new OperatorFailure(
        "trap",
        "the module trapped: it reached what it says is unreachable, divided by zero, converted a"
            + " number out of range, touched memory that it does not have, or called no function"
            + " of the type it named");
  }
}
