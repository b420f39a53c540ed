package dev.cairn.tgk.finding;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.Table.Scope;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitView;
import dev.cairn.asl.store.Index;
import dev.cairn.asl.store.RowWriter;
import java.util.List;
import java.util.Set;

/**
 * The fold of findings into rows by which they are listed and found by their ids; all else about
 * them is read by edges. It also lets a store refuse malformed artifacts of all layers.
 *
 * <pre>
 *   tgk.finding   finding id 32 | artifact key 34      -&gt; nothing
 * </pre>
 *
 * <p>Rows are only ever added, and each follows from one put alone, so any order of arrival gives
 * the same rows. Two rows of one id are two statements that contradict each other. Tombstones leave
 * no row here: whoever reads asks the {@link dev.cairn.asl.store.View} what is live. {@link #apply}
 * belongs to the sequencer; all else is safe for any thread.
 */
public final class FindingIndex implements Index {
  /** From a finding's id to its artifacts. */
  public static final Table FINDING = new Table("tgk.finding", Scope.DERIVED);

  /** An index without state. */
  public FindingIndex() {}

  @Override
  public String name() {
    return "tgk.findings";
  }

  @Override
  public int version() {
    return 1;
  }

  @Override
  public List<Table> tables() {
    return List.of(FINDING);
  }

  @Override
  public Set<TypeTag> structuredTypes() {
    return Set.of(Finding.TYPE, Occurrence.TYPE, Observation.TYPE, Sighting.TYPE);
  }

  @Override
  public void check(TypeTag type, Bytes payload) {
    if (type.equals(Finding.TYPE)) {
      Finding.decode(payload);
    } else if (type.equals(Occurrence.TYPE)) {
      Occurrence.decode(payload);
    } else if (type.equals(Observation.TYPE)) {
      Observation.decode(payload);
    } else if (type.equals(Sighting.TYPE)) {
      Sighting.decode(payload);
    }
  }

  /**
   * {@inheritDoc} A log may be older than this index, and hold under these types what was never
   * checked; such a put leaves no row.
   */
  @Override
  public void apply(CommitView commit, RowWriter rows) {
    for (CommitView.Entry entry : commit.entries()) {
      Bytes payload = entry.payload();
      if (entry.record().isPut() && Finding.TYPE.equals(entry.record().tag()) && payload != null) {
        apply(entry.record().id(), payload, rows);
      }
    }
  }

  private static void apply(ArtifactKey key, Bytes payload, RowWriter rows) {
    FindingId id;
    try {
      id = Finding.decode(payload).id();
    } catch (MalformedException | UnsupportedVersionException e) {
      return;
    }
    rows.put(FINDING, id.digest().plus(key.bytes()), Bytes.EMPTY);
  }

  static FindingId idOf(Bytes rowKey) {
    return FINDING.read(
        rowKey, rowKey, (key, same) -> new FindingId(key.slice(0, FindingId.BYTES)));
  }

  static ArtifactKey keyOf(Bytes rowKey) {
    return FINDING.read(
        rowKey, rowKey, (key, same) -> ArtifactKey.fromBytes(key.slice(FindingId.BYTES)));
  }
}
