package dev.cairn.federation.wire;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import dev.cairn.federation.protocol.ProtocolLimits;
import java.io.IOException;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads the fields of one frame. Every refusal is a {@link MalformedException} that names the
 * field. One owner at a time.
 */
final class WireReader {
  private final Bytes frame;
  private final CodedInputStream input;
  private String message = "frame";
  private int wireType;

  /** Takes the fields of one message. Their numbers are below 64. */
  @FunctionalInterface
  interface Fields {
    /** Reads field {@code number}; false leaves it unread, because it is unknown. */
    boolean read(int number) throws IOException;
  }

  WireReader(Bytes frame) {
    if (frame.length() > FrameLimits.FRAME_BYTES_MAX) {
      throw new MalformedException(
          "frame: " + frame.length() + " bytes, more than " + FrameLimits.FRAME_BYTES_MAX);
    }
    this.frame = frame;
    this.input = CodedInputStream.newInstance(frame.toArray());
    input.setSizeLimit(FrameLimits.FRAME_BYTES_MAX);
    input.setRecursionLimit(FrameLimits.UNKNOWN_DEPTH_MAX);
  }

  /** Reads all of the frame. */
  void frame(Fields fields) {
    try {
      fields(fields);
    } catch (InvalidProtocolBufferException e) {
      throw new MalformedException(
          message + " at byte " + input.getTotalBytesRead() + ": " + e.getMessage(), e);
    } catch (IOException e) {
      throw new AssertionError("reading from memory does no I/O", e);
    }
  }

  /**
   * Reads an embedded message.
   *
   * @param name its path, for refusals
   * @param repeated its fields that may stand more than once
   */
  void message(String name, Fields fields, int... repeated) throws IOException {
    String outer = message;
    message = name;
    int limit = input.pushLimit(length(""));
    fields(fields, repeated);
    input.popLimit(limit);
    message = outer;
  }

  private void fields(Fields fields, int... repeated) throws IOException {
    long repeatable = 0;
    for (int number : repeated) {
      repeatable |= 1L << number;
    }
    long seen = 0;
    for (int tag = input.readTag(); tag != 0; tag = input.readTag()) {
      int number = WireFormat.getTagFieldNumber(tag);
      wireType = WireFormat.getTagWireType(tag);
      if (!fields.read(number)) {
        skip(tag);
        continue;
      }
      long bit = 1L << number;
      if ((seen & bit & ~repeatable) != 0) {
        throw malformed("", "field " + number + " stands twice");
      }
      seen |= bit;
    }
  }

  private void skip(int tag) throws IOException {
    if (!input.skipField(tag)) {
      throw malformed("", "a group ends that did not begin");
    }
  }

  /** A byte string of at most {@code max} bytes, sharing the frame's storage. */
  Bytes bytes(String field, int max) throws IOException {
    int length = length(field);
    if (length > max) {
      throw malformed(field, length + " bytes, more than " + max);
    }
    int start = input.getTotalBytesRead();
    input.skipRawBytes(length);
    return frame.slice(start, start + length);
  }

  /** A byte string of exactly {@code due} bytes. */
  Bytes exactly(String field, int due) throws IOException {
    Bytes value = bytes(field, due);
    if (value.length() != due) {
      throw malformed(field, value.length() + " bytes, not " + due);
    }
    return value;
  }

  Origin origin(String field) throws IOException {
    Bytes encoded = exactly(field, Origin.BYTES);
    try {
      return Origin.fromBytes(encoded);
    } catch (MalformedException e) {
      throw new MalformedException(path(field) + e.getMessage(), e);
    }
  }

  NodeId node(String field) throws IOException {
    return new NodeId(exactly(field, NodeId.BYTES));
  }

  PublicKey key(String field) throws IOException {
    Bytes encoded = exactly(field, PublicKey.KEY_BYTES);
    try {
      return PublicKey.of(encoded);
    } catch (MalformedException e) {
      throw new MalformedException(path(field) + e.getMessage(), e);
    }
  }

  /** Text of at most {@code maxBytes} bytes of UTF-8. */
  String text(String field, int maxBytes) throws IOException {
    Bytes utf8 = bytes(field, maxBytes);
    try {
      return StandardCharsets.UTF_8.newDecoder().decode(utf8.toByteBuffer()).toString();
    } catch (CharacterCodingException e) {
      throw new MalformedException(path(field) + "not UTF-8", e);
    }
  }

  /** A number from 0 to {@code max}. */
  long number(String field, long max) throws IOException {
    expect(field, WireFormat.WIRETYPE_VARINT);
    long value = input.readUInt64();
    if (value < 0 || value > max) {
      throw malformed(field, Long.toUnsignedString(value) + " is more than " + max);
    }
    return value;
  }

  boolean bool(String field) throws IOException {
    expect(field, WireFormat.WIRETYPE_VARINT);
    return input.readBool();
  }

  int enumNumber(String field) throws IOException {
    expect(field, WireFormat.WIRETYPE_VARINT);
    return input.readEnum();
  }

  /** Reads the next entry of a cursor. */
  void cursorEntry(List<CursorEntry> cursor) throws IOException {
    room("cursor", cursor.size(), ProtocolLimits.ORIGINS_MAX);
    cursor.add(new CursorEntryFields().read());
  }

  private final class CursorEntryFields implements Fields {
    private @Nullable Origin origin;
    private long treeSize;
    private long lastLogseq;

    CursorEntry read() throws IOException {
      message("cursor", this);
      return new CursorEntry(required(origin, "cursor.origin"), treeSize, lastLogseq);
    }

    @Override
    public boolean read(int number) throws IOException {
      switch (number) {
        case 1 -> origin = origin("origin");
        case 2 -> treeSize = number("tree_size", Long.MAX_VALUE);
        case 3 -> lastLogseq = number("last_logseq", Long.MAX_VALUE);
        default -> {
          return false;
        }
      }
      return true;
    }
  }

  /** Refuses a repeated field that has {@code count} elements already. */
  void room(String field, int count, int max) {
    if (count >= max) {
      throw malformed(field, "more than " + max);
    }
  }

  /** {@code value} unless it was missing from the message just read. */
  static <T> T required(@Nullable T value, String path) {
    if (value == null) {
      throw new MalformedException(path + ": missing");
    }
    return value;
  }

  MalformedException malformed(String field, String what) {
    return new MalformedException(path(field) + what);
  }

  private int length(String field) throws IOException {
    expect(field, WireFormat.WIRETYPE_LENGTH_DELIMITED);
    long length = input.readUInt64();
    int left = left();
    if (length < 0 || length > left) {
      throw malformed(
          field,
          "a length of " + Long.toUnsignedString(length) + " where " + left + " bytes are left");
    }
    return (int) length;
  }

  private int left() {
    int untilLimit = input.getBytesUntilLimit();
    int untilEnd = frame.length() - input.getTotalBytesRead();
    return untilLimit < 0 ? untilEnd : Math.min(untilLimit, untilEnd);
  }

  private void expect(String field, int type) {
    if (wireType != type) {
      throw malformed(field, "wire type " + wireType + " where " + type + " is due");
    }
  }

  private String path(String field) {
    return field.isEmpty() ? message + ": " : message + "." + field + ": ";
  }
}
