package dev.cairn.federation.wire;

import dev.cairn.federation.protocol.Follow;
import dev.cairn.federation.protocol.LiveMessage;
import dev.cairn.federation.protocol.LiveMessage.Pulse;
import dev.cairn.federation.protocol.PartGreeting;
import dev.cairn.federation.protocol.PartMessage;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The frames of {@code live/1}. */
final class LiveFrames implements PartFrames {
  private static final int PULSE = 11;
  private static final int HELLO_FOLLOW = 11;

  @Override
  public Class<? extends PartMessage> messages() {
    return LiveMessage.class;
  }

  @Override
  public int kind(PartMessage message) {
    if (message instanceof Pulse) {
      return PULSE;
    }
    throw new AssertionError(message.getClass());
  }

  @Override
  public void write(PartMessage message, WireWriter out) {
    if (message instanceof Pulse pulse) {
      out.number(1, pulse.hlc());
      for (CursorEntry entry : pulse.cursor()) {
        out.message(2, inner -> cursorEntry(entry, inner));
      }
    }
  }

  @Override
  public @Nullable PartMessage read(int kind, WireReader in) throws IOException {
    return kind == PULSE ? new PulseFields(in).read() : null;
  }

  @Override
  public void writeGreeting(PartGreeting greeting, WireWriter hello) {
    if (greeting instanceof Follow) {
      hello.bool(HELLO_FOLLOW, true);
    }
  }

  @Override
  public boolean readGreeting(int field, WireReader in, Consumer<PartGreeting> found)
      throws IOException {
    if (field != HELLO_FOLLOW) {
      return false;
    }
    if (in.bool("follow")) {
      found.accept(new Follow());
    }
    return true;
  }

  private static void cursorEntry(CursorEntry entry, WireWriter out) {
    out.origin(1, entry.origin()).number(2, entry.treeSize()).number(3, entry.lastLogseq());
  }

  private static final class PulseFields implements WireReader.Fields {
    private final WireReader in;
    private long hlc;
    private final List<CursorEntry> cursor = new ArrayList<>();

    PulseFields(WireReader in) {
      this.in = in;
    }

    Pulse read() throws IOException {
      in.message("pulse", this, 2);
      return new Pulse(hlc, cursor);
    }

    @Override
    public boolean read(int number) throws IOException {
      switch (number) {
        case 1 -> hlc = in.number("hlc", Long.MAX_VALUE);
        case 2 -> in.cursorEntry(cursor);
        default -> {
          return false;
        }
      }
      return true;
    }
  }
}
