package dev.cairn.federation.protocol;

import dev.cairn.asl.model.Origin;
import dev.cairn.federation.access.Grant;
import dev.cairn.federation.protocol.LiveMessage.CursorAnswer;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import dev.cairn.federation.protocol.PeerMessage.Hello;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * One strand of a conversation beside the deltas: payloads on demand, reconciliation, grants.
 * Without I/O, threads or clocks, as the {@link PeerSession} that owns it and drives it.
 *
 * <pre>
 *   offered --- both hellos name the feature ---&gt; agreed --- receive, poll, tick ... ---&gt; closed
 *      \------- only one does ------------------------------------------------------------^
 * </pre>
 *
 * <p>A part that was not agreed on is only closed. The session ends when the deltas are done and
 * every part of both sides is idle: then each side has said {@link PeerMessage.Finished}, behind
 * which its parts begin nothing by themselves but still answer what the other side asks.
 *
 * <p>Every method may throw what {@link PeerSession} turns into the reason of a goodbye: {@link
 * dev.cairn.asl.error.MalformedException} for what is out of place or does not verify, {@link
 * dev.cairn.asl.error.MisbehaviourException} for a proof against an origin, {@link
 * dev.cairn.asl.error.RefusedException} beyond a bound, others for a store that failed. One owner
 * at a time, and one session: a part is not used again.
 */
public interface SessionPart extends AutoCloseable {
  /**
   * The name of what both sides must know, such as {@code live/1}: {@link
   * ProtocolLimits#isFeature}.
   */
  String feature();

  /** What its messages are instances of; no message belongs to two parts. */
  Class<? extends PartMessage> messages();

  /**
   * Takes what the peer is granted, before anything of the part is said to a peer that is known; by
   * the side that begins without knowing whom it meets, when that one has named itself.
   *
   * @return false if the part is not to be offered to it. One that is must not tell it more than
   *     the grant lets it read, nor take more than it lets it write
   */
  default boolean offeredUnder(Grant grant) {
    return true;
  }

  /** What it says in the hello; asked when that is written. */
  default List<PartGreeting> greetings() {
    return List.of();
  }

  /**
   * Both sides know the feature, and the peer is who it says: from now on messages may come and go.
   *
   * @param theirs the peer's hello
   */
  void agreed(Hello theirs);

  /**
   * Takes what is known of logs in this session; before {@link #agreed}.
   *
   * @param logs asks all parts that were agreed on
   */
  default void beside(SessionLogs logs) {}

  /** As {@link SessionLogs#doubt}: false if this part cannot find it out. */
  default boolean findsOut(LogDoubt doubt) {
    return false;
  }

  /** Takes a message of the peer, an instance of {@link #messages}. */
  void receive(PartMessage message);

  /** The next message to send; null exactly if {@link #hasOutput} is false. */
  @Nullable PeerMessage poll();

  /** True if {@link #poll} would give a message. */
  boolean hasOutput();

  /** Tells the time, of any monotonic clock. */
  default void tick(long nowMillis) {}

  /**
   * The same, with up to when this side knows what the peer said: a peer is silent as long as
   * nothing of it is here and not yet received.
   *
   * @param quietMillis when all that had come was received, last; not after {@code nowMillis}
   */
  default void tick(long nowMillis, long quietMillis) {
    tick(nowMillis);
  }

  /** The store's logs have grown. */
  default void headsChanged() {}

  /** True to begin another delta of ours now; asked only while none is under way. */
  default boolean wantsDelta() {
    return false;
  }

  /** When it wants to be told the time at the latest, by the clock of {@link #tick}. */
  default long dueMillis() {
    return Long.MAX_VALUE;
  }

  /**
   * A delta of ours was begun.
   *
   * @param first whether it is the one that the hellos agreed on
   * @param empty whether it has nothing to send; another than the first is not sent then
   * @param answers logs that cannot be sent from where the peer's end
   */
  default void deltaBegun(boolean first, boolean empty, List<CursorAnswer> answers) {}

  /** True if the peer may send another delta behind its last. */
  default boolean takesDeltas() {
    return false;
  }

  /**
   * Says instead of a heartbeat; null to leave it at that.
   *
   * @param latestHlc the latest reading held
   * @param grown logs that have grown since the peer was told last
   */
  default @Nullable PeerMessage beat(long latestHlc, List<CursorEntry> grown) {
    return null;
  }

  /** This side wants the conversation to end in order. */
  default void leave() {}

  /** All of the peer's delta is durable here, or no delta of it was agreed on. */
  default void deltaTaken() {}

  /** The peer has all of our delta durably, or no delta of ours was agreed on. */
  default void deltaGiven() {}

  /** The peer was told that this side's parts begin nothing more: from now on it only answers. */
  default void finished() {}

  /** The peer's parts begin nothing more: what they still say answers this side. */
  default void peerFinished() {}

  /**
   * Logs of which nothing is to be sent to this peer, asked whenever a delta of ours begins behind
   * {@link #agreed}.
   */
  default Set<Origin> withheld() {
    return Set.of();
  }

  /** True for one of {@link #withheld}; asked of each log that a part sends. */
  default boolean isWithheld(Origin origin) {
    return withheld().contains(origin);
  }

  /** What it found that cannot all be true, in words. */
  default List<String> contradictions() {
    return List.of();
  }

  /**
   * True if it awaits nothing and will ask for nothing by itself. One that waits for the delta, or
   * for a person, is not idle. Once a session has told the peer that it is {@link
   * PeerMessage.Finished}, the part may answer but not ask.
   */
  boolean isIdle();

  /** Gives up what it holds; nothing is called afterwards. */
  @Override
  void close();
}
