package dev.cairn.federation.wire;

import static dev.cairn.federation.wire.WireReader.required;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.model.Origin;
import dev.cairn.federation.protocol.PartMessage;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import dev.cairn.federation.reconcile.ReconcileMessage;
import dev.cairn.federation.reconcile.ReconcileMessage.LogAsk;
import dev.cairn.federation.reconcile.ReconcileMessage.LogTell;
import dev.cairn.federation.reconcile.ReconcileMessage.RangesAsk;
import dev.cairn.federation.reconcile.ReconcileMessage.RangesTell;
import dev.cairn.federation.reconcile.ReconcileMessage.RecordAsk;
import dev.cairn.federation.reconcile.ReconcileMessage.RecordTell;
import dev.cairn.federation.reconcile.ReconcileMessage.StateAsk;
import dev.cairn.federation.reconcile.ReconcileMessage.StateNodeName;
import dev.cairn.federation.reconcile.ReconcileMessage.StateTell;
import dev.cairn.federation.reconcile.ReconcileMessage.Subtree;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The frames of {@code reconcile/1}. */
final class ReconcileFrames implements PartFrames {
  private static final int RANGES_ASK = 30;
  private static final int RANGES_TELL = 31;
  private static final int STATE_ASK = 32;
  private static final int STATE_TELL = 33;
  private static final int LOG_ASK = 34;
  private static final int LOG_TELL = 35;
  private static final int RECORD_ASK = 36;
  private static final int RECORD_TELL = 37;

  private static final int NODE_BYTES_MAX = 1 + HashAlgorithm.DIGEST_BYTES + 2;
  private static final int CONTENT_BYTES_MAX = 4_096;
  private static final int SUBTREE_BYTES = 1 + Long.BYTES;

  @Override
  public Class<? extends PartMessage> messages() {
    return ReconcileMessage.class;
  }

  @Override
  public int kind(PartMessage message) {
    if (message instanceof RangesAsk) {
      return RANGES_ASK;
    } else if (message instanceof RangesTell) {
      return RANGES_TELL;
    } else if (message instanceof StateAsk) {
      return STATE_ASK;
    } else if (message instanceof StateTell) {
      return STATE_TELL;
    } else if (message instanceof LogAsk) {
      return LOG_ASK;
    } else if (message instanceof LogTell) {
      return LOG_TELL;
    } else if (message instanceof RecordAsk) {
      return RECORD_ASK;
    } else if (message instanceof RecordTell) {
      return RECORD_TELL;
    }
    throw new AssertionError(message.getClass());
  }

  @Override
  public void write(PartMessage message, WireWriter out) {
    if (message instanceof RangesAsk ask) {
      out.bytes(1, ask.ranges());
    } else if (message instanceof RangesTell tell) {
      out.bytes(1, tell.ranges());
    } else if (message instanceof StateAsk ask) {
      for (CursorEntry entry : ask.cut()) {
        out.message(
            1,
            inner ->
                inner
                    .origin(1, entry.origin())
                    .number(2, entry.treeSize())
                    .number(3, entry.lastLogseq()));
      }
      for (StateNodeName node : ask.nodes()) {
        out.bytes(2, Bytes.wrap(new byte[] {(byte) node.depth()}).plus(node.path()));
      }
    } else if (message instanceof StateTell tell) {
      tell.contents().forEach(content -> out.bytes(1, content));
    } else if (message instanceof LogAsk ask) {
      out.origin(1, ask.origin());
      for (Subtree one : ask.subtrees()) {
        out.bytes(2, Bytes.wrap(new byte[] {(byte) one.level()}).plus(Bytes.u64(one.index())));
      }
    } else if (message instanceof LogTell tell) {
      tell.hashes().forEach(hash -> out.bytes(1, hash));
    } else if (message instanceof RecordAsk ask) {
      out.origin(1, ask.origin()).number(2, ask.index());
    } else if (message instanceof RecordTell tell) {
      out.bytes(1, tell.record());
    }
  }

