package dev.cairn.federation.member;

import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.shard.RangeStatement;
import dev.cairn.federation.shard.Shards;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.BitSet;
import java.util.Collections;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.ObjLongConsumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * Who is a member by the records that a store held when this was opened, and which removals all
 * members have acknowledged. A function of the records alone: stores that hold the same say the
 * same.
 *
 * <p>Statements count in the total order. A {@link MemberStatement.Joining} makes its node a
 * member, and takes the place of an earlier one of that node. A {@link MemberStatement.Ending}
 * counts if it names the record by which the node is a member at that place, and its speaker is
 * that node or a member at that place. A record that closes one of a node's logs ends its
 * membership, and no joining of it counts from there on. Of each log only the first 1,024 joinings
 * and the first 4,096 endings count.
 *
 * <p>A removal is <b>stable</b> once every member has acknowledged its record. A member has
 * acknowledged a record if its last statement says that it holds it and comes behind it in logseq:
 * whatever that member writes from then on comes later in the total order than the removal. A
 * statement that says more than its logseq allows counts only as far as that.
 *
 * <p>Where the logs end is taken first, and all else through one cursor, so what this says is true
 * of the records held at that moment, but for this: of what came in between it may say that nobody
 * has acknowledged it.
 *
 * <p>Whoever brings logs decides how many members there are and how long their statements, so what
 * members say is read one at a time and not kept. Memory goes with the number of members and of
 * logs with removals, never with their product; a store takes more for each log anyway. One owner;
 * must be closed.
 */
public final class Membership implements AutoCloseable {
  private final Store store;
  private final MemberRows rows;
  private final SortedMap<NodeId, MemberTerms.Term> open;
  private final Removals removals;

  private Membership(Store store, List<LogHead> heads, MemberRows rows) {
    this.store = store;
    this.rows = rows;
    this.open = MemberTerms.read(rows, former -> {});
    this.removals = new Removals(rows, heads);
  }

  /**
   * What a store's records say now.
   *
   * @throws DamagedException if a row means nothing, here and at every call
   */
  public static Membership of(Store store) {
    List<LogHead> heads = store.heads();
    MemberRows rows = MemberRows.of(store);
    Membership membership = null;
    try {
      membership = new Membership(store, heads, rows);
      return membership;
    } finally {
      if (membership == null) {
        rows.close();
      }
    }
  }

  /** The members, in order. */
  public Set<NodeId> nodes() {
    return Collections.unmodifiableSet(open.keySet());
  }

  /** True if a node is a member. */
  public boolean isMember(NodeId node) {
    return open.containsKey(node);
  }

  /** A node's membership, if it is a member. */
  public Optional<Member> member(NodeId node) {
    return Optional.ofNullable(open.get(node)).map(this::read);
  }

  /** Reads the members, in order of their nodes. */
  public void forEach(Consumer<Member> action) {
    open.values().forEach(term -> action.accept(read(term)));
  }

  /** Reads the memberships that ended, in the total order of what ended them. */
  public void forEachFormer(Consumer<FormerMember> action) {
    MemberTerms.read(rows, action);
  }

  /** The membership of a node that ended last, if the node is no member. */
  public Optional<FormerMember> former(NodeId node) {
    if (isMember(node)) {
      return Optional.empty();
    }
    FormerMember[] last = {null};
    forEachFormer(former -> last[0] = former.node().equals(node) ? former : last[0]);
    return Optional.ofNullable(last[0]);
  }

  /**
   * Of each log in which something was removed, how many of its first records every member has
   * acknowledged: removals among them are stable. Empty if there are no members.
   */
  public SortedMap<Origin, Long> stable() {
    TreeMap<Origin, Long> stable = new TreeMap<>();
    if (open.isEmpty()) {
      return stable;
    }
    // The least of what members acknowledged is what one would that says the least, the earliest.
    int[] members = new int[removals.size()];
    long[] says = new long[removals.size()];
    long[] logseqs = new long[removals.size()];
    Arrays.fill(says, Long.MAX_VALUE);
    Arrays.fill(logseqs, Long.MAX_VALUE);
    for (MemberTerms.Term term : open.values()) {
      Said each =
          (log, records, logseq) -> {
            members[log]++;
            says[log] = Math.min(says[log], records);
            logseqs[log] = Math.min(logseqs[log], logseq);
          };
      read(term, (log, records) -> {}, each);
    }
    for (int log = 0; log < says.length; log++) {
      Removals.Removal removal = removals.get(log);
      stable.put(
          removal.log(),
          members[log] == open.size() ? acknowledged(removal, says[log], logseqs[log]) : 0);
    }
    return stable;
  }

  /** True if a node is a member that has not acknowledged all removals. Reads no records. */
  public boolean blocks(NodeId node) {
    return isBehind(node, log -> true);
  }

  /** Who holds which payloads, by what the members declare. */
  public Shards shards() {
    return shards(rows, open);
  }

  /** As {@link #shards()}, of what a store's records say now; cheap where nobody declares. */
  public static Shards shards(Store store) {
    try (MemberRows rows = MemberRows.of(store)) {
      boolean[] any = {false};
      rows.forEachRange((log, logseq, declared) -> any[0] = true);
      return any[0] ? shards(rows, MemberTerms.read(rows, former -> {})) : Shards.NONE;
    }
  }

