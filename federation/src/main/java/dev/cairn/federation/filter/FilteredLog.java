package dev.cairn.federation.filter;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.RecordCursor;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.protocol.ProtocolLimits;
import dev.cairn.tgk.Direction;
import dev.cairn.tgk.Graph;
import dev.cairn.tgk.GraphEdge;
import dev.cairn.tgk.Lineage;
import dev.cairn.tgk.LineageNode;
import dev.cairn.tgk.LineageOptions;
import dev.cairn.tgk.model.Edge;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * A store's logs as one sees them who is interested in some records only: the other records as leaf
 * hashes. Causes of keys are those known when this was made, and types of what is removed those
 * known when it was asked for first. One owner at a time.
 */
public final class FilteredLog {
  private static final int TYPES_MAX = 1_024;

  private final Store store;
  private final InterestFilter filter;
  private final Map<ArtifactKey, Set<ArtifactKey>> above = new TreeMap<>();

  /** What some keys are, as many records may remove one. */
  private final Map<ArtifactKey, Optional<TypeTag>> types =
      new LinkedHashMap<>(TYPES_MAX, 1, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<ArtifactKey, Optional<TypeTag>> eldest) {
          return size() > TYPES_MAX;
        }
      };

  /** The logs of {@code store} through {@code filter}. */
  public FilteredLog(Store store, InterestFilter filter) {
    this.store = store;
    this.filter = filter;
    addCauses(filter);
  }

  private void addCauses(InterestFilter asked) {
    Graph graph = new Graph(store);
    for (ArtifactKey root : InterestFilter.rootsOf(asked)) {
      if (!above.containsKey(root)) {
        Lineage lineage =
            graph.lineage(List.of(root), Direction.UP, LineageOptions.ALL, store.now());
        Set<ArtifactKey> causes = new TreeSet<>();
        lineage.nodes().stream().map(LineageNode::key).forEach(causes::add);
        lineage.edges().stream().map(GraphEdge::key).forEach(causes::add);
        above.put(root, causes);
      }
    }
  }

  /** The stretch behind record {@code from - 1} of a log; empty if no checkpoint covers more. */
  public Optional<PartialStretch> next(Origin origin, long from) {
    NavigableMap<Long, Bytes> checkpoints = store.checkpoints(origin, from, 256);
    Optional<LogHead> head = store.head(origin);
    if (checkpoints.isEmpty() || head.isEmpty()) {
      return Optional.empty();
    }
    long believed = store.believed(origin);
    long reach = from + ProtocolLimits.CHECKPOINT_RECORDS_MAX;
    Map.Entry<Long, Bytes> stop =
        checkpoints.floorEntry(from < believed ? Math.min(believed, reach) : reach);
    Map.Entry<Long, Bytes> end = stop == null ? checkpoints.firstEntry() : stop;
    List<PartialStretch.Item> items = new ArrayList<>();
    try (RecordCursor records = store.records(origin, from, end.getKey())) {
      while (records.next()) {
        Bytes encoded = records.encoded();
        items.add(
            filter.matches(candidate(origin, records.record()))
                ? new PartialStretch.Held(encoded)
                : new PartialStretch.Hole(TreeHasher.leaf(encoded)));
      }
    }
    return Optional.of(new PartialStretch(origin, head.get().key(), from, items, end.getValue()));
  }

  /**
   * The records among the first {@code size} of a log that this filter shows and {@code before} may
   * not have shown: what one needs who widens his interest. Others may have sent what he has, and
   * known less or more of what was removed and of causes than this store. By index; at most {@code
   * limit} of them, from {@code from} on.
   */
  public SortedMap<Long, Bytes> widening(
      InterestFilter before, Origin origin, long from, long size, int limit) {
    SortedMap<Long, Bytes> found = new TreeMap<>();
    try (RecordCursor records = store.records(origin, from, size)) {
      while (found.size() < limit && records.next()) {
        Candidate candidate = candidate(origin, records.record());
        if (filter.matches(candidate) && !surelyShown(before, candidate)) {
          found.put(records.record().index(), records.encoded());
        }
      }
    }
    return found;
  }

  /**
   * True if this filter shows a record and may not have shown it to another who has it, as he knew
   * less or more.
   */
  boolean showsNow(Origin origin, LogRecord record) {
    Candidate candidate = candidate(origin, record);
    return filter.matches(candidate) && !surelyShown(filter, candidate);
  }

  /** True if it matters to a filter what is removed, not only which key it has. */
  static boolean asksForTypes(InterestFilter asked) {
    if (asked instanceof InterestFilter.Any any) {
      return any.operands().stream().anyMatch(FilteredLog::asksForTypes);
    }
    if (asked instanceof InterestFilter.Every every) {
      return every.operands().stream().anyMatch(FilteredLog::asksForTypes);
    }
    if (asked instanceof InterestFilter.Not not) {
      return asksForTypes(not.operand());
    }
    return asked instanceof InterestFilter.OfType;
  }

  /** True if a record matches for whoever has it, whatever else he knows. */
  private static boolean surelyShown(InterestFilter before, Candidate candidate) {
    if (before instanceof InterestFilter.Any any) {
      return any.operands().stream().anyMatch(operand -> surelyShown(operand, candidate));
    }
    if (before instanceof InterestFilter.Every every) {
      return every.operands().stream().allMatch(operand -> surelyShown(operand, candidate));
    }
    return followsFromRecord(before, candidate) && before.matches(candidate);
  }

  private static boolean followsFromRecord(InterestFilter test, Candidate candidate) {
    if (test instanceof InterestFilter.Not not) {
      return followsFromRecord(not.operand(), candidate);
    }
    if (test instanceof InterestFilter.Any any) {
      return any.operands().stream().allMatch(operand -> followsFromRecord(operand, candidate));
    }
    if (test instanceof InterestFilter.Every every) {
      return every.operands().stream().allMatch(operand -> followsFromRecord(operand, candidate));
    }
    if (test instanceof InterestFilter.OfType) {
      return candidate.kind() != Candidate.Kind.TOMBSTONE;
    }
    if (test instanceof InterestFilter.OfEdgeType) {
      return candidate.kind() != Candidate.Kind.EDGE;
    }
    return !(test instanceof InterestFilter.Above);
  }

  private Candidate candidate(Origin origin, LogRecord record) {
    boolean removal = record.kind() == RecordKind.TOMBSTONE;
    return new Candidate(
        origin,
        Candidate.Kind.of(record.kind()),
        record.id(),
        removal ? typeOf(record.id()) : record.tag(),
        record.kind() == RecordKind.TGK_EDGE ? edgeType(record) : null,
        above);
  }

  private @Nullable TypeTag typeOf(ArtifactKey key) {
    Optional<TypeTag> known = types.get(key);
    if (known == null) {
      known = store.now().told(key).map(store::held).map(put -> put.artifact().tag());
      types.put(key, known);
    }
    return known.orElse(null);
  }

  /** An edge whose bytes do not tell is of no type; that they are damaged is another's business. */
  private @Nullable String edgeType(LogRecord record) {
    try {
      return Edge.decode(store.payload(record.payloadDigest(), Edge.EDGE_BYTES_MAX))
          .type()
          .toString();
    } catch (CairnException e) {
      return null;
    }
  }
}
