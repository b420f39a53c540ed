package dev.cairn.federation.wire;

import com.google.protobuf.CodedOutputStream;
import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.Origin;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.function.Consumer;

/**
 * Writes the fields of one message: the counterpart of {@link WireReader}. Fields are written in
 * the order of the calls, which is that of their numbers. One owner.
 */
final class WireWriter {
  /** Messages are mostly small, and each within another has a buffer of its own. */
  private static final int BUFFER_BYTES = 256;

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream(BUFFER_BYTES);
  private final CodedOutputStream out = CodedOutputStream.newInstance(bytes, BUFFER_BYTES);

  private interface Step {
    void run() throws IOException;
  }

  /** A number from 0; 0 is left out. */
  WireWriter number(int field, long value) {
    if (value < 0) {
      throw new IllegalArgumentException("field " + field + ": " + value);
    }
    return value == 0 ? this : write(() -> out.writeUInt64(field, value));
  }

  /** A truth; false is left out. */
  WireWriter bool(int field, boolean value) {
    return value ? write(() -> out.writeBool(field, true)) : this;
  }

  /** A byte string, written even if it is empty. */
  WireWriter bytes(int field, Bytes value) {
    return write(() -> out.writeByteArray(field, value.toArray()));
  }

  /** An origin in its 36 bytes. */
  WireWriter origin(int field, Origin origin) {
    return bytes(field, origin.bytes());
  }

  /** Text in UTF-8, written even if it is empty. */
  WireWriter text(int field, String text, int maxBytes) {
    if (!Bytes.isWellFormed(text)) {
      throw new IllegalArgumentException("half of a surrogate pair in '" + text + "'");
    }
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    if (utf8.length > maxBytes) {
      throw new IllegalArgumentException(
          "field " + field + ": " + utf8.length + " bytes of text, more than " + maxBytes);
    }
    return write(() -> out.writeByteArray(field, utf8));
  }

  /** An embedded message. */
  WireWriter message(int field, Consumer<WireWriter> fields) {
    WireWriter inner = new WireWriter();
    fields.accept(inner);
    return bytes(field, inner.toBytes());
  }

  /** Fields that were encoded before. */
  WireWriter raw(byte[] fields) {
    return write(() -> out.writeRawBytes(fields));
  }

  /** What was written. */
  Bytes toBytes() {
    write(out::flush);
    return Bytes.wrap(bytes.toByteArray());
  }

  private WireWriter write(Step step) {
    try {
      step.run();
      return this;
    } catch (IOException e) {
      throw new AssertionError("writing to memory does no I/O", e);
    }
  }
}
