package dev.cairn.federation.fetch;

import dev.cairn.federation.protocol.SessionPart;
import dev.cairn.federation.sync.SyncReport;

/** One peer that can be asked for payloads. */
public interface FetchCall {
  /** What people call it. */
  String name();

  /** Talks to it, without deltas, until {@code part} and all that the peer wants is done. */
  SyncReport talk(SessionPart part);
}
