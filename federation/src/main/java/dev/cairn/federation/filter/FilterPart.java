package dev.cairn.federation.filter;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.MisbehaviourException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.RevokedException;
import dev.cairn.asl.error.UnextendedException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.access.Grant;
import dev.cairn.federation.access.Right;
import dev.cairn.federation.protocol.FilterMessage;
import dev.cairn.federation.protocol.FilterMessage.Fill;
import dev.cairn.federation.protocol.FilterMessage.Fills;
import dev.cairn.federation.protocol.FilterMessage.FilteredEnd;
import dev.cairn.federation.protocol.FilterMessage.Interest;
import dev.cairn.federation.protocol.FilterMessage.PartialCursor;
import dev.cairn.federation.protocol.FilterMessage.PartialItem;
import dev.cairn.federation.protocol.FilterMessage.PartialRun;
import dev.cairn.federation.protocol.FilterMessage.ToldLog;
import dev.cairn.federation.protocol.PartGreeting;
import dev.cairn.federation.protocol.PartMessage;
import dev.cairn.federation.protocol.PartialOffer;
import dev.cairn.federation.protocol.PartialWish;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerMessage.Heartbeat;
import dev.cairn.federation.protocol.PeerMessage.Hello;
import dev.cairn.federation.protocol.ProtocolLimits;
import dev.cairn.federation.protocol.SessionLogs;
import dev.cairn.federation.protocol.SessionPart;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * The strand of a conversation in which logs travel in part: {@code filter/1}. It answers one
 * interest of the peer, and states one of its own if it has one. Thread rule and errors of {@link
 * SessionPart}.
 */
public final class FilterPart implements SessionPart {
  /** Most records of a held log that are looked at for one message. */
  static final int LOOKED_AT_MAX = ProtocolLimits.CHECKPOINT_RECORDS_MAX;

  private final Store store;
  private final PartialLogs logs;
  private final ArrayDeque<PeerMessage> outbox = new ArrayDeque<>();

  /** What is asked for; of what a person wants, what the peer lets this node read. */
  private @Nullable InterestFilter wanted;

  private Grant grant = Grant.ALL;
  private @Nullable Answer answer;
  private @Nullable NodeId peer;
  private boolean answered;
  private boolean ended;
  private @Nullable PartialRun begun;
  private List<PartialStretch.Item> items = new ArrayList<>();

  /** Logs of which nothing more is taken from this peer. */
  private final Set<Origin> leftOut = new TreeSet<>();

  private final List<String> contradictions = new ArrayList<>();
  private @Nullable SessionLogs session;

  private long recordsTaken;
  private long leavesTaken;

  private FilterPart(Store store, @Nullable InterestFilter wanted) {
    this.store = store;
    this.wanted = wanted;
    this.logs = new PartialLogs(store);
  }

  /** One that answers. */
  public static FilterPart answering(Store store) {
    return new FilterPart(store, null);
  }

  /**
   * One that wants some records; the store must have {@link PartialLogs#TABLE}. Logs held in part
   * by another filter are widened to this one, so it should show what theirs did.
   */
  public static FilterPart wanting(Store store, InterestFilter filter) {
    return new FilterPart(store, filter);
  }

  /** Records that came, and were verified and kept. */
  public long recordsTaken() {
    return recordsTaken;
  }

  /** Leaf hashes that came in the place of records, and were verified and kept. */
  public long leavesTaken() {
    return leavesTaken;
  }

  /**
   * Logs held in part by another filter than {@link #wanted} now, in order: the peer has none or
   * less of them, or holds them back, or nothing may be taken of them.
   */
  public List<Origin> notWidened() {
    InterestFilter filter = wanted;
    return filter == null
        ? List.of()
        : logs.coverage().stream()
            .filter(log -> !log.filter().equals(filter) && store.head(log.origin()).isEmpty())
            .map(PartialLogs.Coverage::origin)
            .toList();
  }

