package dev.cairn.federation.wire;

import static dev.cairn.federation.wire.WireReader.required;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.model.Federation;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.federation.protocol.PartGreeting;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerMessage.Ack;
import dev.cairn.federation.protocol.PeerMessage.CheckpointNote;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import dev.cairn.federation.protocol.PeerMessage.DeltaEnd;
import dev.cairn.federation.protocol.PeerMessage.Finished;
import dev.cairn.federation.protocol.PeerMessage.Goodbye;
import dev.cairn.federation.protocol.PeerMessage.Heartbeat;
import dev.cairn.federation.protocol.PeerMessage.Hello;
import dev.cairn.federation.protocol.PeerMessage.Item;
import dev.cairn.federation.protocol.PeerMessage.OriginInfo;
import dev.cairn.federation.protocol.PeerMessage.PayloadPiece;
import dev.cairn.federation.protocol.PeerMessage.Reason;
import dev.cairn.federation.protocol.PeerMessage.Records;
import dev.cairn.federation.protocol.PeerMessage.Run;
import dev.cairn.federation.protocol.ProtocolLimits;
import dev.cairn.federation.wire.WireReader.Fields;
import dev.cairn.proto.federation.v1.Frame;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Decodes one frame. One inner class a message of {@code federation.proto}; each switch names the
 * proto's field numbers. One owner at a time.
 */
final class FrameDecoder {
  private final WireReader in;
  private @Nullable PeerMessage message;
  private int items;

  private FrameDecoder(Bytes frame) {
    this.in = new WireReader(frame);
  }

  static Optional<PeerMessage> decode(Bytes frame) {
    FrameDecoder decoder = new FrameDecoder(frame);
    decoder.in.frame(decoder::kind);
    return Optional.ofNullable(decoder.message);
  }

  private boolean kind(int number) throws IOException {
    PeerMessage read =
        switch (number) {
          case Frame.HELLO_FIELD_NUMBER -> new HelloFields().read();
          case Frame.ORIGIN_INFO_FIELD_NUMBER -> new OriginInfoFields().read();
          case Frame.PAYLOAD_PIECE_FIELD_NUMBER -> new PieceFields().read();
          case Frame.RECORDS_FIELD_NUMBER -> records();
          case Frame.CHECKPOINT_NOTE_FIELD_NUMBER -> new CheckpointFields().read();
          case Frame.DELTA_END_FIELD_NUMBER -> new DeltaEndFields().read();
          case Frame.ACK_FIELD_NUMBER -> ack();
          case Frame.HEARTBEAT_FIELD_NUMBER -> new HeartbeatFields().read();
          case Frame.GOODBYE_FIELD_NUMBER -> new GoodbyeFields().read();
          case FrameEncoder.FINISHED -> finished();
          default -> part(number);
        };
    if (read != null && message != null) {
      throw in.malformed("", "two messages in one frame");
    }
    message = read == null ? message : read;
    return read != null;
  }

  private Finished finished() throws IOException {
    in.message("finished", number -> false);
    return new Finished();
  }

  private @Nullable PeerMessage part(int kind) throws IOException {
    for (PartFrames part : FrameCodec.PARTS) {
      PeerMessage read = part.read(kind, in);
      if (read != null) {
        return read;
      }
    }
    return null;
  }

  private Records records() throws IOException {
    List<Run> runs = new ArrayList<>();
    in.message(
        "records",
        number -> {
          if (number != 1) {
            return false;
          }
          in.room("runs", runs.size(), FrameLimits.RUNS_MAX);
          runs.add(new RunFields().read());
          return true;
        },
        1);
    return new Records(runs);
  }

  private Ack ack() throws IOException {
    List<CursorEntry> cursor = new ArrayList<>();
    in.message(
        "ack",
        number -> {
          if (number != 1) {
            return false;
          }
          in.cursorEntry(cursor);
          return true;
        },
        1);
    return new Ack(cursor);
  }

  private final class HelloFields implements Fields {
    private int versionMin;
    private int versionMax;
    private String federation = "";
    private @Nullable NodeId node;
    private @Nullable PublicKey key;
    private final List<String> codecs = new ArrayList<>();
    private boolean sends;
    private boolean receives;
    private final List<CursorEntry> cursor = new ArrayList<>();
    private final List<String> features = new ArrayList<>();
    private final TreeMap<Integer, PartGreeting> greetings = new TreeMap<>();

    Hello read() throws IOException {
      in.message("hello", this, 6, 9, FrameEncoder.HELLO_FEATURES);
      return new Hello(
          versionMin,
          versionMax,
          federation,
          required(node, "hello.node"),
          required(key, "hello.key"),
          codecs,
          sends,
          receives,
          cursor,
          features,
          List.copyOf(greetings.values()));
    }

    @Override
    public boolean read(int number) throws IOException {
      switch (number) {
        case 1 -> versionMin = (int) in.number("version_min", Integer.MAX_VALUE);
        case 2 -> versionMax = (int) in.number("version_max", Integer.MAX_VALUE);
        case 3 -> federation = in.text("federation", Federation.NAME_CHARS_MAX);
        case 4 -> node = in.node("node");
        case 5 -> key = in.key("key");
        case 6 -> {
          in.room("codecs", codecs.size(), ProtocolLimits.CODECS_MAX);
          codecs.add(in.text("codecs", FrameLimits.CODEC_BYTES_MAX));
        }
        case 7 -> sends = in.bool("sends");
        case 8 -> receives = in.bool("receives");
        case 9 -> in.cursorEntry(cursor);
        case FrameEncoder.HELLO_FEATURES -> {
          in.room("features", features.size(), ProtocolLimits.FEATURES_MAX);
          features.add(in.text("features", ProtocolLimits.FEATURE_BYTES_MAX));
        }
        default -> {
          return greeting(number);
        }
      }
      return true;
    }

