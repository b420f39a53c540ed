package dev.cairn.tgk;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Row;
import dev.cairn.asl.engine.TableReader;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Position;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.View;
import dev.cairn.tgk.index.GraphIndex;
import dev.cairn.tgk.model.Edge;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads edges of one view and says which of them count; lives as long as one question.
 *
 * <p>An edge counts if it is live in the view, as it is {@link View#known}, and no later put of
 * another live edge of its slot lies within the view. Usually one look at the slot's last row
 * decides it. A slot that several edges have fought over is walked back once and its holder
 * remembered, so a question that meets all of them stays linear. One owner at a time.
 */
final class EdgeReader {
  /** Holders of contested slots remembered at a time. */
  private static final int SLOTS_REMEMBERED_MAX = 65_536;

  private final GraphSource source;
  private final TableReader rows;
  private final View view;
  private final Map<Bytes, Optional<ArtifactKey>> holders = new HashMap<>();

  EdgeReader(GraphSource source, View view) {
    this.source = source;
    this.rows = source.rows();
    this.view = view;
  }

  /** The edge if it is part of the graph, else null. */
  @Nullable GraphEdge live(ArtifactKey key) {
    GraphEdge edge = standing(key);
    return edge != null && edge.state() == EdgeState.LIVE ? edge : null;
  }

  /** The edge if it was put within the view, whatever it counts for; else null. */
  @Nullable GraphEdge any(ArtifactKey key) {
    GraphEdge edge = standing(key);
    return edge != null ? edge : retracted(key);
  }

  private @Nullable GraphEdge standing(ArtifactKey key) {
    LiveEntry entry = view.known(key).orElse(null);
    if (entry == null || entry.kind() != RecordKind.TGK_EDGE) {
      return null;
    }
    Bytes encoded = source.payload(entry, Edge.EDGE_BYTES_MAX);
    Edge edge = Edge.decode(encoded);
    EdgeState state = holds(edge.slotOf(encoded), key) ? EdgeState.LIVE : EdgeState.SHADOWED;
    return new GraphEdge(key, edge, state, entry.logseq(), entry.origin());
  }

  /** The payload is there: edges come with their records, and erasing one only retracts it. */
  private @Nullable GraphEdge retracted(ArtifactKey key) {
    LiveEntry put = view.told(key).orElse(null);
    if (put == null || put.kind() != RecordKind.TGK_EDGE) {
      return null;
    }
    Bytes encoded = source.payload(put.artifact().payloadDigest(), Edge.EDGE_BYTES_MAX);
    return new GraphEdge(
        key, Edge.decode(encoded), EdgeState.RETRACTED, put.logseq(), put.origin());
  }

  /** Whether the live edge {@code key} holds its slot. */
  private boolean holds(Bytes slot, ArtifactKey key) {
    Optional<ArtifactKey> remembered = holders.get(slot);
    if (remembered != null) {
      return remembered.isPresent() && remembered.get().equals(key);
    }
    Bytes end = slot.prefixEnd();
    Row last = rows.last(GraphIndex.SLOT, slot, end);
    if (last != null) {
      Position put = GraphIndex.positionOfSlot(last.key());
      if (put.id().equals(key) && view.includes(put.origin(), put.logseq())) {
        return true;
      }
    }
    ArtifactKey holder = walkBack(slot, last);
    if (holders.size() == SLOTS_REMEMBERED_MAX) {
      holders.clear();
    }
    holders.put(slot, Optional.ofNullable(holder));
    return key.equals(holder);
  }

  /**
   * The edge of the latest put within the view whose edge is live there. The first put met of an
   * edge is its latest in the view, as a slot's rows stand in the total order.
   */
  private @Nullable ArtifactKey walkBack(Bytes slot, @Nullable Row last) {
    for (Row row = last; row != null; row = rows.last(GraphIndex.SLOT, slot, row.key())) {
      Position put = GraphIndex.positionOfSlot(row.key());
      if (view.includes(put.origin(), put.logseq()) && view.isKnown(put.id())) {
        return put.id();
      }
    }
    return null;
  }
}
