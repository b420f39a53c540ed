package dev.cairn.federation.grpc;

import dev.cairn.asl.time.Ticker;
import dev.cairn.federation.protocol.ProtocolLimits;
import dev.cairn.federation.transport.LinkLimits;
import dev.cairn.federation.wire.Packing;
import java.util.List;

/**
 * The bounds of the gRPC transport. Those that a test must shorten are components, the others
 * constants.
 *
 * @param link bounds of each link
 * @param ticker measures waits
 * @param connectTimeoutMillis longest wait for a peer to answer, handshakes included
 * @param closeTimeoutMillis longest wait for a peer to see the end of a conversation
 * @param packsNearby whether frames are packed on this machine too, where that only costs work
 */
record GrpcSettings(
    LinkLimits link,
    Ticker ticker,
    long connectTimeoutMillis,
    long closeTimeoutMillis,
    boolean packsNearby) {
  static final GrpcSettings DEFAULT =
      new GrpcSettings(LinkLimits.DEFAULT, Ticker.system(), 10_000, 2_000, false);

  /** The codecs that this side names in its hello on a link. */
  List<String> codecs(boolean nearby) {
    return nearby && !packsNearby ? List.of(ProtocolLimits.CODEC_IDENTITY) : Packing.CODECS;
  }

  /** Conversations that a server holds at once, each with a thread of its own. */
  static final int EXCHANGES_MAX = 32;

  /** Conversations on one connection. */
  static final int EXCHANGES_PER_CONNECTION_MAX = 4;

  /** TCP connections that a server holds at once; what comes beyond is closed unread. */
  static final int CONNECTIONS_MAX = 128;

  /** Bytes in flight on a connection before HTTP/2 holds the sender back. */
  static final int FLOW_CONTROL_WINDOW_BYTES = 8 << 20;

  /** Bytes that wait for the network before {@code send} waits. */
  static final int SEND_BUFFER_BYTES = 512 << 10;

  /** Frames asked for ahead of their arrival, beyond what lies in the inbox. */
  static final int FRAMES_AHEAD = 4;

  /** Bytes of HTTP headers. */
  static final int METADATA_BYTES_MAX = 8 << 10;

  /** A quiet connection is probed this often. */
  static final long KEEPALIVE_MILLIS = 30_000;

  /** A probe is answered within this time, or the connection is dead. */
  static final long KEEPALIVE_TIMEOUT_MILLIS = 10_000;

  /** Peers may not probe more often. */
  static final long KEEPALIVE_MILLIS_MIN = 20_000;

  /** A connection without a conversation ends after this time. */
  static final long CONNECTION_IDLE_MILLIS = 60_000;

  /** Resets of streams that a peer may cause in {@link #RESETS_WINDOW_SECONDS}. */
  static final int RESETS_MAX = 200;

  static final int RESETS_WINDOW_SECONDS = 30;

  /** Threads that a server reads and writes with. */
  static final int EVENT_LOOPS = 2;

  /** Longest wait of a closing server for the conversations that go on. */
  static final long SHUTDOWN_MILLIS = 5_000;
}
