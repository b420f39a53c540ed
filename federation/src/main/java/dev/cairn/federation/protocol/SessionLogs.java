package dev.cairn.federation.protocol;

import dev.cairn.asl.model.Origin;
import java.util.Set;

/**
 * What the parts of one session know together of the logs that travel in it. For the session's
 * owner, from {@link SessionPart#agreed} on.
 */
public interface SessionLogs {
  /** Logs of which nothing is to be sent to the peer now. */
  Set<Origin> withheld();

  /** True for one of {@link #withheld}; in no more time however many there are. */
  boolean isWithheld(Origin origin);

  /**
   * Finds out, with the peer's help, who is to blame for what does not verify. If the log's node
   * signed two, that becomes evidence; if not, the session ends, as the peer sent what is not true.
   * Nothing more of that log is to be taken from this peer meanwhile.
   *
   * @return false if no part can find that out with this peer: then it is the peer's fault
   */
  boolean doubt(LogDoubt doubt);
}
