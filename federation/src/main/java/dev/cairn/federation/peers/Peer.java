package dev.cairn.federation.peers;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.federation.transport.PeerAddress;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * A peer that this node dials by name.
 *
 * @param name a label of this node's own: 1 to {@value #NAME_CHARS_MAX} of letters, digits, dot,
 *     dash and underscore, the first a letter or digit
 * @param address where it listens
 * @param pin the one node that may answer there; null until one has been met
 * @param pinning where the pin comes from; {@link Pinning#NONE} exactly if there is none
 * @param addedMillis when it was added first, since 1970
 */
public record Peer(
    String name, PeerAddress address, @Nullable NodeId pin, Pinning pinning, long addedMillis) {
  /** Longest name. */
  public static final int NAME_CHARS_MAX = 64;

  private static final Pattern NAME =
      Pattern.compile("[A-Za-z0-9][A-Za-z0-9._-]{0," + (NAME_CHARS_MAX - 1) + "}");

  /** How a peer came to its pin. */
  public enum Pinning {
    /** Whoever answers first will be pinned. */
    NONE,
    /** A person named the node. */
    GIVEN,
    /** It is the node that answered first. */
    FIRST_USE
  }

  /** One that is met by its address alone, and kept in no book. */
  public static Peer unnamed(PeerAddress address) {
    return new Peer("unnamed", address, null, Pinning.NONE, 0);
  }

  public Peer {
    checkName(name);
    if ((pin == null) != (pinning == Pinning.NONE) || addedMillis < 0) {
      throw new IllegalArgumentException("peer " + name + ": pin " + pin + ", " + pinning);
    }
  }

  /** True if {@code text} has the form of a name; addresses and paths with a slash never have. */
  public static boolean isName(String text) {
    return NAME.matcher(text).matches();
  }

  static void checkName(String name) {
    if (!isName(name)) {
      throw new MalformedException(
          "peer name '"
              + name
              + "': not 1 to "
              + NAME_CHARS_MAX
              + " letters, digits, dots, dashes and underscores");
    }
  }
}
