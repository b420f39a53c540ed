package dev.cairn.testkit.sim;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.tgk.finding.DanglingPart;
import dev.cairn.tgk.finding.Finding;
import dev.cairn.tgk.finding.FindingEdges;
import dev.cairn.tgk.finding.FindingFilter;
import dev.cairn.tgk.finding.FindingId;
import dev.cairn.tgk.finding.FindingReader;
import dev.cairn.tgk.finding.FindingSummary;
import dev.cairn.tgk.finding.Observation;
import dev.cairn.tgk.finding.Occurrence;
import dev.cairn.tgk.finding.StatedObservation;
import dev.cairn.tgk.finding.StatedOccurrence;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * Findings are listed exactly where the definition has a live statement of them, the worst first;
 * an occurrence is shown exactly where it and its edge to such a statement are live, with those who
 * saw it. Once all hold everything, nothing hangs in the air but what another node's removal left.
 */
final class FindingsStayWhole implements Oracle {
  private static final int ALL = 1_000;

  @Override
  public void atRest(World world) {
    for (SimNode node : world.unlikeNodes()) {
      FindingReader reader = new FindingReader(node.store(), node.store().now());
      NaiveState state = world.truth().state(node);
      checkList(node, reader, state);
      for (FindingId id : Findings.allStatements().keySet()) {
        checkOccurrences(world, node, reader, state, id);
      }
    }
  }

  private void checkList(SimNode node, FindingReader reader, NaiveState state) {
    List<Finding> due = new ArrayList<>();
    for (List<Finding> statements : Findings.allStatements().values()) {
      // The statements of an id stand in the order of severities.
      statements.stream()
          .filter(statement -> state.isLive(statement.key()))
          .reduce((one, worse) -> worse)
          .ifPresent(due::add);
    }
    List<Finding> listed =
        reader.list(FindingFilter.ALL, null, ALL).findings().stream()
            .map(FindingSummary::stated)
            .map(stated -> stated.finding())
            .toList();
    if (!listed.equals(due)) {
      throw violation(node + " lists " + listed + " where the definition gives " + due);
    }
  }

  private void checkOccurrences(
      World world, SimNode node, FindingReader reader, NaiveState state, FindingId id) {
    SortedSet<ArtifactKey> due = new TreeSet<>();
    for (Occurrence occurrence : Findings.occurrencesOf(id)) {
      ArtifactKey key = occurrence.key();
      if (state.isLive(key) && isLinked(state, occurrence)) {
        due.add(key);
      }
    }
    SortedSet<ArtifactKey> shown = new TreeSet<>();
    for (StatedOccurrence stated : reader.occurrences(id, null, ALL).occurrences()) {
      shown.add(stated.key());
      checkObservers(world, node, state, id, stated);
    }
    if (!shown.equals(due)) {
      throw violation(
          node + " shows " + shown + " of finding " + id + ", the definition gives " + due);
    }
  }

  private static boolean isLinked(NaiveState state, Occurrence occurrence) {
    return Findings.allStatements().getOrDefault(occurrence.finding(), List.of()).stream()
        .map(Finding::key)
        .anyMatch(
            statement ->
                state.isLive(statement)
                    && state.isLive(
                        FindingEdges.occurrence(
                                occurrence.key(), occurrence.canonicalId(), statement)
                            .key()));
  }

  private void checkObservers(
      World world, SimNode node, NaiveState state, FindingId id, StatedOccurrence stated) {
    List<NodeId> due = new ArrayList<>();
    for (NodeId other : world.nodes().stream().flatMap(any -> any.ids().stream()).toList()) {
      ArtifactKey observation = new Observation(stated.key(), other).key();
      if (state.isLive(observation)
          && state.isLive(FindingEdges.observation(observation, stated.key()).key())) {
        due.add(other);
      }
    }
    List<NodeId> shown = stated.observations().stream().map(StatedObservation::observer).toList();
    // What was removed at one node and seen again at another may have lost its state.
    boolean all = Findings.isRemoved(id) || new TreeSet<>(shown).equals(new TreeSet<>(due));
    if (!due.containsAll(shown) || !all) {
      throw violation(
          node + " shows that " + shown + " saw " + stated.key() + ", not that " + due + " did");
    }
  }

  @Override
  public void afterHeal(World world) {
    SimNode node = world.nodes().get(0);
    SortedSet<ArtifactKey> excused = new TreeSet<>();
    for (FindingId id : Findings.allStatements().keySet()) {
      for (Occurrence occurrence : Findings.occurrencesOf(id)) {
        if (Findings.isRemoved(id)) {
          excused.add(occurrence.key());
          world.nodes().stream()
              .flatMap(any -> any.ids().stream())
              .forEach(any -> excused.add(new Observation(occurrence.key(), any).key()));
        }
      }
    }
    Optional<DanglingPart> hanging =
        new FindingReader(node.store(), node.store().now())
            .dangling(ALL).stream().filter(part -> !excused.contains(part.part())).findFirst();
    if (hanging.isPresent()) {
      throw violation("in the end " + hanging.get() + " hangs in the air");
    }
  }
}
