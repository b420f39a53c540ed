package dev.cairn.federation.protocol;

/**
 * What one strand of a conversation, a {@link SessionPart}, says to its like at the other end. Each
 * part has a sealed interface of its own below this one, in a file of its own. Not sealed itself,
 * so that a part can be added without a change here; the wire knows every part that there is.
 *
 * <p>A message that exists is well-formed in itself, as every {@link PeerMessage} is.
 */
public non-sealed interface PartMessage extends PeerMessage {
  /**
   * True if it carries a proof, so that one that is malformed does not verify: the peer is then
   * told {@link PeerMessage.Reason#UNVERIFIED}, else {@link PeerMessage.Reason#MALFORMED}.
   */
  default boolean carriesProof() {
    return false;
  }
}
