package dev.cairn.pel.run;

import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.model.RunStatus;
import java.util.Collections;
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
 * @param disputed whether some live receipt tells otherwise of this program on these inputs
 * @param disputedNodes nodes of whose step some live receipt tells otherwise
 */
public record RunResult(
    ArtifactKey key,
    Receipt receipt,
    int executed,
    int reused,
    boolean disputed,
    SortedSet<String> disputedNodes) {
  public RunResult {
    disputedNodes = Collections.unmodifiableSortedSet(new TreeSet<>(disputedNodes));
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
