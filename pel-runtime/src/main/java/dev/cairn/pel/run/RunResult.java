package dev.cairn.pel.run;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.model.RunStatus;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.SortedSet;
import java.util.TreeSet;

/**
 * What a run came to; all of it is durable.
 *
 * @param key the receipt's key
 * @param receipt the receipt
 * @param executed nodes that ran
 * @param reused nodes whose outputs were known from receipts
 * @param items what operators that ran applied others to, one by one
 * @param disputed whether some live receipt tells otherwise of this program on these inputs
 * @param disputedNodes nodes of whose step, or of an item of it, some live receipt tells otherwise
 */
public record RunResult(
    ArtifactKey key,
    Receipt receipt,
    int executed,
    int reused,
    Items items,
    boolean disputed,
    SortedSet<String> disputedNodes) {
  /**
   * How often an operator was applied by another, as by {@code list/map@1} to each item; nothing of
   * nodes that were reused, or refused.
   *
   * @param executed how often it ran
   * @param reused how often what it gives was known
   * @param disputed of how many applications live receipts tell different things
   * @param refuted live receipts that tell otherwise of an application than what ran now, if all
   *     ran
   */
  public record Items(int executed, int reused, int disputed, List<Judgement> refuted) {
    public Items {
      refuted = List.copyOf(refuted);
    }

    /** Of applications about which nothing is in dispute. */
    public Items(int executed, int reused) {
      this(executed, reused, 0, List.of());
    }
  }

  public RunResult {
    disputedNodes = Collections.unmodifiableSortedSet(new TreeSet<>(disputedNodes));
  }

  /** Of a run that a receipt tells whole. */
  static RunResult known(ArtifactKey key, Receipt receipt, boolean disputed) {
    int reused = receipt.steps().size() + receipt.failures().size();
    return new RunResult(key, receipt, 0, reused, new Items(0, 0), disputed, new TreeSet<>());
  }

  /** How it ended. */
  public RunStatus status() {
    return receipt.status();
  }

  /** By output name; empty unless it succeeded. */
  public SortedMap<String, ArtifactKey> outputs() {
    return receipt.outputs();
  }
}
