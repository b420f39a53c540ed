package dev.cairn.federation.wire;

import static dev.cairn.federation.wire.WireReader.required;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.federation.access.Grant;
import dev.cairn.federation.access.Right;
import dev.cairn.federation.protocol.FilterMessage;
import dev.cairn.federation.protocol.FilterMessage.Fill;
import dev.cairn.federation.protocol.FilterMessage.Fills;
import dev.cairn.federation.protocol.FilterMessage.FilteredEnd;
import dev.cairn.federation.protocol.FilterMessage.Interest;
import dev.cairn.federation.protocol.FilterMessage.PartialCursor;
import dev.cairn.federation.protocol.FilterMessage.PartialItem;
import dev.cairn.federation.protocol.FilterMessage.PartialRun;
import dev.cairn.federation.protocol.FilterMessage.ToldLog;
import dev.cairn.federation.protocol.PartGreeting;
import dev.cairn.federation.protocol.PartMessage;
import dev.cairn.federation.protocol.PartialOffer;
import dev.cairn.federation.protocol.PartialWish;
import dev.cairn.federation.protocol.ProtocolLimits;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedSet;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The frames of {@code filter/1}. */
final class FilterFrames implements PartFrames {
  private static final int INTEREST = 19;
  private static final int FILLS = 20;
  private static final int PARTIAL_RUN = 21;
  private static final int FILTERED_END = 22;
  private static final int HELLO_WISH = 17;
  private static final int HELLO_OFFER = 18;

  @Override
  public Class<? extends PartMessage> messages() {
    return FilterMessage.class;
  }

  @Override
  public int kind(PartMessage message) {
    if (message instanceof Interest) {
      return INTEREST;
    } else if (message instanceof Fills) {
      return FILLS;
    } else if (message instanceof PartialRun) {
      return PARTIAL_RUN;
    } else if (message instanceof FilteredEnd) {
      return FILTERED_END;
    }
    throw new AssertionError(message.getClass());
  }

  @Override
  public void write(PartMessage message, WireWriter out) {
    if (message instanceof Interest interest) {
      out.text(1, interest.filter(), ProtocolLimits.FILTER_CHARS_MAX);
      for (PartialCursor cursor : interest.cursor()) {
        out.message(
            2,
            inner ->
                inner
                    .origin(1, cursor.origin())
                    .number(2, cursor.size())
                    .text(3, cursor.filter(), ProtocolLimits.FILTER_CHARS_MAX)
                    .number(4, cursor.told()));
      }
      out.bool(3, interest.removals());
    } else if (message instanceof Fills fills) {
      out.origin(1, fills.origin());
      for (Fill fill : fills.fills()) {
        out.message(2, inner -> inner.number(1, fill.index()).bytes(2, fill.record()));
      }
      out.bool(3, fills.last());
    } else if (message instanceof PartialRun run) {
      run(run, out);
    } else if (message instanceof FilteredEnd end) {
      for (ToldLog log : end.told()) {
        out.message(1, inner -> inner.origin(1, log.origin()).number(2, log.size()));
      }
    }
  }

  private static void run(PartialRun run, WireWriter out) {
    out.origin(1, run.origin()).bytes(2, run.key().encoded()).number(3, run.first());
    for (PartialItem item : run.items()) {
      Bytes leaf = item.leaf();
      Bytes record = item.record();
      out.message(
          4,
          inner -> {
            if (leaf != null) {
              inner.bytes(1, leaf);
            }
            if (record != null) {
              inner.bytes(2, record);
            }
          });
    }
    Bytes note = run.note();
    if (note != null) {
      out.bytes(5, note);
    }
  }

  @Override
  public @Nullable PartMessage read(int kind, WireReader in) throws IOException {
    return switch (kind) {
      case INTEREST -> new InterestFields(in).read();
      case FILLS -> new FillsFields(in).read();
      case PARTIAL_RUN -> new RunFields(in).read();
      case FILTERED_END -> new EndFields(in).read();
      default -> null;
    };
  }

