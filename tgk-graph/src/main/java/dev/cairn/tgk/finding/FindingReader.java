package dev.cairn.tgk.finding;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Row;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Position;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.View;
import dev.cairn.tgk.EdgeFilter;
import dev.cairn.tgk.Graph;
import dev.cairn.tgk.Relation;
import dev.cairn.tgk.index.GraphIndex;
import dev.cairn.tgk.model.Edge;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.Endpoint;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * The findings of a store, read at a {@link View}. The store folds {@link FindingIndex} and {@link
 * GraphIndex}.
 *
 * <p>What is shown is whole: an occurrence only with its finding, an observation only with its
 * occurrence, each by its own edge, whatever was tombstoned and whoever's logs came in; what hangs
 * in the air is told by {@link #dangling}. An observation's state is what its observer put, so no
 * node speaks for another. Of statements that contradict each other the one of the greatest
 * severity is shown, of these the one with the least key. Answers and their order are a function of
 * the records within the view. Safe for any thread.
 */
public final class FindingReader {
  /** Most findings or occurrences on a page. */
  public static final int PAGE_MAX = 10_000;

  /** Most findings looked at for one page. */
  public static final int PAGE_SCANNED_MAX = 100_000;

  /** Fewest hex digits that name a finding. */
  public static final int PREFIX_DIGITS_MIN = 6;

  private static final int STRUCTURE_BYTES_MAX = 16 << 20;

  private final Store store;
  private final View view;
  private final Graph graph;

  /**
   * The findings in a view.
   *
   * @param store where rows and payloads are
   * @param view of that store
   */
  public FindingReader(Store store, View view) {
    this.store = store;
    this.view = view;
    this.graph = new Graph(store);
  }

  /** The finding of this id, if it is here. */
  public Optional<StatedFinding> finding(FindingId id) {
    TreeMap<StatementRank, Finding> statements = new TreeMap<>();
    forEachStatement(
        id,
        (key, finding) -> {
          statements.put(new StatementRank(finding.severity(), key), finding);
          if (statements.size() > StatedFinding.CONTRADICTIONS_MAX + 1) {
            statements.pollLastEntry();
          }
        });
    if (statements.isEmpty()) {
      return Optional.empty();
    }
    Map.Entry<StatementRank, Finding> first = statements.pollFirstEntry();
    return Optional.of(
        new StatedFinding(
            first.getKey().key(), first.getValue(), new ArrayList<>(statements.values())));
  }

  /** The order in which statements of one id count: the worst first, then by key. */
  private record StatementRank(Severity severity, ArtifactKey key)
      implements Comparable<StatementRank> {
    @Override
    public int compareTo(StatementRank other) {
      int worst = other.severity.compareTo(severity);
      return worst != 0 ? worst : key.compareTo(other.key);
    }
  }

  /** Takes one statement. */
  interface StatementVisitor {
    void statement(ArtifactKey key, Finding finding);
  }

  /** Every live statement of an id, in order of keys. */
  void forEachStatement(FindingId id, StatementVisitor action) {
    try (RowCursor rows = store.rows().scanPrefix(FindingIndex.FINDING, id.digest())) {
      while (rows.next()) {
        ArtifactKey key = FindingIndex.keyOf(rows.key());
        Finding finding = read(key, Finding.TYPE, Finding::decode);
        if (finding != null) {
          action.statement(key, finding);
        }
      }
    }
  }

  /**
   * Findings in order of ids.
   *
   * @param after where the page before ended; null for the first one
   * @param limit most findings wanted, at most {@link #PAGE_MAX}
   */
  public FindingPage list(FindingFilter filter, @Nullable FindingId after, int limit) {
    checkLimit(limit);
    List<FindingSummary> page = new ArrayList<>();
    int scanned = 0;
    Bytes from = after == null ? Bytes.EMPTY : after.digest().prefixEnd();
    if (after != null && from.isEmpty()) {
      return new FindingPage(page, null);
    }
    try (RowCursor rows = store.rows().scan(FindingIndex.FINDING, from, Bytes.EMPTY)) {
      while (rows.next()) {
        FindingId id = FindingIndex.idOf(rows.key());
        Optional<FindingSummary> summary = finding(id).flatMap(stated -> taken(stated, filter));
        summary.ifPresent(page::add);
        scanned++;
        if (page.size() == limit || scanned == PAGE_SCANNED_MAX) {
          return new FindingPage(page, id);
        }
        Bytes next = id.digest().prefixEnd();
        if (next.isEmpty()) {
          break;
        }
        rows.seek(next);
      }
    }
    return new FindingPage(page, null);
  }

  private Optional<FindingSummary> taken(StatedFinding stated, FindingFilter filter) {
    if (!filter.takes(stated.finding())) {
      return Optional.empty();
    }
    Tally tally = new Tally(filter.source());
    forEachOccurrence(stated.id(), (key, occurrence) -> tally.add(stated(key, occurrence)));
    if (filter.source() != null && !tally.inSource) {
      return Optional.empty();
    }
    FindingSummary summary = tally.summary(stated);
    return filter.acknowledged() == null || filter.acknowledged() == summary.acknowledged()
        ? Optional.of(summary)
        : Optional.empty();
  }

  /** What the occurrences of a finding come to. */
  private static final class Tally {
    private final @Nullable String source;
    private boolean inSource;
    private boolean allAcknowledged = true;
    private long occurrences;
    private @Nullable Long first;
    private @Nullable Long last;

    Tally(@Nullable String source) {
      this.source = source;
    }

    void add(StatedOccurrence stated) {
      occurrences++;
      inSource |= stated.occurrence().source().equals(source);
      allAcknowledged &= stated.acknowledged();
      for (StatedObservation observation : stated.observations()) {
        Seen seen = observation.sighting().seen();
        if (seen != null) {
          first = first == null ? seen.firstMillis() : Math.min(first, seen.firstMillis());
          last = last == null ? seen.lastMillis() : Math.max(last, seen.lastMillis());
        }
      }
    }

    FindingSummary summary(StatedFinding stated) {
      return new FindingSummary(
          stated, occurrences, first, last, occurrences > 0 && allAcknowledged);
    }
  }

  /**
   * Occurrences of a finding, in their order; each page reads all of them, and keeps its own.
   *
   * @param after where the page before ended; null for the first one
   * @param limit most occurrences wanted, at most {@link #PAGE_MAX}
   */
  public OccurrencePage occurrences(FindingId id, @Nullable Occurrence after, int limit) {
    checkLimit(limit);
    TreeMap<Occurrence, ArtifactKey> least = new TreeMap<>();
    forEachOccurrence(
        id,
        (key, occurrence) -> {
          if (after == null || occurrence.compareTo(after) > 0) {
            least.put(occurrence, key);
            if (least.size() > limit + 1) {
              least.pollLastEntry();
            }
          }
        });
    boolean more = least.size() > limit;
    if (more) {
      least.pollLastEntry();
    }
    List<StatedOccurrence> page = new ArrayList<>();
    least.forEach((occurrence, key) -> page.add(stated(key, occurrence)));
    return new OccurrencePage(page, more ? least.lastKey() : null);
  }

  private static void checkLimit(int limit) {
    if (limit < 1 || limit > PAGE_MAX) {
      throw new IllegalArgumentException("a page of " + limit + ", not of 1 to " + PAGE_MAX);
    }
  }

  /** Takes one occurrence. */
  interface OccurrenceVisitor {
    void occurrence(ArtifactKey key, Occurrence occurrence);
  }

  /** Every occurrence of a finding once, in no order that means anything. */
  void forEachOccurrence(FindingId id, OccurrenceVisitor action) {
    List<ArtifactKey> before = new ArrayList<>();
    forEachStatement(
        id,
        (statement, ignored) -> {
          forEachLinked(
              statement,
              FindingEdges.OCCURRENCE,
              Occurrence.TYPE,
              Occurrence::decode,
              (key, occurrence) -> edge(key, occurrence, statement),
              (key, occurrence) -> {
                if (occurrence.finding().equals(id) && isFirst(key, occurrence, before)) {
                  action.occurrence(key, occurrence);
                }
              });
          before.add(statement);
        });
  }

  private static Edge edge(ArtifactKey key, Occurrence occurrence, ArtifactKey statement) {
    return FindingEdges.occurrence(key, occurrence.canonicalId(), statement);
  }

  /** Whether no statement met before has the occurrence as well. */
  private boolean isFirst(ArtifactKey key, Occurrence occurrence, List<ArtifactKey> before) {
    return before.stream().noneMatch(other -> view.isKnown(edge(key, occurrence, other).key()));
  }

  /** Takes a part with its key. */
  private interface PartVisitor<T> {
    void part(ArtifactKey key, T part);
  }

  /** Gives the edge that belongs between a part and what it is part of. */
  private interface EdgeOf<T> {
    Edge edge(ArtifactKey key, T part);
  }

  /**
   * The live parts of a whole that its edges of a type lead to. The graph only suggests them: the
   * very edge that belongs there must be live, with nothing more and nothing less on it.
   */
  private <T> void forEachLinked(
      ArtifactKey whole,
      EdgeType type,
      TypeTag partType,
      Function<Bytes, T> decoder,
      EdgeOf<T> edgeOf,
      PartVisitor<T> action) {
    graph.forEachEdge(
        whole,
        Relation.TO,
        EdgeFilter.ofTypes(List.of(type)),
        view,
        incidence -> {
          Edge edge = incidence.edge().edge();
          for (Endpoint end : edge.from()) {
            T part = end.role() == null ? read(end.key(), partType, decoder) : null;
            if (part != null) {
              Edge due = edgeOf.edge(end.key(), part);
              if (due.from().equals(edge.from())
                  && due.to().equals(edge.to())
                  && view.isKnown(due.key())) {
                action.part(end.key(), part);
              }
            }
          }
        });
  }

  /** The occurrence of this key, if it is here with its finding. */
  public Optional<StatedOccurrence> occurrence(ArtifactKey key) {
    Occurrence occurrence = read(key, Occurrence.TYPE, Occurrence::decode);
    return occurrence != null && isLinked(key, occurrence)
        ? Optional.of(stated(key, occurrence))
        : Optional.empty();
  }

  private boolean isLinked(ArtifactKey key, Occurrence occurrence) {
    List<ArtifactKey> found = new ArrayList<>();
    forEachStatement(
        occurrence.finding(),
        (statement, ignored) -> {
          if (found.isEmpty() && view.isKnown(edge(key, occurrence, statement).key())) {
            found.add(statement);
          }
        });
    return !found.isEmpty();
  }

  private StatedOccurrence stated(ArtifactKey key, Occurrence occurrence) {
    List<StatedObservation> observations = new ArrayList<>();
    forEachObservation(
        key,
        (part, observation) -> state(part, observation.observer()).ifPresent(observations::add));
    observations.sort(
        Comparator.comparing(StatedObservation::observer).thenComparing(StatedObservation::key));
    return new StatedOccurrence(key, occurrence, observations);
  }

  private void forEachObservation(ArtifactKey occurrence, PartVisitor<Observation> action) {
    forEachLinked(
        occurrence,
        FindingEdges.OBSERVATION,
        Observation.TYPE,
        Observation::decode,
        (part, observation) -> FindingEdges.observation(part, occurrence),
        (part, observation) -> {
          if (observation.occurrence().equals(occurrence)) {
            action.part(part, observation);
          }
        });
  }

  /** The latest state that the observer gave an observation. */
  private Optional<StatedObservation> state(ArtifactKey observation, NodeId observer) {
    List<StatedObservation> found = new ArrayList<>();
    walkBack(
        observation,
        observer,
        stated -> {
          found.add(stated);
          return false;
        });
    return found.stream().findFirst();
  }

  /** The state that this node's observation of an occurrence has, if any. */
  Optional<Sighting> state(Observation observation) {
    ArtifactKey key = observation.key();
    return view.isKnown(key)
            && view.isKnown(FindingEdges.observation(key, observation.occurrence()).key())
        ? state(key, observation.observer()).map(StatedObservation::sighting)
        : Optional.empty();
  }

  /**
   * The states that an observation had, the latest first.
   *
   * @param limit most states wanted, at most {@link #PAGE_MAX}
   */
  public List<StatedObservation> history(ArtifactKey observation, int limit) {
    checkLimit(limit);
    List<StatedObservation> found = new ArrayList<>();
    Observation known = read(observation, Observation.TYPE, Observation::decode);
    if (known != null) {
      walkBack(
          observation,
          known.observer(),
          stated -> {
            found.add(stated);
            return found.size() < limit;
          });
    }
    return found;
  }

  /** Takes a state; says whether it wants an earlier one. */
  private interface StateVisitor {
    boolean state(StatedObservation stated);
  }

  /** An observation's slot, from its end: puts of other nodes than the observer do not count. */
  private void walkBack(ArtifactKey observation, NodeId observer, StateVisitor visitor) {
    Bytes slot = FindingEdges.sighting(observation, observation).slot();
    Row row = store.rows().last(GraphIndex.SLOT, slot, slot.prefixEnd());
    while (row != null) {
      Position put = GraphIndex.positionOfSlot(row.key());
      if (put.origin().node().equals(observer) && view.includes(put.origin(), put.logseq())) {
        Sighting sighting = sighting(put.id());
        if (sighting != null
            && !visitor.state(
                new StatedObservation(
                    observation, observer, sighting, put.logseq(), put.origin()))) {
          return;
        }
      }
      row = store.rows().last(GraphIndex.SLOT, slot, row.key());
    }
  }

  private @Nullable Sighting sighting(ArtifactKey edgeKey) {
    Edge edge = read(edgeKey, TypeTag.EDGE, Edge::decode);
    ArtifactKey payload = edge == null ? null : edge.payload();
    return payload == null ? null : read(payload, Sighting.TYPE, Sighting::decode);
  }

  /**
   * Ids of findings that begin with a hex prefix, in order, at most {@code limit}.
   *
   * @param hexPrefix from {@link #PREFIX_DIGITS_MIN} to 64 lower-case digits
   */
  public List<FindingId> byPrefix(String hexPrefix, int limit) {
    int digits = hexPrefix.length();
    if (digits < PREFIX_DIGITS_MIN
        || digits > 2 * FindingId.BYTES
        || !hexPrefix.matches("[0-9a-f]+")) {
      throw new IllegalArgumentException(
          "'" + hexPrefix + "' is not " + PREFIX_DIGITS_MIN + " to 64 lower-case hex digits");
    }
    boolean odd = (digits & 1) == 1;
    Bytes from = Bytes.fromHex(odd ? hexPrefix + "0" : hexPrefix);
    Bytes to = odd ? Bytes.fromHex(hexPrefix + "f").prefixEnd() : from.prefixEnd();
    List<FindingId> found = new ArrayList<>();
    try (RowCursor rows = store.rows().scan(FindingIndex.FINDING, from, to)) {
      while (found.size() < limit && rows.next()) {
        FindingId id = FindingIndex.idOf(rows.key());
        if ((found.isEmpty() || !found.get(found.size() - 1).equals(id))
            && finding(id).isPresent()) {
          found.add(id);
        }
      }
    }
    return found;
  }

  /**
   * Live occurrences and observations that no read shows, each with what it lacks, in the order of
   * digests; the first {@code limit}. There are none unless parts were tombstoned one by one, or
   * one node removed a finding while another still added to it. Reads the whole state.
   */
  public List<DanglingPart> dangling(int limit) {
    checkLimit(limit);
    List<DanglingPart> found = new ArrayList<>();
    view.forEachKnown(
        entry -> {
          if (found.size() < limit) {
            missing(entry)
                .ifPresent(
                    text ->
                        found.add(
                            new DanglingPart(
                                entry.key(),
                                Objects.requireNonNull(entry.artifact().tag()),
                                text)));
          }
        });
    return found;
  }

  private Optional<String> missing(LiveEntry entry) {
    ArtifactKey key = entry.key();
    Occurrence occurrence = read(key, Occurrence.TYPE, Occurrence::decode);
    if (occurrence != null) {
      if (finding(occurrence.finding()).isEmpty()) {
        return Optional.of("finding " + occurrence.finding());
      }
      return isLinked(key, occurrence)
          ? Optional.empty()
          : Optional.of("edge to finding " + occurrence.finding());
    }
    Observation observation = read(key, Observation.TYPE, Observation::decode);
    if (observation == null) {
      return Optional.empty();
    }
    if (occurrence(observation.occurrence()).isEmpty()) {
      return Optional.of("occurrence " + observation.occurrence());
    }
    Edge edge = FindingEdges.observation(key, observation.occurrence());
    if (!view.isKnown(edge.key())) {
      return Optional.of("edge to occurrence " + observation.occurrence());
    }
    return state(key, observation.observer()).isPresent()
        ? Optional.empty()
        : Optional.of("sighting by " + observation.observer());
  }

  /** What a live artifact of a type says; null if it is not live, of another type, or malformed. */
  private <T> @Nullable T read(ArtifactKey key, TypeTag type, Function<Bytes, T> decoder) {
    LiveEntry entry = view.known(key).orElse(null);
    if (entry == null || !type.equals(entry.artifact().tag())) {
      return null;
    }
    try {
      return decoder.apply(store.payload(entry.artifact().payloadDigest(), STRUCTURE_BYTES_MAX));
    } catch (MalformedException | UnsupportedVersionException e) {
      // Put before the store knew the type: no finding, whatever else it may be.
      return null;
    }
  }

  /**
   * Every part of a finding and every edge between them that is live, what hangs on others first.
   */
  void forEachArtifact(FindingId id, Consumer<ArtifactKey> action) {
    List<ArtifactKey> statements = new ArrayList<>();
    forEachStatement(id, (key, finding) -> statements.add(key));
    forEachOccurrence(
        id,
        (key, occurrence) -> {
          forEachObservation(
              key,
              (part, observation) -> {
                sightingEdges(part, action);
                action.accept(FindingEdges.observation(part, key).key());
                action.accept(part);
              });
          for (ArtifactKey statement : statements) {
            ArtifactKey edge = edge(key, occurrence, statement).key();
            if (view.isKnown(edge)) {
              action.accept(edge);
            }
          }
          action.accept(key);
        });
    statements.forEach(action);
  }

  private void sightingEdges(ArtifactKey observation, Consumer<ArtifactKey> action) {
    graph.forEachEdge(
        observation,
        Relation.TO,
        EdgeFilter.ofTypes(List.of(FindingEdges.SIGHTING)).withHistory(),
        view,
        incidence -> {
          if (view.isKnown(incidence.edge().key())) {
            action.accept(incidence.edge().key());
          }
        });
  }
}
