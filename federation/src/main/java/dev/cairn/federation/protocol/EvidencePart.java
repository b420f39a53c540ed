package dev.cairn.federation.protocol;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.NotGrantedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.evidence.Evidence;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.note.Checkpoint;
import dev.cairn.asl.store.LogHead;
import dev.cairn.federation.access.Grant;
import dev.cairn.federation.access.Right;
import dev.cairn.federation.protocol.EvidenceMessage.CheckpointShown;
import dev.cairn.federation.protocol.EvidenceMessage.CheckpointWanted;
import dev.cairn.federation.protocol.EvidenceMessage.EvidenceShown;
import dev.cairn.federation.protocol.EvidenceMessage.PrefixShown;
import dev.cairn.federation.protocol.EvidenceMessage.PrefixWanted;
import dev.cairn.federation.protocol.PeerMessage.Hello;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The strand of a conversation by which forks are found and proven: {@code evidence/1}.
 *
 * <pre>
 *   hello: the root of each log held, the logs that are frozen
 *   CheckpointWanted  ---&gt;           whoever holds the longer log and has another root there
 *                     &lt;---  CheckpointShown
 *   PrefixWanted      ---&gt;           whoever took something that does not go with what he holds
 *                     &lt;---  PrefixShown
 *   EvidenceShown     ---&gt;           each way, what the other side has no evidence of
 * </pre>
 *
 * <p>Of a log that is frozen on either side, or of which the two sides hold different records,
 * nothing is sent. Evidence is passed on as soon as there is any, and checked by whoever takes it;
 * what proves nothing ends the session and is the sender's fault. One owner at a time.
 */
public final class EvidencePart implements SessionPart {
  /** The name of the feature. */
  public static final String FEATURE = "evidence/1";

  private final EvidenceStore store;
  private final ReplicationListener listener;
  private final ArrayDeque<Supplier<PeerMessage>> outbox = new ArrayDeque<>();
  private final TreeMap<Origin, Wanted> wanted = new TreeMap<>();
  private final TreeMap<Origin, Question> doubts = new TreeMap<>();
  private final TreeSet<Origin> knownThere = new TreeSet<>();
  private final TreeSet<Origin> told = new TreeSet<>();
  private final TreeSet<Origin> differing = new TreeSet<>();
  private final TreeSet<Origin> proven = new TreeSet<>();
  private final LinkedHashSet<String> contradictions = new LinkedHashSet<>();
  private Grant grant = Grant.ALL;
  private int answers;
  private int shown;
  private @Nullable NodeId peer;
  private boolean deltaTaken;
  private boolean provesThere;
  private boolean finished;

  /** What was asked of the peer; by the clock of {@link #tick} from when it was said. */
  private static class Asked {
    private final long limitMillis;
    private boolean said;
    private boolean timed;
    private long sinceMillis;

    Asked(long limitMillis) {
      this.limitMillis = limitMillis;
    }

    void said() {
      said = true;
    }

    /** True if the peer had its time; what came and was not received yet may be its answer. */
    boolean isOver(long nowMillis, long quietMillis) {
      if (said && !timed) {
        timed = true;
        sinceMillis = nowMillis;
      }
      return timed && ProtocolLimits.isOverdue(sinceMillis, nowMillis, quietMillis, limitMillis);
    }

    long dueMillis() {
      return timed ? sinceMillis + limitMillis : Long.MAX_VALUE;
    }
  }

  /** How a log begins. */
  private static final class Question extends Asked {
    final LogDoubt doubt;

    Question(LogDoubt doubt) {
      super(ProtocolLimits.PREFIX_MILLIS);
      this.doubt = doubt;
    }
  }

  /** A checkpoint of a log whose node has that key. */
  private static final class Wanted extends Asked {
    final PublicKey key;

    Wanted(PublicKey key) {
      super(ProtocolLimits.CHECKPOINT_MILLIS);
      this.key = key;
    }
  }

  /** A part that tells nobody what it finds. */
  public EvidencePart(EvidenceStore store) {
    this(store, ReplicationListener.NONE);
  }

