package dev.cairn.federation.proof;

import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.View;
import dev.cairn.pel.index.Receipts;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.run.RunEdge;
import dev.cairn.tgk.EdgeFilter;
import dev.cairn.tgk.Graph;
import dev.cairn.tgk.Incidence;
import dev.cairn.tgk.Relation;
import dev.cairn.tgk.model.Endpoint;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The receipts behind an artifact: of the runs that gave it, of those that gave their inputs and
 * programs, and so on, as far as they are live in a view. Safe for any thread.
 */
public final class ReceiptChain {
  private final Receipts receipts;
  private final Graph graph;
  private final View view;

  /**
   * The chains in a view of a store.
   *
   * @param graph of {@code store}
   * @param view of {@code store}
   */
  public ReceiptChain(Store store, Graph graph, View view) {
    this.receipts = new Receipts(store, view);
    this.graph = graph;
    this.view = view;
  }

  /**
   * The keys of the receipts behind an artifact, breadth first; those of one artifact in the order
   * of their keys.
   *
   * @param max most receipts
   * @throws RefusedException if there are more
   */
  public Set<ArtifactKey> behind(ArtifactKey key, int max) {
    Set<ArtifactKey> found = new LinkedHashSet<>();
    Set<ArtifactKey> asked = new TreeSet<>(List.of(key));
    ArrayDeque<ArtifactKey> open = new ArrayDeque<>(asked);
    for (ArtifactKey next = open.poll(); next != null; next = open.poll()) {
      for (Map.Entry<ArtifactKey, Receipt> each : receiptsOf(next).entrySet()) {
        Receipt receipt = each.getValue();
        if (!found.add(each.getKey())) {
          continue;
        }
        if (found.size() > max) {
          throw new RefusedException("more than " + max + " receipts are behind " + key);
        }
        List<ArtifactKey> behind = new ArrayList<>(List.of(receipt.program()));
        behind.addAll(receipt.inputs().values());
        behind.stream().filter(asked::add).forEach(open::add);
      }
    }
    return Collections.unmodifiableSet(found);
  }

  /**
   * The receipts that say that they gave an artifact. An edge that claims so but is not the
   * receipt's own is passed over.
   */
  private SortedMap<ArtifactKey, Receipt> receiptsOf(ArtifactKey output) {
    SortedMap<ArtifactKey, Receipt> found = new TreeMap<>();
    EdgeFilter runs = EdgeFilter.ofTypes(List.of(RunEdge.TYPE));
    for (Incidence incidence : graph.edgesOf(output, Relation.TO, runs, view)) {
      for (Endpoint end : incidence.edge().edge().to()) {
        if (isReceipt(end.key())) {
          Receipt receipt = receipts.read(end.key());
          if (receipt.outputs().containsValue(output)) {
            found.put(end.key(), receipt);
          }
        }
      }
    }
    return found;
  }

  private boolean isReceipt(ArtifactKey key) {
    return view.known(key).filter(entry -> entry.kind() == RecordKind.PER).isPresent();
  }
}