  @Override
  public String feature() {
    return ProtocolLimits.FEATURE_FILTER;
  }

  /** What is asked for, or was; less than what this part was made with if the peer offers less. */
  public Optional<InterestFilter> wanted() {
    return Optional.ofNullable(wanted);
  }

  @Override
  public boolean offeredUnder(Grant given) {
    grant = given;
    return given.rights().contains(Right.READ) && (wanted == null || given.givesWhole(Right.WRITE));
  }

  @Override
  public List<PartGreeting> greetings() {
    List<PartGreeting> greetings = new ArrayList<>();
    if (wanted != null) {
      greetings.add(new PartialWish());
    }
    if (grant.isLimited()) {
      greetings.add(new PartialOffer(grant));
    }
    return greetings;
  }

  @Override
  public Class<? extends PartMessage> messages() {
    return FilterMessage.class;
  }

  @Override
  public void beside(SessionLogs known) {
    session = known;
  }

  @Override
  public List<String> contradictions() {
    return Collections.unmodifiableList(contradictions);
  }

  @Override
  public void agreed(Hello theirs) {
    peer = theirs.node();
    InterestFilter asked = wanted;
    if (asked != null) {
      InterestFilter offered =
          theirs
              .greeting(PartialOffer.class)
              .map(offer -> new GrantedReading(offer.grant()).narrow(asked))
              .orElse(asked);
      if (offered.toString().length() > InterestFilter.CHARS_MAX) {
        throw new RefusedException(
            "the filter and what the peer lets this node read are too long together: ask for less");
      }
      wanted = offered;
      boolean removals = FilteredLog.asksForTypes(offered);
      SortedMap<Origin, Long> told =
          removals ? logs.told(theirs.node(), offered) : Collections.emptySortedMap();
      outbox.add(new Interest(offered.toString(), cursor(offered, told), removals));
    }
  }

  private List<PartialCursor> cursor(InterestFilter filter, SortedMap<Origin, Long> told) {
    TreeMap<Origin, PartialCursor> cursor = new TreeMap<>();
    Set<Origin> frozen = store.frozen();
    for (PartialLogs.Coverage held : logs.coverage()) {
      Origin origin = held.origin();
      // Of a frozen log nothing is wanted either, and not every peer withholds it by itself.
      String by = frozen.contains(origin) ? "" : held.filter().toString();
      cursor.put(origin, new PartialCursor(origin, held.size(), by, told.getOrDefault(origin, 0L)));
    }
    for (LogHead head : store.heads()) {
      Origin origin = head.origin();
      cursor.put(
          origin, new PartialCursor(origin, head.treeSize(), "", told.getOrDefault(origin, 0L)));
    }
    // Of others nothing is here, and it is told all the same, as far as there is room.
    told.forEach(
        (origin, size) -> {
          if (cursor.size() < ProtocolLimits.ORIGINS_MAX) {
            cursor.putIfAbsent(origin, new PartialCursor(origin, 0, filter.toString(), size));
          }
        });
    return List.copyOf(cursor.values());
  }

  @Override
  public void receive(PartMessage message) {
    if (message instanceof Interest interest) {
      if (answered) {
        throw new MalformedException("filtered logs: a second interest");
      }
      answered = true;
      answer = new Answer(interest);
    } else if (wanted == null || ended) {
      throw new MalformedException("filtered logs: an answer where none is due");
    } else if (message instanceof PartialRun run) {
      take(run, wanted);
    } else if (begun != null) {
      throw new MalformedException("filtered logs: a stretch of " + begun.origin() + " has no end");
    } else if (message instanceof Fills fills) {
      take(fills, wanted);
    } else if (message instanceof FilteredEnd end) {
      ended = true;
      keepTold(end, wanted);
    } else {
      throw new AssertionError(message.getClass());
    }
  }

