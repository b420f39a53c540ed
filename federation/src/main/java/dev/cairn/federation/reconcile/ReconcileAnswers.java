package dev.cairn.federation.reconcile;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.StateTreeView;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import dev.cairn.federation.reconcile.ReconcileMessage.LogAsk;
import dev.cairn.federation.reconcile.ReconcileMessage.LogTell;
import dev.cairn.federation.reconcile.ReconcileMessage.RangesAsk;
import dev.cairn.federation.reconcile.ReconcileMessage.RangesTell;
import dev.cairn.federation.reconcile.ReconcileMessage.RecordAsk;
import dev.cairn.federation.reconcile.ReconcileMessage.RecordTell;
import dev.cairn.federation.reconcile.ReconcileMessage.StateAsk;
import dev.cairn.federation.reconcile.ReconcileMessage.StateTell;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Answers questions of one peer from a source. Keeps the tree of the last cut and the set of
 * payloads; others are made at most {@value #TREES_MAX} times, since each may cost a pass over all
 * that is live. One owner at a time.
 */
public final class ReconcileAnswers {
  /** Cuts of which a peer may have the tree, one behind the other. */
  public static final int TREES_MAX = 8;

  private final ReconcileSource source;
  private final ReconcileOptions options;
  private @Nullable Cut cut;
  private @Nullable StateTreeView tree;
  private @Nullable Reconciler ranges;
  private int trees;

  /** Answers from a source. */
  public ReconcileAnswers(ReconcileSource source, ReconcileOptions options) {
    this.source = source;
    this.options = options;
  }

  /**
   * The answer to a question.
   *
   * @throws MalformedException if it is none
   * @throws dev.cairn.asl.error.NotFoundException if it asks for what is not held
   * @throws RefusedException if it asks for too much
   */
  public ReconcileMessage answer(ReconcileMessage question) {
    if (question instanceof StateAsk ask) {
      StateTreeView asked = tree(ask.cut());
      return new StateTell(
          ask.nodes().stream().map(node -> asked.content(node.path(), node.depth())).toList());
    }
    if (question instanceof LogAsk ask) {
      List<Bytes> hashes =
          ask.subtrees().stream()
              .map(one -> source.logSubtree(ask.origin(), one.level(), one.index()))
              .toList();
      return new LogTell(hashes);
    }
    if (question instanceof RecordAsk ask) {
      return new RecordTell(source.encodedRecord(ask.origin(), ask.index()));
    }
    if (question instanceof RangesAsk ask) {
      return new RangesTell(ranges().answer(ask.ranges()));
    }
    throw new MalformedException("reconciliation: an answer to nothing");
  }

  private Reconciler ranges() {
    Reconciler held = ranges;
    if (held == null) {
      held = new Reconciler(source.payloads(), options);
      ranges = held;
    }
    return held;
  }

  private StateTreeView tree(List<CursorEntry> entries) {
    TreeMap<Origin, Long> logseqs = new TreeMap<>();
    entries.forEach(entry -> logseqs.put(entry.origin(), entry.lastLogseq()));
    Cut asked = new Cut(logseqs);
    StateTreeView held = tree;
    if (held != null && asked.equals(cut)) {
      return held;
    }
    if (++trees > TREES_MAX) {
      throw new RefusedException("reconciliation: trees of more than " + TREES_MAX + " cuts");
    }
    StateTreeView made = source.stateTree(asked);
    cut = asked;
    tree = made;
    return made;
  }
}
