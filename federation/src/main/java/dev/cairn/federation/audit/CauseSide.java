package dev.cairn.federation.audit;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.store.HistoryEntry;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.View;
import dev.cairn.pel.index.ReceiptIndex;
import dev.cairn.pel.index.Receipts;
import dev.cairn.pel.model.ArtifactList;
import dev.cairn.pel.model.Invocation;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.run.RunEdge;
import dev.cairn.tgk.Graph;
import dev.cairn.tgk.GraphEdge;
import dev.cairn.tgk.index.GraphIndex;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What one source says of how artifacts came to be, a bounded part of it at a time, always the same
 * part. Receipts, edges and rows that cannot be read are passed over and remembered. One owner.
 */
final class CauseSide {
  /** Most runs, and most edges, that are weighed against each other for one artifact. */
  static final int CANDIDATES_MAX = 8;

  /** Most rows read to find these. */
  static final int ROWS_MAX = 256;

  /** Most bytes of the receipts that are weighed; they take many times that when decoded. */
  static final long CANDIDATE_BYTES_MAX = 4L << 20;

  /** Most bytes of the receipts that are read in all. */
  static final long RECEIPT_BYTES_IN_ALL_MAX = 16 * CANDIDATE_BYTES_MAX;

  /** Most bytes of the edges that are weighed. */
  static final long EDGE_BYTES_MAX = Edge.EDGE_BYTES_MAX;

  /** Most bytes of the edges that are read in all. */
  static final long EDGE_BYTES_IN_ALL_MAX = 4 * EDGE_BYTES_MAX;

  /** Most artifacts whose edges are looked for in all. */
  static final int LOOKUPS_MAX = 16_384;

  /** Longest list whose items are looked at, in bytes. */
  static final int LIST_BYTES_MAX = 1 << 20;

  private final String name;
  private final Store store;
  private final CauseRecords records;
  private final View now;
  private final Receipts receipts;
  private final Graph graph;
  private boolean bounded;
  private int lookups;
  private long edgeBytesLeft = EDGE_BYTES_IN_ALL_MAX;
  private long receiptBytesLeft = RECEIPT_BYTES_IN_ALL_MAX;
  private boolean spent;
  private final Unread unread = new Unread();

  /** A run that is told of. */
  record Run(ArtifactKey key, Receipt receipt) {}

  /** An edge that is told of. */
  record Deriving(ArtifactKey key, Edge edge) {}

  CauseSide(String name, Store store) {
    this(name, store, CauseRecords.of(store));
  }

  /**
   * A source whose artifacts are in a store that is not its own.
   *
   * @param records where its records stand
   */
  CauseSide(String name, Store store, CauseRecords records) {
    this.name = name;
    this.store = store;
    this.records = records;
    this.now = store.now();
    this.receipts = new Receipts(store, now);
    this.graph = Graph.overRows(store);
  }

  String name() {
    return name;
  }

  /** True if something was left out so far. */
  boolean isBounded() {
    return bounded;
  }

  /** True if so much was read in all that something was not: what is not found may be there. */
  boolean isSpent() {
    return spent;
  }

  /** What was passed over as it could not be read. */
  Unread unread() {
    return unread;
  }

  boolean shows(ArtifactKey key) {
    return now.isLive(key);
  }

  /** A live receipt; empty if it is none, or longer than is read. */
  Optional<Run> run(ArtifactKey key) {
    Gathering one = new Gathering();
    one.offer(key);
    return one.found.stream().findFirst();
  }

  /** The runs that say that they gave an artifact, in order of their edges. */
  List<Run> runsOf(ArtifactKey output) {
    Gathering gathering = new Gathering();
    for (Deriving each : edgesTo(output, RunEdge.TYPE)) {
      each.edge().to().stream().map(Endpoint::key).forEach(gathering::offer);
    }
    return gathering.found.stream()
        .filter(run -> run.receipt().outputs().containsValue(output))
        .toList();
  }

