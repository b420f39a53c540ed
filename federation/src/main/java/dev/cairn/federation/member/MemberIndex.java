package dev.cairn.federation.member;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.Table.Scope;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogClosing;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitView;
import dev.cairn.asl.store.Index;
import dev.cairn.asl.store.RowWriter;
import dev.cairn.federation.shard.RangeStatement;
import java.util.List;
import java.util.Set;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The fold of member statements, closings and removals into the rows that {@link Membership} reads.
 *
 * <pre>
 *   federation.member   00 | u64be logseq | key 34 | origin 36 | u64be index  -&gt;  u8 kind | ending
 *   federation.member   01 | origin 36    -&gt;  u64be index | u64be logseq | statement
 *   federation.member   02 | origin 36    -&gt;  u64be index | u64be logseq
 *   federation.member   03 | origin 36    -&gt;  u64be index | u32be joinings | u32be endings
 *   federation.member   04 | origin 36    -&gt;  u64be index | u64be logseq | range statement
 * </pre>
 *
 * <p>00 is what begins and ends memberships, in the total order: a joining, an ending with its
 * payload, a record that closes a log. 01 is the log's last statement of what its node holds, 02
 * its last tombstone. 03 is how many joinings and endings of the log stand in 00, and the index of
 * the last one: only the first {@link #JOININGS_MAX} and {@link #ENDINGS_MAX} get a row. 04 is the
 * log's last statement of which payloads its node holds. A log is always held from its beginning,
 * so the rows are a function of which records are held, in whatever order the logs grew.
 *
 * <p>A statement counts by its record; removing the artifact takes nothing back. {@link #apply}
 * belongs to the sequencer; all else is safe for any thread.
 */
public final class MemberIndex implements Index {
  /** What the fold writes. */
  public static final Table MEMBER = new Table("federation.member", Scope.DERIVED);

  /** Most joinings of a log that count. */
  static final int JOININGS_MAX = 1024;

  /** Most endings of a log that count. */
  static final int ENDINGS_MAX = 4096;

  /** Prefix of what begins and ends memberships. */
  static final Bytes TERMS = Bytes.wrap(new byte[] {0});

  /** Prefix of the last statement of what is held. */
  static final Bytes HELD = Bytes.wrap(new byte[] {1});

  /** Prefix of the last tombstone. */
  static final Bytes REMOVED = Bytes.wrap(new byte[] {2});

  /** Prefix of how many statements there are. */
  static final Bytes SPOKEN = Bytes.wrap(new byte[] {3});

  /** Prefix of the last statement of which payloads are held. */
  static final Bytes RANGE = Bytes.wrap(new byte[] {4});

  /** Kind of a record that closes its log; others have the numbers of statements. */
  static final int CLOSING = 3;

  /** Length of a key of {@link #TERMS}. */
  static final int TERM_KEY_BYTES = 1 + Long.BYTES + ArtifactKey.BYTES + Origin.BYTES + Long.BYTES;

  /** Where the origin stands in a key of {@link #TERMS}. */
  static final int TERM_AT_ORIGIN = 1 + Long.BYTES + ArtifactKey.BYTES;

  /** An index without state. */
  public MemberIndex() {}

  @Override
  public String name() {
    return "federation.members";
  }

  @Override
  public int version() {
    return 3;
  }

  @Override
  public List<Table> tables() {
    return List.of(MEMBER);
  }

  @Override
  public Set<TypeTag> structuredTypes() {
    return Set.of(MemberStatement.TYPE, RangeStatement.TYPE);
  }

  @Override
  public void check(TypeTag type, Bytes payload) {
    if (type.equals(MemberStatement.TYPE)) {
      MemberStatement.decode(payload);
    } else if (type.equals(RangeStatement.TYPE)) {
      RangeStatement.decode(payload);
    }
  }

  /**
   * {@inheritDoc} A log may be older than this index, and hold under its type what was never
   * checked; such a put leaves no row.
   */
  @Override
  public void apply(CommitView commit, RowWriter rows) {
    LogRecord removal = null;
    for (CommitView.Entry entry : commit.entries()) {
      LogRecord record = entry.record();
      if (!record.isPut()) {
        removal = record;
      } else if (MemberStatement.TYPE.equals(record.tag())) {
        state(commit.origin(), record, entry.payload(), rows);
      } else if (RangeStatement.TYPE.equals(record.tag())) {
        range(commit.origin(), record, entry.payload(), rows);
      } else if (LogClosing.closes(record)) {
        rows.put(MEMBER, termKey(commit.origin(), record), kind(CLOSING));
      }
    }
    if (removal != null) {
      putLast(REMOVED.plus(commit.origin().bytes()), removal, Bytes.EMPTY, rows);
    }
  }

  private static void state(
      Origin origin, LogRecord record, @Nullable Bytes payload, RowWriter rows) {
    MemberStatement statement = payload == null ? null : read(payload, MemberStatement::decode);
    if (payload == null || statement == null || !statement.speaker().equals(origin.node())) {
      return;
    }
    if (statement instanceof MemberStatement.Joining) {
      count(origin, record, true, kind(MemberStatement.JOINING), rows);
    } else if (statement instanceof MemberStatement.Ending) {
      count(origin, record, false, kind(MemberStatement.ENDING).plus(payload), rows);
    }
    if (!(statement instanceof MemberStatement.Ending)) {
      putLast(HELD.plus(origin.bytes()), record, payload, rows);
    }
  }

  private static void range(
      Origin origin, LogRecord record, @Nullable Bytes payload, RowWriter rows) {
    RangeStatement statement = payload == null ? null : read(payload, RangeStatement::decode);
    if (payload != null && statement != null && statement.speaker().equals(origin.node())) {
      putLast(RANGE.plus(origin.bytes()), record, payload, rows);
    }
  }

  private static <T> @Nullable T read(Bytes payload, Function<Bytes, T> decode) {
    try {
      return decode.apply(payload);
    } catch (MalformedException | UnsupportedVersionException e) {
      return null;
    }
  }

  /** Writes a row of {@link #TERMS}, if the log has not used up what counts. */
  private static void count(
      Origin origin, LogRecord record, boolean joins, Bytes value, RowWriter rows) {
    Bytes key = SPOKEN.plus(origin.bytes());
    Spoken before = Spoken.of(key, rows.get(MEMBER, key));
    if (record.index() <= before.lastIndex()
        || (joins ? before.joinings() >= JOININGS_MAX : before.endings() >= ENDINGS_MAX)) {
      return;
    }
    rows.put(
        MEMBER,
        key,
        new Spoken(
                record.index(),
                before.joinings() + (joins ? 1 : 0),
                before.endings() + (joins ? 0 : 1))
            .encode());
    rows.put(MEMBER, termKey(origin, record), value);
  }

  private static Bytes termKey(Origin origin, LogRecord record) {
    return Bytes.concat(
        TERMS,
        Bytes.u64(record.logseq()),
        record.id().bytes(),
        origin.bytes(),
        Bytes.u64(record.index()));
  }

  private static Bytes kind(int kind) {
    return Bytes.wrap(new byte[] {(byte) kind});
  }

  /** The last record of a log wins. */
  private static void putLast(Bytes key, LogRecord record, Bytes payload, RowWriter rows) {
    Bytes before = rows.get(MEMBER, key);
    if (before == null
        || MEMBER.read(key, before, (row, value) -> value.u64At(0)) < record.index()) {
      rows.put(
          MEMBER,
          key,
          Bytes.concat(Bytes.u64(record.index()), Bytes.u64(record.logseq()), payload));
    }
  }

  /**
   * How many statements of a log count.
   *
   * @param lastIndex of the last one; -1 if there is none
   */
  record Spoken(long lastIndex, int joinings, int endings) {
    static final int BYTES = Long.BYTES + 2 * Integer.BYTES;

    /** What the row under a key says; nothing was spoken if there is none. */
    static Spoken of(Bytes key, @Nullable Bytes value) {
      return value == null
          ? new Spoken(-1, 0, 0)
          : MEMBER.read(key, value, (row, spoken) -> decode(spoken));
    }

    private static Spoken decode(Bytes value) {
      return new Spoken(
          value.u64At(0), value.u32At(Long.BYTES), value.u32At(Long.BYTES + Integer.BYTES));
    }

    Bytes encode() {
      return Bytes.concat(
          Bytes.u64(lastIndex), Bytes.u64((long) joinings << Integer.SIZE | endings));
    }
  }
}
