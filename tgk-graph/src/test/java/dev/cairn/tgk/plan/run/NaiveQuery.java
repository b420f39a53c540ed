package dev.cairn.tgk.plan.run;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Position;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.RecordCursor;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.time.HybridClock;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import dev.cairn.tgk.plan.Condition;
import dev.cairn.tgk.plan.Field;
import dev.cairn.tgk.plan.Heading;
import dev.cairn.tgk.plan.Plan;
import dev.cairn.tgk.plan.Reach;
import dev.cairn.tgk.plan.Value;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The oracle: what docs/queries.md says of each operator, written down as plainly as can be over
 * the list of all records. It knows no index, no view and no shard, and relaxes depths until
 * nothing changes.
 */
final class NaiveQuery {
  private record Put(Position position, LogRecord record) {}

  private final TreeMap<ArtifactKey, Put> puts = new TreeMap<>(Plan.KEY_ORDER);
  private final Map<ArtifactKey, Position> tombstones = new HashMap<>();
  private final TreeMap<ArtifactKey, Edge> edges = new TreeMap<>(Plan.KEY_ORDER);

  NaiveQuery(Store store, Cut cut) {
    for (LogHead head : store.heads()) {
      try (RecordCursor records = store.records(head.origin(), 0, head.treeSize())) {
        while (records.next()) {
          LogRecord record = records.record();
          if (!cut.includes(head.origin(), record.logseq())) {
            continue;
          }
          Position position = record.position(head.origin());
          if (!record.isPut()) {
            tombstones.merge(record.id(), position, (a, b) -> a.compareTo(b) >= 0 ? a : b);
            continue;
          }
          puts.merge(
              record.id(),
              new Put(position, record),
              (a, b) -> a.position().compareTo(b.position()) >= 0 ? a : b);
          if (record.kind() == RecordKind.TGK_EDGE) {
            edges.put(
                record.id(),
                Edge.decode(store.payload(record.payloadDigest(), Edge.EDGE_BYTES_MAX)));
          }
        }
      }
    }
  }

  // ---- what an id comes to

  private boolean stands(ArtifactKey key) {
    Put put = puts.get(key);
    Position tombstone = tombstones.get(key);
    return put != null && (tombstone == null || tombstone.compareTo(put.position()) < 0);
  }

  private String state(ArtifactKey key) {
    if (!puts.containsKey(key)) {
      return "absent";
    }
    if (!stands(key)) {
      return "retracted";
    }
    Edge edge = edges.get(key);
    if (edge != null) {
      for (Map.Entry<ArtifactKey, Edge> rival : edges.entrySet()) {
        if (rival.getValue().type().equals(edge.type())
            && rival.getValue().from().equals(edge.from())
            && rival.getValue().to().equals(edge.to())
            && stands(rival.getKey())
            && puts.get(rival.getKey()).position().compareTo(puts.get(key).position()) > 0) {
          return "shadowed";
        }
      }
    }
    return "live";
  }

  private Map<Field, Value> item(ArtifactKey key) {
    Map<Field, Value> row = new EnumMap<>(Field.class);
    row.put(Field.KEY, new Value.Key(key));
    row.put(Field.STATE, new Value.Text(state(key)));
    Put put = puts.get(key);
    if (put != null) {
      LogRecord record = put.record();
      row.put(
          Field.KIND,
          new Value.Text(
              record.kind() == RecordKind.PER
                  ? "receipt"
                  : record.kind() == RecordKind.TGK_EDGE ? "edge" : "artifact"));
      if (record.tag() != null) {
        row.put(Field.TYPE, new Value.Text(record.tag().text()));
      }
      row.put(Field.SIZE, new Value.Num(record.payloadLength()));
      row.put(Field.PAYLOAD_DIGEST, new Value.Text(record.payloadDigest().toString()));
      row.put(Field.LOGSEQ, new Value.Num(record.logseq()));
      row.put(Field.TIME, new Value.Num(HybridClock.millisOf(record.hlc())));
      row.put(Field.ORIGIN, new Value.Text(put.position().origin().toString()));
    }
    Edge edge = edges.get(key);
    if (edge != null) {
      row.put(Field.EDGE_TYPE, new Value.Text(edge.type().text()));
      row.put(Field.FROM, new Value.Ends(edge.from()));
      row.put(Field.TO, new Value.Ends(edge.to()));
      List<Endpoint> all = new ArrayList<>(edge.from());
      all.addAll(edge.to());
      row.put(Field.ROLE, new Value.Ends(all));
      if (edge.payload() != null) {
        row.put(Field.PAYLOAD, new Value.Key(edge.payload()));
      }
    }
    return row;
  }