  /** The runs of a program on given inputs that say how it must end. */
  List<Run> runsOf(Invocation invocation) {
    Gathering gathering = new Gathering();
    gathering.offerAll(ReceiptIndex.INVOCATION, invocation.digest());
    return gathering.found.stream().filter(run -> run.receipt().status().isConclusive()).toList();
  }

  /** Runs of a program, in order of keys. */
  List<Run> runsOfProgram(ArtifactKey program) {
    Gathering gathering = new Gathering();
    gathering.offerAll(ReceiptIndex.BY_PROGRAM, program.bytes());
    return gathering.found;
  }

  /** Receipts, as far as they may be read. */
  private final class Gathering {
    private final List<Run> found = new ArrayList<>();
    private final Set<ArtifactKey> offered = new TreeSet<>();
    private long left = CANDIDATE_BYTES_MAX;

    boolean isFull() {
      bounded |= found.size() == CANDIDATES_MAX;
      return found.size() == CANDIDATES_MAX;
    }

    /** The receipts of the rows that begin with a prefix and end with their keys. */
    void offerAll(Table table, Bytes prefix) {
      int rows = 0;
      try (RowCursor cursor = store.rows().scanPrefix(table, prefix)) {
        while (!isFull() && cursor.next()) {
          if (++rows > ROWS_MAX) {
            bounded = true;
            break;
          }
          offer(table, cursor.key(), prefix.length());
        }
      }
    }

    private void offer(Table table, Bytes row, int at) {
      ArtifactKey key;
      try {
        key = ReceiptIndex.receipt(table, row, at);
      } catch (CairnException e) {
        unread.add(name, "a row that names a receipt", e);
        return;
      }
      offer(key);
    }

    /** Takes a receipt, if it is one that can be read. */
    void offer(ArtifactKey key) {
      try {
        take(key);
      } catch (CairnException e) {
        unread.add(name, "receipt " + key, e);
      }
    }

    private void take(ArtifactKey key) {
      LiveEntry entry = now.known(key).orElse(null);
      if (entry == null || entry.kind() != RecordKind.PER || offered.contains(key) || isFull()) {
        return;
      }
      long bytes = entry.artifact().payloadLength();
      if (bytes > Math.min(left, receiptBytesLeft)) {
        bounded = true;
        spent |= bytes > receiptBytesLeft;
        return;
      }
      left -= bytes;
      receiptBytesLeft -= bytes;
      offered.add(key);
      found.add(new Run(key, receipts.read(entry)));
    }
  }

  /** The live edges other than those of runs that lead to an artifact, in order of keys. */
  List<Deriving> edgesTo(ArtifactKey effect) {
    return edges(GraphIndex.UP, effect, null, true);
  }

  /** The live edges of a type that lead from an artifact, in order of keys. */
  List<Deriving> edgesFrom(ArtifactKey cause, EdgeType type) {
    return edges(GraphIndex.DOWN, cause, type, false);
  }

  private List<Deriving> edgesTo(ArtifactKey effect, EdgeType type) {
    return edges(GraphIndex.UP, effect, type, false);
  }

  private List<Deriving> edges(
      Table table, ArtifactKey key, @Nullable EdgeType type, boolean noRuns) {
    List<Deriving> found = new ArrayList<>();
    if (++lookups > LOOKUPS_MAX) {
      bounded = true;
      spent = true;
      return found;
    }
    Bytes wanted = type == null ? null : Bytes.utf8(type.text());
    Bytes runs = Bytes.utf8(RunEdge.TYPE.text());
    int rows = 0;
    long left = EDGE_BYTES_MAX;
    try (RowCursor cursor = store.rows().scanPrefix(table, key.bytes())) {
      while (cursor.next()) {
        if (found.size() == CANDIDATES_MAX || ++rows > ROWS_MAX) {
          bounded = true;
          break;
        }
        // The type stands in the row: others need not be read.
        if (wanted == null
            ? noRuns && runs.equals(cursor.value())
            : !wanted.equals(cursor.value())) {
          continue;
        }
        try {
          ArtifactKey edgeKey = GraphIndex.edgeOfAdjacency(table, cursor.key());
          long bytes = now.known(edgeKey).map(entry -> entry.artifact().payloadLength()).orElse(0L);
          if (bytes > Math.min(left, edgeBytesLeft)) {
            bounded = true;
            spent |= bytes > edgeBytesLeft;
            continue;
          }
          left -= bytes;
          edgeBytesLeft -= bytes;
          edge(edgeKey).ifPresent(found::add);
        } catch (CairnException e) {
          unread.add(name, "a row that names an edge", e);
        }
      }
    }
    return found;
  }

