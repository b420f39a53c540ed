package dev.cairn.federation.member;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.Table.Scope;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitView;
import dev.cairn.asl.store.Index;
import dev.cairn.asl.store.RowWriter;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The fold of member statements and removals into the rows that {@link Membership} reads.
 *
 * <pre>
 *   federation.member   00 | origin 36 | u64be index   -&gt;  u64be logseq | statement     joins and endings
 *   federation.member   01 | origin 36                 -&gt;  u64be index | u64be logseq | statement
 *   federation.member   02 | origin 36                 -&gt;  u64be index | u64be logseq
 * </pre>
 *
 * <p>01 is the log's last statement of what its node holds, 02 its last tombstone: maxima over
 * places, so any order of arrival gives the same rows. A statement counts by its record; removing
 * the artifact takes nothing back. {@link #apply} belongs to the sequencer; all else is safe for
 * any thread.
 */
public final class MemberIndex implements Index {
  /** What the fold writes. */
  public static final Table MEMBER = new Table("federation.member", Scope.DERIVED);

  /** Prefix of joins and endings. */
  static final Bytes TERMS = Bytes.wrap(new byte[] {0});

  /** Prefix of the last statement of what is held. */
  static final Bytes HELD = Bytes.wrap(new byte[] {1});

  /** Prefix of the last tombstone. */
  static final Bytes REMOVED = Bytes.wrap(new byte[] {2});

  /** An index without state. */
  public MemberIndex() {}

  @Override
  public String name() {
    return "federation.members";
  }

  @Override
  public int version() {
    return 1;
  }

  @Override
  public List<Table> tables() {
    return List.of(MEMBER);
  }

  @Override
  public Set<TypeTag> structuredTypes() {
    return Set.of(MemberStatement.TYPE);
  }

  @Override
  public void check(TypeTag type, Bytes payload) {
    if (type.equals(MemberStatement.TYPE)) {
      MemberStatement.decode(payload);
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
      }
    }
    if (removal != null) {
      putLast(REMOVED.plus(commit.origin().bytes()), removal, Bytes.EMPTY, rows);
    }
  }

  private static void state(
      Origin origin, LogRecord record, @Nullable Bytes payload, RowWriter rows) {
    MemberStatement statement = payload == null ? null : read(payload);
    if (payload == null || statement == null || !statement.speaker().equals(origin.node())) {
      return;
    }
    if (!(statement instanceof MemberStatement.Acknowledgement)) {
      rows.put(
          MEMBER,
          Bytes.concat(TERMS, origin.bytes(), Bytes.u64(record.index())),
          Bytes.u64(record.logseq()).plus(payload));
    }
    if (!(statement instanceof MemberStatement.Ending)) {
      putLast(HELD.plus(origin.bytes()), record, payload, rows);
    }
  }

  private static @Nullable MemberStatement read(Bytes payload) {
    try {
      return MemberStatement.decode(payload);
    } catch (MalformedException | UnsupportedVersionException e) {
      return null;
    }
  }

  /** The last record of a log wins. */
  private static void putLast(Bytes key, LogRecord record, Bytes payload, RowWriter rows) {
    Bytes before = rows.get(MEMBER, key);
    if (before == null || before.u64At(0) < record.index()) {
      rows.put(
          MEMBER,
          key,
          Bytes.concat(Bytes.u64(record.index()), Bytes.u64(record.logseq()), payload));
    }
  }

  static Origin originOf(Bytes key) {
    return Origin.fromBytes(key.slice(1, 1 + Origin.BYTES));
  }

  static NodeId nodeOf(Bytes key) {
    return originOf(key).node();
  }
}
