package dev.cairn.federation.wire;

/**
 * The bounds of a frame and of what is in it. Both ends hold them: no one sends what no one takes.
 */
public final class FrameLimits {
  /** Most bytes of an encoded frame. */
  public static final int FRAME_BYTES_MAX = 4 << 20;

  /** Most runs in one records message. */
  public static final int RUNS_MAX = 65_536;

  /** Most items in one records message, all runs together. */
  public static final int ITEMS_MAX = 65_536;

  /** Most cursor entries in a hello or an acknowledgement. */
  public static final int CURSOR_ENTRIES_MAX = 65_536;

  /** Most bytes of one canonical record. */
  public static final int RECORD_BYTES_MAX = 1_024;

  /** Most bytes of one payload piece. */
  public static final int PIECE_BYTES_MAX = 1 << 20;

  /** Most bytes of a checkpoint's signed note. */
  public static final int NOTE_BYTES_MAX = 64 << 10;

  /** Most UTF-8 bytes of a federation's name. */
  public static final int FEDERATION_BYTES_MAX = 255;

  /** Most codecs in a hello. */
  public static final int CODECS_MAX = 16;

  /** Most UTF-8 bytes of a codec's name. */
  public static final int CODEC_BYTES_MAX = 32;

  /** Most characters of a goodbye's text. */
  public static final int TEXT_CHARS_MAX = 1_024;

  /** Most groups within groups of unknown fields. */
  static final int UNKNOWN_DEPTH_MAX = 16;

  /** Bytes that an item takes at most beside its record and its payload: the heads of the three. */
  public static final int ITEM_OVERHEAD_BYTES = 3 * 6;

  /** Bytes that a run takes at most beside its items, with the frame around it. */
  public static final int RUN_OVERHEAD_BYTES = 6 + 38 + 11 + 2 * 6;

  private FrameLimits() {}
}
