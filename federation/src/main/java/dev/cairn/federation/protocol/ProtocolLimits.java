package dev.cairn.federation.protocol;

import dev.cairn.asl.store.PayloadChunk;
import dev.cairn.asl.store.Store;
import java.util.regex.Pattern;

/** Everything in the protocol that could grow, with its bound. */
public final class ProtocolLimits {
  /** The one protocol version spoken. */
  public static final int VERSION = 1;

  /** The codec that everyone speaks: payloads as they are. */
  public static final String CODEC_IDENTITY = "identity";

  /** Most codecs in a hello. */
  public static final int CODECS_MAX = 16;

  /** Most features in a hello. */
  public static final int FEATURES_MAX = 16;

  /** Longest name of a feature, in bytes. */
  public static final int FEATURE_BYTES_MAX = 32;

  /** Most origins in a cursor or a delta. */
  public static final int ORIGINS_MAX = 16_384;

  /** A records message is sent once it holds this many bytes of records and payloads. */
  public static final int RECORDS_MESSAGE_BYTES = 64 * 1024;

  /** Largest payload that travels with its record. */
  public static final int INLINE_PAYLOAD_BYTES_MAX = Store.INLINE_BYTES_MAX;

  /** Most bytes in a piece of a larger payload. */
  public static final int PAYLOAD_PIECE_BYTES_MAX = 256 * 1024;

  /** No message, however encoded, is larger. */
  public static final int MESSAGE_BYTES_MAX = 4 * 1024 * 1024;

  /** A node signs its own log at least this often, so that a stretch of it stays short. */
  public static final int CHECKPOINT_RECORDS_MAX = Store.CHECKPOINT_SPACING_RECORDS;

  /** Most records of one origin that wait for their checkpoint. */
  public static final int STAGED_RECORDS_MAX = Store.STRETCH_RECORDS_MAX;

  /** Most bytes of records, of all origins together, that wait for their checkpoints. */
  public static final long STAGED_RECORD_BYTES_MAX = 64L * 1024 * 1024;

  /** Inline payloads beyond this many bytes in all do not wait in memory but in the store. */
  public static final long STAGED_PAYLOAD_BYTES_MAX = 32L * 1024 * 1024;

  /** Longest text of a goodbye, in UTF-16 units. */
  public static final int GOODBYE_CHARS_MAX = 1_024;

  /** The feature of logs that travel in part. */
  public static final String FEATURE_FILTER = "filter/1";

  /** Longest text of a filter. */
  public static final int FILTER_CHARS_MAX = 16_384;

  /** Most records, leaf hashes and fills in one message. */
  public static final int FILTERED_ITEMS_MAX = 2_048;

  /** A log that the peer did not take, as it holds it back, is sent again after so long. */
  public static final long UNTAKEN_MILLIS = 60_000;

  /** Who says that it shows how its logs begin does so within this time of being asked. */
  public static final long PREFIX_MILLIS = 60_000;

  /** A checkpoint that is asked for is shown, or said not to be there, within this time. */
  public static final long CHECKPOINT_MILLIS = 60_000;

  /** The feature of payloads that are asked for. */
  public static final String FEATURE_FETCH = "fetch/1";

  /** Most items of a want, and most answers in one message. */
  public static final int WANT_ITEMS_MAX = 1_024;

  /** Most wants of one side that wait for their answers. */
  public static final int WANTS_WAITING_MAX = 4_096;

  /** Longest chunk. */
  public static final int CHUNK_BYTES_MAX = PayloadChunk.BYTES_MAX;

  /** Most chunks in one list; longer lists come in parts. */
  public static final int CHUNKS_LISTED_MAX = 65_536;

  private static final Pattern FEATURE =
      Pattern.compile("[a-z0-9][a-z0-9._/-]{0," + (FEATURE_BYTES_MAX - 1) + "}");

  /** What lies here unreceived puts the limit of a wait off, to so many times the limit at most. */
  private static final int BACKLOG_TIMES_MAX = 10;

  private ProtocolLimits() {}

  /**
   * True if the other side had its time for an answer. What came and was not received yet may be
   * the answer, but who sends without end what is none gains no time without end.
   *
   * @param sinceMillis from when the answer is owed
   * @param quietMillis when all that had come was received, last; see {@link PeerSession#tick(long,
   *     long)}
   */
  public static boolean isOverdue(
      long sinceMillis, long nowMillis, long quietMillis, long limitMillis) {
    return quietMillis - sinceMillis >= limitMillis
        || nowMillis - sinceMillis >= BACKLOG_TIMES_MAX * limitMillis;
  }

  /**
   * True if {@code text} can name a feature: small letters, digits, dot, dash, underscore, slash.
   */
  public static boolean isFeature(String text) {
    return FEATURE.matcher(text).matches();
  }
}
