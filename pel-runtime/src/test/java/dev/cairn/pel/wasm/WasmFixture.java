package dev.cairn.pel.wasm;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborValue;
import dev.cairn.pel.model.Receipt.Failure;
import dev.cairn.pel.operator.MemoryInput;
import dev.cairn.pel.operator.OperatorContext;
import dev.cairn.pel.operator.OperatorFailure;
import dev.cairn.pel.operator.OperatorInput;
import dev.cairn.pel.operator.Parameters;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** The shortest ways to run the operator. */
final class WasmFixture {
  private WasmFixture() {}

  /** A module of the test resources. */
  static Bytes module(String name) {
    try (InputStream in = WasmFixture.class.getResourceAsStream("/wasm/" + name + ".wasm")) {
      return Bytes.wrap(in.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Parameters parameters(Object... pairs) {
    TreeMap<String, CborValue> entries = new TreeMap<>();
    for (int i = 0; i < pairs.length; i += 2) {
      entries.put(
          (String) pairs[i],
          pairs[i + 1] instanceof String text
              ? new CborValue.Text(text)
              : new CborValue.Int(((Number) pairs[i + 1]).longValue()));
    }
    return new Parameters(new CborValue.Dict(entries));
  }

  static Bytes run(WasmRun operator, Bytes module, Parameters parameters, OperatorInput... inputs) {
    List<OperatorInput> given = new ArrayList<>();
    given.add(MemoryInput.bytes(module));
    given.addAll(List.of(inputs));
    operator.check(parameters);
    try (InputStream payload = operator.run(new OperatorContext(given, parameters)).payload()) {
      return Bytes.wrap(payload.readAllBytes());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Bytes run(Bytes module, Parameters parameters, OperatorInput... inputs) {
    return run(new WasmRun(), module, parameters, inputs);
  }

  static String text(String module, Parameters parameters, OperatorInput... inputs) {
    return run(module(module), parameters, inputs).toUtf8();
  }

  static Failure failure(Bytes module, Parameters parameters, OperatorInput... inputs) {
    try {
      run(module, parameters, inputs);
    } catch (OperatorFailure e) {
      return e.toFailure();
    }
    throw new AssertionError("no failure");
  }
}