  private Map<Field, Value> item(ArtifactKey key, int depth) {
    Map<Field, Value> row = item(key);
    row.put(Field.DEPTH, new Value.Num(depth));
    return row;
  }

  private static ArtifactKey key(Map<Field, Value> row) {
    return ((Value.Key) row.get(Field.KEY)).key();
  }

  // ---- operators

  /** The rows as a cursor gives them: the fields shown, and no other. */
  List<ResultRow> answer(Plan plan) {
    List<ResultRow> rows = new ArrayList<>();
    List<Field> shown = plan.shape().shown();
    for (Map<Field, Value> row : rows(plan)) {
      rows.add(new ResultRow(shown, only(row, shown)));
    }
    return rows;
  }

  private static Map<Field, Value> only(Map<Field, Value> row, Collection<Field> fields) {
    Map<Field, Value> some = new EnumMap<>(Field.class);
    some.putAll(row);
    some.keySet().retainAll(fields);
    return some;
  }

  List<Map<Field, Value>> rows(Plan plan) {
    if (plan instanceof Plan.SegmentScan scan) {
      String kind =
          switch (scan.source()) {
            case ARTIFACTS -> "artifact";
            case EDGES -> "edge";
            case RECEIPTS -> "receipt";
            case EVERYTHING -> "";
          };
      return puts.keySet().stream()
          .map(this::item)
          .filter(row -> kind.isEmpty() || row.get(Field.KIND).equals(new Value.Text(kind)))
          .toList();
    }
    if (plan instanceof Plan.Keys keys) {
      return keys.keys().stream().map(this::item).toList();
    }
    if (plan instanceof Plan.Merge merge) {
      return merged(merge);
    }
    List<Map<Field, Value>> input = rows(plan.inputs().get(0));
    if (plan instanceof Plan.TombstoneShadow shadow) {
      return input.stream()
          .filter(row -> shadow.history() || state(key(row)).equals("live"))
          .toList();
    }
    if (plan instanceof Plan.IndexFilter filter) {
      return input.stream().filter(row -> meets(row, filter.conditions())).toList();
    }
    if (plan instanceof Plan.Projection projection) {
      return input.stream().map(row -> only(row, projection.fields())).toList();
    }
    if (plan instanceof Plan.First first) {
      return input.subList(0, Math.min(input.size(), first.rows()));
    }
    if (plan instanceof Plan.Aggregation aggregation) {
      return aggregated(aggregation, input);
    }
    Set<ArtifactKey> starts = new TreeSet<>(Plan.KEY_ORDER);
    input.forEach(row -> starts.add(key(row)));
    if (plan instanceof Plan.Traversal walk) {
      return walked(walk, starts);
    }
    if (plan instanceof Plan.CommonNodes common) {
      return common(common.reach(), starts);
    }
    return path((Plan.ShortestPath) plan, starts);
  }

  private static boolean meets(Map<Field, Value> row, List<Condition> conditions) {
    return conditions.stream().allMatch(c -> c.accepts(row.get(c.field())));
  }

