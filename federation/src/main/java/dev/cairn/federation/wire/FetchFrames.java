package dev.cairn.federation.wire;

import static dev.cairn.federation.wire.WireReader.required;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.store.PayloadChunk;
import dev.cairn.federation.protocol.FetchMessage;
import dev.cairn.federation.protocol.FetchMessage.Absent;
import dev.cairn.federation.protocol.FetchMessage.ChunkList;
import dev.cairn.federation.protocol.FetchMessage.Piece;
import dev.cairn.federation.protocol.FetchMessage.Pieces;
import dev.cairn.federation.protocol.FetchMessage.Want;
import dev.cairn.federation.protocol.FetchMessage.WantItem;
import dev.cairn.federation.protocol.PartGreeting;
import dev.cairn.federation.protocol.PartMessage;
import dev.cairn.federation.protocol.PayloadWish;
import dev.cairn.federation.protocol.PayloadWish.Payloads;
import dev.cairn.federation.protocol.ProtocolLimits;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The frames of {@code fetch/1}. */
final class FetchFrames implements PartFrames {
  private static final int WANT = 15;
  private static final int PIECES = 16;
  private static final int ABSENT = 17;
  private static final int CHUNK_LIST = 18;
  private static final int HELLO_PAYLOADS = 13;

  /** A chunk of a list: its digest, and its length in four bytes. */
  private static final int CHUNK_BYTES = HashAlgorithm.DIGEST_BYTES + Integer.BYTES;

  @Override
  public Class<? extends PartMessage> messages() {
    return FetchMessage.class;
  }

  @Override
  public int kind(PartMessage message) {
    if (message instanceof Want) {
      return WANT;
    } else if (message instanceof Pieces) {
      return PIECES;
    } else if (message instanceof Absent) {
      return ABSENT;
    } else if (message instanceof ChunkList) {
      return CHUNK_LIST;
    }
    throw new AssertionError(message.getClass());
  }

  @Override
  public void write(PartMessage message, WireWriter out) {
    if (message instanceof Want want) {
      out.number(1, want.first());
      want.items().forEach(item -> out.message(2, inner -> item(item, inner)));
    } else if (message instanceof Pieces pieces) {
      for (Piece piece : pieces.pieces()) {
        out.message(1, inner -> inner.number(1, piece.number()).bytes(2, piece.data()));
      }
    } else if (message instanceof Absent absent) {
      out.bytes(1, numbers(absent.numbers()));
    } else if (message instanceof ChunkList list) {
      out.number(1, list.number()).number(2, list.total()).bytes(3, chunks(list.chunks()));
    }
  }

  private static void item(WantItem item, WireWriter out) {
    out.bytes(1, item.payload().digest()).number(2, item.length());
    Bytes chunk = item.chunk();
    if (chunk != null) {
      out.bytes(3, chunk);
    }
    out.number(4, item.from());
  }

  private static Bytes numbers(List<Long> numbers) {
    ByteBuffer bytes = ByteBuffer.allocate(numbers.size() * Long.BYTES);
    numbers.forEach(bytes::putLong);
    return Bytes.wrap(bytes.array());
  }

  private static Bytes chunks(List<PayloadChunk> chunks) {
    ByteBuffer bytes = ByteBuffer.allocate(chunks.size() * CHUNK_BYTES);
    chunks.forEach(chunk -> bytes.put(chunk.digest().toByteBuffer()).putInt(chunk.length()));
    return Bytes.wrap(bytes.array());
  }

  @Override
  public @Nullable PartMessage read(int kind, WireReader in) throws IOException {
    return switch (kind) {
      case WANT -> new WantFields(in).read();
      case PIECES -> pieces(in);
      case ABSENT -> absent(in);
      case CHUNK_LIST -> new ChunkListFields(in).read();
      default -> null;
    };
  }

  @Override
  public void writeGreeting(PartGreeting greeting, WireWriter hello) {
    if (greeting instanceof PayloadWish wish) {
      hello.number(HELLO_PAYLOADS, code(wish.payloads()));
    }
  }

  @Override
  public boolean readGreeting(int field, WireReader in, Consumer<PartGreeting> found)
      throws IOException {
    if (field != HELLO_PAYLOADS) {
      return false;
    }
    long code = in.number("payloads", Integer.MAX_VALUE);
    for (Payloads payloads : Payloads.values()) {
      if (code(payloads) == code) {
        found.accept(new PayloadWish(payloads));
        return true;
      }
    }
    throw in.malformed("payloads", "there is no wish " + code);
  }

  private static int code(Payloads payloads) {
    return switch (payloads) {
      case ALL -> 0;
      case SMALL -> 1;
      case NONE -> 2;
    };
  }

