package dev.cairn.federation.grpc;

import java.time.Duration;

/** The bounds of the API. */
final class ApiLimits {
  /** Calls at work at once on one server, each with a thread of its own. */
  static final int CALLS_MAX = 32;

  /** Calls at once on one connection, conversations of peers included. */
  static final int CALLS_PER_CONNECTION_MAX = 16;

  /** Longest time of one call. */
  static final long CALL_MILLIS_MAX = 3_600_000;

  /** Longest wait for a client's next message, or for a client that does not read. */
  static final long SILENCE_MILLIS_MAX = 60_000;

  /** Bytes of payload in one message of a client. */
  static final int PUT_PIECE_BYTES_MAX = 1 << 20;

  /** Messages of a put asked for ahead of their use. */
  static final int PUT_PIECES_AHEAD = 2;

  /** Bytes of payload in one reply. */
  static final int GET_PIECE_BYTES = 64 << 10;

  /** Records in one reply. */
  static final int RECORDS_MAX = 1_024;

  /** Starts of a walk. */
  static final int STARTS_MAX = 256;

  /** Edge types that a walk follows. */
  static final int TYPES_MAX = 256;

  /** Nodes and edges in one reply; fewer if their endpoints are many. */
  static final int WALK_ENTRIES_MAX = 1_024;

  /** Endpoints of edges in one reply, behind which it is sent. */
  static final int WALK_ENDPOINTS_MAX = 4_096;

  /** Endpoints of an edge that a client links. */
  static final int LINK_ENDPOINTS_MAX = 4_096;

  /** Inputs of a run. */
  static final int INPUTS_MAX = 4_096;

  /** A call that follows the log looks this often whether it is still wanted. */
  static final Duration WATCH_SLICE = Duration.ofMillis(250);

  /** A call that follows the log says so often that it is alive. */
  static final long WATCH_SIGN_MILLIS = 10_000;

  /** Characters of an error's message, so that it fits into any client's bound on headers. */
  static final int MESSAGE_CHARS_MAX = 500;

  /** Most members that a refused put is told to go to. */
  static final int HOLDERS_MAX = 8;

  private ApiLimits() {}
}
