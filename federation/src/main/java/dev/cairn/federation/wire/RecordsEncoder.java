package dev.cairn.federation.wire;

import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.WireFormat;
import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.Origin;
import dev.cairn.federation.protocol.PeerMessage.Item;
import dev.cairn.federation.protocol.PeerMessage.Records;
import dev.cairn.federation.protocol.PeerMessage.Run;
import dev.cairn.proto.federation.v1.Frame;
import org.jspecify.annotations.Nullable;

/**
 * Writes a frame of records: what the generated classes write, byte for byte, with each payload
 * copied once and no object for each record. It is most of what a sync sends. The sizes come first,
 * so that all is written in its place. One owner; used once.
 */
final class RecordsEncoder {
  private final byte[] frame;
  private int at;

  private RecordsEncoder(int size) {
    this.frame = new byte[size];
  }

  /**
   * The frame.
   *
   * @throws IllegalArgumentException beyond a bound of {@link FrameLimits}
   */
  static Bytes encode(Records records) {
    FrameEncoder.most("runs", records.runs().size(), FrameLimits.RUNS_MAX);
    long items = records.runs().stream().mapToLong(run -> run.items().size()).sum();
    FrameEncoder.most("items", items, FrameLimits.ITEMS_MAX);
    long size = nested(runsSize(records));
    FrameEncoder.most("frame bytes", size, FrameLimits.FRAME_BYTES_MAX);
    RecordsEncoder encoder = new RecordsEncoder(Math.toIntExact(size));
    encoder.write(records);
    return Bytes.wrap(encoder.frame);
  }

  private static long runsSize(Records records) {
    long size = 0;
    for (Run run : records.runs()) {
      size += nested(runSize(run));
    }
    return size;
  }

  private static long runSize(Run run) {
    long size = nested(Origin.BYTES);
    if (run.firstIndex() != 0) {
      size += 1 + CodedOutputStream.computeUInt64SizeNoTag(run.firstIndex());
    }
    for (Item item : run.items()) {
      size += nested(itemSize(item));
    }
    return size;
  }

  private static long itemSize(Item item) {
    FrameEncoder.most("bytes of a record", item.record().length(), FrameLimits.RECORD_BYTES_MAX);
    Bytes payload = item.payload();
    return textSize(item.record()) + (payload == null ? 0 : nested(payload.length()));
  }

  /** Nothing if it is empty, as a field without presence. */
  private static long textSize(Bytes value) {
    return value.isEmpty() ? 0 : nested(value.length());
  }

  /** A field of so many bytes, with its tag, which all here take one byte for. */
  private static long nested(long length) {
    return 1 + CodedOutputStream.computeUInt64SizeNoTag(length) + length;
  }

  private void write(Records records) {
    begin(Frame.RECORDS_FIELD_NUMBER, runsSize(records));
    for (Run run : records.runs()) {
      begin(dev.cairn.proto.federation.v1.Records.RUNS_FIELD_NUMBER, runSize(run));
      bytes(dev.cairn.proto.federation.v1.Run.ORIGIN_FIELD_NUMBER, run.origin().bytes());
      if (run.firstIndex() != 0) {
        tag(dev.cairn.proto.federation.v1.Run.FIRST_INDEX_FIELD_NUMBER, WireFormat.WIRETYPE_VARINT);
        varint(run.firstIndex());
      }
      run.items().forEach(this::item);
    }
    if (at != frame.length) {
      throw new AssertionError("a frame of " + at + " bytes, announced as " + frame.length);
    }
  }

  private void item(Item item) {
    begin(dev.cairn.proto.federation.v1.Run.ITEMS_FIELD_NUMBER, itemSize(item));
    if (!item.record().isEmpty()) {
      bytes(dev.cairn.proto.federation.v1.Item.RECORD_FIELD_NUMBER, item.record());
    }
    @Nullable Bytes payload = item.payload();
    if (payload != null) {
      bytes(dev.cairn.proto.federation.v1.Item.PAYLOAD_FIELD_NUMBER, payload);
    }
  }

  private void bytes(int field, Bytes value) {
    begin(field, value.length());
    value.copyTo(frame, at);
    at += value.length();
  }

  private void begin(int field, long length) {
    tag(field, WireFormat.WIRETYPE_LENGTH_DELIMITED);
    varint(length);
  }

  private void tag(int field, int wireType) {
    frame[at++] = (byte) (field << 3 | wireType);
  }

  private void varint(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      frame[at++] = (byte) (rest | 0x80);
      rest >>>= 7;
    }
    frame[at++] = (byte) rest;
  }
}
