package dev.cairn.pel.distributed;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.model.RunRequest;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
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

  final RunRequest request;

  /** Outputs of program inputs and of nodes that have ended well. */
  final Map<String, ArtifactKey> known = new HashMap<>();

  /** Nodes whose operator refused, and those behind them. */
  final Set<String> failed = new HashSet<>();

  private final Map<String, Pending> pending = new HashMap<>();
  private @Nullable Program program;
  private List<String> order = List.of();

  /** A piece of work that waits for its turn. */
  static final class Pending {
    final long sinceMillis;
    long notBeforeMillis;
    int tries;

    private Pending(long nowMillis) {
      this.sinceMillis = nowMillis;
      this.notBeforeMillis = nowMillis;
    }
  }

  OpenRun(RunRequest request) {
    this.request = request;
    known.putAll(request.inputs());
  }

  /** The program, once it is here. */
  @Nullable Program program() {
    return program;
  }

  /** Nodes, each behind what it needs. */
  List<String> order() {
    return order;
  }

  void found(Program here) {
    program = here;
    order = here.executionOrder();
  }

  /** Since when a piece of work could be done. */
  Pending pending(String id, long nowMillis) {
    return pending.computeIfAbsent(id, any -> new Pending(nowMillis));
  }

  boolean isSettled(String node) {
    return known.containsKey(node) || failed.contains(node);
  }
}
