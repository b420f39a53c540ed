package dev.cairn.pel.wasm;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.pel.operator.OperatorFailure;
import dev.cairn.pel.operator.OperatorInput;
import dev.cairn.pel.wasm.binary.HostFunction;
import dev.cairn.pel.wasm.binary.Utf8;
import dev.cairn.pel.wasm.engine.Guest;
import dev.cairn.pel.wasm.engine.Host;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All that a module can see: its inputs, its argument, and where its output goes. What a call costs
 * depends on the calls before it, and on nothing else. One thread.
 */
final class ModuleWorld implements Host, AutoCloseable {
  /** Fuel of any call. */
  static final int CALL_UNITS = 100;

  /** Fuel of a read that does not go on where one of the last inputs was left. */
  static final int SEEK_UNITS = 10_000;

  /** Bytes moved that cost one unit, as a power of two. */
  static final int BYTES_PER_UNIT_SHIFT = 3;

  /** Inputs that are open at a time. */
  static final int OPEN_MAX = 8;

  private static final int BUFFER_BYTES = 1 << 16;
  private static final int MESSAGE_BYTES_MAX = 1_000;

  private final List<OperatorInput> inputs;
  private final Bytes argument;
  private final long outputBytesMax;
  private final OutputPipe output;
  private final Map<Integer, OpenInput> open = new LinkedHashMap<>(16, 0.75f, true);
  private long outputBytes;

  /** An input that was read up to a place. */
  private static final class OpenInput {
    private final InputStream stream;
    private long at;

    private OpenInput(InputStream stream, long at) {
      this.stream = stream;
      this.at = at;
    }
  }

  ModuleWorld(List<OperatorInput> inputs, Bytes argument, long outputBytesMax, OutputPipe output) {
    this.inputs = List.copyOf(inputs);
    this.argument = argument;
    this.outputBytesMax = outputBytesMax;
    this.output = output;
  }

  @Override
  public long call(HostFunction function, Guest guest, long[] given) throws IOException {
    guest.charge(CALL_UNITS);
    return switch (function) {
      case INPUT_COUNT -> inputs.size();
      case INPUT_LENGTH -> input(given[0]).length();
      case INPUT_TYPE -> {
        Object tag = input(given[0]).tag();
        yield text(guest, tag == null ? null : tag.toString(), (int) given[1], (int) given[2]);
      }
      case INPUT_LABEL -> text(guest, input(given[0]).label(), (int) given[1], (int) given[2]);
      case INPUT_READ -> read(guest, (int) given[0], given[1], (int) given[2], (int) given[3]);
      case ARGUMENT -> copy(guest, argument, (int) given[0], (int) given[1]);
      case OUTPUT_WRITE -> write(guest, (int) given[0], (int) given[1]);
      case FAIL -> throw failure(guest, (int) given[0], (int) given[1]);
      case FUEL_EXHAUSTED, CALLS_TOO_DEEP -> throw new AssertionError(function);
    };
  }

  private OperatorInput input(long index) {
    int number = (int) index;
    if (number < 0 || number >= inputs.size()) {
      throw new OperatorFailure(
          "bad-call",
          "the module asked for input "
              + Integer.toUnsignedString(number)
              + " of "
              + inputs.size());
    }
    return inputs.get(number);
  }

  private static void chargeBytes(Guest guest, int count) {
    guest.charge(Integer.toUnsignedLong(count) >>> BYTES_PER_UNIT_SHIFT);
  }

  private static long text(Guest guest, @Nullable String text, int to, int room) {
    return text == null ? -1 : copy(guest, Bytes.utf8(text), to, room);
  }

  private static long copy(Guest guest, Bytes bytes, int to, int room) {
    int count = (int) Math.min(bytes.length(), Integer.toUnsignedLong(room));
    guest.check(to, count);
    chargeBytes(guest, count);
    guest.write(to, bytes.slice(0, count).toArray(), count);
    return bytes.length();
  }

  private long read(Guest guest, int number, long offset, int to, int room) throws IOException {
    OperatorInput input = input(number);
    long length = input.length();
    if (Long.compareUnsigned(offset, length) >= 0 || room == 0) {
      return 0;
    }
    int count = (int) Math.min(length - offset, Integer.toUnsignedLong(room));
    guest.check(to, count);
    chargeBytes(guest, count);
    OpenInput source = open.get(number);
    if (source == null || source.at != offset) {
      guest.charge(SEEK_UNITS);
      source = seek(number, input, offset, length);
    }
    byte[] buffer = new byte[Math.min(count, BUFFER_BYTES)];
    int done = 0;
    while (done < count) {
      int part = source.stream.readNBytes(buffer, 0, Math.min(buffer.length, count - done));
      if (part <= 0) {
        throw new IOException("input " + number + " ended before its length");
      }
      guest.write(to + done, buffer, part);
      done += part;
    }
    source.at += count;
    return count;
  }

  private OpenInput seek(int number, OperatorInput input, long offset, long length)
      throws IOException {
    OpenInput before = open.remove(number);
    if (before != null) {
      before.stream.close();
    }
    if (open.size() == OPEN_MAX) {
      Integer oldest = open.keySet().iterator().next();
      OpenInput left = open.remove(oldest);
      if (left != null) {
        left.stream.close();
      }
    }
    InputStream stream = offset == 0 ? input.open() : input.open(offset, length);
    OpenInput opened = new OpenInput(stream, offset);
    open.put(number, opened);
    return opened;
  }

  private long write(Guest guest, int from, int length) {
    guest.check(from, length);
    chargeBytes(guest, length);
    outputBytes += length;
    if (outputBytes > outputBytesMax) {
      throw new OperatorFailure(
          "output-limit", "the output is longer than " + outputBytesMax + " bytes");
    }
    int done = 0;
    while (done < length) {
      int part = Math.min(BUFFER_BYTES, length - done);
      output.write(guest.read(from + done, part));
      done += part;
    }
    return 0;
  }

  private static OperatorFailure failure(Guest guest, int from, int length) {
    guest.check(from, length);
    Bytes message = Bytes.wrap(guest.read(from, Math.min(length, MESSAGE_BYTES_MAX)));
    String text =
        Utf8.isValid(message)
            ? message.toUtf8()
            : new String(message.toArray(), StandardCharsets.ISO_8859_1);
    return new OperatorFailure("module-failed", text);
  }

  @Override
  public void close() throws IOException {
    for (OpenInput input : open.values()) {
      input.stream.close();
    }
    open.clear();
  }
}
