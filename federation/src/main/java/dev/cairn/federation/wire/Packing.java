package dev.cairn.federation.wire;

import static dev.cairn.federation.wire.WireReader.required;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.federation.protocol.ProtocolLimits;
import dev.cairn.pel.model.Refusal;
import dev.cairn.pel.operator.zstd.ZstdCompression;
import dev.cairn.pel.operator.zstd.ZstdDecompression;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Frames made smaller on their way: a frame in a frame, compressed by a codec that the receiver
 * named in its hello.
 *
 * <p>What comes in is bounded before it is unpacked: its length is stated, at most that of a frame,
 * and at most {@link #RATIO_MAX} times what came; exactly so much comes out, of exactly one gzip
 * member or zstd frame, and nothing stands behind. Packed frames do not nest. Safe for any thread.
 */
public final class Packing {
  /** Codecs understood here, preferred first. */
  public static final List<String> CODECS = List.of("zstd", "gzip", ProtocolLimits.CODEC_IDENTITY);

  /** Frames below this many bytes are sent as they are. */
  public static final int FRAME_BYTES_MIN = 1_024;

  /** A packed frame states at most so many times its own bytes. */
  public static final int RATIO_MAX = 1_024;

  static final int PACKED = 40;
  private static final int GZIP = 1;
  private static final int ZSTD = 2;
  private static final int ZSTD_LEVEL = 3;

  /** What a frame of kind {@link #PACKED} begins with: its tag, 40 &lt;&lt; 3 | 2, as a varint. */
  private static final int TAG_FIRST = 0xc2;

  private static final int TAG_SECOND = 0x02;

  private Packing() {}

  /**
   * The codec to pack with: the receiver's first choice of those that the sender may use; empty if
   * that is none.
   */
  public static Optional<String> choose(List<String> receiver, List<String> sender) {
    return receiver.stream()
        .filter(codec -> CODECS.contains(codec) && sender.contains(codec))
        .findFirst()
        .filter(codec -> !codec.equals(ProtocolLimits.CODEC_IDENTITY));
  }

  /** The frame packed, or as it is if that does not make it a good deal smaller. */
  public static Bytes pack(Bytes frame, String codec) {
    if (frame.length() < FRAME_BYTES_MIN) {
      return frame;
    }
    Bytes data = codec.equals("zstd") ? zstd(frame) : GzipMember.compress(frame);
    if (data.length() > frame.length() / 8 * 7
        || frame.length() > (long) RATIO_MAX * data.length()) {
      return frame;
    }
    return new WireWriter()
        .message(
            PACKED,
            packed ->
                packed
                    .number(1, codec.equals("zstd") ? ZSTD : GZIP)
                    .number(2, frame.length())
                    .bytes(3, data))
        .toBytes();
  }

  /** True if a frame is a packed one. */
  public static boolean isPacked(Bytes frame) {
    return frame.length() > 1 && frame.at(0) == TAG_FIRST && frame.at(1) == TAG_SECOND;
  }

  /**
   * The frame in a packed frame; any other as it is.
   *
   * @param offered the codecs that this side has named; empty before it has
   * @throws MalformedException if it is not what {@link #pack} could have given
   */
  public static Bytes unpack(Bytes frame, List<String> offered) {
    if (!isPacked(frame)) {
      return frame;
    }
    Fields fields = new Fields(frame);
    int length = fields.length;
    Bytes data = required(fields.data, "packed.data");
    String codec = fields.codec == ZSTD ? "zstd" : fields.codec == GZIP ? "gzip" : "";
    if (!offered.contains(codec)) {
      throw new MalformedException("packed: codec " + fields.codec + " was not offered");
    }
    if (length > (long) RATIO_MAX * data.length()) {
      throw new MalformedException(
          "packed: " + length + " bytes stated by " + data.length() + ", too good to be true");
    }
    Bytes unpacked = codec.equals("zstd") ? unzstd(data, length) : GzipMember.expand(data, length);
    if (unpacked.length() != length || isPacked(unpacked)) {
      throw new MalformedException(
          "packed: "
              + unpacked.length()
              + " bytes where "
              + length
              + " are stated, or packed again");
    }
    return unpacked;
  }

  private static Bytes zstd(Bytes frame) {
    try (ZstdCompression in =
        ZstdCompression.of(new ByteArrayInputStream(frame.toArray()), frame.length(), ZSTD_LEVEL)) {
      return Bytes.wrap(in.readAllBytes());
    } catch (IOException e) {
      throw new AssertionError("reading from memory does no I/O", e);
    }
  }

  private static Bytes unzstd(Bytes data, int length) {
    try (ZstdDecompression in =
        new ZstdDecompression(new ByteArrayInputStream(data.toArray()), length)) {
      Bytes unpacked = Bytes.wrap(in.readNBytes(length));
      if (in.read() >= 0) {
        throw new MalformedException("packed: more than the " + length + " bytes stated");
      }
      return unpacked;
    } catch (Refusal e) {
      throw new MalformedException("packed: zstd frame: " + e.getMessage(), e);
    } catch (IOException e) {
      throw new UnavailableException("packed: zstd frame cannot be read", e);
    }
  }

  /** The message in a frame of kind {@link #PACKED}. */
  private static final class Fields implements WireReader.Fields {
    private final WireReader in;
    private int codec;
    private int length;
    private @Nullable Bytes data;

    Fields(Bytes frame) {
      this.in = new WireReader(frame);
      in.frame(
          number -> {
            if (number != PACKED) {
              throw in.malformed("", "something beside a packed frame");
            }
            in.message("packed", this);
            return true;
          });
    }

    @Override
    public boolean read(int number) throws IOException {
      switch (number) {
        case 1 -> codec = (int) in.number("codec", Integer.MAX_VALUE);
        case 2 -> length = (int) in.number("length", FrameLimits.FRAME_BYTES_MAX);
        case 3 -> data = in.bytes("data", FrameLimits.FRAME_BYTES_MAX);
        default -> {
          return false;
        }
      }
      return true;
    }
  }
}
