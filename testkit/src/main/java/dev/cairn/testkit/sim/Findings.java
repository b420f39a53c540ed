package dev.cairn.testkit.sim;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.ConflictException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.Store;
import dev.cairn.tgk.finding.Finding;
import dev.cairn.tgk.finding.FindingBatch;
import dev.cairn.tgk.finding.FindingEdges;
import dev.cairn.tgk.finding.FindingId;
import dev.cairn.tgk.finding.FindingReader;
import dev.cairn.tgk.finding.FindingStore;
import dev.cairn.tgk.finding.Occurrence;
import dev.cairn.tgk.finding.RuleId;
import dev.cairn.tgk.finding.Severity;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * What audits at the nodes find, so little that several find the same, and now and then something
 * else of it. Each batch is written by the production store of findings and must be taken or
 * refused as the definition asks for.
 */
final class Findings {
  private static final int RULES = 2;
  private static final int SUBJECTS = 3;
  private static final int PLACES = 3;
  private static final int PARTS_MAX = 2;
  private static final int ALONE_ONE_IN = 3;
  private static final int CONTRADICTS_ONE_IN = 8;
  private static final int REMOVES_ONE_IN = 6;
  private static final List<Severity> SEVERITIES = List.of(Severity.WARNING, Severity.ERROR);
  private static final String ORACLE = FindingsStayWhole.class.getSimpleName();
  private static final NavigableMap<FindingId, List<Finding>> STATEMENTS = statements();
  private static final NavigableMap<FindingId, List<Occurrence>> OCCURRENCES = occurrences();

  private final World world;
  private final Chance chance;

  Findings(World world) {
    this.world = world;
    this.chance = world.chance().apart("findings");
  }

  private static NavigableMap<FindingId, List<Finding>> statements() {
    TreeMap<FindingId, List<Finding>> all = new TreeMap<>();
    for (int i = 0; i < RULES * SUBJECTS; i++) {
      RuleId rule = new RuleId("simulation:rule-" + i % RULES);
      String subject = "subject " + i / RULES;
      List<Finding> statements = new ArrayList<>();
      SEVERITIES.forEach(severity -> statements.add(new Finding(rule, severity, subject, "odd")));
      all.put(statements.get(0).id(), List.copyOf(statements));
    }
    return all;
  }

  private static NavigableMap<FindingId, List<Occurrence>> occurrences() {
    TreeMap<FindingId, List<Occurrence>> all = new TreeMap<>();
    for (FindingId id : STATEMENTS.keySet()) {
      List<Occurrence> occurrences = new ArrayList<>();
      for (int place = 0; place < PLACES; place++) {
        ArtifactKey about = place == 0 ? null : ArtifactKey.of(Bytes.utf8("" + place), null);
        occurrences.add(new Occurrence(id, "a source", null, null, about, "place " + place));
      }
      all.put(id, List.copyOf(occurrences));
    }
    return all;
  }

  /** All that can be stated, by id. */
  static NavigableMap<FindingId, List<Finding>> allStatements() {
    return STATEMENTS;
  }

  /** Where each can be. */
  static List<Occurrence> occurrencesOf(FindingId id) {
    return OCCURRENCES.getOrDefault(id, List.of());
  }

  /** Whether anybody ever removes it: then another may add to it without knowing. */
  static boolean isRemoved(FindingId id) {
    return id.equals(STATEMENTS.firstKey());
  }

  /** Has a node write a batch, or remove what it found. */
  void act(SimNode node) {
    NaiveState state = world.truth().state(node);
    FindingId removed = STATEMENTS.firstKey();
    if (chance.oneIn(REMOVES_ONE_IN) && isStated(state, removed)) {
      long parts = new FindingStore(node.store()).remove(removed, "mended");
      world.trace().note(SimEvent.FINDING_REMOVED, node + " " + parts + " parts");
    } else {
      write(node, state);
    }
  }

  private static boolean isStated(NaiveState state, FindingId id) {
    return STATEMENTS.getOrDefault(id, List.of()).stream()
        .anyMatch(statement -> state.isLive(statement.key()));
  }

  private void write(SimNode node, NaiveState state) {
    TreeMap<FindingId, Finding> given = new TreeMap<>();
    List<Occurrence> seen = new ArrayList<>();
    int parts = chance.between(1, PARTS_MAX);
    for (int i = 0; i < parts; i++) {
      FindingId id = chance.pick(List.copyOf(STATEMENTS.keySet()));
      int severity = chance.oneIn(CONTRADICTS_ONE_IN) ? 1 : 0;
      if (!chance.oneIn(ALONE_ONE_IN)) {
        given.putIfAbsent(id, STATEMENTS.getOrDefault(id, List.of()).get(severity));
      }
      seen.add(chance.pick(occurrencesOf(id)));
    }
    FindingBatch batch = new FindingBatch(node.clock().millis(), "simulated");
    given.values().forEach(batch::add);
    seen.forEach(occurrence -> batch.observe(occurrence, "seen"));
    Class<? extends CairnException> due = due(state, given, seen);
    if (due == NotFoundException.class && !world.options().bug().looksForParents()) {
      seen.forEach(occurrence -> orphan(node.store(), occurrence));
      return;
    }
    long before = node.engine().changes();
    try {
      new FindingStore(node.store()).write(batch);
    } catch (NotFoundException | ConflictException e) {
      world.trace().note(SimEvent.FINDINGS_REFUSED, node + " " + e.getMessage());
      if (!e.getClass().equals(due) || node.engine().changes() != before) {
        world.violated(ORACLE, node + " refuses, where " + due + " is due: " + e);
      }
      return;
    }
    world.trace().note(SimEvent.FINDINGS, node + " " + given.size() + " with " + seen.size());
    if (due != null) {
      world.violated(ORACLE, node + " takes a batch that it has to refuse: " + due);
    }
    FindingReader reader = new FindingStore(node.store()).reader();
    SortedSet<FindingId> ids = new TreeSet<>(given.keySet());
    seen.forEach(occurrence -> ids.add(occurrence.finding()));
    if (!ids.stream().allMatch(id -> reader.finding(id).isPresent())
        || !seen.stream().allMatch(one -> reader.occurrence(one.key()).isPresent())) {
      world.violated(ORACLE, node + " does not show what it just wrote");
    }
  }

  /** As what a batch must be refused; null if it must be taken. */
  private static @Nullable Class<? extends CairnException> due(
      NaiveState state, NavigableMap<FindingId, Finding> given, List<Occurrence> seen) {
    for (Finding finding : given.values()) {
      if (isStated(state, finding.id()) && !state.isLive(finding.key())) {
        return ConflictException.class;
      }
    }
    for (Occurrence occurrence : seen) {
      FindingId id = occurrence.finding();
      if (!given.containsKey(id) && !isStated(state, id)) {
        return NotFoundException.class;
      }
    }
    return null;
  }

  /** Writes an occurrence of a finding that nobody has looked for. */
  private static void orphan(Store store, Occurrence occurrence) {
    ArtifactKey statement = STATEMENTS.getOrDefault(occurrence.finding(), List.of()).get(0).key();
    ArtifactKey key = occurrence.key();
    store.commit(
        new CommitDraft()
            .put(store.prepare(Occurrence.TYPE, occurrence.encode()))
            .put(
                store.prepare(
                    TypeTag.EDGE,
                    FindingEdges.occurrence(key, occurrence.canonicalId(), statement).encode())));
  }
}
