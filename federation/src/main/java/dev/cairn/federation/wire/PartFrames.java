package dev.cairn.federation.wire;

import dev.cairn.federation.protocol.PartGreeting;
import dev.cairn.federation.protocol.PartMessage;
import java.io.IOException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * How the messages and greetings of one part of the protocol are written and read. A new part adds
 * a class of these to {@link FrameCodec#PARTS}, and its messages to {@code federation.proto}.
 */
interface PartFrames {
  /** What this part's messages are instances of. */
  Class<? extends PartMessage> messages();

  /** The field of {@code Frame} that a message is, below 64. */
  int kind(PartMessage message);

  /** Writes the fields of a message. */
  void write(PartMessage message, WireWriter out);

  /**
   * Reads the message that stands next; null, with nothing read, if the kind is not this part's.
   */
  @Nullable PartMessage read(int kind, WireReader in) throws IOException;

  /** Writes a greeting as a field of the hello, if it is this part's. */
  default void writeGreeting(PartGreeting greeting, WireWriter hello) {}

  /**
   * Reads a field of the hello; false, with nothing read, if it is not this part's.
   *
   * @param found given the greeting, if the field is one
   */
  default boolean readGreeting(int field, WireReader in, Consumer<PartGreeting> found)
      throws IOException {
    return false;
  }
}