  /**
   * A part of one session.
   *
   * @param listener told of evidence that is new to this store, once it is kept, and of logs that
   *     differ without any
   */
  public EvidencePart(EvidenceStore store, ReplicationListener listener) {
    this.store = store;
    this.listener = listener;
  }

  @Override
  public String feature() {
    return FEATURE;
  }

  @Override
  public boolean offeredUnder(Grant given) {
    grant = given;
    return true;
  }

  @Override
  public Class<? extends PartMessage> messages() {
    return EvidenceMessage.class;
  }

  @Override
  public List<PartGreeting> greetings() {
    List<LogRoots.Entry> roots =
        store.heads().stream().filter(head -> head.treeSize() > 0).map(LogRoots.Entry::of).toList();
    List<Origin> frozen = store.frozen().stream().limit(ProtocolLimits.ORIGINS_MAX).toList();
    return List.of(new LogRoots(roots, frozen, true));
  }

  @Override
  public void agreed(Hello theirs) {
    peer = theirs.node();
    told.addAll(store.frozen());
    TreeMap<Origin, LogHead> held = new TreeMap<>();
    store.heads().forEach(head -> held.put(head.origin(), head));
    for (PartGreeting greeting : theirs.greetings()) {
      if (greeting instanceof LogRoots said) {
        knownThere.addAll(said.frozen());
        provesThere = said.proves();
        said.roots().forEach(entry -> compare(entry, held.get(entry.origin())));
      }
    }
    passOn();
  }

  /** Asks for the checkpoint behind a root that our own log, as long or longer, does not have. */
  private void compare(LogRoots.Entry theirs, @Nullable LogHead ours) {
    if (ours == null || theirs.treeSize() > ours.treeSize()) {
      return;
    }
    Origin origin = theirs.origin();
    Bytes root =
        theirs.treeSize() == ours.treeSize()
            ? ours.root()
            : store.logRoot(origin, theirs.treeSize());
    if (LogRoots.tag(root).equals(theirs.tag())) {
      return;
    }
    differing.add(origin);
    if (!store.frozen().contains(origin) && !knownThere.contains(origin)) {
      contradictions.add(
          "the first " + theirs.treeSize() + " records of " + origin + " differ between the two");
      Wanted checkpoint = new Wanted(ours.key());
      wanted.put(origin, checkpoint);
      outbox.add(
          () -> {
            checkpoint.said();
            return new CheckpointWanted(origin, theirs.treeSize());
          });
    }
  }

  @Override
  public void receive(PartMessage message) {
    if (message instanceof CheckpointWanted asked) {
      answer(asked);
    } else if (message instanceof CheckpointShown answer) {
      examine(answer);
    } else if (message instanceof PrefixWanted asked) {
      answer(asked);
    } else if (message instanceof PrefixShown answer) {
      examine(answer);
    } else if (message instanceof EvidenceShown evidence) {
      take(evidence);
    }
  }

  private void countAnswer() {
    answers++;
    if (answers > ProtocolLimits.ORIGINS_MAX) {
      throw new RefusedException(
          "evidence: more than " + ProtocolLimits.ORIGINS_MAX + " checkpoints and prefixes wanted");
    }
  }

  private void answer(CheckpointWanted asked) {
    countAnswer();
    outbox.add(
        () -> {
          NavigableMap<Long, Bytes> from =
              store.checkpoints(asked.origin(), asked.treeSize() - 1, 1);
          return new CheckpointShown(
              asked.origin(), from.getOrDefault(asked.treeSize(), Bytes.EMPTY));
        });
  }

  /**
   * A proof between two sizes that lie next to each other is the leaf hash of a record: only who
   * may read is shown any. No other has reason to ask, as nothing is sent to it.
   */
  private void answer(PrefixWanted asked) {
    if (!grant.rights().contains(Right.READ)) {
      throw new NotGrantedException(
          (peer == null ? "the peer" : "node " + peer)
              + " has no grant to read here: how log "
              + asked.origin()
              + " begins is not shown to it");
    }
    countAnswer();
    outbox.add(
        () -> {
          Origin origin = asked.origin();
          Bytes note = store.durableCheckpoint(origin).orElse(Bytes.EMPTY);
          long size = note.isEmpty() ? 0 : Checkpoint.unverified(note).treeSize();
          return new PrefixShown(
              origin,
              note,
              asked.treeSize() < size
                  ? store.prefixProof(origin, asked.treeSize(), size)
                  : List.of());
        });
  }

