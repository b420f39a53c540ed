package dev.cairn.federation.audit;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.Store;
import dev.cairn.pel.index.ReceiptIndex;
import dev.cairn.pel.model.RunStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Finds runs of one program on the same inputs of which two sources have receipts that tell
 * different things, by reading the rows of both once, side by side. One owner.
 */
final class ContradictedRuns {
  /** Most receipts looked at of one run and source. */
  static final int RECEIPTS_MAX = 64;

  private final Side left;
  private final Side right;

  /** A receipt of each source that contradicts that of the other. */
  record Contradiction(ArtifactKey left, ArtifactKey right) {}

  /**
   * What was found.
   *
   * @param first the first ones, in the order of the digests of what was run
   * @param count how many there are
   */
  record Found(List<Contradiction> first, long count) {}

  ContradictedRuns(Store left, Store right) {
    this.left = new Side(left);
    this.right = new Side(right);
  }

  /** All of them, of which at most so many are told. */
  Found find(int max) {
    List<Contradiction> first = new ArrayList<>();
    long count = 0;
    try (RowCursor ofLeft = left.rows();
        RowCursor ofRight = right.rows()) {
      boolean more = left.next(ofLeft) && right.next(ofRight);
      while (more) {
        int order = left.run.compareTo(right.run);
        if (order == 0) {
          Contradiction found = contradiction();
          count += found == null ? 0 : 1;
          if (found != null && first.size() < max) {
            first.add(found);
          }
        }
        more = (order > 0 || left.next(ofLeft)) && (order < 0 || right.next(ofRight));
      }
    }
    return new Found(List.copyOf(first), count);
  }

  /** Rather of receipts that only one side has. */
  private @Nullable Contradiction contradiction() {
    if (left.receipts.equals(right.receipts) && left.receipts.size() < 2) {
      return null;
    }
    List<ArtifactKey> ofLeft = left.live(right.receipts);
    List<ArtifactKey> ofRight = right.live(left.receipts);
    for (ArtifactKey one : ofLeft) {
      for (ArtifactKey other : ofRight) {
        if (!one.equals(other)) {
          return new Contradiction(one, other);
        }
      }
    }
    return null;
  }

  /** One source's rows, those of one run at a time. */
  private static final class Side {
    private final Store store;
    private final TreeSet<ArtifactKey> receipts = new TreeSet<>();
    private Bytes run = Bytes.EMPTY;
    private boolean ahead;

    Side(Store store) {
      this.store = store;
    }

    RowCursor rows() {
      return store.rows().scan(ReceiptIndex.INVOCATION, Bytes.EMPTY, Bytes.EMPTY);
    }

    /** Goes on to the next run; false at the end. */
    boolean next(RowCursor cursor) {
      if (!ahead && !cursor.next()) {
        return false;
      }
      receipts.clear();
      run = checked(cursor).slice(0, HashAlgorithm.DIGEST_BYTES);
      do {
        if (!checked(cursor).startsWith(run)) {
          ahead = true;
          return true;
        }
        if (receipts.size() < RECEIPTS_MAX
            && RunStatus.byCode(cursor.value().at(0)).isConclusive()) {
          receipts.add(ArtifactKey.fromBytes(cursor.key().slice(HashAlgorithm.DIGEST_BYTES)));
        }
      } while (cursor.next());
      ahead = false;
      return true;
    }

    /** A row's key, of a row that is as long as it must be. */
    private static Bytes checked(RowCursor cursor) {
      if (cursor.key().length() != HashAlgorithm.DIGEST_BYTES + ArtifactKey.BYTES
          || cursor.value().isEmpty()) {
        throw new DamagedException(
            "table "
                + ReceiptIndex.INVOCATION.name()
                + ": row "
                + cursor.key().toHex()
                + " is not as long as it must be");
      }
      return cursor.key();
    }

    /** The live ones, those that the other side does not have first. */
    List<ArtifactKey> live(Set<ArtifactKey> others) {
      List<ArtifactKey> live = new ArrayList<>();
      receipts.stream().filter(key -> !others.contains(key)).forEach(live::add);
      receipts.stream().filter(others::contains).forEach(live::add);
      live.removeIf(key -> !store.now().isLive(key));
      return live;
    }
  }
}