  @Override
  public void writeGreeting(PartGreeting greeting, WireWriter hello) {
    if (greeting instanceof PartialWish) {
      hello.bool(HELLO_WISH, true);
    } else if (greeting instanceof PartialOffer offer) {
      hello.message(
          HELLO_OFFER,
          inner -> {
            offer.grant().types().forEach(type -> inner.text(1, type, TypeTag.LENGTH_MAX));
            offer.grant().prefixes().forEach(p -> inner.text(2, p, Grant.PREFIX_DIGITS_MAX));
          });
    }
  }

  @Override
  public boolean readGreeting(int field, WireReader in, Consumer<PartGreeting> found)
      throws IOException {
    if (field == HELLO_WISH) {
      if (in.bool("partial_wish")) {
        found.accept(new PartialWish());
      }
    } else if (field == HELLO_OFFER) {
      found.accept(new OfferFields(in).read());
    } else {
      return false;
    }
    return true;
  }

  private static final class OfferFields implements WireReader.Fields {
    private final WireReader in;
    private final TreeSet<String> types = new TreeSet<>();
    private final TreeSet<String> prefixes = new TreeSet<>();

    OfferFields(WireReader in) {
      this.in = in;
    }

    PartialOffer read() throws IOException {
      in.message("partial_offer", this, 1, 2);
      if (types.isEmpty() && prefixes.isEmpty()) {
        throw new MalformedException("partial_offer: no limits");
      }
      try {
        return new PartialOffer(new Grant(new TreeSet<>(Set.of(Right.READ)), types, prefixes));
      } catch (IllegalArgumentException e) {
        throw new MalformedException("partial_offer: " + e.getMessage(), e);
      }
    }

    private static void add(SortedSet<String> all, String one) {
      if (!all.isEmpty() && all.last().compareTo(one) >= 0) {
        throw new MalformedException("partial_offer: limits out of order");
      }
      all.add(one);
    }

    @Override
    public boolean read(int number) throws IOException {
      switch (number) {
        case 1 -> {
          in.room("types", types.size(), Grant.LIMITS_MAX);
          add(types, in.text("types", TypeTag.LENGTH_MAX));
        }
        case 2 -> {
          in.room("prefixes", prefixes.size(), Grant.LIMITS_MAX);
          add(prefixes, in.text("prefixes", Grant.PREFIX_DIGITS_MAX));
        }
        default -> {
          return false;
        }
      }
      return true;
    }
  }

  private static final class InterestFields implements WireReader.Fields {
    private final WireReader in;
    private String filter = "";
    private final List<PartialCursor> cursor = new ArrayList<>();
    private boolean removals;

    InterestFields(WireReader in) {
      this.in = in;
    }

    Interest read() throws IOException {
      in.message("interest", this, 2);
      return new Interest(filter, cursor, removals);
    }

    @Override
    public boolean read(int number) throws IOException {
      switch (number) {
        case 1 -> filter = in.text("filter", ProtocolLimits.FILTER_CHARS_MAX);
        case 2 -> {
          in.room("cursor", cursor.size(), ProtocolLimits.ORIGINS_MAX);
          cursor.add(new CursorFields(in).read());
        }
        case 3 -> removals = in.bool("removals");
        default -> {
          return false;
        }
      }
      return true;
    }
  }

  private static final class CursorFields implements WireReader.Fields {
    private final WireReader in;
    private @Nullable Origin origin;
    private long size;
    private String filter = "";
    private long told;

    CursorFields(WireReader in) {
      this.in = in;
    }

    PartialCursor read() throws IOException {
      in.message("interest.cursor", this);
      return new PartialCursor(required(origin, "interest.cursor.origin"), size, filter, told);
    }

    @Override
    public boolean read(int number) throws IOException {
      switch (number) {
        case 1 -> origin = in.origin("origin");
        case 2 -> size = in.number("size", Long.MAX_VALUE);
        case 3 -> filter = in.text("filter", ProtocolLimits.FILTER_CHARS_MAX);
        case 4 -> told = in.number("told", Long.MAX_VALUE);
        default -> {
          return false;
        }
      }
      return true;
    }
  }

  private static final class EndFields implements WireReader.Fields {
    private final WireReader in;
    private final List<ToldLog> told = new ArrayList<>();

    EndFields(WireReader in) {
      this.in = in;
    }