  /**
   * {@inheritDoc}
   *
   * <p>Once this side has said that it begins nothing more the log is left out, and that is all:
   * the next conversation begins with the roots of both sides.
   */
  @Override
  public boolean findsOut(LogDoubt doubt) {
    Origin origin = doubt.origin();
    LogDoubt full = completed(doubt);
    if (!provesThere || full.ours().isEmpty()) {
      return false;
    }
    if (differing.add(origin)) {
      contradictions.add(String.valueOf(doubt.what().getMessage()));
    }
    Question question = new Question(full);
    if (!finished
        && !store.frozen().contains(origin)
        && doubts.putIfAbsent(origin, question) == null) {
      long size = Checkpoint.unverified(full.ours()).treeSize();
      outbox.add(
          () -> {
            question.said();
            return new PrefixWanted(origin, size);
          });
    }
    return true;
  }

  private LogDoubt completed(LogDoubt doubt) {
    return doubt.ours().isEmpty()
        ? new LogDoubt(
            doubt.origin(),
            doubt.key(),
            store.lastCheckpoint(doubt.origin()).orElse(Bytes.EMPTY),
            note -> store.examine(note, doubt.key()),
            doubt.what())
        : doubt;
  }

  private void examine(PrefixShown answer) {
    Question question = doubts.remove(answer.origin());
    if (question == null) {
      throw new MalformedException(
          "evidence: how " + answer.origin() + " begins, which was not asked for");
    }
    LogDoubt doubt = question.doubt;
    if (store.frozen().contains(doubt.origin())) {
      passOn();
      return;
    }
    requireOf(answer.origin(), answer.note());
    Optional<Evidence> found =
        answer.note().isEmpty()
            ? Optional.empty()
            : Checkpoint.unverified(answer.note()).treeSize()
                    > Checkpoint.unverified(doubt.ours()).treeSize()
                ? Evidence.notExtended(doubt.key(), doubt.ours(), answer.note(), answer.proof())
                : doubt.shorter().of(answer.note());
    if (found.isEmpty()) {
      // Its log and ours are one: so what came was not of it.
      throw new MalformedException(
          "evidence: log " + answer.origin() + " begins there as it does here", doubt.what());
    }
    keep(found.get(), true);
    noticed(found.get());
    passOn();
  }

  /** What a node signed of another epoch's log says nothing of the one that was asked about. */
  private static void requireOf(Origin due, Bytes note) {
    if (note.isEmpty()) {
      return;
    }
    Origin shown = Checkpoint.unverified(note).origin();
    if (!shown.equals(due)) {
      throw new MalformedException(
          "evidence: a checkpoint of log " + shown + " where one of log " + due + " is due");
    }
  }

  /** False if it is kept already, or there is no place for it. */
  private boolean keep(Evidence evidence, boolean held) {
    try {
      return store.keep(evidence, held);
    } catch (RefusedException e) {
      // No room, or of another federation: of no use here, and no reason to stop.
      return false;
    }
  }

  private void examine(CheckpointShown answer) {
    Wanted asked = wanted.remove(answer.origin());
    if (asked == null) {
      throw new MalformedException(
          "evidence: a checkpoint of " + answer.origin() + " that was not asked for");
    }
    if (store.frozen().contains(answer.origin())) {
      // Another conversation has proven it meanwhile: this peer may not have heard.
      passOn();
      return;
    }
    requireOf(answer.origin(), answer.note());
    if (!answer.note().isEmpty()) {
      store.examine(answer.note(), asked.key).ifPresent(this::noticed);
      passOn();
    }
    if (!store.frozen().contains(answer.origin())) {
      tell(
          new ConflictSeen(
              ConflictSeen.Kind.DIFFERENCE,
              answer.origin().toString(),
              "the records differ between the two, and no signed checkpoint shows it",
              Bytes.EMPTY,
              answer.note()));
    }
  }