  @Override
  public @Nullable PartMessage read(int kind, WireReader in) throws IOException {
    return switch (kind) {
      case RANGES_ASK -> new RangesAsk(one("ranges ask", in, ReconcileMessage.RANGES_BYTES_MAX));
      case RANGES_TELL -> new RangesTell(one("ranges tell", in, ReconcileMessage.RANGES_BYTES_MAX));
      case STATE_ASK -> new StateAskFields(in).read();
      case STATE_TELL -> new StateTell(many("state tell", in, 0, CONTENT_BYTES_MAX));
      case LOG_ASK -> new PlacesFields(in).log();
      case LOG_TELL ->
          new LogTell(many("log tell", in, HashAlgorithm.DIGEST_BYTES, HashAlgorithm.DIGEST_BYTES));
      case RECORD_ASK -> new PlacesFields(in).record();
      case RECORD_TELL -> new RecordTell(one("record tell", in, FrameLimits.RECORD_BYTES_MAX));
      default -> null;
    };
  }

  private static Bytes one(String name, WireReader in, int max) throws IOException {
    List<Bytes> read = new ArrayList<>();
    in.message(
        name,
        number -> {
          if (number != 1) {
            return false;
          }
          read.add(in.bytes("bytes", max));
          return true;
        });
    return required(read.isEmpty() ? null : read.get(0), name + ".bytes");
  }

  private static List<Bytes> many(String name, WireReader in, int min, int max) throws IOException {
    List<Bytes> read = new ArrayList<>();
    in.message(
        name,
        number -> {
          if (number != 1) {
            return false;
          }
          in.room("items", read.size(), ReconcileMessage.PLACES_MAX);
          Bytes item = in.bytes("item", max);
          if (item.length() < min) {
            throw in.malformed("item", item.length() + " bytes, not " + min);
          }
          read.add(item);
          return true;
        },
        1);
    return read;
  }

  private static final class StateAskFields implements WireReader.Fields {
    private final WireReader in;
    private final List<CursorEntry> cut = new ArrayList<>();
    private final List<StateNodeName> nodes = new ArrayList<>();

    StateAskFields(WireReader in) {
      this.in = in;
    }

    StateAsk read() throws IOException {
      in.message("state ask", this, 1, 2);
      return new StateAsk(cut, nodes);
    }

    @Override
    public boolean read(int number) throws IOException {
      switch (number) {
        case 1 -> in.cursorEntry(cut);
        case 2 -> {
          in.room("nodes", nodes.size(), ReconcileMessage.PLACES_MAX);
          Bytes name = in.bytes("node", NODE_BYTES_MAX);
          if (name.isEmpty()) {
            throw in.malformed("node", "no depth");
          }
          nodes.add(new StateNodeName(name.at(0), name.slice(1)));
        }
        default -> {
          return false;
        }
      }
      return true;
    }
  }

  /** Of a log: an origin, with subtrees or an index. */
  private static final class PlacesFields implements WireReader.Fields {
    private final WireReader in;
    private @Nullable Origin origin;
    private final List<Subtree> subtrees = new ArrayList<>();
    private long index;
    private boolean indexed;

    PlacesFields(WireReader in) {
      this.in = in;
    }

    LogAsk log() throws IOException {
      in.message("log ask", this, 2);
      return new LogAsk(required(origin, "log ask.origin"), subtrees);
    }

    RecordAsk record() throws IOException {
      indexed = true;
      in.message("record ask", this);
      return new RecordAsk(required(origin, "record ask.origin"), index);
    }

    @Override
    public boolean read(int number) throws IOException {
      if (number == 1) {
        origin = in.origin("origin");
      } else if (number == 2 && indexed) {
        index = in.number("index", Long.MAX_VALUE);
      } else if (number == 2) {
        in.room("subtrees", subtrees.size(), ReconcileMessage.PLACES_MAX);
        Bytes name = in.exactly("subtree", SUBTREE_BYTES);
        subtrees.add(new Subtree(name.at(0), name.u64At(1)));
      } else {
        return false;
      }
      return true;
    }
  }
}
