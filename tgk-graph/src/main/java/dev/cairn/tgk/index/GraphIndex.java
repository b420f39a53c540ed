package dev.cairn.tgk.index;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.Table.Access;
import dev.cairn.asl.engine.Table.Scope;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.Position;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitView;
import dev.cairn.asl.store.Index;
import dev.cairn.asl.store.RowWriter;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.Endpoint;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The fold of edge records into rows by which edges are found from their ends and their slots.
 *
 * <pre>
 *   tgk.down   from-endpoint key 34 | edge key 34                    -&gt; edge type, ASCII
 *   tgk.up     to-endpoint key 34 | edge key 34                      -&gt; edge type, ASCII
 *   tgk.slot   slot 32 | u64be logseq | edge key 34 | origin 36      -&gt; nothing
 * </pre>
 *
 * <p>Rows are only ever added, and each follows from one put alone, so any order of arrival gives
 * the same rows. A slot's rows stand in the total order. Tombstones leave no row here: whoever
 * reads asks the {@link dev.cairn.asl.store.View} what is live. An edge that names one artifact in
 * several roles has one row for it. {@link #apply} belongs to the sequencer; all else is safe for
 * any thread.
 */
public final class GraphIndex implements Index {
  /** From a cause to the edges it stands in. */
  public static final Table DOWN = new Table("tgk.down", Scope.DERIVED, Access.BY_DIGEST);

  /** From an effect to the edges it stands in. */
  public static final Table UP = new Table("tgk.up", Scope.DERIVED, Access.BY_DIGEST);

  /** From a slot to the puts of its edges, in the total order. */
  public static final Table SLOT = new Table("tgk.slot", Scope.DERIVED, Access.BY_DIGEST);

  private static final int SLOT_BYTES = 32;
  private static final int SLOT_EDGE = SLOT_BYTES + Long.BYTES;
  private static final int SLOT_ORIGIN = SLOT_EDGE + ArtifactKey.BYTES;

  /** An index without state. */
  public GraphIndex() {}

  @Override
  public String name() {
    return "tgk.graph";
  }

  @Override
  public int version() {
    return 1;
  }

  @Override
  public List<Table> tables() {
    return List.of(DOWN, UP, SLOT);
  }

  @Override
  public Set<TypeTag> structuredTypes() {
    return Set.of(TypeTag.EDGE);
  }

  @Override
  public void check(TypeTag type, Bytes payload) {
    if (type.equals(TypeTag.EDGE)) {
      Edge unused = Edge.decode(payload);
    }
  }

  /** {@inheritDoc} A put whose payload is not at hand leaves no row. */
  @Override
  public void apply(CommitView commit, RowWriter rows) {
    for (CommitView.Entry entry : commit.entries()) {
      Bytes payload = entry.payload();
      if (entry.record().kind() == RecordKind.TGK_EDGE && payload != null) {
        applyPut(entry.record().position(commit.origin()), payload, rows);
      }
    }
  }

  private static void applyPut(Position position, Bytes payload, RowWriter rows) {
    Edge edge = Edge.decode(payload);
    Bytes edgeKey = position.id().bytes();
    Bytes type = Bytes.utf8(edge.type().text());
    putAdjacency(rows, DOWN, edge.from(), edgeKey, type);
    putAdjacency(rows, UP, edge.to(), edgeKey, type);
    rows.put(SLOT, slotRow(edge.slotOf(payload), position), Bytes.EMPTY);
  }

  private static void putAdjacency(
      RowWriter rows, Table table, List<Endpoint> endpoints, Bytes edgeKey, Bytes type) {
    @Nullable ArtifactKey before = null;
    for (Endpoint endpoint : endpoints) {
      if (!endpoint.key().equals(before)) {
        before = endpoint.key();
        rows.put(table, before.bytes().plus(edgeKey), type);
      }
    }
  }

  /** The edge that a row of {@link #DOWN} or {@link #UP} leads to. */
  public static ArtifactKey edgeOfAdjacency(Table table, Bytes rowKey) {
    return table.read(
        rowKey, rowKey, (key, same) -> ArtifactKey.fromBytes(key.slice(ArtifactKey.BYTES)));
  }

  /** Key of the row of {@link #SLOT} for one put. */
  public static Bytes slotRow(Bytes slot, Position position) {
    return Bytes.concat(
        slot, Bytes.u64(position.logseq()), position.id().bytes(), position.origin().bytes());
  }

  /** The put that a row of {@link #SLOT} stands for. */
  public static Position positionOfSlot(Bytes rowKey) {
    return SLOT.read(
        rowKey,
        rowKey,
        (key, same) ->
            new Position(
                key.u64At(SLOT_BYTES),
                ArtifactKey.fromBytes(key.slice(SLOT_EDGE, SLOT_ORIGIN)),
                Origin.fromBytes(key.slice(SLOT_ORIGIN))));
  }
}
