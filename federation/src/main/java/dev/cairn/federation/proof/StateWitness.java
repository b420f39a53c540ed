package dev.cairn.federation.proof;

import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.note.ConvergenceCertificate;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Store;
import java.util.Optional;

/**
 * Signs what a store's node computed of its own state, alone or under what others signed. Nothing
 * is signed that was not built anew from the records held here. Changes nothing. Safe for any
 * thread.
 */
public final class StateWitness {
  private final Store store;

  /** States what {@code store} holds. */
  public StateWitness(Store store) {
    this.store = store;
  }

  /** What came of the wish to sign what others did. */
  public sealed interface Outcome {
    /**
     * This node computed the same, and signed.
     *
     * @param certificate with its signature
     */
    record Signed(ConvergenceCertificate certificate) implements Outcome {}

    /**
     * Nobody can say: not all records of the cut are held here.
     *
     * @param origin a log that is not held so far
     * @param held up to which logseq it is
     * @param due up to which the cut goes
     */
    record Lacking(Origin origin, long held, long due) implements Outcome {}

    /**
     * This node computed something else, and signed nothing.
     *
     * @param what differs
     */
    record Differing(String what) implements Outcome {}
  }

  /**
   * A certificate that this node alone signed: a pass over all live rows.
   *
   * @throws dev.cairn.asl.error.RefusedException if the cut names what is not held here
   */
  public ConvergenceCertificate state(Cut cut) {
    return ConvergenceCertificate.of(store.computedSnapshot(cut), store.signingKey());
  }

  /** Adds this node's signature, if its own state under that cut is the same. */
  public Outcome join(ConvergenceCertificate given) {
    Snapshot theirs = given.snapshot();
    if (!theirs.federation().equals(store.federation())) {
      return new Outcome.Differing(
          "federation: there " + theirs.federation() + ", here " + store.federation());
    }
    Optional<Outcome> lacking = lacking(theirs);
    if (lacking.isPresent()) {
      return lacking.get();
    }
    for (Snapshot.Head head : theirs.heads()) {
      Optional<String> differs = difference(head);
      if (differs.isPresent()) {
        return new Outcome.Differing(differs.get());
      }
    }
    Snapshot ours = store.computedSnapshot(theirs.cut());
    if (ours.equals(theirs)) {
      return new Outcome.Signed(given.signedBy(store.signingKey()));
    }
    return new Outcome.Differing(
        ours.heads().equals(theirs.heads())
            ? "state root: there "
                + theirs.stateRoot().toHex()
                + ", here "
                + ours.stateRoot().toHex()
            : "the cut: the same logseqs end the logs elsewhere here");
  }

  private Optional<Outcome> lacking(Snapshot theirs) {
    for (Snapshot.Head head : theirs.heads()) {
      long held = store.head(head.origin()).map(LogHead::lastLogseq).orElse(0L);
      if (held < head.logseq()) {
        return Optional.of(new Outcome.Lacking(head.origin(), held, head.logseq()));
      }
    }
    return Optional.empty();
  }

  /** How the beginning of a log differs that is held at least so far. */
  private Optional<String> difference(Snapshot.Head head) {
    long size = store.firstIndexAfter(head.origin(), head.logseq());
    if (size != head.treeSize()) {
      return Optional.of(
          "log "
              + head.origin()
              + " up to logseq "
              + head.logseq()
              + ": there "
              + head.treeSize()
              + " records, here "
              + size);
    }
    String ours = store.logRoot(head.origin(), size).toHex();
    return ours.equals(head.root().toHex())
        ? Optional.empty()
        : Optional.of(
            "log "
                + head.origin()
                + ", first "
                + size
                + " records: root there "
                + head.root().toHex()
                + ", here "
                + ours);
  }
}