  /**
   * Counts what is here. Of a log that was left out for now, somebody else may give more, and this
   * peer is to tell of what that removes; of one that is frozen nobody does.
   */
  private void keepTold(FilteredEnd end, InterestFilter filter) {
    NodeId teller = peer;
    if (teller == null || end.told().isEmpty() || !FilteredLog.asksForTypes(filter)) {
      return;
    }
    TreeMap<Origin, Long> told = new TreeMap<>();
    for (ToldLog log : end.told()) {
      Origin origin = log.origin();
      boolean waits = store.head(origin).isEmpty() && !store.frozen().contains(origin);
      long held = waits ? logs.coverage(origin).map(PartialLogs.Coverage::size).orElse(0L) : 0;
      long counted = waits ? Math.min(held, log.size()) : log.size();
      // What is said of logs that nobody holds is not kept: there is no end of them.
      if (counted > 0) {
        told.put(origin, counted);
      }
    }
    logs.keepTold(teller, filter, told);
  }

  private void take(Fills fills, InterestFilter filter) {
    PartialLogs.Coverage held =
        logs.coverage(fills.origin())
            .orElseThrow(
                () ->
                    new MalformedException(
                        "filtered logs: fills of "
                            + fills.origin()
                            + ", of which nothing is held"));
    SortedMap<Long, Bytes> records = new TreeMap<>();
    fills.fills().forEach(fill -> records.put(fill.index(), Bytes.wrap(fill.record().toArray())));
    unlessLeftOut(
        fills.origin(),
        () ->
            recordsTaken +=
                logs.widen(fills.origin(), fills.last() ? filter : held.filter(), records));
  }

  private void take(PartialRun run, InterestFilter filter) {
    PartialRun first = begun == null ? run : begun;
    if (!run.origin().equals(first.origin()) || run.first() != first.first() + items.size()) {
      throw new MalformedException(
          "filtered logs: record " + run.first() + " of " + run.origin() + " is not what is due");
    }
    if (items.size() + run.items().size() > ProtocolLimits.STAGED_RECORDS_MAX) {
      throw new RefusedException("filtered logs: too many records without a checkpoint");
    }
    begun = first;
    for (PartialItem item : run.items()) {
      items.add(item(item));
    }
    Bytes note = run.note();
    if (note != null) {
      PartialStretch stretch =
          new PartialStretch(first.origin(), first.key(), first.first(), items, note);
      begun = null;
      items = new ArrayList<>();
      unlessLeftOut(stretch.origin(), () -> take(stretch, filter));
    }
  }

  private void take(PartialStretch stretch, InterestFilter filter) {
    logs.take(stretch, filter);
    long holes =
        stretch.items().stream().filter(item -> item instanceof PartialStretch.Hole).count();
    leavesTaken += holes;
    recordsTaken += stretch.items().size() - holes;
  }

  /**
   * Leaves out what comes of a log, and all that comes after it, if it goes further than its node's
   * key is believed or its node broke the rules, and while it is found out whether it forks. That
   * nothing is taken of a log that is frozen here already is nothing new, so nobody is told.
   */
  private void unlessLeftOut(Origin origin, Runnable step) {
    if (store.frozen().contains(origin)) {
      leftOut.add(origin);
    }
    if (leftOut.contains(origin)) {
      return;
    }
    try {
      step.run();
    } catch (RevokedException e) {
      leftOut.add(origin);
    } catch (MisbehaviourException e) {
      leftOut.add(origin);
      contradictions.add(String.valueOf(e.getMessage()));
    } catch (UnextendedException e) {
      if (session == null || !session.doubt(logs.doubt(origin, e))) {
        throw e;
      }
      leftOut.add(origin);
    }
  }

  private static PartialStretch.Item item(PartialItem item) {
    Bytes record = item.record();
    Bytes leaf = item.leaf();
    if (record != null) {
      return new PartialStretch.Held(Bytes.wrap(record.toArray()));
    }
    if (leaf == null) {
      throw new AssertionError("an item is a leaf or a record");
    }
    return new PartialStretch.Hole(Bytes.wrap(leaf.toArray()));
  }

