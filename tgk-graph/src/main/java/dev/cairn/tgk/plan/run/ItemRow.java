package dev.cairn.tgk.plan.run;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.tgk.EdgeState;
import dev.cairn.tgk.GraphEdge;
import dev.cairn.tgk.model.Endpoint;
import dev.cairn.tgk.plan.Field;
import dev.cairn.tgk.plan.Value;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * A row that stands for an artifact: its key, what a walk says of it, and the rest looked up when
 * it is asked for. Under one cut that follows from the key, so only the key is ever kept.
 */
final class ItemRow implements Row {
  /** Depth of a row that no walk reached. */
  static final int NO_DEPTH = -1;

  /** Bits of all fields. */
  static final int ALL_FIELDS = -1;

  /** Ends of an edge that a waiting row may hold. */
  private static final int ENDPOINTS_HELD_MAX = 64;

  private final Resolver resolver;
  private final ArtifactKey key;
  private final int depth;
  private final @Nullable ArtifactKey via;
  private final int visible;
  private @Nullable Standing standing;
  private boolean stood;
  private @Nullable GraphEdge edge;
  private boolean edgeRead;

  /**
   * @param depth edges from a start, or {@link #NO_DEPTH}
   * @param via the edge by which a path came
   * @param visible a bit for each field that is not hidden
   */
  ItemRow(Resolver resolver, ArtifactKey key, int depth, @Nullable ArtifactKey via, int visible) {
    this.resolver = resolver;
    this.key = key;
    this.depth = depth;
    this.via = via;
    this.visible = visible;
  }

  static ItemRow of(Resolver resolver, ArtifactKey key, int depth) {
    return new ItemRow(resolver, key, depth, null, ALL_FIELDS);
  }

  /** A row whose standing is known already. */
  static ItemRow of(Resolver resolver, ArtifactKey key, Standing standing) {
    ItemRow row = of(resolver, key, NO_DEPTH);
    row.standing = standing;
    row.stood = true;
    return row;
  }

  @Override
  public ArtifactKey key() {
    return key;
  }

  int depth() {
    return depth;
  }

  @Nullable ArtifactKey via() {
    return via;
  }

  int visible() {
    return visible;
  }

  @Override
  public Row only(Collection<Field> fields) {
    int bits = 0;
    for (Field field : fields) {
      bits |= 1 << field.code();
    }
    ItemRow row = new ItemRow(resolver, key, depth, via, visible & bits);
    row.standing = standing;
    row.stood = stood;
    row.edge = edge;
    row.edgeRead = edgeRead;
    return row;
  }

  @Override
  public @Nullable Value value(Field field) {
    if ((visible & (1 << field.code())) == 0) {
      return null;
    }
    return switch (field) {
      case KEY -> new Value.Key(key);
      case DEPTH -> depth == NO_DEPTH ? null : new Value.Num(depth);
      case VIA -> via == null ? null : new Value.Key(via);
      case VIA_TYPE -> viaType();
      case STATE -> new Value.Text(state());
      case COUNT -> null;
      case KIND, TYPE, SIZE, PAYLOAD_DIGEST, LOGSEQ, TIME, ORIGIN -> ofStanding(field);
      case EDGE_TYPE, FROM, TO, ROLE, PAYLOAD -> ofEdge(field);
    };
  }

  /** Lets go of a large edge, which can be read again. */
  void shed() {
    if (edge != null && edge.edge().from().size() + edge.edge().to().size() > ENDPOINTS_HELD_MAX) {
      edge = null;
      edgeRead = false;
    }
  }

  /** True if the artifact is part of the graph as it stands. */
  boolean isLive() {
    Standing found = standing();
    if (found == null || !found.live()) {
      return false;
    }
    GraphEdge held = edge();
    return held == null || held.state() == EdgeState.LIVE;
  }

  private @Nullable Standing standing() {
    if (!stood) {
      standing = resolver.standing(key);
      stood = true;
    }
    return standing;
  }

  private @Nullable GraphEdge edge() {
    if (!edgeRead) {
      Standing found = standing();
      edge =
          found != null && found.kind() == RecordKind.TGK_EDGE
              ? resolver.edge(key).orElse(null)
              : null;
      edgeRead = true;
    }
    return edge;
  }

  private String state() {
    Standing found = standing();
    if (found == null) {
      return "absent";
    }
    if (!found.live()) {
      return "retracted";
    }
    GraphEdge held = edge();
    return held == null ? "live" : held.state().name().toLowerCase(Locale.ROOT);
  }

  private @Nullable Value viaType() {
    return via == null
        ? null
        : resolver.edge(via).map(found -> new Value.Text(found.edge().type().text())).orElse(null);
  }

  private @Nullable Value ofStanding(Field field) {
    Standing found = standing();
    if (found == null) {
      return null;
    }
    return switch (field) {
      case KIND -> new Value.Text(kind(found.kind()));
      case TYPE -> found.tag() == null ? null : new Value.Text(found.tag().text());
      case SIZE -> new Value.Num(found.size());
      case PAYLOAD_DIGEST -> new Value.Text(found.payloadDigest().toString());
      case LOGSEQ -> new Value.Num(found.logseq());
      case TIME -> {
        Long millis = resolver.millis(found);
        yield millis == null ? null : new Value.Num(millis);
      }
      case ORIGIN -> new Value.Text(found.origin().toString());
      default -> throw new AssertionError(field);
    };
  }

  static String kind(RecordKind kind) {
    return switch (kind) {
      case ARTIFACT -> "artifact";
      case TGK_EDGE -> "edge";
      case PER -> "receipt";
      case TOMBSTONE -> throw new AssertionError("a tombstone is no put");
    };
  }

  private @Nullable Value ofEdge(Field field) {
    GraphEdge found = edge();
    if (found == null) {
      return null;
    }
    return switch (field) {
      case EDGE_TYPE -> new Value.Text(found.edge().type().text());
      case FROM -> new Value.Ends(found.edge().from());
      case TO -> new Value.Ends(found.edge().to());
      case ROLE -> {
        List<Endpoint> all = new ArrayList<>(found.edge().from());
        all.addAll(found.edge().to());
        yield new Value.Ends(all);
      }
      case PAYLOAD -> {
        ArtifactKey payload = found.edge().payload();
        yield payload == null ? null : new Value.Key(payload);
      }
      default -> throw new AssertionError(field);
    };
  }
}