  /** A node's last statement counts, in whichever of its logs, if it joined before. */
  private static Shards shards(MemberRows rows, SortedMap<NodeId, MemberTerms.Term> open) {
    TreeMap<NodeId, RangeStatement.Declared> last = new TreeMap<>();
    TreeMap<NodeId, Long> logseqs = new TreeMap<>();
    rows.forEachRange(
        (log, logseq, declared) -> {
          MemberTerms.Term term = open.get(log.node());
          if (term != null && logseq > logseqs.getOrDefault(log.node(), term.logseq())) {
            logseqs.put(log.node(), logseq);
            last.put(log.node(), declared);
          }
        });
    return new Shards(last);
  }

  // ---- for MemberWriter

  /** True if a record of one of a node's logs gives its key up: no joining of it counts. */
  boolean gaveKeyUp(NodeId node) {
    return MemberTerms.isClosed(rows, node);
  }

  /** True if something was removed in a log. */
  boolean hasRemovals(Origin log) {
    return removals.find(log) >= 0;
  }

  /** True if a member has not acknowledged all removals in those logs that are looked for. */
  boolean isBehind(NodeId node, Predicate<Origin> logs) {
    MemberTerms.Term term = open.get(node);
    return term != null
        && behind(term).stream().anyMatch(log -> logs.test(removals.get(log).log()));
  }

  /** The logs that a node named when it last said what it holds; none if it never did. */
  Set<Origin> named(NodeId node) {
    Set<Origin> named = new HashSet<>();
    MemberRows.@Nullable Stated stated = rows.stated(node);
    if (stated != null) {
      forEachHeld(stated, (log, records) -> named.add(log));
    }
    return named;
  }

  /** How many statements of a log count already. */
  MemberIndex.Spoken spoken(Origin log) {
    return rows.spoken(log);
  }

  // ---- reading

  /** Takes what a member says that it holds of a log. */
  private interface Said {
    /**
     * @param log its number in {@link #removals}; each comes once
     * @param records so many of its first
     * @param logseq of the statement
     */
    void of(int log, long records, long logseq);
  }

  private Member read(MemberTerms.Term term) {
    List<Member.HeldLog> held = new ArrayList<>();
    BitSet behind = all();
    // What it says of the first that it blocks; one's own log comes first, the others in order.
    TreeMap<Integer, Long> parts = new TreeMap<>();
    long[] named = {0};
    MemberRows.Stated stated =
        read(
            term,
            (log, records) -> {
              named[0]++;
              if (held.size() < Member.LOGS_MAX) {
                held.add(new Member.HeldLog(log, records));
              }
            },
            (log, records, logseq) -> {
              if (removals.get(log).isAcknowledged(records, logseq)) {
                behind.clear(log);
              } else if (parts.size() <= Member.LOGS_MAX) {
                parts.put(log, records);
              }
            });
    List<Lag> lags = new ArrayList<>();
    for (int log = behind.nextSetBit(0);
        log >= 0 && lags.size() < Member.LOGS_MAX;
        log = behind.nextSetBit(log + 1)) {
      Removals.Removal removal = removals.get(log);
      long acknowledged = acknowledged(removal, parts.getOrDefault(log, 0L), stated.logseq());
      lags.add(new Lag(term.log().node(), removal.log(), acknowledged, removal.last()));
    }
    return new Member(
        term.log(),
        term.index(),
        term.logseq(),
        stated.logseq(),
        held,
        named[0],
        lags,
        behind.cardinality());
  }

  /** The logs with removals that a member has not acknowledged. */
  private BitSet behind(MemberTerms.Term term) {
    BitSet behind = all();
    read(
        term,
        (log, records) -> {},
        (log, records, logseq) -> {
          if (removals.get(log).isAcknowledged(records, logseq)) {
            behind.clear(log);
          }
        });
    return behind;
  }

  private BitSet all() {
    BitSet all = new BitSet(removals.size());
    all.set(0, removals.size());
    return all;
  }

  /** What a member stated last, in whichever of its logs. */
  private MemberRows.Stated read(MemberTerms.Term term, ObjLongConsumer<Origin> held, Said said) {
    NodeId node = term.log().node();
    MemberRows.@Nullable Stated stated = rows.stated(node);
    if (stated == null) {
      throw new DamagedException(
          MemberIndex.MEMBER.name() + ": what member " + node + " holds is missing");
    }
    int own = removals.find(stated.log());
    if (own >= 0) {
      said.of(own, stated.index(), stated.logseq());
    }
    forEachHeld(
        stated,
        (log, records) -> {
          held.accept(log, records);
          int number = removals.find(log);
          if (number >= 0 && number != own) {
            said.of(number, records, stated.logseq());
          }
        });
    return stated;
  }

  private static void forEachHeld(MemberRows.Stated stated, ObjLongConsumer<Origin> each) {
    try {
      MemberStatement.forEachHeld(stated.statement(), each);
    } catch (MalformedException | UnsupportedVersionException e) {
      throw new DamagedException(
          MemberIndex.MEMBER.name() + ": what " + stated.log() + " holds is damaged", e);
    }
  }

  /**
   * How many records of a log count as acknowledged by who says at that logseq that it holds so
   * many: those that come before. Looks for them in the log, which takes some reads.
   */
  private long acknowledged(Removals.Removal log, long says, long logseq) {
    long said = Math.min(log.size(), says);
    if (said <= 0) {
      return 0;
    }
    if (log.lastLogseq() < logseq) {
      return said;
    }
    LogRecord last = store.record(log.log(), said - 1).orElse(null);
    return last != null && last.logseq() < logseq
        ? said
        : Math.min(said, store.firstIndexAfter(log.log(), logseq - 1));
  }

  @Override
  public void close() {
    rows.close();
  }
}