  /** A live edge; empty if it is none, or cannot be read. */
  Optional<Deriving> edge(ArtifactKey key) {
    try {
      return now.isKnown(key)
          ? graph.edge(key, now).map(GraphEdge::edge).map(edge -> new Deriving(key, edge))
          : Optional.empty();
    } catch (CairnException e) {
      unread.add(name, "edge " + key, e);
      return Optional.empty();
    }
  }

  /** The items of a list that is held here; none if it is no list, a long one, or unreadable. */
  List<ArtifactKey> items(ArtifactKey key) {
    try {
      return itemsOf(key);
    } catch (CairnException e) {
      unread.add(name, "list " + key, e);
      return List.of();
    }
  }

  private List<ArtifactKey> itemsOf(ArtifactKey key) {
    LiveEntry entry = now.known(key).map(store::held).orElse(null);
    if (entry == null || !ArtifactList.TYPE.equals(entry.artifact().tag())) {
      return List.of();
    }
    if (entry.artifact().payloadLength() > LIST_BYTES_MAX) {
      bounded = true;
      return List.of();
    }
    if (!store.hasPayload(entry)) {
      return List.of();
    }
    Bytes payload = store.payload(entry, LIST_BYTES_MAX);
    return ArtifactList.decode(payload).items().stream().map(ArtifactList.Item::key).toList();
  }

  /** Where the first record of a key stands here; empty if there is none, or none to be read. */
  String recorded(ArtifactKey key) {
    List<HistoryEntry> history;
    try {
      history = records.of(key);
    } catch (CairnException e) {
      unread.add(name, "the records of " + key, e);
      return "";
    }
    if (history.isEmpty()) {
      return "";
    }
    HistoryEntry first = history.get(0);
    return name
        + " has it by record "
        + first.record().index()
        + " of "
        + first.origin()
        + ", logseq "
        + first.record().logseq();
  }

  /**
   * All that is known of an artifact here, whether it is shown or not; empty if that is nothing.
   */
  String known(ArtifactKey key) {
    String recorded = recorded(key);
    if (recorded.isEmpty()) {
      return "";
    }
    try {
      if (!shows(key)) {
        return removed(records.of(key));
      }
    } catch (CairnException e) {
      return recorded + ", and what it shows of it cannot be read";
    }
    return recorded
        + run(key).map(run -> ", a receipt that " + ClaimedRun.says(run.receipt())).orElse("");
  }

  /** Which record is the reason why an artifact that has some is not shown: the last one. */
  private String removed(List<HistoryEntry> history) {
    HistoryEntry last = history.get(history.size() - 1);
    return name
        + " removed it by record "
        + last.record().index()
        + " of "
        + last.origin()
        + ", logseq "
        + last.record().logseq();
  }

  /** Why a key that another source shows is not shown here. */
  String whyNot(ArtifactKey key, CauseSide other) {
    List<HistoryEntry> history = records.of(key);
    if (!history.isEmpty()) {
      return removed(history);
    }
    TreeMap<String, String> reasons = new TreeMap<>();
    for (HistoryEntry entry : other.records.of(key)) {
      OptionalLong held = records.size(entry.origin());
      String place = "record " + entry.record().index() + " of " + entry.origin();
      if (held.isEmpty()) {
        continue;
      }
      if (held.getAsLong() <= entry.record().index()) {
        return name + " lacks " + place + ": it holds " + held.getAsLong() + " of that log";
      }
      reasons.put(place, name + " has another " + place);
    }
    return reasons.isEmpty() ? name + " has no record of it" : reasons.firstEntry().getValue();
  }
}
