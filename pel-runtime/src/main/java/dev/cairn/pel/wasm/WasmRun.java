package dev.cairn.pel.wasm;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.time.Ticker;
import dev.cairn.pel.model.OperatorId;
import dev.cairn.pel.operator.Operator;
import dev.cairn.pel.operator.OperatorContext;
import dev.cairn.pel.operator.OperatorFailure;
import dev.cairn.pel.operator.OperatorHost;
import dev.cairn.pel.operator.OperatorInput;
import dev.cairn.pel.operator.OperatorOutput;
import dev.cairn.pel.operator.OperatorSpec;
import dev.cairn.pel.operator.OperatorSpec.Kind;
import dev.cairn.pel.operator.OperatorSpec.Parameter;
import dev.cairn.pel.operator.Parameters;
import dev.cairn.pel.wasm.binary.Bounds;
import dev.cairn.pel.wasm.engine.Budget;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * {@code wasm/run@1}: runs a WebAssembly module on the other inputs; a list among them stands for
 * its items.
 *
 * <p>The outcome is a function of module, inputs and parameters: work is counted in fuel, memory in
 * pages, the depth of calls in slots, and none of them in what this machine has. What this machine
 * lacks (time, memory) is an error, and no outcome. How that is done is in {@link
 * dev.cairn.pel.wasm.binary.ModuleRewriter}; the interface of modules is in {@code docs/wasm.md}.
 *
 * <p>Each run has a thread of its own, whose stack is large enough for the deepest calls.
 */
public final class WasmRun implements Operator {
  /** Values on the stacks of all functions that are being called, counted as the rewriter does. */
  static final int SLOTS_MAX = 1 << 19;

  /** Enough for so many slots, whether they are in registers, compiled or interpreted frames. */
  private static final long STACK_BYTES = 256L << 20;

  private static final long FUEL = 10_000_000_000L;
  private static final long FUEL_MAX = 1_000_000_000_000_000L;
  private static final int PAGES = 1_024;
  private static final long OUTPUT_BYTES = 1L << 30;
  private static final long OUTPUT_BYTES_MAX = 1L << 40;

  private static final OperatorId ID = new OperatorId("wasm/run", 1);
  private static final OperatorSpec SPEC =
      new OperatorSpec(
          "Runs a WebAssembly module, the first input, on the others; a list stands for its items.",
          1,
          OperatorSpec.ANY_NUMBER,
          List.of(
              new Parameter("type", Kind.TEXT, false, "type of the output; none if absent"),
              new Parameter("argument", Kind.TEXT, false, "text that the module can ask for"),
              new Parameter("fuel", Kind.INTEGER, false, "instructions that it may execute"),
              new Parameter("memoryPages", Kind.INTEGER, false, "64 KiB pages that it may have"),
              new Parameter("outputBytes", Kind.INTEGER, false, "bytes that it may write")));

  private final WasmSettings settings;
  private final Ticker ticker;
  private final ModuleCache modules;

  /** What one run was asked to do. */
  private record Work(
      OperatorHost host,
      OperatorInput module,
      List<OperatorInput> inputs,
      Bytes argument,
      Budget budget,
      long fuelMax,
      long bytesMax) {}

  /** With the settings that a node has unless told otherwise. */
  public WasmRun() {
    this(WasmSettings.DEFAULT, Ticker.system());
  }

  /** With a node's own settings. */
  public WasmRun(WasmSettings settings, Ticker ticker) {
    this.settings = settings;
    this.ticker = ticker;
    this.modules = new ModuleCache(settings);
  }

  @Override
  public OperatorId id() {
    return ID;
  }

  @Override
  public OperatorSpec spec() {
    return SPEC;
  }

  @Override
  public void check(Parameters parameters) {
    parameters.typeTag("type");
    bounded(parameters, "fuel", FUEL, FUEL_MAX);
    bounded(parameters, "memoryPages", PAGES, Bounds.PAGES_MAX);
    bounded(parameters, "outputBytes", OUTPUT_BYTES, OUTPUT_BYTES_MAX);
  }

