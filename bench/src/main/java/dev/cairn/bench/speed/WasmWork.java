package dev.cairn.bench.speed;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborValue;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.pel.operator.OperatorContext;
import dev.cairn.pel.operator.OperatorInput;
import dev.cairn.pel.operator.Parameters;
import dev.cairn.pel.wasm.WasmRun;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Loops over bytes in WebAssembly, with all that a run of the operator takes (a fresh memory,
 * counted work, copies in and out, the thread), beside the same loops in Java over the same stream.
 * The modules are compiled before; their sources lie beside those of the operator's tests.
 */
final class WasmWork implements Work {
  private static final double TARGET = 0.2;
  private static final int WARM_UPS = 6;
  private static final int ROUNDS = 11;
  private static final int INPUT_BYTES = 32 << 20;
  private static final int PIECE_BYTES = 1 << 20;
  private static final int LETTERS_PIECE_BYTES = 1 << 16;
  private static final long SEED = 9;

  @Override
  public void run(Setting setting, Report report) throws Exception {
    byte[] input = new byte[INPUT_BYTES];
    new Random(SEED).nextBytes(input);
    compare("a sum of rotated bytes", module("checksum"), input, WasmWork::checksum, report);
    compare("letters turned by 13", module("rot13"), input, WasmWork::letters, report);
  }

  /** The same work in Java. */
  @FunctionalInterface
  private interface Loop {
    void run(InputStream input, OutputStream output) throws IOException;
  }

  private static void compare(String what, Bytes module, byte[] input, Loop floor, Report report)
      throws Exception {
    WasmRun operator = new WasmRun();
    CountingStream own = new CountingStream();
    CountingStream raw = new CountingStream();
    Duel duel =
        Duel.run(
            WARM_UPS,
            ROUNDS,
            (round, lap) -> {
              lap.go();
              wasm(operator, module, input, own);
              lap.halt();
              return INPUT_BYTES;
            },
            (round, lap) -> {
              lap.go();
              floor.run(new ByteArrayInputStream(input), raw);
              lap.halt();
              return INPUT_BYTES;
            });
    if (own.count != raw.count || own.sum != raw.sum) {
      throw new IllegalStateException(what + ": both sides must give the same bytes");
    }
    report.ratio("WebAssembly: " + what, "bytes", duel, TARGET);
  }

  private static void wasm(WasmRun operator, Bytes module, byte[] input, OutputStream output)
      throws IOException {
    OperatorContext context =
        new OperatorContext(
            List.of(new Given(module), new Given(Bytes.wrap(input))),
            new Parameters(new CborValue.Dict(new TreeMap<>())));
    try (InputStream payload = operator.run(context).payload()) {
      payload.transferTo(output);
    }
  }

  private static Bytes module(String name) throws IOException {
    try (InputStream in = WasmWork.class.getResourceAsStream(name + ".wasm")) {
      if (in == null) {
        throw new IllegalStateException("no module " + name);
      }
      return Bytes.wrap(in.readAllBytes());
    }
  }

  private static void checksum(InputStream input, OutputStream output) throws IOException {
    byte[] buffer = new byte[PIECE_BYTES];
    long sum = 0;
    for (int got = input.read(buffer); got > 0; got = input.read(buffer)) {
      for (int i = 0; i < got; i++) {
        sum = Long.rotateLeft(sum, 7) + (buffer[i] & 0xff);
      }
    }
    byte[] bytes = Bytes.u64(Long.reverseBytes(sum)).toArray();
    output.write(bytes);
  }

  private static void letters(InputStream input, OutputStream output) throws IOException {
    byte[] buffer = new byte[LETTERS_PIECE_BYTES];
    for (int got = input.read(buffer); got > 0; got = input.read(buffer)) {
      for (int i = 0; i < got; i++) {
        buffer[i] = (byte) turned(buffer[i]);
      }
      output.write(buffer, 0, got);
    }
  }

  private static int turned(byte value) {
    int letter = (value & 0xff) | 0x20;
    if (letter < 'a' || letter > 'z') {
      return value;
    }
    return letter < 'n' ? value + 13 : value - 13;
  }

  /** Sees that something came, and roughly what. */
  private static final class CountingStream extends OutputStream {
    private long count;
    private long sum;

    @Override
    public void write(int value) {
      write(new byte[] {(byte) value}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int offset, int length) {
      for (int i = (int) (-count & 63); i < length; i += 64) {
        sum = sum * 31 + bytes[offset + i];
      }
      count += length;
    }
  }

  /** An artifact in memory. */
  private record Given(Bytes payload) implements OperatorInput {
    @Override
    public ArtifactKey key() {
      return ArtifactKey.of(payload.slice(0, Math.min(payload.length(), 1 << 12)), null);
    }

    @Override
    public @Nullable String label() {
      return null;
    }

    @Override
    public @Nullable TypeTag tag() {
      return null;
    }

    @Override
    public long length() {
      return payload.length();
    }

    @Override
    public InputStream open() {
      return open(0, payload.length());
    }

    @Override
    public InputStream open(long from, long to) {
      return new ByteArrayInputStream(payload.slice((int) from, (int) to).toArray());
    }

    @Override
    public Bytes read() {
      return payload;
    }

    @Override
    public boolean isList() {
      return false;
    }

    @Override
    public List<OperatorInput> items() {
      throw new IllegalArgumentException("no list");
    }
  }
}