  @Override
  public @Nullable PeerMessage poll() {
    if (outbox.isEmpty() && answer != null && !answer.next()) {
      outbox.add(answer.end());
      answer = null;
    }
    return outbox.poll();
  }

  @Override
  public boolean hasOutput() {
    return !outbox.isEmpty() || answer != null;
  }

  @Override
  public boolean isIdle() {
    return !hasOutput() && (wanted == null || ended);
  }

  @Override
  public void close() {
    answer = null;
    outbox.clear();
  }

  /** What is left to say to the peer's interest. */
  private final class Answer {
    private final FilteredLog log;
    private final ArrayDeque<Widening> widenings = new ArrayDeque<>();
    private final TreeMap<Origin, Long> behind = new TreeMap<>();

    /** Up to where the peer was told of removals, once all is said. */
    private final TreeMap<Origin, Long> told = new TreeMap<>();

    /** Removals that the peer may not have been told of; null if it does not ask. */
    private final @Nullable LateRemovals removals;

    /**
     * What is left to be looked at of a log that the peer holds by another filter.
     *
     * @param to how far this store can tell what it shows
     * @param complete whether that is all that the peer holds: only then is the log widened
     */
    private record Widening(
        Origin origin, InterestFilter before, long from, long to, boolean complete) {}

    Answer(Interest interest) {
      InterestFilter filter = InterestFilter.parse(interest.filter());
      if (grant.isLimited()) {
        new GrantedReading(grant).require(filter, peer == null ? "the peer" : "node " + peer);
      }
      store.signHead();
      this.log = new FilteredLog(store, filter);
      TreeMap<Origin, Long> sizes = new TreeMap<>();
      store.durableHeads().forEach(head -> sizes.put(head.origin(), head.treeSize()));
      sizes.keySet().forEach(origin -> behind.put(origin, 0L));
      for (PartialCursor held : interest.cursor()) {
        if (held.filter().isEmpty() || !behind.containsKey(held.origin())) {
          behind.remove(held.origin());
        } else {
          behind.put(held.origin(), held.size());
          InterestFilter before = InterestFilter.parse(held.filter());
          if (before.equals(filter)) {
            continue;
          }
          long size = sizes.getOrDefault(held.origin(), 0L);
          boolean complete = size >= held.size();
          widenings.add(
              new Widening(held.origin(), before, 0, Math.min(size, held.size()), complete));
          if (!complete) {
            // What comes behind the peer's end is for who can say that the log is widened.
            behind.remove(held.origin());
          }
        }
      }
      this.removals =
          interest.removals() && FilteredLog.asksForTypes(filter)
              ? removals(interest, sizes)
              : null;
    }

    /** A log that is widened has its removals looked at as all else. */
    private LateRemovals removals(Interest interest, SortedMap<Origin, Long> sizes) {
      TreeMap<Origin, LateRemovals.Reach> reaches = new TreeMap<>();
      sizes.forEach((origin, size) -> reaches.put(origin, new LateRemovals.Reach(0, 0, size)));
      for (PartialCursor held : interest.cursor()) {
        Long size = sizes.get(held.origin());
        if (size != null) {
          boolean inPart = !held.filter().isEmpty() && held.filter().equals(interest.filter());
          reaches.put(
              held.origin(),
              new LateRemovals.Reach(
                  Math.min(held.told(), size), inPart ? Math.min(held.size(), size) : 0, size));
        }
      }
      told.putAll(sizes);
      return new LateRemovals(store, log, reaches, this::isWithheld);
    }

    /**
     * All has been said. Removals were told among all that was here at the beginning, but for what
     * the peer did not get of a log that it may still get from others.
     */
    FilteredEnd end() {
      List<ToldLog> all = new ArrayList<>();
      told.forEach((origin, size) -> all.add(new ToldLog(origin, size)));
      return new FilteredEnd(all);
    }

