package dev.cairn.federation.audit;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.View;
import dev.cairn.pel.index.ReceiptIndex;
import dev.cairn.pel.model.RunStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Consumer;

/**
 * Finds runs of one program on the same inputs of which receipts tell different things, in one
 * source or in several: one walk over the rows of all of them side by side, in which what may
 * contradict itself stands together. It keeps the receipts of one run at a time. One owner.
 *
 * <p>Two receipts that tell how a program must end on the same inputs are one and the same if both
 * are right, so any two contradict each other. One receipt may have several keys, as each names the
 * algorithm that it was made with: what counts is what is written in them.
 */
final class ContradictedRuns {
  /** Most receipts told of one run and source: the live ones of least keys. */
  static final int RECEIPTS_MAX = 64;

  private final List<Store> stores;

  /**
   * A run of which the sources have more than one conclusive receipt.
   *
   * @param run digest of what was run
   * @param receipts the live ones, of each source in the order of keys
   */
  record Contradiction(Bytes run, List<List<LiveEntry>> receipts) {}

  /** Told of rows that cannot be read; what the others have is looked at all the same. */
  @FunctionalInterface
  interface Unreadable {
    /** The rows of the source of this number are read no further. */
    void unreadable(int source, CairnException why);
  }

  /** All stores must have been opened with the receipts' index. */
  ContradictedRuns(List<Store> stores) {
    this.stores = List.copyOf(stores);
  }

  /**
   * Tells all of them, in the order of the digests of what was run.
   *
   * @return how many rows were read of each source
   */
  List<Long> forEach(Consumer<Contradiction> told, Unreadable unreadable) {
    List<Side> sides = new ArrayList<>();
    try {
      for (int i = 0; i < stores.size(); i++) {
        Side side = new Side(i, stores.get(i), unreadable);
        sides.add(side);
        side.next();
      }
      for (Bytes run = least(sides); !run.isEmpty(); run = least(sides)) {
        Bytes present = run;
        List<Side> there = sides.stream().filter(side -> side.run.equals(present)).toList();
        if (candidates(there) > 1) {
          List<List<LiveEntry>> live =
              sides.stream()
                  .map(side -> side.run.equals(present) ? side.live() : List.<LiveEntry>of())
                  .toList();
          if (live.stream().flatMap(List::stream).map(ContradictedRuns::said).distinct().count()
              > 1) {
            told.accept(new Contradiction(run, live));
          }
        }
        there.forEach(Side::next);
      }
      return sides.stream().map(side -> side.rows).toList();
    } finally {
      sides.forEach(Side::close);
    }
  }

  /** What tells a receipt from others, under whatever keys it is recorded. */
  static PayloadDigest said(LiveEntry receipt) {
    return receipt.artifact().payloadDigest();
  }

  /** The least run that a source is at; empty if all are at their ends. */
  private static Bytes least(List<Side> sides) {
    return sides.stream()
        .map(side -> side.run)
        .filter(run -> !run.isEmpty())
        .min(Bytes::compareTo)
        .orElse(Bytes.EMPTY);
  }

  private static int candidates(List<Side> sides) {
    Set<ArtifactKey> all = new TreeSet<>();
    sides.forEach(side -> all.addAll(side.receipts));
    return all.size();
  }

  /** One source's rows, those of one run at a time. */
  private static final class Side implements AutoCloseable {
    private final int number;
    private final View now;
    private final Unreadable unreadable;
    private final RowCursor cursor;
    private final List<ArtifactKey> receipts = new ArrayList<>();

    /** What the receipts are of; empty at the end. */
    private Bytes run = Bytes.EMPTY;

    /** True if the cursor is at a row of the next run. */
    private boolean ahead;

    /** True if all receipts were found live: the only one is looked up if others have another. */
    private boolean lookedUp;

    private boolean failed;
    private long rows;

    Side(int number, Store store, Unreadable unreadable) {
      this.number = number;
      this.now = store.now();
      this.unreadable = unreadable;
      this.cursor = store.rows().scan(ReceiptIndex.INVOCATION, Bytes.EMPTY, Bytes.EMPTY);
    }

    /** Goes on to the next run, if there is one that can be read. */
    void next() {
      if (failed) {
        return;
      }
      try {
        run = ahead || cursor.next() ? gather() : Bytes.EMPTY;
      } catch (CairnException e) {
        failed(e);
      }
    }

    private Bytes gather() {
      receipts.clear();
      lookedUp = false;
      Bytes present = ReceiptIndex.invocation(cursor.key());
      do {
        ahead = !cursor.key().startsWith(present);
        if (ahead) {
          return present;
        }
        rows++;
        RunStatus status =
            ReceiptIndex.status(ReceiptIndex.INVOCATION, cursor.key(), cursor.value());
        if (status.isConclusive()) {
          take(
              ReceiptIndex.receipt(
                  ReceiptIndex.INVOCATION, cursor.key(), HashAlgorithm.DIGEST_BYTES));
        }
      } while (cursor.next());
      return present;
    }

    /** Of more than one, those that are not live do not count: they must not hide others. */
    private void take(ArtifactKey receipt) {
      if (receipts.isEmpty() && !lookedUp) {
        receipts.add(receipt);
        return;
      }
      lookUp();
      if (receipts.size() < RECEIPTS_MAX && now.isKnown(receipt)) {
        receipts.add(receipt);
      }
    }

    private void lookUp() {
      if (!lookedUp) {
        lookedUp = true;
        receipts.removeIf(receipt -> !now.isKnown(receipt));
      }
    }

    List<LiveEntry> live() {
      try {
        lookUp();
        return receipts.stream().flatMap(receipt -> now.known(receipt).stream()).toList();
      } catch (CairnException e) {
        failed(e);
        return List.of();
      }
    }

    private void failed(CairnException why) {
      failed = true;
      run = Bytes.EMPTY;
      receipts.clear();
      unreadable.unreadable(number, why);
    }

    @Override
    public void close() {
      cursor.close();
    }
  }
}