    FilteredEnd read() throws IOException {
      in.message("filtered_end", this, 1);
      return new FilteredEnd(told);
    }

    @Override
    public boolean read(int number) throws IOException {
      if (number != 1) {
        return false;
      }
      in.room("told", told.size(), ProtocolLimits.ORIGINS_MAX);
      told.add(new ToldFields(in).read());
      return true;
    }
  }

  private static final class ToldFields implements WireReader.Fields {
    private final WireReader in;
    private @Nullable Origin origin;
    private long size;

    ToldFields(WireReader in) {
      this.in = in;
    }

    ToldLog read() throws IOException {
      in.message("filtered_end.told", this);
      return new ToldLog(required(origin, "filtered_end.told.origin"), size);
    }

    @Override
    public boolean read(int number) throws IOException {
      switch (number) {
        case 1 -> origin = in.origin("origin");
        case 2 -> size = in.number("size", Long.MAX_VALUE);
        default -> {
          return false;
        }
      }
      return true;
    }
  }

  private static final class FillsFields implements WireReader.Fields {
    private final WireReader in;
    private @Nullable Origin origin;
    private final List<Fill> fills = new ArrayList<>();
    private boolean last;

    FillsFields(WireReader in) {
      this.in = in;
    }

    Fills read() throws IOException {
      in.message("fills", this, 2);
      return new Fills(required(origin, "fills.origin"), fills, last);
    }

    @Override
    public boolean read(int number) throws IOException {
      switch (number) {
        case 1 -> origin = in.origin("origin");
        case 2 -> {
          in.room("fills", fills.size(), ProtocolLimits.FILTERED_ITEMS_MAX);
          fills.add(new FillFields(in).read());
        }
        case 3 -> last = in.bool("last");
        default -> {
          return false;
        }
      }
      return true;
    }
  }

  private static final class FillFields implements WireReader.Fields {
    private final WireReader in;
    private long index;
    private Bytes record = Bytes.EMPTY;

    FillFields(WireReader in) {
      this.in = in;
    }

    Fill read() throws IOException {
      in.message("fills.fill", this);
      return new Fill(index, record);
    }

    @Override
    public boolean read(int number) throws IOException {
      switch (number) {
        case 1 -> index = in.number("index", Long.MAX_VALUE);
        case 2 -> record = in.bytes("record", FrameLimits.RECORD_BYTES_MAX);
        default -> {
          return false;
        }
      }
      return true;
    }
  }

  private static final class RunFields implements WireReader.Fields {
    private final WireReader in;
    private @Nullable Origin origin;
    private @Nullable PublicKey key;
    private long first;
    private final List<PartialItem> items = new ArrayList<>();
    private @Nullable Bytes note;

    RunFields(WireReader in) {
      this.in = in;
    }

    PartialRun read() throws IOException {
      in.message("partial_run", this, 4);
      return new PartialRun(
          required(origin, "partial_run.origin"),
          required(key, "partial_run.key"),
          first,
          items,
          note);
    }

    @Override
    public boolean read(int number) throws IOException {
      switch (number) {
        case 1 -> origin = in.origin("origin");
        case 2 -> key = in.key("key");
        case 3 -> first = in.number("first", Long.MAX_VALUE);
        case 4 -> {
          in.room("items", items.size(), ProtocolLimits.FILTERED_ITEMS_MAX);
          items.add(new ItemFields(in).read());
        }
        case 5 -> note = in.bytes("note", FrameLimits.NOTE_BYTES_MAX);
        default -> {
          return false;
        }
      }
      return true;
    }
  }

  private static final class ItemFields implements WireReader.Fields {
    private final WireReader in;
    private @Nullable Bytes leaf;
    private @Nullable Bytes record;

    ItemFields(WireReader in) {
      this.in = in;
    }

    PartialItem read() throws IOException {
      in.message("partial_run.item", this);
      return new PartialItem(leaf, record);
    }

    @Override
    public boolean read(int number) throws IOException {
      switch (number) {
        case 1 -> leaf = in.exactly("leaf", HashAlgorithm.DIGEST_BYTES);
        case 2 -> record = in.bytes("record", FrameLimits.RECORD_BYTES_MAX);
        default -> {
          return false;
        }
      }
      return true;
    }
  }
}
