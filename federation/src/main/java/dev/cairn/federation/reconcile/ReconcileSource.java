package dev.cairn.federation.reconcile;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.StateTreeView;

/**
 * What is asked about: a store's logs, live state and payloads, and no more. {@link StoreSource}
 * gives it over a real store. Each method throws {@link dev.cairn.asl.error.NotFoundException} for
 * what is not held.
 */
public interface ReconcileSource {
  /** Records held of a log; 0 if it is unknown. */
  long logSize(Origin origin);

  /** The hash of a complete subtree of a log. */
  Bytes logSubtree(Origin origin, int level, long index);

  /** A record's canonical bytes. */
  Bytes encodedRecord(Origin origin, long index);

  /** The state tree under a cut, of which all must be held. */
  StateTreeView stateTree(Cut cut);

  /** The payloads that are held: the logseq of a record that put each, and its digest. */
  ItemSet payloads();
}
