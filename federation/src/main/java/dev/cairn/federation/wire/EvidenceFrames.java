package dev.cairn.federation.wire;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.evidence.Evidence;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.Origin;
import dev.cairn.federation.protocol.EvidenceMessage;
import dev.cairn.federation.protocol.EvidenceMessage.CheckpointShown;
import dev.cairn.federation.protocol.EvidenceMessage.CheckpointWanted;
import dev.cairn.federation.protocol.EvidenceMessage.EvidenceShown;
import dev.cairn.federation.protocol.EvidenceMessage.PrefixShown;
import dev.cairn.federation.protocol.EvidenceMessage.PrefixWanted;
import dev.cairn.federation.protocol.LogRoots;
import dev.cairn.federation.protocol.PartGreeting;
import dev.cairn.federation.protocol.PartMessage;
import dev.cairn.federation.protocol.ProtocolLimits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The frames of {@code evidence/1}. */
final class EvidenceFrames implements PartFrames {
  private static final int WANTED = 25;
  private static final int SHOWN = 26;
  private static final int EVIDENCE = 27;
  private static final int PREFIX_WANTED = 28;
  private static final int PREFIX_SHOWN = 29;
  private static final int HELLO_ROOTS = 16;

  @Override
  public Class<? extends PartMessage> messages() {
    return EvidenceMessage.class;
  }

  @Override
  public int kind(PartMessage message) {
    if (message instanceof CheckpointWanted) {
      return WANTED;
    } else if (message instanceof CheckpointShown) {
      return SHOWN;
    } else if (message instanceof EvidenceShown) {
      return EVIDENCE;
    } else if (message instanceof PrefixWanted) {
      return PREFIX_WANTED;
    } else if (message instanceof PrefixShown) {
      return PREFIX_SHOWN;
    }
    throw new AssertionError(message.getClass());
  }

  @Override
  public void write(PartMessage message, WireWriter out) {
    if (message instanceof CheckpointWanted wanted) {
      out.origin(1, wanted.origin()).number(2, wanted.treeSize());
    } else if (message instanceof CheckpointShown shown) {
      out.origin(1, shown.origin()).bytes(2, shown.note());
    } else if (message instanceof EvidenceShown evidence) {
      out.bytes(1, evidence.evidence());
    } else if (message instanceof PrefixWanted wanted) {
      out.origin(1, wanted.origin()).number(2, wanted.treeSize());
    } else if (message instanceof PrefixShown shown) {
      out.origin(1, shown.origin()).bytes(2, shown.note());
      shown.proof().forEach(hash -> out.bytes(3, hash));
    }
  }

  @Override
  public @Nullable PartMessage read(int kind, WireReader in) throws IOException {
    return switch (kind) {
      case WANTED -> new Wanted(in).read();
      case SHOWN -> new Shown(in).read();
      case EVIDENCE -> new Proof(in).read();
      case PREFIX_WANTED -> new Prefix(in).wanted();
      case PREFIX_SHOWN -> new Prefix(in).shown();
      default -> null;
    };
  }

  @Override
  public void writeGreeting(PartGreeting greeting, WireWriter hello) {
    if (greeting instanceof LogRoots roots) {
      hello.message(HELLO_ROOTS, out -> write(roots, out));
    }
  }

  private static void write(LogRoots roots, WireWriter out) {
    for (LogRoots.Entry entry : roots.roots()) {
      out.message(
          1,
          inner ->
              inner.origin(1, entry.origin()).number(2, entry.treeSize()).bytes(3, entry.tag()));
    }
    roots.frozen().forEach(origin -> out.origin(2, origin));
    out.bool(3, roots.proves());
  }

  @Override
  public boolean readGreeting(int field, WireReader in, Consumer<PartGreeting> found)
      throws IOException {
    if (field != HELLO_ROOTS) {
      return false;
    }
    found.accept(new Roots(in).read());
    return true;
  }

  private static final class Wanted implements WireReader.Fields {
    private final WireReader in;
    private @Nullable Origin origin;
    private long treeSize;

    Wanted(WireReader in) {
      this.in = in;
    }

    CheckpointWanted read() throws IOException {
      in.message("checkpoint_wanted", this);
      return new CheckpointWanted(
          WireReader.required(origin, "checkpoint_wanted.origin"), treeSize);
    }

    @Override
    public boolean read(int number) throws IOException {
      switch (number) {
        case 1 -> origin = in.origin("origin");
        case 2 -> treeSize = in.number("tree_size", Long.MAX_VALUE);
        default -> {
          return false;
        }
      }
      return true;
    }
  }

