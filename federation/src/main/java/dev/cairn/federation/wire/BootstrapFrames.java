package dev.cairn.federation.wire;

import static dev.cairn.federation.wire.WireReader.required;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.model.Origin;
import dev.cairn.federation.bootstrap.BootstrapMessage;
import dev.cairn.federation.bootstrap.BootstrapMessage.SnapshotAsk;
import dev.cairn.federation.bootstrap.BootstrapMessage.SnapshotTell;
import dev.cairn.federation.bootstrap.BootstrapMessage.StretchAsk;
import dev.cairn.federation.bootstrap.BootstrapMessage.StretchData;
import dev.cairn.federation.bootstrap.BootstrapMessage.StretchEnd;
import dev.cairn.federation.protocol.PartMessage;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The frames of {@code bootstrap/1}. */
final class BootstrapFrames implements PartFrames {
  private static final int SNAPSHOT_ASK = 45;
  private static final int SNAPSHOT_TELL = 46;
  private static final int STRETCH_ASK = 47;
  private static final int STRETCH_DATA = 48;
  private static final int STRETCH_END = 49;

  @Override
  public Class<? extends PartMessage> messages() {
    return BootstrapMessage.class;
  }

  @Override
  public int kind(PartMessage message) {
    if (message instanceof SnapshotAsk) {
      return SNAPSHOT_ASK;
    } else if (message instanceof SnapshotTell) {
      return SNAPSHOT_TELL;
    } else if (message instanceof StretchAsk) {
      return STRETCH_ASK;
    } else if (message instanceof StretchData) {
      return STRETCH_DATA;
    } else if (message instanceof StretchEnd) {
      return STRETCH_END;
    }
    throw new AssertionError(message.getClass());
  }

  @Override
  public void write(PartMessage message, WireWriter out) {
    if (message instanceof SnapshotTell tell) {
      out.bytes(1, tell.snapshot());
    } else if (message instanceof StretchAsk ask) {
      out.origin(1, ask.origin()).number(2, ask.from()).number(3, ask.to()).bool(4, ask.whole());
    } else if (message instanceof StretchData data) {
      out.bytes(1, data.data());
    } else if (message instanceof StretchEnd end) {
      out.bool(1, end.held());
      if (!end.key().isEmpty()) {
        out.bytes(2, end.key());
      }
      if (!end.note().isEmpty()) {
        out.bytes(3, end.note());
      }
    }
  }

  @Override
  public @Nullable PartMessage read(int kind, WireReader in) throws IOException {
    return switch (kind) {
      case SNAPSHOT_ASK -> {
        in.message("snapshot ask", number -> false);
        yield new SnapshotAsk();
      }
      case SNAPSHOT_TELL ->
          new SnapshotTell(
              new OneField(in, "snapshot", BootstrapMessage.SNAPSHOT_BYTES_MAX)
                  .read("snapshot tell"));
      case STRETCH_ASK -> new AskFields(in).read();
      case STRETCH_DATA ->
          new StretchData(
              new OneField(in, "data", BootstrapMessage.DATA_BYTES_MAX).read("stretch data"));
      case STRETCH_END -> new EndFields(in).read();
      default -> null;
    };
  }

  /** A message of one byte string. */
  private static final class OneField implements WireReader.Fields {
    private final WireReader in;
    private final String name;
    private final int max;
    private @Nullable Bytes value;

    OneField(WireReader in, String name, int max) {
      this.in = in;
      this.name = name;
      this.max = max;
    }

    Bytes read(String message) throws IOException {
      in.message(message, this);
      return required(value, message + "." + name);
    }

    @Override
    public boolean read(int number) throws IOException {
      if (number != 1) {
        return false;
      }
      value = in.bytes(name, max);
      return true;
    }
  }

  private static final class AskFields implements WireReader.Fields {
    private final WireReader in;
    private @Nullable Origin origin;
    private long from;
    private long to;
    private boolean whole;

    AskFields(WireReader in) {
      this.in = in;
    }

    StretchAsk read() throws IOException {
      in.message("stretch ask", this);
      return new StretchAsk(required(origin, "stretch ask.origin"), from, to, whole);
    }

    @Override
    public boolean read(int number) throws IOException {
      switch (number) {
        case 1 -> origin = in.origin("origin");
        case 2 -> from = in.number("from", Long.MAX_VALUE);
        case 3 -> to = in.number("to", Long.MAX_VALUE);
        case 4 -> whole = in.bool("whole");
        default -> {
          return false;
        }
      }
      return true;
    }
  }

  private static final class EndFields implements WireReader.Fields {
    private final WireReader in;
    private boolean held;
    private Bytes key = Bytes.EMPTY;
    private Bytes note = Bytes.EMPTY;

    EndFields(WireReader in) {
      this.in = in;
    }

    StretchEnd read() throws IOException {
      in.message("stretch end", this);
      return new StretchEnd(held, key, note);
    }

    @Override
    public boolean read(int number) throws IOException {
      switch (number) {
        case 1 -> held = in.bool("held");
        case 2 -> key = in.bytes("key", PublicKey.KEY_BYTES);
        case 3 -> note = in.bytes("note", BootstrapMessage.NOTE_BYTES_MAX);
        default -> {
          return false;
        }
      }
      return true;
    }
  }
}
