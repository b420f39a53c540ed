package dev.cairn.federation.proof;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.HistoryEntry;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.StateProof;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.View;
import dev.cairn.federation.cosign.CosignShelf;
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
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Makes proofs about what a store holds. The same records and checkpoints give the same bytes: of
 * an artifact's puts the first in the total order that a checkpoint covers is proven, under the
 * least checkpoint that covers it. Changes nothing. Safe for any thread.
 */
public final class Prover {
  private final Store store;
  private final Graph graph;
  private final View view;
  private final @Nullable CosignShelf cosigned;

  /**
   * Proves what the store holds now.
   *
   * @param graph of {@code store}
   */
  public Prover(Store store, Graph graph) {
    this(store, graph, null);
  }

  /**
   * The same, with cosignatures under the checkpoints: the least one that is cosigned is taken, if
   * there is one.
   *
   * @param cosigned of {@code store}
   */
  public Prover(Store store, Graph graph, @Nullable CosignShelf cosigned) {
    this.cosigned = cosigned;
    this.store = store;
    this.graph = graph;
    this.view = store.now();
  }

  /**
   * That the artifact was recorded, and where.
   *
   * @param payload the artifact's bytes, to travel with the proof; null to leave them out
   * @param withReceipts also the receipts of the runs that gave it, of those that gave their inputs
   *     and programs, and so on
   * @throws NotFoundException if no put of it is here
   * @throws RefusedException if no checkpoint covers one, or if there are more than {@link
   *     ArtifactProof#RECEIPTS_MAX} receipts
   */
  public ArtifactProof prove(ArtifactKey key, @Nullable Bytes payload, boolean withReceipts) {
    return prove(key, payload, withReceipts ? receiptsBehind(key) : List.of(), null);
  }

  /**
   * That an artifact was live in a snapshot, or was not, whichever it is. Reads the whole state.
   *
   * @param snapshot published in a log
   * @throws NotFoundException if no log has the snapshot
   * @throws RefusedException if no checkpoint covers it
   */
  public ArtifactProof proveState(ArtifactKey key, Snapshot snapshot) {
    StateProof state = store.stateProof(key, snapshot.cut());
    return prove(snapshot.key(), snapshot.encode(), List.of(), state);
  }

  private ArtifactProof prove(
      ArtifactKey key,
      @Nullable Bytes payload,
      List<ArtifactProof> receipts,
      @Nullable StateProof state) {
    List<HistoryEntry> history = store.history(key);
    if (history.stream().noneMatch(entry -> entry.record().isPut())) {
      throw new NotFoundException("no record of artifact " + key);
    }
    for (HistoryEntry entry : history) {
      LogRecord record = entry.record();
      Map.Entry<Long, Bytes> checkpoint =
          record.isPut() ? covering(entry.origin(), record.index()) : null;
      if (checkpoint != null) {
        List<Bytes> hashes =
            store.inclusionProof(entry.origin(), record.index(), checkpoint.getKey());
        LogHead head = store.head(entry.origin()).orElseThrow();
        return ArtifactProof.of(
            record, head.key(), hashes, checkpoint.getValue(), payload, receipts, state);
      }
    }
    throw new RefusedException(
        "no checkpoint covers a record of " + key + " yet: its node must sign its log first");
  }

  private Map.@Nullable Entry<Long, Bytes> covering(Origin origin, long index) {
    Map.Entry<Long, Bytes> found =
        cosigned == null ? null : cosigned.covering(origin, index).orElse(null);
    return found != null ? found : store.checkpoints(origin, index, 1).firstEntry();
  }

  /** Breadth first; those of one artifact in the order of their keys. */
  private List<ArtifactProof> receiptsBehind(ArtifactKey key) {
    List<ArtifactProof> proofs = new ArrayList<>();
    Set<ArtifactKey> asked = new TreeSet<>(List.of(key));
    Set<ArtifactKey> found = new TreeSet<>();
    ArrayDeque<ArtifactKey> open = new ArrayDeque<>(asked);
    for (ArtifactKey next = open.poll(); next != null; next = open.poll()) {
      for (Map.Entry<ArtifactKey, Receipt> each : receiptsOf(next).entrySet()) {
        if (!found.add(each.getKey())) {
          continue;
        }
        if (found.size() > ArtifactProof.RECEIPTS_MAX) {
          throw new RefusedException(
              "more than " + ArtifactProof.RECEIPTS_MAX + " receipts are behind " + key);
        }
        Receipt receipt = each.getValue();
        proofs.add(prove(each.getKey(), receipt.encode(), List.of(), null));
        List<ArtifactKey> behind = new ArrayList<>(List.of(receipt.program()));
        behind.addAll(receipt.inputs().values());
        behind.stream().filter(asked::add).forEach(open::add);
      }
    }
    return proofs;
  }

  /**
   * The receipts that say that they gave an artifact. An edge that claims so but is not the
   * receipt's own is passed over.
   */
  private SortedMap<ArtifactKey, Receipt> receiptsOf(ArtifactKey output) {
    Receipts receipts = new Receipts(store, view);
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
    return view.live(key).filter(e -> TypeTag.RECEIPT.equals(e.artifact().tag())).isPresent();
  }
}
