package dev.cairn.federation.wire;

import dev.cairn.federation.protocol.PeerMessage.Reason;

/** The numbers of the reasons on the wire. */
final class ReasonCodes {
  private ReasonCodes() {}

  static int code(Reason reason) {
    return switch (reason) {
      case DONE -> 1;
      case VERSION -> 2;
      case FEDERATION -> 3;
      case UNTRUSTED -> 4;
      case MALFORMED -> 5;
      case UNVERIFIED -> 6;
      case LIMIT -> 7;
      case UNAVAILABLE -> 8;
      case QUOTA -> 9;
    };
  }

  /** The reason of a number; a newer version's reasons count as {@link Reason#UNAVAILABLE}. */
  static Reason reason(int code) {
    for (Reason reason : Reason.values()) {
      if (code(reason) == code) {
        return reason;
      }
    }
    return Reason.UNAVAILABLE;
  }
}
