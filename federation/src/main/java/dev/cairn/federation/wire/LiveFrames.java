package dev.cairn.federation.wire;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.Origin;
import dev.cairn.federation.protocol.Follow;
import dev.cairn.federation.protocol.LiveMessage;
import dev.cairn.federation.protocol.LiveMessage.CursorAnswer;
import dev.cairn.federation.protocol.LiveMessage.CursorProblem;
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
  private static final int CURSOR_ANSWER = 12;
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
    if (message instanceof CursorAnswer) {
      return CURSOR_ANSWER;
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
    } else if (message instanceof CursorAnswer answer) {
      out.origin(1, answer.origin())
          .number(2, code(answer.problem()))
          .number(3, answer.treeSize())
          .number(4, answer.lastLogseq());
    }
  }

  @Override
  public @Nullable PartMessage read(int kind, WireReader in) throws IOException {
    return switch (kind) {
      case PULSE -> new PulseFields(in).read();
      case CURSOR_ANSWER -> new CursorAnswerFields(in).read();
      default -> null;
    };
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

  private static int code(CursorProblem problem) {
    return switch (problem) {
      case DIVERGED -> 1;
      case PRUNED -> 2;
      case UNKNOWN_EPOCH -> 3;
      case FUTURE_CURSOR -> 4;
    };
  }

  private static CursorProblem problem(long code) {
    for (CursorProblem problem : CursorProblem.values()) {
      if (code(problem) == code) {
        return problem;
      }
    }
    throw new MalformedException("cursor_answer.problem: " + code);
  }

  private static final class CursorAnswerFields implements WireReader.Fields {
    private final WireReader in;
    private @Nullable Origin origin;
    private long problem;
    private long treeSize;
    private long lastLogseq;

    CursorAnswerFields(WireReader in) {
      this.in = in;
    }

    CursorAnswer read() throws IOException {
      in.message("cursor_answer", this);
      return new CursorAnswer(
          WireReader.required(origin, "cursor_answer.origin"),
          problem(problem),
          treeSize,
          lastLogseq);
    }

    @Override
    public boolean read(int number) throws IOException {
      switch (number) {
        case 1 -> origin = in.origin("origin");
        case 2 -> problem = in.number("problem", Integer.MAX_VALUE);
        case 3 -> treeSize = in.number("tree_size", Long.MAX_VALUE);
        case 4 -> lastLogseq = in.number("last_logseq", Long.MAX_VALUE);
        default -> {
          return false;
        }
      }
      return true;
    }
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
