package dev.cairn.federation.protocol;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;

/**
 * What a node says in its hello so that cosignatures that both hold are not sent again.
 *
 * @param tag of the newest ones held, see {@code docs/format/cosignature.md}
 */
public record CosignTag(Bytes tag) implements PartGreeting {
  /** Bytes of it. */
  public static final int BYTES = 16;

  public CosignTag {
    if (tag.length() != BYTES) {
      throw new MalformedException("tag of cosignatures: " + tag.length() + " bytes");
    }
  }
}
