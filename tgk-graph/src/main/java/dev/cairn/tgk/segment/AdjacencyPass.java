package dev.cairn.tgk.segment;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.TableReader;
import dev.cairn.asl.model.ArtifactKey;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One pass over an adjacency table: which node each live edge stands at, and the nodes in the order
 * of their keys. One owner; must be closed.
 */
final class AdjacencyPass implements AutoCloseable {
  private final TableReader rows;
  private final Table table;
  private final SlotPass live;

  /** Type of each edge, as its last row says; empty if they are not asked for. */
  private final int[] types;

  private final boolean typed;

  private final Map<Bytes, Integer> typeNumbers = new HashMap<>();
  private Bytes lastType = Bytes.EMPTY;
  private int lastTypeNumber;

  private final KeyList nodes = new KeyList();

  /** Number of a node, and of an edge that it stands in. */
  private final IntList ends = new IntList();

  private final IntList edges = new IntList();
  private @Nullable RowCursor cursor;
  private Bytes node = Bytes.EMPTY;

  AdjacencyPass(TableReader rows, Table table, SlotPass live, boolean typed) {
    this.rows = rows;
    this.table = table;
    this.live = live;
    this.typed = typed;
    this.types = new int[typed ? live.numbers() : 0];
  }

  /** Reads so many rows; false once there are none left. */
  boolean step(int count) {
    RowCursor at = cursor;
    if (at == null) {
      at = rows.scanAhead(table, Bytes.EMPTY, Bytes.EMPTY);
      cursor = at;
    }
    for (int i = 0; i < count; i++) {
      if (!at.next()) {
        return false;
      }
      Bytes key = at.key();
      int edge = live.edge(key, ArtifactKey.BYTES);
      if (edge >= 0) {
        take(key, edge);
        if (typed) {
          types[edge] = type(at.value());
        }
      }
    }
    return true;
  }

  private void take(Bytes key, int edge) {
    if (nodes.size() == 0 || !key.startsWith(node)) {
      node = key.slice(0, ArtifactKey.BYTES);
      nodes.add(node);
    }
    ends.add(nodes.size() - 1);
    edges.add(edge);
  }

  private int type(Bytes text) {
    if (!text.equals(lastType)) {
      lastType = text;
      Integer known = typeNumbers.putIfAbsent(text, typeNumbers.size());
      lastTypeNumber = known == null ? typeNumbers.size() - 1 : known;
    }
    return lastTypeNumber;
  }

  /** The nodes at which live edges stand, ascending. */
  KeyList nodes() {
    return nodes;
  }

  /** How many ends live edges have here. */
  int count() {
    return edges.size();
  }

  /** Number among {@link #nodes} of the {@code i}-th end. */
  int node(int i) {
    return ends.get(i);
  }

  /** Number of the edge whose end that is. */
  int edge(int i) {
    return edges.get(i);
  }

  /** Type of an edge, as it was met. */
  int type(int edge) {
    return types[edge];
  }

  /** Numbers of types by their text. */
  Map<Bytes, Integer> typeNumbers() {
    return typeNumbers;
  }

  @Override
  public void close() {
    if (cursor != null) {
      cursor.close();
      cursor = null;
    }
  }
}
