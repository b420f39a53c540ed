package dev.cairn.testkit.fuzz;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.federation.bootstrap.StretchParser;
import org.jspecify.annotations.Nullable;

/** What a bootstrap's stretch is read as: the same however its bytes are cut into messages. */
final class StretchEvents implements StretchParser.Sink {
  private final StringBuilder events = new StringBuilder();

  private StretchEvents() {}

  /**
   * The first byte says how many bytes go into a message the second time; all go into one first.
   */
  static void check(byte[] input) {
    if (input.length == 0) {
      return;
    }
    Bytes stretch = Bytes.wrap(input).slice(1);
    String whole = read(stretch, Math.max(1, stretch.length()));
    String cut = read(stretch, 1 + Byte.toUnsignedInt(input[0]));
    if (!cut.equals(whole)) {
      throw new AssertionError("read as " + whole + ", in pieces as " + cut);
    }
  }

  private static String read(Bytes stretch, int each) {
    StretchEvents sink = new StretchEvents();
    StretchParser parser = new StretchParser(sink);
    try {
      for (int from = 0; from < stretch.length(); from += each) {
        parser.parse(stretch.slice(from, Math.min(stretch.length(), from + each)));
      }
      sink.events.append(parser.isAtEnd());
    } catch (MalformedException refused) {
      sink.events.append(refused.getMessage());
    }
    return sink.events.toString();
  }

  @Override
  public void record(Bytes record, @Nullable Bytes payload) {
    events.append("record ").append(record.toHex());
    events.append(payload == null ? "" : " of " + payload.toHex()).append('\n');
  }

  @Override
  public void recordOfLarge(Bytes record, long length) {
    events.append("record ").append(record.toHex()).append(" of ").append(length).append(' ');
  }

  @Override
  public void piece(Bytes piece) {
    events.append(piece.toHex());
  }

  @Override
  public void endOfLarge() {
    events.append('\n');
  }

  @Override
  public void checkpoint(Bytes note) {
    events.append("checkpoint ").append(note.toHex()).append('\n');
  }
}
