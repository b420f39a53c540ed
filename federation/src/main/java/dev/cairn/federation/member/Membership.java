package dev.cairn.federation.member;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Store;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Who is a member by the records that a store holds, and which removals all members have
 * acknowledged. A function of the records alone: stores that hold the same say the same.
 *
 * <p>Statements count in the total order. A {@link MemberStatement.Joining} makes its node a
 * member, and takes the place of an earlier one of that node. A {@link MemberStatement.Ending}
 * counts if it names the record by which the node is a member at that place, and its speaker is
 * that node or a member at that place. Of each log only the first 1,024 joinings and the first
 * 4,096 endings count.
 *
 * <p>A removal is <b>stable</b> once every member has acknowledged its record. A member has
 * acknowledged a record if its last statement says that it holds it and comes behind it in logseq:
 * whatever that member writes from then on comes later in the total order than the removal. A
 * statement that says more than its logseq allows counts only as far as that.
 *
 * <p>A value, made of a store as it was; takes the memory of all joins and endings. For any thread.
 */
public final class Membership {
  private static final int AT_INDEX = 0;
  private static final int AT_LOGSEQ = Long.BYTES;
  private static final int LAST_BYTES = 2 * Long.BYTES;

  private final SortedMap<NodeId, Member> members;
  private final List<FormerMember> former;
  private final SortedMap<Origin, Long> stable;
  private final List<Lag> lags;

  private Membership(
      SortedMap<NodeId, Member> members,
      List<FormerMember> former,
      SortedMap<Origin, Long> stable,
      List<Lag> lags) {
    this.members = Collections.unmodifiableSortedMap(members);
    this.former = List.copyOf(former);
    this.stable = Collections.unmodifiableSortedMap(stable);
    this.lags = List.copyOf(lags);
  }

  /**
   * What a store's records say.
   *
   * @throws DamagedException if a row means nothing
   */
  public static Membership of(Store store) {
    MemberTerms terms = MemberTerms.of(store);
    TreeMap<NodeId, Member> members = new TreeMap<>();
    for (MemberTerms.Term term : terms.open().values()) {
      members.put(term.log().node(), member(store, term));
    }
    TreeMap<Origin, Long> stable = new TreeMap<>();
    List<Lag> lags = new ArrayList<>();
    if (!members.isEmpty()) {
      lastRemovals(store)
          .forEach(
              (log, last) -> {
                long least = store.head(log).map(LogHead::treeSize).orElse(0L);
                for (Member member : members.values()) {
                  long acknowledged = acknowledged(store, member, log);
                  if (acknowledged <= last) {
                    lags.add(new Lag(member.node(), log, acknowledged, last));
                  }
                  least = Math.min(least, acknowledged);
                }
                stable.put(log, least);
              });
    }
    return new Membership(members, terms.ended(), stable, lags);
  }

  /** The members, in order of their nodes. */
  public Collection<Member> members() {
    return members.values();
  }

  /** A node's membership, if it is a member. */
  public Optional<Member> member(NodeId node) {
    return Optional.ofNullable(members.get(node));
  }

  /** The memberships that ended, in the total order of what ended them. */
  public List<FormerMember> former() {
    return former;
  }

  /**
   * Of each log in which something was removed, how many of its first records every member has
   * acknowledged: removals among them are stable. Empty if there are no members.
   */
  public SortedMap<Origin, Long> stable() {
    return stable;
  }

  /** Who blocks which removals, by logs and then members. */
  public List<Lag> lags() {
    return lags;
  }

  /** True if this node is a member with removals to acknowledge. */
  public boolean isDue(NodeId node) {
    return lags.stream().anyMatch(lag -> lag.member().equals(node));
  }

  // ---- reading

  private static MemberStatement decode(Bytes key, Bytes value, int from) {
    try {
      return MemberStatement.decode(value.slice(from));
    } catch (CairnException | IndexOutOfBoundsException e) {
      throw new DamagedException(
          "row " + key.toHex() + " of " + MemberIndex.MEMBER.name() + " is damaged", e);
    }
  }

  /** With what the node stated last, in whichever of its logs. */
  private static Member member(Store store, MemberTerms.Term term) {
    Bytes latest = null;
    Origin spokenIn = term.log();
    Bytes prefix = MemberIndex.HELD.plus(term.log().node().digest());
    try (RowCursor rows = store.rows().scanPrefix(MemberIndex.MEMBER, prefix)) {
      while (rows.next()) {
        checkLength(rows, LAST_BYTES);
        if (latest == null || latest.u64At(AT_LOGSEQ) < rows.value().u64At(AT_LOGSEQ)) {
          latest = rows.value();
          spokenIn = MemberIndex.originOf(rows.key());
        }
      }
    }
    if (latest == null) {
      throw new DamagedException(
          MemberIndex.MEMBER.name() + ": what member " + term.log().node() + " holds is missing");
    }
    return new Member(
        term.log(),
        term.index(),
        term.logseq(),
        spokenIn,
        latest.u64At(AT_INDEX),
        latest.u64At(AT_LOGSEQ),
        held(decode(prefix, latest, LAST_BYTES)));
  }

  private static SortedMap<Origin, Long> held(MemberStatement statement) {
    return statement instanceof MemberStatement.Joining joining
        ? joining.held()
        : statement instanceof MemberStatement.Acknowledgement said
            ? said.held()
            : Collections.emptySortedMap();
  }

  /** Of a row whose key is a log, and whose value begins with numbers. */
  private static void checkLength(RowCursor row, int least) {
    if (row.key().length() != 1 + Origin.BYTES || row.value().length() < least) {
      throw new DamagedException(
          "row " + row.key().toHex() + " of " + MemberIndex.MEMBER.name() + " is damaged");
    }
  }

  /** Of each log with a removal, the index of the last one. */
  static SortedMap<Origin, Long> lastRemovals(Store store) {
    TreeMap<Origin, Long> last = new TreeMap<>();
    try (RowCursor rows = store.rows().scanPrefix(MemberIndex.MEMBER, MemberIndex.REMOVED)) {
      while (rows.next()) {
        checkLength(rows, LAST_BYTES);
        last.put(MemberIndex.originOf(rows.key()), rows.value().u64At(AT_INDEX));
      }
    }
    return last;
  }

  /** How many records of a log count as acknowledged: those behind whose logseqs it spoke. */
  private static long acknowledged(Store store, Member member, Origin log) {
    long held = store.head(log).map(LogHead::treeSize).orElse(0L);
    long said = Math.min(held, member.says(log));
    if (said == 0) {
      return 0;
    }
    @Nullable LogRecord last = store.record(log, said - 1).orElse(null);
    long before = member.acknowledgedLogseq();
    return last != null && last.logseq() < before
        ? said
        : Math.min(said, store.firstIndexAfter(log, before - 1));
  }
}
