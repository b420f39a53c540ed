package dev.cairn.federation.wire;

import dev.cairn.federation.protocol.ProtocolLimits;

/**
 * The bounds of a frame and of what is in it, beside those that messages hold by themselves. Both
 * ends keep them: no one sends what no one takes.
 */
public final class FrameLimits {
  /** Most bytes of an encoded frame. */
  public static final int FRAME_BYTES_MAX = ProtocolLimits.MESSAGE_BYTES_MAX;

  /** Most runs in one records message. */
  public static final int RUNS_MAX = 65_536;

  /** Most items in one records message, all runs together. */
  public static final int ITEMS_MAX = 65_536;

  /** Most bytes of one canonical record. */
  public static final int RECORD_BYTES_MAX = 1_024;

  /** Most bytes of a checkpoint's signed note. */
  public static final int NOTE_BYTES_MAX = 64 << 10;

  /** Most UTF-8 bytes of a codec's name. */
  public static final int CODEC_BYTES_MAX = 32;

  /** Most UTF-8 bytes of a goodbye's text: four for each character is more than enough. */
  static final int TEXT_BYTES_MAX = 4 * ProtocolLimits.GOODBYE_CHARS_MAX;

  /** Most groups within groups of unknown fields. */
  static final int UNKNOWN_DEPTH_MAX = 16;

  private FrameLimits() {}
}