  private static Pieces pieces(WireReader in) throws IOException {
    List<Piece> pieces = new ArrayList<>();
    in.message(
        "pieces",
        number -> {
          if (number != 1) {
            return false;
          }
          in.room("pieces", pieces.size(), ProtocolLimits.WANT_ITEMS_MAX);
          pieces.add(new PieceFields(in).read());
          return true;
        },
        1);
    return new Pieces(pieces);
  }

  private static Absent absent(WireReader in) throws IOException {
    List<Long> numbers = new ArrayList<>();
    in.message(
        "absent",
        number -> {
          if (number != 1) {
            return false;
          }
          Bytes packed = in.bytes("numbers", ProtocolLimits.WANT_ITEMS_MAX * Long.BYTES);
          if (packed.length() % Long.BYTES != 0) {
            throw in.malformed("numbers", packed.length() + " bytes are no whole numbers");
          }
          for (int at = 0; at < packed.length(); at += Long.BYTES) {
            numbers.add(packed.u64At(at));
          }
          return true;
        });
    return new Absent(numbers);
  }

  private static final class WantFields implements WireReader.Fields {
    private final WireReader in;
    private long first;
    private final List<WantItem> items = new ArrayList<>();

    WantFields(WireReader in) {
      this.in = in;
    }

    Want read() throws IOException {
      in.message("want", this, 2);
      return new Want(first, items);
    }

    @Override
    public boolean read(int number) throws IOException {
      switch (number) {
        case 1 -> first = in.number("first", Long.MAX_VALUE);
        case 2 -> {
          in.room("items", items.size(), ProtocolLimits.WANT_ITEMS_MAX);
          items.add(new ItemFields(in).read());
        }
        default -> {
          return false;
        }
      }
      return true;
    }
  }

  private static final class ItemFields implements WireReader.Fields {
    private final WireReader in;
    private @Nullable PayloadDigest payload;
    private long length;
    private @Nullable Bytes chunk;
    private long from;

    ItemFields(WireReader in) {
      this.in = in;
    }

    WantItem read() throws IOException {
      in.message("want.item", this);
      return new WantItem(required(payload, "want.item.payload"), length, chunk, from);
    }

    @Override
    public boolean read(int number) throws IOException {
      switch (number) {
        case 1 -> payload = new PayloadDigest(in.exactly("payload", HashAlgorithm.DIGEST_BYTES));
        case 2 -> length = in.number("length", Long.MAX_VALUE);
        case 3 -> chunk = in.exactly("chunk", HashAlgorithm.DIGEST_BYTES);
        case 4 -> from = in.number("from", Long.MAX_VALUE);
        default -> {
          return false;
        }
      }
      return true;
    }
  }

  private static final class PieceFields implements WireReader.Fields {
    private final WireReader in;
    private long answered;
    private Bytes data = Bytes.EMPTY;

    PieceFields(WireReader in) {
      this.in = in;
    }

    Piece read() throws IOException {
      in.message("pieces.piece", this);
      return new Piece(answered, data);
    }

    @Override
    public boolean read(int number) throws IOException {
      switch (number) {
        case 1 -> answered = in.number("number", Long.MAX_VALUE);
        case 2 -> data = in.bytes("data", ProtocolLimits.CHUNK_BYTES_MAX);
        default -> {
          return false;
        }
      }
      return true;
    }
  }

  private static final class ChunkListFields implements WireReader.Fields {
    private final WireReader in;
    private long answered;
    private long total;
    private List<PayloadChunk> chunks = List.of();

    ChunkListFields(WireReader in) {
      this.in = in;
    }

    ChunkList read() throws IOException {
      in.message("chunk_list", this);
      return new ChunkList(answered, total, chunks);
    }

    @Override
    public boolean read(int number) throws IOException {
      switch (number) {
        case 1 -> answered = in.number("number", Long.MAX_VALUE);
        case 2 -> total = in.number("total", Long.MAX_VALUE);
        case 3 ->
            chunks = unpacked(in.bytes("chunks", ProtocolLimits.CHUNKS_LISTED_MAX * CHUNK_BYTES));
        default -> {
          return false;
        }
      }
      return true;
    }

    private List<PayloadChunk> unpacked(Bytes packed) {
      if (packed.length() % CHUNK_BYTES != 0) {
        throw in.malformed("chunks", packed.length() + " bytes are no whole chunks");
      }
      List<PayloadChunk> list = new ArrayList<>(packed.length() / CHUNK_BYTES);
      for (int at = 0; at < packed.length(); at += CHUNK_BYTES) {
        int length = packed.u32At(at + HashAlgorithm.DIGEST_BYTES);
        if (length < 1 || length > PayloadChunk.BYTES_MAX) {
          throw in.malformed("chunks", "a chunk of " + Integer.toUnsignedString(length) + " bytes");
        }
        list.add(new PayloadChunk(packed.slice(at, at + HashAlgorithm.DIGEST_BYTES), length));
      }
      return list;
    }
  }
}
