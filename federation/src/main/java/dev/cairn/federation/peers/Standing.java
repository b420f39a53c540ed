package dev.cairn.federation.peers;

/** What this node's owner has said about another node. */
public enum Standing {
  /** Nothing: it may talk to this node, as any node of the federation that proves who it is. */
  UNKNOWN,
  /** It is welcome. */
  TRUSTED,
  /** It may not talk to this node, whatever it proves. What it brought before stays. */
  REVOKED
}