  private List<Map<Field, Value>> merged(Plan.Merge merge) {
    List<List<Map<Field, Value>>> inputs = merge.inputs().stream().map(this::rows).toList();
    List<Map<Field, Value>> chain = inputs.stream().flatMap(List::stream).toList();
    if (merge.mode() == Plan.Mode.CHAIN) {
      return chain;
    }
    TreeMap<ArtifactKey, Map<Field, Value>> first = new TreeMap<>(Plan.KEY_ORDER);
    chain.forEach(row -> first.putIfAbsent(key(row), row));
    List<Map<Field, Value>> rows = new ArrayList<>();
    first.forEach(
        (key, row) -> {
          List<Boolean> in =
              inputs.stream().map(all -> all.stream().anyMatch(r -> key(r).equals(key))).toList();
          boolean kept =
              switch (merge.mode()) {
                case UNION, CHAIN -> true;
                case INTERSECTION -> !in.contains(false);
                case DIFFERENCE -> in.get(0) && !in.subList(1, in.size()).contains(true);
              };
          if (kept) {
            rows.add(row);
          }
        });
    return rows;
  }

  private static List<Map<Field, Value>> aggregated(
      Plan.Aggregation plan, List<Map<Field, Value>> input) {
    if (plan instanceof Plan.Top top) {
      List<Map<Field, Value>> sorted = new ArrayList<>(input);
      sorted.sort( // stable
          Comparator.comparing(
              row -> row.get(top.by()) instanceof Value.Num num ? -num.number() : 1L));
      return sorted.subList(0, Math.min(sorted.size(), top.rows()));
    }
    List<Field> by =
        plan instanceof Plan.Count count ? count.by() : ((Plan.Distinct) plan).fields();
    Map<Map<Field, Value>, Long> groups = new LinkedHashMap<>();
    if (by.isEmpty()) {
      groups.put(Map.of(), 0L);
    }
    input.forEach(row -> groups.merge(only(row, by), 1L, Long::sum));
    List<Map<Field, Value>> sorted = new ArrayList<>(groups.keySet());
    sorted.sort(
        (a, b) -> {
          for (Field field : by) {
            int order = compare(a.get(field), b.get(field));
            if (order != 0) {
              return order;
            }
          }
          return 0;
        });
    List<Map<Field, Value>> rows = new ArrayList<>();
    for (Map<Field, Value> group : sorted) {
      Map<Field, Value> row = new EnumMap<>(Field.class);
      row.putAll(group);
      if (plan instanceof Plan.Count) {
        row.put(Field.COUNT, new Value.Num(groups.get(group)));
      }
      rows.add(row);
    }
    return rows;
  }

  /** Absence first, then by value. */
  private static int compare(Value a, Value b) {
    if (a == null || b == null) {
      return Boolean.compare(a != null, b != null);
    }
    if (a instanceof Value.Text text) {
      return text.text().compareTo(((Value.Text) b).text());
    }
    if (a instanceof Value.Num num) {
      return Long.compare(num.number(), ((Value.Num) b).number());
    }
    return Plan.KEY_ORDER.compare(((Value.Key) a).key(), ((Value.Key) b).key());
  }

  // ---- walks

  private record Hop(ArtifactKey near, ArtifactKey edge, ArtifactKey far) {}

  /** Every way to go from one end of a live edge to another. */
  private List<Hop> hops(Heading heading, Collection<EdgeType> types) {
    List<Hop> hops = new ArrayList<>();
    edges.forEach(
        (key, edge) -> {
          if (state(key).equals("live") && (types.isEmpty() || types.contains(edge.type()))) {
            if (heading != Heading.UP) {
              addHops(key, edge.from(), edge.to(), hops);
            }
            if (heading != Heading.DOWN) {
              addHops(key, edge.to(), edge.from(), hops);
            }
          }
        });
    return hops;
  }

  private static void addHops(
      ArtifactKey edge, List<Endpoint> near, List<Endpoint> far, List<Hop> hops) {
    for (Endpoint one : near) {
      if (far.isEmpty()) {
        hops.add(new Hop(one.key(), edge, one.key())); // an edge without causes leads nowhere
      }
      far.forEach(other -> hops.add(new Hop(one.key(), edge, other.key())));
    }
  }

