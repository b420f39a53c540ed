package dev.cairn.federation.member;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.shard.RangeStatement;
import org.jspecify.annotations.Nullable;

/**
 * The rows of {@link MemberIndex} as they were at one moment: all is read through one cursor, so a
 * writer beside it changes nothing here. Keeps one row at a time. One owner; must be closed.
 *
 * <p>Every call fails with a {@link DamagedException} that names the row if one means nothing.
 */
final class MemberRows implements AutoCloseable {
  private static final int LOG_KEY_BYTES = 1 + Origin.BYTES;
  private static final int AT_INDEX = 0;
  private static final int AT_LOGSEQ = Long.BYTES;
  private static final int LAST_BYTES = 2 * Long.BYTES;

  private final RowCursor rows;

  private MemberRows(RowCursor rows) {
    this.rows = rows;
  }

  /** As they are now. */
  static MemberRows of(Store store) {
    return new MemberRows(store.rows().scan(MemberIndex.MEMBER, Bytes.EMPTY, Bytes.EMPTY));
  }

  /** Takes what begins and ends memberships. */
  interface Terms {
    /** The log's node joins by that record. */
    void joins(Origin log, long index, long logseq);

    /** The log's node says that a membership ends. */
    void ends(long logseq, MemberStatement.Ending ending);

    /** The log's node closes it. */
    void closes(Origin log, long logseq);
  }

  /**
   * What a node stated last of what it holds.
   *
   * @param log in which it did
   * @param index of the record
   * @param logseq of the record
   */
  record Stated(Origin log, long index, long logseq, Bytes statement) {}

  /** Reads what begins and ends memberships, in the total order, as far as it counts. */
  void forEachTerm(Terms terms) {
    rows.seek(MemberIndex.TERMS);
    while (next(MemberIndex.TERMS)) {
      Bytes key = rows.key();
      Bytes value = rows.value();
      if (key.length() != MemberIndex.TERM_KEY_BYTES || value.isEmpty()) {
        throw damaged(null);
      }
      long logseq = key.u64At(1);
      Origin log = origin(key, MemberIndex.TERM_AT_ORIGIN);
      long index = key.u64At(MemberIndex.TERM_AT_ORIGIN + Origin.BYTES);
      int kind = value.at(0);
      if (kind == MemberStatement.ENDING) {
        terms.ends(logseq, ending(value.slice(1)));
      } else if (value.length() > 1) {
        throw damaged(null);
      } else if (kind == MemberStatement.JOINING) {
        terms.joins(log, index, logseq);
      } else if (kind == MemberIndex.CLOSING) {
        terms.closes(log, logseq);
      } else {
        throw damaged(null);
      }
    }
  }

  private MemberStatement.Ending ending(Bytes payload) {
    try {
      if (MemberStatement.decode(payload) instanceof MemberStatement.Ending ending) {
        return ending;
      }
    } catch (CairnException | IndexOutOfBoundsException e) {
      throw damaged(e);
    }
    throw damaged(null);
  }

  /** How many statements of a log count already. */
  MemberIndex.Spoken spoken(Origin log) {
    Bytes key = MemberIndex.SPOKEN.plus(log.bytes());
    rows.seek(key);
    if (!next(key)) {
      return MemberIndex.Spoken.of(key, null);
    }
    check(rows.value().length() == MemberIndex.Spoken.BYTES);
    return MemberIndex.Spoken.of(rows.key(), rows.value());
  }

  /** Takes the last removal of a log. */
  interface LastRemoval {
    /**
     * Takes one.
     *
     * @param index of the record
     * @param logseq of the record
     */
    void of(Origin log, long index, long logseq);
  }

  /** Reads the last removal of each log that has one, in order of logs. */
  void forEachRemoval(LastRemoval removals) {
    rows.seek(MemberIndex.REMOVED);
    while (next(MemberIndex.REMOVED)) {
      check(rows.value().length() == LAST_BYTES);
      Bytes value = rows.value();
      removals.of(origin(rows.key(), 1), value.u64At(AT_INDEX), value.u64At(AT_LOGSEQ));
    }
  }

  /** What a node stated last, in whichever of its logs; null if it never did. */
  @Nullable Stated stated(NodeId node) {
    Bytes prefix = MemberIndex.HELD.plus(node.digest());
    Stated latest = null;
    rows.seek(prefix);
    while (next(prefix)) {
      Bytes value = rows.value();
      check(value.length() > LAST_BYTES);
      if (latest == null || latest.logseq < value.u64At(AT_LOGSEQ)) {
        latest =
            new Stated(
                origin(rows.key(), 1),
                value.u64At(AT_INDEX),
                value.u64At(AT_LOGSEQ),
                value.slice(LAST_BYTES));
      }
    }
    return latest;
  }

  /** Takes which payloads nodes said last that they hold: of each log, in order of logs. */
  void forEachRange(RangeStated ranges) {
    rows.seek(MemberIndex.RANGE);
    while (next(MemberIndex.RANGE)) {
      Bytes value = rows.value();
      check(value.length() > LAST_BYTES);
      Origin log = origin(rows.key(), 1);
      try {
        RangeStatement statement = RangeStatement.decode(value.slice(LAST_BYTES));
        ranges.of(log, value.u64At(AT_LOGSEQ), statement.declared());
      } catch (MalformedException | UnsupportedVersionException e) {
        throw damaged(e);
      }
    }
  }

  /** Takes the last range statement of a log. */
  interface RangeStated {
    /**
     * Takes one.
     *
     * @param logseq of the record
     */
    void of(Origin log, long logseq, RangeStatement.Declared declared);
  }

  private boolean next(Bytes prefix) {
    return rows.next() && rows.key().startsWith(prefix);
  }

  private Origin origin(Bytes key, int at) {
    try {
      return Origin.fromBytes(key.slice(at, at + Origin.BYTES));
    } catch (CairnException | IndexOutOfBoundsException e) {
      throw damaged(e);
    }
  }

  /** Of a row whose key is a log. */
  private void check(boolean sound) {
    if (rows.key().length() != LOG_KEY_BYTES || !sound) {
      throw damaged(null);
    }
  }

  private DamagedException damaged(@Nullable Exception cause) {
    return MemberIndex.MEMBER.damaged(rows.key(), cause);
  }

  @Override
  public void close() {
    rows.close();
  }
}
