package dev.cairn.pel.distributed;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.model.ProgramNode;
import dev.cairn.pel.model.RunRequest;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What a node knows of a request that is not fulfilled. One owner. */
final class OpenRun {
  /** How far a request is. */
  enum State {
    /** There is work, or something is missing. */
    OPEN,
    /** Its receipt is here. */
    DONE,
    /** It does not fit its program. */
    REFUSED
  }

  final ArtifactKey key;
  final RunRequest request;

  /** Outputs of program inputs and of nodes that have ended well. */
  private final Map<String, ArtifactKey> known = new HashMap<>();

  private final Map<Bytes, Pending> pending = new HashMap<>();
  private final Map<String, Integer> places = new HashMap<>();
  private final Map<String, Integer> waitsFor = new HashMap<>();
  private final TreeMap<Integer, String> ready = new TreeMap<>();
  private final Set<String> failed = new HashSet<>();
  private SortedMap<String, SortedSet<String>> dependents = new TreeMap<>();
  private @Nullable Program program;

  /** A piece of work that waits for its turn. */
  static final class Pending {
    final long sinceMillis;
    long notBeforeMillis;
    int tries;

    /** Whether it found the heap full, so that nothing else should be at work beside it. */
    boolean alone;

    private Pending(long nowMillis) {
      this.sinceMillis = nowMillis;
      this.notBeforeMillis = nowMillis;
    }

    /** The same work failed for another run: it is put off for this one as well. */
    void putOffLike(Pending other) {
      tries = Math.max(tries, other.tries);
      notBeforeMillis = Math.max(notBeforeMillis, other.notBeforeMillis);
      alone |= other.alone;
    }
  }

  OpenRun(ArtifactKey key, RunRequest request) {
    this.key = key;
    this.request = request;
    known.putAll(request.inputs());
  }

  /** The program, once it is here. */
  @Nullable Program program() {
    return program;
  }

  void found(Program here) {
    program = here;
    dependents = here.dependents();
    for (String name : here.executionOrder()) {
      places.put(name, places.size());
      Set<String> needed = new HashSet<>(node(name).inputs());
      needed.removeIf(input -> !here.nodes().containsKey(input));
      waitsFor.put(name, needed.size());
      if (needed.isEmpty()) {
        ready.put(place(name), name);
      }
    }
  }

  ProgramNode node(String name) {
    ProgramNode node = program == null ? null : program.nodes().get(name);
    if (node == null) {
      throw new AssertionError("no node " + name);
    }
    return node;
  }

  private int place(String name) {
    return places.getOrDefault(name, -1);
  }

  /** Since when a step could be done, or the whole, by subject. */
  Pending pending(Bytes subject, long nowMillis) {
    return pending.computeIfAbsent(subject, any -> new Pending(nowMillis));
  }

  /** The first node that has all its inputs and has not ended; null for none. */
  @Nullable String firstReady() {
    return ready.isEmpty() ? null : ready.firstEntry().getValue();
  }

  /** The next such node in the order of execution. */
  @Nullable String nextReady(String after) {
    Map.Entry<Integer, String> next = ready.higherEntry(place(after));
    return next == null ? null : next.getValue();
  }

  /** What a node that is ready is given. */
  List<ArtifactKey> inputs(String name) {
    List<ArtifactKey> inputs = new ArrayList<>();
    for (String reference : node(name).inputs()) {
      ArtifactKey input = known.get(reference);
      if (input == null) {
        throw new AssertionError("not ready: " + name);
      }
      inputs.add(input);
    }
    return inputs;
  }

  private boolean isSettled(String name) {
    return known.containsKey(name) || failed.contains(name);
  }

  /** Whether all nodes have ended or cannot run. */
  boolean isSettled() {
    return known.size() - request.inputs().size() + failed.size() == places.size();
  }

  /**
   * A node has ended.
   *
   * @param output null if its operator refused; then what is behind it cannot run
   * @return nodes that have all their inputs now
   */
  List<String> settle(String name, @Nullable ArtifactKey output) {
    List<String> newlyReady = new ArrayList<>();
    if (isSettled(name)) {
      return newlyReady;
    }
    ready.remove(place(name));
    if (output == null) {
      fail(name);
      return newlyReady;
    }
    known.put(name, output);
    for (String behind : dependents.getOrDefault(name, new TreeSet<>())) {
      if (waitsFor.merge(behind, -1, Integer::sum) == 0 && !failed.contains(behind)) {
        ready.put(place(behind), behind);
        newlyReady.add(behind);
      }
    }
    return newlyReady;
  }

  private void fail(String name) {
    ArrayDeque<String> next = new ArrayDeque<>(List.of(name));
    while (!next.isEmpty()) {
      String node = next.remove();
      if (failed.add(node)) {
        next.addAll(dependents.getOrDefault(node, new TreeSet<>()));
      }
    }
  }
}