    private boolean greeting(int field) throws IOException {
      for (PartFrames part : FrameCodec.PARTS) {
        if (part.readGreeting(field, in, greeting -> greetings.put(field, greeting))) {
          return true;
        }
      }
      return false;
    }
  }

  private final class OriginInfoFields implements Fields {
    private @Nullable Origin origin;
    private @Nullable PublicKey key;

    OriginInfo read() throws IOException {
      in.message("origin_info", this);
      return new OriginInfo(
          required(origin, "origin_info.origin"), required(key, "origin_info.key"));
    }

    @Override
    public boolean read(int number) throws IOException {
      switch (number) {
        case 1 -> origin = in.origin("origin");
        case 2 -> key = in.key("key");
        default -> {
          return false;
        }
      }
      return true;
    }
  }

  private final class PieceFields implements Fields {
    private @Nullable PayloadDigest digest;
    private long length;
    private long offset;
    private Bytes data = Bytes.EMPTY;

    PayloadPiece read() throws IOException {
      in.message("payload_piece", this);
      return new PayloadPiece(required(digest, "payload_piece.digest"), length, offset, data);
    }

    @Override
    public boolean read(int number) throws IOException {
      switch (number) {
        case 1 -> digest = new PayloadDigest(in.exactly("digest", HashAlgorithm.DIGEST_BYTES));
        case 2 -> length = in.number("length", Long.MAX_VALUE);
        case 3 -> offset = in.number("offset", Long.MAX_VALUE);
        case 4 -> data = in.bytes("data", ProtocolLimits.PAYLOAD_PIECE_BYTES_MAX);
        default -> {
          return false;
        }
      }
      return true;
    }
  }

  private final class RunFields implements Fields {
    private @Nullable Origin origin;
    private long firstIndex;
    private final List<Item> runItems = new ArrayList<>();

    Run read() throws IOException {
      in.message("records.run", this, 3);
      return new Run(required(origin, "records.run.origin"), firstIndex, runItems);
    }

    @Override
    public boolean read(int number) throws IOException {
      switch (number) {
        case 1 -> origin = in.origin("origin");
        case 2 -> firstIndex = in.number("first_index", Long.MAX_VALUE);
        case 3 -> {
          in.room("items", items, FrameLimits.ITEMS_MAX);
          items++;
          runItems.add(new ItemFields().read());
        }
        default -> {
          return false;
        }
      }
      return true;
    }
  }

  private final class ItemFields implements Fields {
    private Bytes record = Bytes.EMPTY;
    private @Nullable Bytes payload;

    Item read() throws IOException {
      in.message("records.run.item", this);
      return new Item(record, payload);
    }

    @Override
    public boolean read(int number) throws IOException {
      switch (number) {
        case 1 -> record = in.bytes("record", FrameLimits.RECORD_BYTES_MAX);
        case 2 -> payload = in.bytes("payload", ProtocolLimits.INLINE_PAYLOAD_BYTES_MAX);
        default -> {
          return false;
        }
      }
      return true;
    }
  }

  private final class CheckpointFields implements Fields {
    private @Nullable Origin origin;
    private long treeSize;
    private Bytes note = Bytes.EMPTY;

    CheckpointNote read() throws IOException {
      in.message("checkpoint_note", this);
      return new CheckpointNote(required(origin, "checkpoint_note.origin"), treeSize, note);
    }

    @Override
    public boolean read(int number) throws IOException {
      switch (number) {
        case 1 -> origin = in.origin("origin");
        case 2 -> treeSize = in.number("tree_size", Long.MAX_VALUE);
        case 3 -> note = in.bytes("note", FrameLimits.NOTE_BYTES_MAX);
        default -> {
          return false;
        }
      }
      return true;
    }
  }

  private final class DeltaEndFields implements Fields {
    private long commits;
    private long records;
    private long payloads;

    DeltaEnd read() throws IOException {
      in.message("delta_end", this);
      return new DeltaEnd(commits, records, payloads);
    }

    @Override
    public boolean read(int number) throws IOException {
      switch (number) {
        case 1 -> commits = in.number("commits", Long.MAX_VALUE);
        case 2 -> records = in.number("records", Long.MAX_VALUE);
        case 3 -> payloads = in.number("payloads", Long.MAX_VALUE);
        default -> {
          return false;
        }
      }
      return true;
    }
  }

  private final class HeartbeatFields implements Fields {
    private long hlc;

    Heartbeat read() throws IOException {
      in.message("heartbeat", this);
      return new Heartbeat(hlc);
    }

    @Override
    public boolean read(int number) throws IOException {
      if (number != 1) {
        return false;
      }
      hlc = in.number("hlc", Long.MAX_VALUE);
      return true;
    }
  }

  private final class GoodbyeFields implements Fields {
    private Reason reason = Reason.UNAVAILABLE;
    private String text = "";

    Goodbye read() throws IOException {
      in.message("goodbye", this);
      return new Goodbye(reason, text);
    }

    @Override
    public boolean read(int number) throws IOException {
      switch (number) {
        case 1 -> reason = ReasonCodes.reason(in.enumNumber("reason"));
        case 2 -> text = in.text("text", FrameLimits.TEXT_BYTES_MAX);
        default -> {
          return false;
        }
      }
      return true;
    }
  }
}
