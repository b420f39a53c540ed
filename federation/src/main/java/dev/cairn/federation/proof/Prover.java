package dev.cairn.federation.proof;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.store.HistoryEntry;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.StateProof;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.View;
import dev.cairn.federation.cosign.CosignShelf;
import dev.cairn.pel.index.Receipts;
import dev.cairn.tgk.Graph;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
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
   * @throws RefusedException if no checkpoint whose signature is believed covers one, or if there
   *     are more than {@link ArtifactProof#RECEIPTS_MAX} receipts
   */
  public ArtifactProof prove(ArtifactKey key, @Nullable Bytes payload, boolean withReceipts) {
    return prove(key, payload, withReceipts ? receiptsBehind(key) : List.of(), () -> null);
  }

  /**
   * That an artifact was live in a snapshot, or was not, whichever it is. Reads the whole state.
   *
   * @param snapshot published in a log
   * @throws NotFoundException if no log has the snapshot
   * @throws RefusedException if no checkpoint covers it
   */
  public ArtifactProof proveState(ArtifactKey key, Snapshot snapshot) {
    return prove(
        snapshot.key(), snapshot.encode(), List.of(), () -> store.stateProof(key, snapshot.cut()));
  }

  /**
   * The same for both.
   *
   * @param state asked for only where the rest is there, as it may take long; null for none
   */
  private ArtifactProof prove(
      ArtifactKey key,
      @Nullable Bytes payload,
      List<ArtifactProof> receipts,
      Supplier<@Nullable StateProof> state) {
    ArtifactId known =
        view.told(key)
            .map(put -> store.held(put.artifact()))
            .orElseThrow(() -> new NotFoundException("no record of artifact " + key));
    // Nothing says which of them lies where neither the type nor bytes that are here prove one.
    boolean proved = store.isStructured(known.tag()) || store.hasPayload(known);
    for (HistoryEntry entry : store.history(key)) {
      LogRecord record = entry.record();
      Map.Entry<Long, Bytes> checkpoint =
          record.isPut() && (!proved || states(record, known))
              ? covering(entry.origin(), record.index())
              : null;
      if (checkpoint != null && checkpoint.getKey() <= store.believed(entry.origin())) {
        List<Bytes> hashes =
            store.inclusionProof(entry.origin(), record.index(), checkpoint.getKey());
        LogHead head = store.head(entry.origin()).orElseThrow();
        return ArtifactProof.of(
            record, head.key(), hashes, checkpoint.getValue(), payload, receipts, state.get());
      }
    }
    throw new RefusedException(
        "no checkpoint covers a record of " + key + " yet: its node must sign its log first");
  }

  /** False of a record that lies of the artifact: it would prove nothing. */
  private static boolean states(LogRecord record, ArtifactId known) {
    return known.equals(
        new ArtifactId(record.id(), record.tag(), record.payloadLength(), record.payloadDigest()));
  }

  private Map.@Nullable Entry<Long, Bytes> covering(Origin origin, long index) {
    Map.Entry<Long, Bytes> found =
        cosigned == null ? null : cosigned.covering(origin, index).orElse(null);
    return found != null && found.getKey() <= store.believed(origin)
        ? found
        : store.checkpoints(origin, index, 1).firstEntry();
  }

  private List<ArtifactProof> receiptsBehind(ArtifactKey key) {
    List<ArtifactProof> proofs = new ArrayList<>();
    Receipts receipts = new Receipts(store, view);
    for (ArtifactKey found :
        new ReceiptChain(store, graph, view).behind(key, ArtifactProof.RECEIPTS_MAX)) {
      proofs.add(prove(found, receipts.read(found).encode(), List.of(), () -> null));
    }
    return proofs;
  }
}