  private void take(EvidenceShown message) {
    shown++;
    if (shown > 2 * ProtocolLimits.ORIGINS_MAX) {
      throw new RefusedException("evidence: more than " + shown + " in one session");
    }
    Evidence evidence = Evidence.decode(message.evidence());
    knownThere.add(evidence.origin());
    if (keep(evidence, false)) {
      noticed(evidence);
      passOn();
    }
  }

  private void tell(Evidence evidence) {
    tell(ConflictSeen.proven(evidence));
  }

  private void tell(ConflictSeen seen) {
    NodeId who = peer;
    if (who != null) {
      listener.conflict(who, seen);
    }
  }

  /** Once of each log: if there is no room for the evidence, the next stretch proves it again. */
  private void noticed(Evidence evidence) {
    differing.add(evidence.origin());
    if (proven.add(evidence.origin())) {
      contradictions.add(evidence.describe());
    }
  }

  /**
   * Lets the peer have what it has no evidence of, as far as is known, and the listener know what
   * was frozen since.
   */
  private void passOn() {
    if (peer == null) {
      return;
    }
    for (Origin origin : store.frozen()) {
      boolean lackedThere = knownThere.add(origin);
      boolean isNew = told.add(origin);
      if (lackedThere || isNew) {
        Evidence evidence =
            store
                .evidence(origin)
                .orElseThrow(() -> new AssertionError(origin + " is frozen without evidence"))
                .evidence();
        if (isNew) {
          tell(evidence);
        }
        if (lackedThere && mayRead(evidence)) {
          outbox.add(() -> new EvidenceShown(evidence.encoded()));
        }
      }
    }
  }

  /** Some evidence has records in it. */
  private boolean mayRead(Evidence evidence) {
    return evidence.records().stream()
        .map(proven -> LogRecord.decode(proven.record()))
        .allMatch(
            record ->
                grant.rights().contains(Right.READ) && grant.covers(record.id(), record.tag()));
  }

  @Override
  public @Nullable PeerMessage poll() {
    Supplier<PeerMessage> next = outbox.poll();
    return next == null ? null : next.get();
  }

  @Override
  public boolean hasOutput() {
    return !outbox.isEmpty();
  }

  @Override
  public void tick(long nowMillis, long quietMillis) {
    passOn();
    doubts.forEach((origin, question) -> await(origin, question, nowMillis, quietMillis));
    wanted.forEach(
        (origin, checkpoint) -> {
          if (checkpoint.isOver(nowMillis, quietMillis)) {
            throw new UnavailableException(
                "evidence: no answer about a checkpoint of log "
                    + origin
                    + " for "
                    + ProtocolLimits.CHECKPOINT_MILLIS
                    + " ms");
          }
        });
  }

  /** Who could clear himself and does not is not believed, whatever else he says. */
  private static void await(Origin origin, Question question, long nowMillis, long quietMillis) {
    if (question.isOver(nowMillis, quietMillis)) {
      throw new MalformedException(
          "evidence: how log "
              + origin
              + " begins was asked for and not shown for "
              + ProtocolLimits.PREFIX_MILLIS
              + " ms",
          question.doubt.what());
    }
  }

  @Override
  public long dueMillis() {
    return Stream.concat(doubts.values().stream(), wanted.values().stream())
        .mapToLong(Asked::dueMillis)
        .min()
        .orElse(Long.MAX_VALUE);
  }

  @Override
  public void deltaTaken() {
    deltaTaken = true;
    passOn();
  }

  @Override
  public void finished() {
    finished = true;
  }

  @Override
  public Set<Origin> withheld() {
    TreeSet<Origin> all = new TreeSet<>(differing);
    all.addAll(knownThere);
    all.addAll(store.frozen());
    return Collections.unmodifiableSet(all);
  }

  @Override
  public boolean isWithheld(Origin origin) {
    return differing.contains(origin)
        || knownThere.contains(origin)
        || store.frozen().contains(origin);
  }

  @Override
  public List<String> contradictions() {
    return List.copyOf(contradictions);
  }

  @Override
  public boolean isIdle() {
    return deltaTaken && wanted.isEmpty() && doubts.isEmpty();
  }

  @Override
  public void close() {
    outbox.clear();
    wanted.clear();
    doubts.clear();
  }
}
