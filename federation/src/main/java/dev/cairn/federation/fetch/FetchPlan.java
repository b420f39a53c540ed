package dev.cairn.federation.fetch;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.store.AbsentPayload;
import dev.cairn.asl.store.ChunkStage;
import dev.cairn.asl.store.PayloadChunk;
import dev.cairn.asl.store.PayloadStage;
import dev.cairn.federation.protocol.FetchMessage;
import dev.cairn.federation.protocol.FetchMessage.Absent;
import dev.cairn.federation.protocol.FetchMessage.ChunkList;
import dev.cairn.federation.protocol.FetchMessage.Piece;
import dev.cairn.federation.protocol.FetchMessage.Pieces;
import dev.cairn.federation.protocol.FetchMessage.Want;
import dev.cairn.federation.protocol.FetchMessage.WantItem;
import dev.cairn.federation.protocol.ProtocolLimits;
import dev.cairn.federation.shard.HashRange;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which peer is asked for which payload, chunk or list of chunks; and what becomes of the answers.
 * Without I/O, threads of its own or clocks.
 *
 * <pre>
 *   want ---&gt; small: asked whole ------------------------------------&gt; kept
 *        \--&gt; large: its chunks listed --&gt; each chunk asked, of anyone --&gt; joined --&gt; kept
 * </pre>
 *
 * <p>Other plans may want the same of other peers: before something is asked it is looked for once
 * more.
 *
 * <p>Any number of sources work on one plan. What one does not have, or broke off over, is asked of
 * another; a thing that every source lacks stays missing. A chunk is verified by the digest under
 * which it was asked for, so bytes that do not fit speak against the source that sent them; a list
 * whose chunks are all right and give another payload, against the source that listed them. Either
 * ends that source's part with a {@link MalformedException}. An answer that nobody asked this
 * source for does too, right as it may be.
 *
 * <p>Bounds: {@link #ITEMS_IN_FLIGHT_MAX} and {@link #BYTES_IN_FLIGHT_MAX} a source; {@link
 * #LARGE_OPEN_MAX} large payloads at a time; {@link #GOALS_MAX} payloads, refused beyond ({@link
 * #want} says so). Chunks that came stay in the store whatever happens. Safe for any thread.
 */
public final class FetchPlan implements AutoCloseable {
  /** Most items that one source has not answered. */
  public static final int ITEMS_IN_FLIGHT_MAX = 1_024;

  /** Most bytes that one source has not answered; one item may be more. */
  public static final long BYTES_IN_FLIGHT_MAX = 8L << 20;

  /** Large payloads that are fetched side by side. */
  public static final int LARGE_OPEN_MAX = 16;

  /** Most payloads that wait in one plan. */
  public static final int GOALS_MAX = 65_536;

  /** Small payloads are put beside their records once there are so many. */
  static final int KEPT_TOGETHER_MAX = 256;

  /** Most chunks of a payload that is fetched: 64 GiB at least, 256 GiB as they mostly are. */
  static final long CHUNKS_MAX = 1L << 20;

  private final FetchStore store;
  private final int goalsMax;
  private final Map<PayloadDigest, Goal> goals = new LinkedHashMap<>();
  private final TreeMap<Long, Task> open = new TreeMap<>();
  private final Set<Source> sources = new LinkedHashSet<>();
  private final Map<PayloadDigest, PayloadStage> arrived = new TreeMap<>();
  private final Set<Goal> waitingLarge = new LinkedHashSet<>();
  private final Map<PayloadDigest, String> refused = new TreeMap<>();
  private long nextTask;
  private int largeOpen;
  private long givenUp;
  private long keptCount;
  private long bytesCame;
  private long bytesWanted;
  private long bytesSettled;
  private boolean closed;

  /** A plan with nothing to fetch. */
  public FetchPlan(FetchStore store) {
    this(store, GOALS_MAX);
  }

  /** One with room for so many payloads. */
  FetchPlan(FetchStore store, int goalsMax) {
    this.store = store;
    this.goalsMax = goalsMax;
  }

  /**
   * Wants a payload; nothing happens if it is here or wanted already.
   *
   * @return false if the plan is full: want it again once {@link #kept} has risen
   */
  public synchronized boolean want(PayloadDigest digest, long length) {
    if (closed || goals.containsKey(digest) || store.hasPayload(digest)) {
      return true;
    }
    if (goals.size() >= goalsMax) {
      return false;
    }
    Goal goal = new Goal(digest, length);
    goals.put(digest, goal);
    bytesWanted += length;
    if (goal.isSmall()) {
      add(new Task(goal, null, 0, length));
    } else {
      waitingLarge.add(goal);
      openLarge();
    }
    return true;
  }

  /**
   * Wants every payload of a range that a live artifact has and that never came, in order of the
   * digests, as far as the plan has room.
   *
   * @param after behind which digest to begin; null for the first
   * @return the last one that there was room for, behind which to go on; null if there was room for
   *     all. There must be room for one at least
   */
  public synchronized @Nullable PayloadDigest wantAbsent(
      HashRange range, @Nullable PayloadDigest after) {
    PayloadDigest last = after;
    for (HashRange part : range.straight()) {
      PayloadDigest at = later(part.before(), last);
      boolean more = true;
      while (more) {
        List<AbsentPayload> page = store.absentPayloads(at, KEPT_TOGETHER_MAX);
        more = page.size() == KEPT_TOGETHER_MAX;
        for (AbsentPayload absent : page) {
          at = absent.digest();
          if (!part.contains(at)) {
            more = false;
            break;
          }
          if (!want(at, absent.length())) {
            return last;
          }
          last = at;
        }
      }
    }
    return null;
  }

  private static @Nullable PayloadDigest later(
      @Nullable PayloadDigest one, @Nullable PayloadDigest other) {
    if (one == null || other == null) {
      return one == null ? other : one;
    }
    return one.compareTo(other) < 0 ? other : one;
  }

  /** True if large payloads wait until others of them have come or were given up. */
  synchronized boolean isCrowded() {
    return !waitingLarge.isEmpty();
  }

  /**
   * Makes room: gives up what every source was asked for and none has. Only while all of them are
   * idle.
   *
   * @return true if something is left to be asked for: large payloads that waited
   */
  synchronized boolean giveUp() {
    List<Goal> asked = new ArrayList<>(goals.values());
    asked.removeIf(waitingLarge::contains);
    open.clear();
    givenUp += asked.size();
    asked.forEach(this::end);
    return !goals.isEmpty();
  }

  /** Lets a peer be asked; it must {@link Source#leave} in the end. */
  public synchronized Source join(NodeId node) {
    return join(node, 0);
  }

  /**
   * The same in a conversation in which something was asked already.
   *
   * @param firstNumber of what is asked next
   */
  synchronized Source join(NodeId node, long firstNumber) {
    Source source = new Source(node, firstNumber);
    sources.add(source);
    return source;
  }

  /** True once everything wanted is here. */
  public synchronized boolean isDone() {
    return missingCount() == 0;
  }

  /** How many payloads were wanted and are not here. */
  public synchronized long missingCount() {
    return goals.size() + givenUp;
  }

  /** Payloads that came and are held now. */
  public synchronized long kept() {
    return keptCount;
  }

  /** Bytes of payloads and chunks that came and were right. */
  public synchronized long bytesCame() {
    return bytesCame;
  }

  /** Bytes of all payloads that were wanted so far. */
  public synchronized long bytesWanted() {
    return bytesWanted;
  }

  /**
   * How many of {@link #bytesWanted} are done with: those of payloads that came, were here, or are
   * not to be had, and of the others what has come.
   */
  public synchronized long bytesSettled() {
    return bytesSettled + goals.values().stream().mapToLong(goal -> goal.came).sum();
  }

  /** What is wanted and not here, in order; without what was given up to make room. */
  public synchronized List<PayloadDigest> missing() {
    List<PayloadDigest> missing = new ArrayList<>(goals.keySet());
    Collections.sort(missing);
    return missing;
  }

  /** What came and was not kept, and why: no source can help with these. */
  public synchronized Map<PayloadDigest, String> refused() {
    return new TreeMap<>(refused);
  }

  /** Lets go of what was begun; what came of it stays in the store for another plan. */
  @Override
  public synchronized void close() {
    if (closed) {
      return;
    }
    closed = true;
    try {
      keepArrived();
    } finally {
      goals.values().forEach(Goal::closeStage);
      arrived.values().forEach(PayloadStage::close);
      arrived.clear();
    }
  }

  // ---- tasks

  private void add(Task task) {
    open.put(nextTask++, task);
  }

  private void openLarge() {
    Iterator<Goal> waiting = waitingLarge.iterator();
    while (largeOpen < LARGE_OPEN_MAX && waiting.hasNext()) {
      Goal goal = waiting.next();
      waiting.remove();
      goal.opened = true;
      largeOpen++;
      add(new Task(goal, null, 0, 0));
    }
  }

  private void end(Goal goal) {
    goals.remove(goal.digest);
    bytesSettled += goal.length;
    goal.closeStage();
    if (goal.opened) {
      largeOpen--;
      openLarge();
    }
  }

  private void keepArrived() {
    if (arrived.isEmpty()) {
      return;
    }
    try {
      keptCount += store.keepPayloads(arrived.keySet()).size();
    } catch (MalformedException e) {
      // One of them is not what a record stated: the others are.
      for (PayloadDigest digest : arrived.keySet()) {
        keepAlone(digest);
      }
    } finally {
      arrived.values().forEach(PayloadStage::close);
      arrived.clear();
    }
  }

  private void keepAlone(PayloadDigest digest) {
    try {
      keptCount += store.keepPayloads(List.of(digest)).size();
    } catch (MalformedException e) {
      refused.put(digest, String.valueOf(e.getMessage()));
    }
  }

  /** Something to ask for: a whole payload, a list from a chunk on, or a chunk. */
  private record Task(Goal goal, @Nullable PayloadChunk chunk, long from, long bytes) {
    /** The rest of a list must be of one hand, so that it is clear whose it is. */
    boolean isFor(Source source) {
      return !goal.without.contains(source) && (from == 0 || goal.lister == source);
    }

    /** True if it is all that there is to ask of its payload so far. */
    boolean isWhole() {
      return chunk == null && from == 0;
    }

    WantItem item() {
      return new WantItem(goal.digest, goal.length, chunk == null ? null : chunk.digest(), from);
    }
  }

  /** A payload that is wanted. Compared by identity. */
  private final class Goal {
    private final PayloadDigest digest;
    private final long length;
    private final List<PayloadChunk> listed = new ArrayList<>();
    private final Set<Bytes> due = new TreeSet<>();
    private final Set<Source> without = new LinkedHashSet<>();
    private @Nullable Source lister;
    private long total;
    private long listedBytes;
    private @Nullable ChunkStage stage;
    private boolean opened;

    /** Bytes of its chunks that came, for who watches. */
    private long came;

    Goal(PayloadDigest digest, long length) {
      this.digest = digest;
      this.length = length;
    }

    boolean isSmall() {
      return length <= ProtocolLimits.INLINE_PAYLOAD_BYTES_MAX;
    }

    void closeStage() {
      if (stage != null) {
        stage.close();
        stage = null;
      }
    }

    /** Forgets the list, which was wrong or whose source has gone before its end. */
    void beginAgain() {
      closeStage();
      came = 0;
      open.values().removeIf(task -> task.goal == this);
      sources.forEach(source -> source.forget(this));
      listed.clear();
      due.clear();
      without.clear();
      listedBytes = 0;
      total = 0;
      lister = null;
      add(new Task(this, null, 0, 0));
    }

    void list(Source source, ChunkList list) {
      if (lister == null) {
        lister = source;
        total = list.total();
      }
      for (PayloadChunk chunk : list.chunks()) {
        listedBytes += chunk.length();
        listed.add(chunk);
        boolean last = listed.size() == total;
        if (chunk.length() < PayloadChunk.BYTES_MIN && !last) {
          throw wrong(source, "lists a chunk of " + chunk.length() + " bytes");
        }
      }
      boolean ends = listed.size() >= total || listedBytes >= length;
      if (list.total() != total
          || total > CHUNKS_MAX
          || (ends && (listed.size() != total || listedBytes != length))) {
        throw wrong(source, "lists chunks that do not add up");
      }
      if (!ends) {
        add(new Task(this, null, listed.size(), 0));
        return;
      }
      stage = store.stageChunks(digest, length, listed);
      for (PayloadChunk chunk : listed) {
        if (!stage.has(chunk) && due.add(chunk.digest())) {
          add(new Task(this, chunk, 0, chunk.length()));
        }
      }
      joinIfWhole();
    }

    void put(Source source, PayloadChunk chunk, Bytes data) {
      if (stage == null) {
        throw new AssertionError("a chunk of what is not listed");
      }
      try {
        stage.put(chunk, data);
      } catch (MalformedException e) {
        throw wrong(source, String.valueOf(e.getMessage()));
      }
      bytesCame += data.length();
      came += data.length();
      due.remove(chunk.digest());
      joinIfWhole();
    }

    private void joinIfWhole() {
      if (!due.isEmpty() || stage == null) {
        return;
      }
      try {
        stage.finish();
      } catch (MalformedException e) {
        Source blamed = lister;
        beginAgain();
        if (blamed != null) {
          without.add(blamed);
          blamed.blame(wrong(blamed, "listed chunks that give another payload"));
        }
        return;
      }
      try {
        keepAlone(digest);
      } finally {
        end(this);
      }
    }

    private MalformedException wrong(Source source, String what) {
      return new MalformedException("payload " + digest + ": node " + source.node + " " + what);
    }
  }

  /** One peer's part in a plan. Safe for any thread. */
  public final class Source {
    private final NodeId node;
    private final TreeMap<Long, Task> inFlight = new TreeMap<>();
    private final Set<Long> forgotten = new TreeSet<>();
    private long bytesInFlight;
    private long nextNumber;
    private long looked;
    private long checked = -1;
    private boolean left;
    private @Nullable MalformedException blamed;

    private Source(NodeId node, long firstNumber) {
      this.node = node;
      this.nextNumber = firstNumber;
    }

    /** The number of what is asked next. */
    long nextNumber() {
      synchronized (FetchPlan.this) {
        return nextNumber;
      }
    }

    /** What to ask this peer now; null if nothing. */
    public @Nullable Want next() {
      synchronized (FetchPlan.this) {
        requireUnblamed();
        return left || closed ? null : take();
      }
    }

    /** True if {@link #next} would give a want. */
    public boolean hasNext() {
      synchronized (FetchPlan.this) {
        return blamed != null || (!left && !closed && hasRoom() && findNext() != null);
      }
    }

    /** True if nothing is asked of this peer, nor will be unless more is wanted. */
    public boolean isIdle() {
      synchronized (FetchPlan.this) {
        if (blamed != null) {
          return false;
        }
        return left
            || closed
            || (inFlight.isEmpty()
                && findNext() == null
                && sources.stream().noneMatch(this::helps));
      }
    }

    /** True if this peer has not answered something. */
    public boolean isAwaited() {
      synchronized (FetchPlan.this) {
        return !inFlight.isEmpty();
      }
    }

    /**
     * Takes an answer.
     *
     * @throws MalformedException if it was not asked for, or is wrong
     */
    public void take(FetchMessage message) {
      synchronized (FetchPlan.this) {
        requireUnblamed();
        if (message instanceof Pieces pieces) {
          pieces.pieces().forEach(this::piece);
        } else if (message instanceof Absent absent) {
          absent.numbers().forEach(this::absent);
        } else if (message instanceof ChunkList list) {
          list(list);
        } else {
          throw new MalformedException("fetch: a message that is no answer");
        }
        boolean awaited = sources.stream().anyMatch(source -> !source.inFlight.isEmpty());
        if (arrived.size() >= KEPT_TOGETHER_MAX || !awaited) {
          keepArrived();
        }
        requireUnblamed();
      }
    }

    /** Ends this peer's part: what it has not answered is asked of others. */
    public void leave() {
      synchronized (FetchPlan.this) {
        if (!left) {
          left = true;
          sources.remove(this);
          inFlight.values().forEach(FetchPlan.this::add);
          inFlight.clear();
          for (Goal goal : goals.values()) {
            goal.without.remove(this);
            if (goal.lister == this && goal.stage == null) {
              goal.beginAgain();
            }
          }
        }
      }
    }

    private void requireUnblamed() {
      if (blamed != null) {
        throw blamed;
      }
    }

    private void blame(MalformedException wrong) {
      if (blamed == null) {
        blamed = wrong;
      }
    }

    private boolean hasRoom() {
      return inFlight.size() < ITEMS_IN_FLIGHT_MAX && bytesInFlight < BYTES_IN_FLIGHT_MAX;
    }

    /** True if another source still works on what this one could be asked for. */
    private boolean helps(Source other) {
      return other != this
          && other.inFlight.values().stream().anyMatch(task -> !task.goal.without.contains(this));
    }

    /** What to ask next; what came on another way meanwhile is wanted no more. */
    private Map.@Nullable Entry<Long, Task> findNext() {
      Map.Entry<Long, Task> entry = open.ceilingEntry(looked);
      while (entry != null && !(entry.getValue().isFor(this) && isMissing(entry))) {
        looked = entry.getKey() + 1;
        entry = open.ceilingEntry(looked);
      }
      return entry;
    }

    /** Looks once, when it is first in line; of a payload of which nothing was asked yet. */
    private boolean isMissing(Map.Entry<Long, Task> entry) {
      Task task = entry.getValue();
      if (entry.getKey() == checked || !task.isWhole() || !store.hasPayload(task.goal.digest)) {
        checked = entry.getKey();
        return true;
      }
      open.remove(entry.getKey());
      end(task.goal);
      return false;
    }

    private @Nullable Want take() {
      List<WantItem> items = new ArrayList<>();
      long first = nextNumber;
      while (hasRoom() && items.size() < ProtocolLimits.WANT_ITEMS_MAX) {
        Map.Entry<Long, Task> entry = findNext();
        if (entry == null) {
          break;
        }
        open.remove(entry.getKey());
        Task task = entry.getValue();
        inFlight.put(nextNumber++, task);
        bytesInFlight += task.bytes;
        items.add(task.item());
      }
      return items.isEmpty() ? null : new Want(first, items);
    }

    private @Nullable Task answered(long number) {
      if (forgotten.remove(number)) {
        return null;
      }
      Task task = inFlight.remove(number);
      if (task == null) {
        throw new MalformedException(
            "fetch: node " + node + " answers number " + number + ", which nobody asked it");
      }
      bytesInFlight -= task.bytes;
      return task;
    }

    /** What is in flight for a goal is of no use any more: its answers are let pass once. */
    private void forget(Goal goal) {
      Iterator<Map.Entry<Long, Task>> entries = inFlight.entrySet().iterator();
      while (entries.hasNext()) {
        Map.Entry<Long, Task> entry = entries.next();
        if (entry.getValue().goal == goal) {
          bytesInFlight -= entry.getValue().bytes;
          forgotten.add(entry.getKey());
          entries.remove();
        }
      }
    }

    /** Lets a thing that this source got wrong be asked of others. */
    private <T extends RuntimeException> T again(Task task, T wrong) {
      task.goal.without.add(this);
      add(task);
      return wrong;
    }

    private void piece(Piece piece) {
      Task task = answered(piece.number());
      if (task == null) {
        return;
      }
      Goal goal = task.goal;
      PayloadChunk chunk = task.chunk;
      if (chunk != null) {
        try {
          goal.put(this, chunk, piece.data());
        } catch (MalformedException e) {
          throw again(task, e);
        }
      } else if (goal.isSmall()) {
        small(task, piece.data());
      } else {
        throw again(task, goal.wrong(this, "sends bytes where a list of chunks is due"));
      }
    }

    private void small(Task task, Bytes data) {
      Goal goal = task.goal;
      if (data.length() != goal.length || !PayloadDigest.of(data).equals(goal.digest)) {
        throw again(task, goal.wrong(this, "sends " + data.length() + " bytes that are not it"));
      }
      PayloadStage stage = store.stagePayload(goal.digest, goal.length);
      boolean staged = false;
      try {
        stage.write(Bytes.wrap(data.toArray()));
        stage.finish();
        staged = true;
      } finally {
        if (!staged) {
          stage.close();
        }
      }
      bytesCame += data.length();
      arrived.put(goal.digest, stage);
      end(goal);
    }

    private void absent(long number) {
      Task task = answered(number);
      if (task != null) {
        task.goal.without.add(this);
        add(task);
      }
    }

    private void list(ChunkList list) {
      Task task = answered(list.number());
      if (task == null) {
        return;
      }
      Goal goal = task.goal;
      if (goal.isSmall() || task.chunk != null) {
        throw again(task, goal.wrong(this, "sends a list where bytes are due"));
      }
      try {
        goal.list(this, list);
      } catch (MalformedException e) {
        goal.beginAgain();
        goal.without.add(this);
        throw e;
      }
    }
  }
}