  private static long bounded(Parameters parameters, String name, long otherwise, long max) {
    long value = parameters.integer(name, otherwise);
    if (value < 0 || value > max) {
      throw new OperatorFailure("bad-parameter", name + " " + value + " is not from 0 to " + max);
    }
    return value;
  }

  @Override
  public OperatorOutput run(OperatorContext context) throws IOException {
    Parameters parameters = context.parameters();
    TypeTag tag = parameters.typeTag("type");
    String argument = parameters.text("argument");
    int pages = (int) bounded(parameters, "memoryPages", PAGES, Bounds.PAGES_MAX);
    long fuel = bounded(parameters, "fuel", FUEL, FUEL_MAX);
    Work work =
        new Work(
            context.host(),
            module(context),
            inputs(context),
            Bytes.utf8(argument == null ? "" : argument),
            new Budget(Math.min(fuel, context.host().workLeft()), SLOTS_MAX, pages),
            fuel,
            bounded(parameters, "outputBytes", OUTPUT_BYTES, OUTPUT_BYTES_MAX));
    OutputPipe pipe =
        new OutputPipe(
            ticker,
            settings.runMillisMax(),
            () -> work.host().works(TimeUnit.MILLISECONDS.toNanos(settings.runMillisMax())));
    Thread thread = new Thread(null, () -> work(work, pipe), "cairn-wasm", STACK_BYTES);
    thread.setDaemon(true);
    pipe.writtenBy(thread);
    thread.start();
    return new OperatorOutput(tag, pipe);
  }

  private static OperatorInput module(OperatorContext context) {
    OperatorInput module = context.inputs().get(0);
    if (module.length() > Bounds.MODULE_BYTES_MAX) {
      throw new OperatorFailure(
          "module-limit",
          "the module has " + module.length() + " bytes, more than " + Bounds.MODULE_BYTES_MAX);
    }
    return module;
  }

  private static List<OperatorInput> inputs(OperatorContext context) throws IOException {
    List<OperatorInput> flat = new ArrayList<>();
    for (int i = 1; i < context.inputs().size(); i++) {
      OperatorInput input = context.inputs().get(i);
      if (!input.isList()) {
        flat.add(input);
        continue;
      }
      List<OperatorInput> items = input.items();
      for (int item = 0; item < items.size(); item++) {
        if (items.get(item).isList()) {
          throw new OperatorFailure(
              "nested-list", "input " + i + ": item " + item + " is itself a list");
        }
      }
      flat.addAll(items);
    }
    return flat;
  }

  /**
   * Counts fuel as work. Who had less than the parameters say, and used it all, would use more: the
   * host, who had no more to give, throws.
   */
  private static void used(Work work, OutputPipe pipe, long used) {
    if (!pipe.isClosed()) {
      work.host().works(used >= work.budget().fuel() ? work.fuelMax() : used);
    }
  }

  /** Counts memory, whose bytes are set and may be moved once, as a unit for each. */
  private static void made(Work work, OutputPipe pipe, long bytes) {
    if (!pipe.isClosed()) {
      work.host().works(bytes);
    }
  }

  /** On a thread of its own: whatever ends it is handed to the reader of the output. */
  private void work(Work work, OutputPipe pipe) {
    Throwable thrown = null;
    try (ModuleWorld world =
        new ModuleWorld(work.inputs(), work.argument(), work.bytesMax(), pipe)) {
      modules
          .get(work.module(), work.host())
          .run(
              world,
              work.budget(),
              bytes -> made(work, pipe, bytes),
              used -> used(work, pipe, used));
    } catch (IOException | RuntimeException | Error e) {
      thrown = e;
    } finally {
      pipe.end(thrown);
    }
  }
}
