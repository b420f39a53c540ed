package dev.cairn.tgk.plan.run;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.IdCursor;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.View;
import dev.cairn.tgk.plan.Condition;
import dev.cairn.tgk.plan.Field;
import dev.cairn.tgk.plan.Plan;
import dev.cairn.tgk.plan.Value;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The ids that a scan has to look at where the graph's segments tell them: those of live edges of
 * rare types. Without it the scan looks at all, and gives the same. Immutable; safe for any thread.
 */
final class KnownIds {
  /** What an id takes in memory. */
  private static final int ID_BYTES = 256;

  private static final int IDS_MAX = 65_536;

  private final NavigableMap<Bytes, ArtifactKey> byPath = new TreeMap<>();

  private KnownIds(Set<ArtifactKey> keys) {
    keys.forEach(key -> byPath.put(Bytes.wrap(OrderedBytes.path(key)), key));
  }

  /**
   * @param shadow the tombstone shadow that stands on the scan
   * @param conditions of the filters above it
   */
  static @Nullable KnownIds of(Execution execution, PlanNode shadow, List<Condition> conditions) {
    List<Condition> ofType = new ArrayList<>();
    boolean onlyEdges = ((Plan.SegmentScan) shadow.input().plan()).source() == Plan.Source.EDGES;
    for (Condition condition : conditions) {
      if (condition.field() == Field.EDGE_TYPE) {
        ofType.add(condition);
        onlyEdges |= !condition.accepts(null);
      }
    }
    boolean history = ((Plan.TombstoneShadow) shadow.plan()).history();
    if (ofType.isEmpty() || !onlyEdges || history || execution.isSample()) {
      return null;
    }
    return execution
        .resolver()
        .graph()
        .fewOfTypes(
            type ->
                ofType.stream()
                    .allMatch(condition -> condition.accepts(new Value.Text(type.text()))),
            execution.resolver().view(),
            (int) Math.min(IDS_MAX, execution.shareBytes() / ID_BYTES))
        .map(KnownIds::new)
        .orElse(null);
  }

  /** Those in a range. */
  IdCursor ids(DigestRange range, View view) {
    NavigableMap<Bytes, ArtifactKey> within =
        range.to().isEmpty()
            ? byPath.tailMap(range.from(), true)
            : byPath.subMap(range.from(), true, range.to(), false);
    return new Ids(within.values().iterator(), view);
  }

  private static final class Ids implements IdCursor {
    private final Iterator<ArtifactKey> rest;
    private final View view;
    private @Nullable ArtifactKey key;

    Ids(Iterator<ArtifactKey> rest, View view) {
      this.rest = rest;
      this.view = view;
    }

    @Override
    public boolean next() {
      key = rest.hasNext() ? rest.next() : null;
      return key != null;
    }

    @Override
    public ArtifactKey key() {
      if (key == null) {
        throw new IllegalStateException("the cursor is on no id");
      }
      return key;
    }

    @Override
    public Optional<LiveEntry> live() {
      return view.live(key());
    }

    @Override
    public Optional<LiveEntry> known() {
      return view.known(key());
    }

    @Override
    public void close() {}
  }
}