  private static final class Shown implements WireReader.Fields {
    private final WireReader in;
    private @Nullable Origin origin;
    private Bytes note = Bytes.EMPTY;

    Shown(WireReader in) {
      this.in = in;
    }

    CheckpointShown read() throws IOException {
      in.message("checkpoint_shown", this);
      return new CheckpointShown(WireReader.required(origin, "checkpoint_shown.origin"), note);
    }

    @Override
    public boolean read(int number) throws IOException {
      switch (number) {
        case 1 -> origin = in.origin("origin");
        case 2 -> note = in.bytes("note", FrameLimits.NOTE_BYTES_MAX);
        default -> {
          return false;
        }
      }
      return true;
    }
  }

  private static final class Proof implements WireReader.Fields {
    private final WireReader in;
    private Bytes evidence = Bytes.EMPTY;

    Proof(WireReader in) {
      this.in = in;
    }

    EvidenceShown read() throws IOException {
      in.message("evidence_shown", this);
      return new EvidenceShown(evidence);
    }

    @Override
    public boolean read(int number) throws IOException {
      if (number != 1) {
        return false;
      }
      evidence = in.bytes("evidence", Evidence.BYTES_MAX);
      return true;
    }
  }

  /** Of both messages about prefixes, which share their first field. */
  private static final class Prefix implements WireReader.Fields {
    private final WireReader in;
    private final List<Bytes> proof = new ArrayList<>();
    private boolean asks;
    private @Nullable Origin origin;
    private long treeSize;
    private Bytes note = Bytes.EMPTY;

    Prefix(WireReader in) {
      this.in = in;
    }

    PrefixWanted wanted() throws IOException {
      asks = true;
      in.message("prefix_wanted", this);
      return new PrefixWanted(WireReader.required(origin, "prefix_wanted.origin"), treeSize);
    }

    PrefixShown shown() throws IOException {
      in.message("prefix_shown", this, 3);
      return new PrefixShown(WireReader.required(origin, "prefix_shown.origin"), note, proof);
    }

    @Override
    public boolean read(int number) throws IOException {
      if (number == 1) {
        origin = in.origin("origin");
      } else if (number == 2 && asks) {
        treeSize = in.number("tree_size", Long.MAX_VALUE);
      } else if (number == 2) {
        note = in.bytes("note", FrameLimits.NOTE_BYTES_MAX);
      } else if (number == 3 && !asks) {
        in.room("proof", proof.size(), PrefixShown.HASHES_MAX);
        proof.add(in.exactly("proof", TreeHasher.HASH_BYTES));
      } else {
        return false;
      }
      return true;
    }
  }

  private static final class Roots implements WireReader.Fields {
    private final WireReader in;
    private final List<LogRoots.Entry> roots = new ArrayList<>();
    private final List<Origin> frozen = new ArrayList<>();
    private boolean proves;

    Roots(WireReader in) {
      this.in = in;
    }

    LogRoots read() throws IOException {
      in.message("log_roots", this, 1, 2);
      return new LogRoots(roots, frozen, proves);
    }

    @Override
    public boolean read(int number) throws IOException {
      switch (number) {
        case 1 -> {
          in.room("roots", roots.size(), ProtocolLimits.ORIGINS_MAX);
          roots.add(new Root(in).read());
        }
        case 2 -> {
          in.room("frozen", frozen.size(), ProtocolLimits.ORIGINS_MAX);
          frozen.add(in.origin("frozen"));
        }
        case 3 -> proves = in.bool("proves");
        default -> {
          return false;
        }
      }
      return true;
    }
  }

  private static final class Root implements WireReader.Fields {
    private final WireReader in;
    private @Nullable Origin origin;
    private long treeSize;
    private Bytes tag = Bytes.EMPTY;

    Root(WireReader in) {
      this.in = in;
    }

    LogRoots.Entry read() throws IOException {
      in.message("root", this);
      return new LogRoots.Entry(WireReader.required(origin, "root.origin"), treeSize, tag);
    }

    @Override
    public boolean read(int number) throws IOException {
      switch (number) {
        case 1 -> origin = in.origin("origin");
        case 2 -> treeSize = in.number("tree_size", Long.MAX_VALUE);
        case 3 -> tag = in.exactly("tag", LogRoots.TAG_BYTES);
        default -> {
          return false;
        }
      }
      return true;
    }
  }
}
