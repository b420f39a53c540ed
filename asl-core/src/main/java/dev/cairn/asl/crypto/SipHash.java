package dev.cairn.asl.crypto;

import dev.cairn.asl.bytes.Bytes;

/**
 * SipHash-2-4 (Aumasson and Bernstein, 2012) over whole words: 64 bits that nobody who lacks the
 * key can foresee, for sums over what others chose. Not a digest: who has the key finds collisions
 * by trying. Used once for each message; one owner.
 */
public final class SipHash {
  /** Length of a key. */
  public static final int KEY_BYTES = 16;

  private long v0;
  private long v1;
  private long v2;
  private long v3;
  private long words;

  /**
   * Begins a message.
   *
   * @param key0 the first eight bytes of the key, little endian
   * @param key1 the last eight
   */
  public SipHash(long key0, long key1) {
    v0 = key0 ^ 0x736f6d6570736575L;
    v1 = key1 ^ 0x646f72616e646f6dL;
    v2 = key0 ^ 0x6c7967656e657261L;
    v3 = key1 ^ 0x7465646279746573L;
  }

  /** The next eight bytes of the message, little endian. */
  public SipHash word(long word) {
    v3 ^= word;
    round();
    round();
    v0 ^= word;
    words++;
    return this;
  }

  /** The next bytes, which are a multiple of eight, each eight of them as one big-endian word. */
  public SipHash words(Bytes bytes) {
    for (int at = 0; at < bytes.length(); at += Long.BYTES) {
      word(bytes.u64At(at));
    }
    return this;
  }

  /** Ends the message. */
  public long end() {
    long last = (words * Long.BYTES) << 56;
    v3 ^= last;
    round();
    round();
    v0 ^= last;
    v2 ^= 0xff;
    round();
    round();
    round();
    round();
    return v0 ^ v1 ^ v2 ^ v3;
  }

  private void round() {
    v0 += v1;
    v2 += v3;
    v1 = Long.rotateLeft(v1, 13) ^ v0;
    v3 = Long.rotateLeft(v3, 16) ^ v2;
    v0 = Long.rotateLeft(v0, 32);
    v2 += v1;
    v0 += v3;
    v1 = Long.rotateLeft(v1, 17) ^ v2;
    v3 = Long.rotateLeft(v3, 21) ^ v0;
    v2 = Long.rotateLeft(v2, 32);
  }
}
