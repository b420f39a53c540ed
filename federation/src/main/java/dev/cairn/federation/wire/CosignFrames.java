package dev.cairn.federation.wire;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.note.Cosignature;
import dev.cairn.federation.protocol.CosignMessage;
import dev.cairn.federation.protocol.CosignMessage.Cosignatures;
import dev.cairn.federation.protocol.CosignMessage.Entry;
import dev.cairn.federation.protocol.CosignTag;
import dev.cairn.federation.protocol.PartGreeting;
import dev.cairn.federation.protocol.PartMessage;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The frames of {@code cosign/1}. */
final class CosignFrames implements PartFrames {
  private static final int COSIGNATURES = 50;
  private static final int HELLO_TAG = 20;

  @Override
  public Class<? extends PartMessage> messages() {
    return CosignMessage.class;
  }

  @Override
  public int kind(PartMessage message) {
    return COSIGNATURES;
  }

  @Override
  public void write(PartMessage message, WireWriter out) {
    if (message instanceof Cosignatures shown) {
      for (Entry entry : shown.entries()) {
        out.message(
            1,
            inner ->
                inner
                    .origin(1, entry.origin())
                    .number(2, entry.treeSize())
                    .bytes(3, entry.root())
                    .bytes(4, entry.key().encoded())
                    .number(5, entry.cosignature().timeSeconds())
                    .bytes(6, entry.cosignature().signature()));
      }
    }
  }

  @Override
  public @Nullable PartMessage read(int kind, WireReader in) throws IOException {
    return kind == COSIGNATURES ? new All(in).read() : null;
  }

  @Override
  public void writeGreeting(PartGreeting greeting, WireWriter hello) {
    if (greeting instanceof CosignTag tag) {
      hello.bytes(HELLO_TAG, tag.tag());
    }
  }

  @Override
  public boolean readGreeting(int field, WireReader in, Consumer<PartGreeting> found)
      throws IOException {
    if (field != HELLO_TAG) {
      return false;
    }
    found.accept(new CosignTag(in.exactly("cosign_tag", CosignTag.BYTES)));
    return true;
  }

  private static final class All implements WireReader.Fields {
    private final WireReader in;
    private final List<Entry> entries = new ArrayList<>();

    All(WireReader in) {
      this.in = in;
    }

    Cosignatures read() throws IOException {
      in.message("cosignatures", this, 1);
      return new Cosignatures(entries);
    }

    @Override
    public boolean read(int number) throws IOException {
      if (number != 1) {
        return false;
      }
      in.room("cosignatures", entries.size(), CosignMessage.ENTRIES_MAX);
      entries.add(new One(in).read());
      return true;
    }
  }

  private static final class One implements WireReader.Fields {
    private final WireReader in;
    private @Nullable Origin origin;
    private @Nullable PublicKey key;
    private long treeSize;
    private long time;
    private Bytes root = Bytes.EMPTY;
    private Bytes signature = Bytes.EMPTY;

    One(WireReader in) {
      this.in = in;
    }

    Entry read() throws IOException {
      in.message("cosignature", this);
      return new Entry(
          WireReader.required(origin, "cosignature.origin"),
          treeSize,
          root,
          WireReader.required(key, "cosignature.key"),
          new Cosignature(time, signature));
    }

    @Override
    public boolean read(int number) throws IOException {
      switch (number) {
        case 1 -> origin = in.origin("origin");
        case 2 -> treeSize = in.number("tree_size", Long.MAX_VALUE);
        case 3 -> root = in.exactly("root", TreeHasher.HASH_BYTES);
        case 4 -> key = in.key("key");
        case 5 -> time = in.number("time", Long.MAX_VALUE);
        case 6 -> signature = in.exactly("signature", Cosignature.SIGNATURE_BYTES);
        default -> {
          return false;
        }
      }
      return true;
    }
  }
}