    /** Puts the next messages into the outbox; false if there are none. */
    boolean next() {
      while (!widenings.isEmpty()) {
        Widening widening = widenings.remove();
        if (!isWithheld(widening.origin())) {
          widen(widening);
        }
        if (!outbox.isEmpty()) {
          return true;
        }
      }
      if (removals != null && !removals.isDone()) {
        tell(removals.next());
        return true;
      }
      while (!behind.isEmpty()) {
        Map.Entry<Origin, Long> first = behind.firstEntry();
        Origin origin = first.getKey();
        long from = first.getValue();
        Optional<PartialStretch> stretch =
            isWithheld(origin) ? Optional.empty() : log.next(origin, from);
        if (stretch.isPresent()) {
          behind.put(origin, from + stretch.get().items().size());
          send(stretch.get());
          return true;
        }
        behind.remove(origin);
        if (!store.frozen().contains(origin)) {
          told.computeIfPresent(origin, (same, size) -> Math.min(size, from));
        }
      }
      return false;
    }

    private void tell(SortedMap<Origin, SortedMap<Long, Bytes>> found) {
      found.forEach(
          (origin, records) -> {
            List<Fill> fills = new ArrayList<>();
            records.forEach((index, record) -> fills.add(new Fill(index, record)));
            for (int from = 0; from < fills.size(); from += ProtocolLimits.FILTERED_ITEMS_MAX) {
              int to = Math.min(fills.size(), from + ProtocolLimits.FILTERED_ITEMS_MAX);
              outbox.add(new Fills(origin, fills.subList(from, to), false));
            }
          });
      if (outbox.isEmpty()) {
        outbox.add(new Heartbeat(latestHlc()));
      }
    }

    /** Of a log that is frozen, or that the two sides hold two of, nothing is sent. */
    private boolean isWithheld(Origin origin) {
      if (session == null || !session.isWithheld(origin)) {
        return false;
      }
      if (!store.frozen().contains(origin)) {
        // It may turn out not to fork: what is told of others meanwhile says nothing of it then.
        told.computeIfPresent(origin, (same, size) -> 0L);
      }
      return true;
    }

    private void widen(Widening widening) {
      int limit = ProtocolLimits.FILTERED_ITEMS_MAX;
      long to = Math.min(widening.to(), widening.from() + LOOKED_AT_MAX);
      SortedMap<Long, Bytes> records =
          log.widening(widening.before(), widening.origin(), widening.from(), to, limit);
      long next = records.size() < limit ? to : records.lastKey() + 1;
      List<Fill> fills = new ArrayList<>();
      records.forEach((index, record) -> fills.add(new Fill(index, record)));
      boolean end = next >= widening.to();
      boolean last = end && widening.complete();
      if (last || !fills.isEmpty()) {
        outbox.add(new Fills(widening.origin(), fills, last));
      } else if (!end) {
        // Nothing of interest so far: the peer learns that this side is at it.
        outbox.add(new Heartbeat(latestHlc()));
      }
      if (!end) {
        widenings.addFirst(
            new Widening(
                widening.origin(), widening.before(), next, widening.to(), widening.complete()));
      }
    }

    private long latestHlc() {
      return store.durableHeads().stream().mapToLong(LogHead::lastHlc).max().orElse(0);
    }

    private void send(PartialStretch stretch) {
      int size = stretch.items().size();
      for (int from = 0; from < size; from += ProtocolLimits.FILTERED_ITEMS_MAX) {
        int to = Math.min(size, from + ProtocolLimits.FILTERED_ITEMS_MAX);
        List<PartialItem> part = new ArrayList<>();
        for (PartialStretch.Item item : stretch.items().subList(from, to)) {
          part.add(
              item instanceof PartialStretch.Held held
                  ? new PartialItem(null, held.record())
                  : new PartialItem(item.leaf(), null));
        }
        outbox.add(
            new PartialRun(
                stretch.origin(),
                stretch.key(),
                stretch.firstIndex() + from,
                part,
                to == size ? stretch.checkpoint() : null));
      }
    }
  }
}
