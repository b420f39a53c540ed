package dev.cairn.federation.peers;

/** How a node stands with a peer that it follows. */
public enum FollowState {
  /** It is being called. */
  CONNECTING,
  /** A conversation is open in which both push what they gain. */
  CONNECTED,
  /** The last conversation ended, or none came about; it is called again after a pause. */
  BACKING_OFF,
  /** One of the two does not admit the other; it is tried again, seldom. */
  REFUSED,
  /** It is not followed any more: this node cannot go on. */
  STOPPED
}
