package dev.cairn.federation.protocol;

import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What became of a session.
 *
 * @param state how far it came
 * @param peer who was at the other end, once it said so
 * @param reason why it ended; null while it has not
 * @param text the same for people
 * @param endedByPeer true if the peer gave the reason
 * @param failure what failed here; null if nothing did
 * @param sent what was given out to be sent
 * @param received what came; see {@link DeltaSink#received()}
 * @param peerHolds where the peer's logs end, by what it said last; empty before it said so
 * @param contradictions logs of which the two nodes hold different records, in words
 * @param roundTrips how often this side had to wait for an answer
 * @param features what was agreed on beside deltas, in order
 */
public record SessionReport(
    PeerSession.State state,
    @Nullable NodeId peer,
    PeerMessage.@Nullable Reason reason,
    String text,
    boolean endedByPeer,
    @Nullable CairnException failure,
    Tally sent,
    Tally received,
    List<CursorEntry> peerHolds,
    List<String> contradictions,
    int roundTrips,
    List<String> features) {
  public SessionReport {
    peerHolds = List.copyOf(peerHolds);
    contradictions = List.copyOf(contradictions);
    features = List.copyOf(features);
  }
}
