package dev.cairn.federation.protocol;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.Origin;
import dev.cairn.federation.access.Grant;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import dev.cairn.federation.protocol.PeerMessage.Hello;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The parts of one session: which were agreed on, whose turn it is to speak, and whether both sides
 * have finished. One owner, the session.
 */
final class SessionParts implements SessionLogs {
  private final TreeMap<String, SessionPart> offered = new TreeMap<>();
  private final List<SessionPart> agreed = new ArrayList<>();
  private int turn;
  private boolean finishedSaid;
  private boolean finishedHeard;
  private boolean closed;

  SessionParts(List<SessionPart> parts) {
    for (SessionPart part : parts) {
      if (!ProtocolLimits.isFeature(part.feature())) {
        throw new IllegalArgumentException("'" + part.feature() + "' is no name of a feature");
      }
      if (offered.putIfAbsent(part.feature(), part) != null) {
        throw new IllegalArgumentException("two parts for feature " + part.feature());
      }
    }
  }

  /**
   * Tells the parts what the peer is granted, and gives up those that are not offered under it.
   *
   * @return their features
   */
  List<String> restrict(Grant grant) {
    List<String> refused =
        offered.values().stream()
            .filter(part -> !part.offeredUnder(grant))
            .map(SessionPart::feature)
            .toList();
    for (String feature : refused) {
      SessionPart part = offered.remove(feature);
      if (part != null) {
        part.close();
      }
    }
    return refused;
  }

  List<String> features() {
    return List.copyOf(offered.keySet());
  }

  List<PartGreeting> greetings() {
    List<PartGreeting> greetings = new ArrayList<>();
    offered.values().forEach(part -> greetings.addAll(part.greetings()));
    return greetings;
  }

  /** Agrees on what both sides name. */
  void agree(Hello theirs) {
    offered.forEach(
        (feature, part) -> {
          if (theirs.features().contains(feature)) {
            agreed.add(part);
          }
        });
    tell(part -> part.beside(this));
    tell(part -> part.agreed(theirs));
  }

  /** What was agreed on, in order. */
  List<String> agreedFeatures() {
    return agreed.stream().map(SessionPart::feature).toList();
  }

  @Override
  public Set<Origin> withheld() {
    TreeSet<Origin> all = new TreeSet<>();
    agreed.forEach(part -> all.addAll(part.withheld()));
    return all;
  }

  @Override
  public boolean isWithheld(Origin origin) {
    return agreed.stream().anyMatch(part -> part.isWithheld(origin));
  }

  @Override
  public boolean doubt(LogDoubt doubt) {
    return agreed.stream().anyMatch(part -> part.findsOut(doubt));
  }

  List<String> contradictions() {
    return agreed.stream().flatMap(part -> part.contradictions().stream()).toList();
  }

  /** Hands a message to the part that takes its kind. */
  void receive(PartMessage message) {
    for (SessionPart part : agreed) {
      if (part.messages().isInstance(message)) {
        part.receive(message);
        return;
      }
    }
    throw new MalformedException(
        "session: a message of a part that was not agreed on: "
            + message.getClass().getSimpleName());
  }

  /** The next message of the part whose turn it is, or of one behind it. */
  @Nullable PeerMessage poll() {
    for (int i = 0; i < agreed.size(); i++) {
      SessionPart part = agreed.get((turn + i) % agreed.size());
      if (part.hasOutput()) {
        turn = (turn + i + 1) % agreed.size();
        return part.poll();
      }
    }
    return null;
  }

  boolean hasOutput() {
    return agreed.stream().anyMatch(SessionPart::hasOutput);
  }

  boolean wantDelta() {
    return !finishedSaid && agreed.stream().anyMatch(SessionPart::wantsDelta);
  }

  boolean takeDeltas() {
    return !finishedHeard && agreed.stream().anyMatch(SessionPart::takesDeltas);
  }

  long dueMillis() {
    return agreed.stream().mapToLong(SessionPart::dueMillis).min().orElse(Long.MAX_VALUE);
  }

  /** What a part says instead of a heartbeat; null if none does. */
  @Nullable PeerMessage beat(long latestHlc, List<CursorEntry> grown) {
    for (SessionPart part : agreed) {
      PeerMessage said = part.beat(latestHlc, grown);
      if (said != null) {
        return said;
      }
    }
    return null;
  }

  void tell(Consumer<SessionPart> event) {
    agreed.forEach(event);
  }

  /** The peer's parts begin nothing more. */
  void peerFinished() {
    if (agreed.isEmpty() || finishedHeard) {
      throw new MalformedException("session: finished without a part, or twice");
    }
    finishedHeard = true;
    tell(SessionPart::peerFinished);
  }

  /** True once, when this side's parts begin nothing more: the peer is to be told then. */
  boolean finishes() {
    if (agreed.isEmpty() || finishedSaid || !areQuiet()) {
      return false;
    }
    finishedSaid = true;
    tell(SessionPart::finished);
    return true;
  }

  /** True if no part keeps the session open, on either side. */
  boolean areOver() {
    return agreed.isEmpty() || (finishedSaid && finishedHeard && areQuiet());
  }

  void close() {
    if (!closed) {
      closed = true;
      offered.values().forEach(SessionPart::close);
    }
  }

  private boolean areQuiet() {
    return agreed.stream().allMatch(part -> part.isIdle() && !part.hasOutput());
  }
}