  private SortedMap<ArtifactKey, Integer> depths(
      Collection<ArtifactKey> starts, Reach reach, List<Condition> stops) {
    TreeMap<ArtifactKey, Integer> depths = new TreeMap<>(Plan.KEY_ORDER);
    starts.forEach(start -> depths.put(start, 0));
    List<Hop> hops = hops(reach.heading(), reach.types());
    for (boolean changed = true; changed; ) {
      changed = false;
      for (Hop hop : hops) {
        if (goesOn(hop.near(), depths, reach, stops)) {
          int depth = depths.get(hop.near()) + 1;
          Integer known = depths.get(hop.far());
          if (known == null || known > depth) {
            depths.put(hop.far(), depth);
            changed = true;
          }
        }
      }
    }
    return depths;
  }

  private boolean goesOn(
      ArtifactKey near, Map<ArtifactKey, Integer> depths, Reach reach, List<Condition> stops) {
    Integer depth = depths.get(near);
    return depth != null
        && depth < reach.depthMax()
        && (depth == 0 || stops.isEmpty() || !meets(item(near), stops));
  }

  private List<Map<Field, Value>> walked(Plan.Traversal plan, Set<ArtifactKey> starts) {
    Reach reach = plan.reach();
    SortedMap<ArtifactKey, Integer> depths = depths(starts, reach, plan.stops());
    List<Hop> hops =
        hops(reach.heading(), reach.types()).stream()
            .filter(hop -> goesOn(hop.near(), depths, reach, plan.stops()))
            .toList();
    TreeMap<ArtifactKey, Integer> given = new TreeMap<>(Plan.KEY_ORDER);
    switch (plan.give()) {
      case NODES -> given.putAll(depths);
      case EDGES -> hops.forEach(hop -> given.merge(hop.edge(), depths.get(hop.near()), Math::min));
      case FRONTIER -> {
        given.putAll(depths);
        hops.forEach(hop -> given.remove(hop.near()));
      }
    }
    return byDepth(given);
  }

  private List<Map<Field, Value>> byDepth(SortedMap<ArtifactKey, Integer> depths) {
    List<Map<Field, Value>> rows = new ArrayList<>();
    depths.forEach((key, depth) -> rows.add(item(key, depth)));
    rows.sort(Comparator.comparing(row -> ((Value.Num) row.get(Field.DEPTH)).number())); // stable
    return rows;
  }

  private List<Map<Field, Value>> common(Reach reach, Set<ArtifactKey> starts) {
    TreeMap<ArtifactKey, Integer> greatest = new TreeMap<>(Plan.KEY_ORDER);
    Map<ArtifactKey, Integer> times = new HashMap<>();
    for (ArtifactKey start : starts) {
      depths(List.of(start), reach, List.of())
          .forEach(
              (key, depth) -> {
                greatest.merge(key, depth, Math::max);
                times.merge(key, 1, Integer::sum);
              });
    }
    greatest.keySet().removeIf(key -> times.get(key) < starts.size());
    return byDepth(greatest);
  }

  private List<Map<Field, Value>> path(Plan.ShortestPath plan, Set<ArtifactKey> starts) {
    SortedMap<ArtifactKey, Integer> depths = depths(starts, plan.reach(), List.of());
    if (!depths.containsKey(plan.target())) {
      return List.of();
    }
    List<Hop> hops = hops(plan.reach().heading(), plan.reach().types());
    List<Map<Field, Value>> rows = new ArrayList<>();
    ArtifactKey at = plan.target();
    while (depths.get(at) > 0) {
      ArtifactKey far = at;
      Hop first =
          hops.stream()
              .filter(hop -> hop.far().equals(far) && !hop.near().equals(far))
              .filter(
                  hop ->
                      depths.containsKey(hop.near())
                          && depths.get(hop.near()) == depths.get(far) - 1)
              .min(
                  Comparator.comparing(Hop::near, Plan.KEY_ORDER)
                      .thenComparing(Hop::edge, Plan.KEY_ORDER))
              .orElseThrow();
      Map<Field, Value> row = item(at, depths.get(at));
      row.put(Field.VIA, new Value.Key(first.edge()));
      row.put(Field.VIA_TYPE, new Value.Text(edges.get(first.edge()).type().text()));
      rows.add(0, row);
      at = first.near();
    }
    rows.add(0, item(at, 0));
    return rows;
  }
}
