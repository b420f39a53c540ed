package dev.cairn.federation.cosign;

import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.federation.protocol.CosignMessage;
import dev.cairn.federation.protocol.CosignMessage.Cosignatures;
import dev.cairn.federation.protocol.CosignMessage.Entry;
import dev.cairn.federation.protocol.CosignTag;
import dev.cairn.federation.protocol.PartGreeting;
import dev.cairn.federation.protocol.PartMessage;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerMessage.Hello;
import dev.cairn.federation.protocol.SessionPart;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The strand of a conversation by which cosignatures spread: {@code cosign/1}.
 *
 * <pre>
 *   hello: the tag of the newest cosignatures held
 *   both first deltas are done ---&gt; cosign what was verified ---&gt; Cosignatures
 * </pre>
 *
 * <p>Then what the cosignatures are about is held on both sides. Each side sends the newest that it
 * holds, or, where the tags agree, only what it has just made. In a conversation that goes on, it
 * does so again at most every {@link #SPACING_MILLIS}. Thread rule as {@link SessionPart}.
 */
public final class CosignPart implements SessionPart {
  /** The feature. */
  public static final String FEATURE = "cosign/1";

  /** A round of cosigning begins no sooner than this after the one before. */
  public static final long SPACING_MILLIS = 10_000;

  /** Most cosignatures that one side sends in one conversation, and that the other takes. */
  public static final int SENT_MAX = 4_096;

  private final CosignShelf shelf;
  private final ArrayDeque<Entry> outbox = new ArrayDeque<>();
  private final Set<Said> said = new HashSet<>();
  private @Nullable NodeId peer;
  private @Nullable CosignTag ours;
  private boolean sameTag;
  private boolean deltaTaken;
  private boolean deltaGiven;
  private boolean due;
  private boolean ending;
  private long nowMillis;
  private long nextMillis;
  private int sent;
  private int taken;

  private record Said(Origin origin, long treeSize, NodeId node) {
    static Said of(Entry entry) {
      return new Said(entry.origin(), entry.treeSize(), entry.node());
    }
  }

  /** A part of one session. */
  public CosignPart(CosignShelf shelf) {
    this.shelf = shelf;
  }

  @Override
  public String feature() {
    return FEATURE;
  }

  @Override
  public Class<? extends PartMessage> messages() {
    return CosignMessage.class;
  }

  @Override
  public List<PartGreeting> greetings() {
    ours = shelf.tag();
    return List.of(ours);
  }

  @Override
  public void agreed(Hello theirs) {
    peer = theirs.node();
    sameTag = theirs.greetings().stream().anyMatch(greeting -> greeting.equals(ours));
  }

  @Override
  public void receive(PartMessage message) {
    if (peer != null && message instanceof Cosignatures shown) {
      taken += shown.entries().size();
      if (taken > SENT_MAX) {
        throw new RefusedException("cosignatures: more than " + SENT_MAX + " in one conversation");
      }
      Set<NodeId> known = shelf.known(peer);
      for (Entry entry : shown.entries()) {
        shelf.take(entry, known);
        said.add(Said.of(entry));
      }
    }
  }

  @Override
  public void deltaTaken() {
    deltaTaken = true;
    due = true;
    round();
  }

  @Override
  public void deltaGiven() {
    deltaGiven = true;
    round();
  }

  @Override
  public void tick(long millis) {
    nowMillis = millis;
    round();
  }

  private void round() {
    if (!due || !deltaGiven || ending || nowMillis < nextMillis) {
      return;
    }
    due = false;
    nextMillis = nowMillis + SPACING_MILLIS;
    List<Entry> made = shelf.cosign();
    for (Entry entry : sameTag ? made : shelf.newest()) {
      if (sent < SENT_MAX && said.add(Said.of(entry))) {
        outbox.add(entry);
        sent++;
      }
    }
  }

  @Override
  public long dueMillis() {
    return due && deltaGiven && !ending ? nextMillis : Long.MAX_VALUE;
  }

  @Override
  public @Nullable PeerMessage poll() {
    List<Entry> entries = new ArrayList<>();
    while (entries.size() < CosignMessage.ENTRIES_MAX && !outbox.isEmpty()) {
      entries.add(outbox.remove());
    }
    return entries.isEmpty() ? null : new Cosignatures(entries);
  }

  @Override
  public boolean hasOutput() {
    return !outbox.isEmpty();
  }

  @Override
  public void leave() {
    ending = deltaTaken && deltaGiven;
  }

  @Override
  public void peerFinished() {
    ending = deltaTaken && deltaGiven;
  }

  @Override
  public boolean isIdle() {
    return deltaTaken && deltaGiven && outbox.isEmpty();
  }

  @Override
  public void close() {
    outbox.clear();
  }
}
