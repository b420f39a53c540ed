package dev.cairn.federation.reconcile;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.Origin;
import dev.cairn.federation.reconcile.ReconcileMessage.LogAsk;
import dev.cairn.federation.reconcile.ReconcileMessage.LogTell;
import dev.cairn.federation.reconcile.ReconcileMessage.RecordAsk;
import dev.cairn.federation.reconcile.ReconcileMessage.RecordTell;
import dev.cairn.federation.reconcile.ReconcileMessage.Subtree;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Finds the first record in which another node's log of an origin differs from ours, by descending
 * both Merkle trees, four levels a question. Where one log is longer, only what both have is
 * compared: lag is no difference.
 *
 * <p>Hashes that the other side tells of parts must give the one that it told of the whole, and its
 * record the leaf's. For a million records that is 7 questions and 4 kB.
 */
public final class LogInquiry implements Inquiry {
  private static final int LEVELS_AT_ONCE = 4;

  private final ReconcileSource mine;
  private final Origin origin;
  private List<Subtree> asked;

  /** The subtree that differs and is looked into, with the hash that they told; null at first. */
  private @Nullable Subtree within;

  private Bytes theirs = Bytes.EMPTY;
  private boolean wantsRecord;
  private @Nullable LogDifference difference;

  /**
   * An inquiry.
   *
   * @param theirSize how many records of the log the other side holds
   */
  public LogInquiry(ReconcileSource mine, Origin origin, long theirSize) {
    this.mine = mine;
    this.origin = origin;
    this.asked = complete(Math.min(theirSize, mine.logSize(origin)));
  }

  /** The complete subtrees, from the left, that a log of that size is made of. */
  private static List<Subtree> complete(long size) {
    List<Subtree> subtrees = new ArrayList<>();
    long at = 0;
    for (int level = Long.SIZE - 2; level >= 0; level--) {
      if ((size & 1L << level) != 0) {
        subtrees.add(new Subtree(level, at >>> level));
        at += 1L << level;
      }
    }
    return subtrees;
  }

  /** What was found; empty if what both hold is the same. */
  public Optional<LogDifference> difference() {
    return Optional.ofNullable(difference);
  }

  @Override
  public @Nullable ReconcileMessage next() {
    Subtree leaf = within;
    if (wantsRecord && leaf != null) {
      return new RecordAsk(origin, leaf.index());
    }
    return asked.isEmpty() ? null : new LogAsk(origin, asked);
  }

  @Override
  public void accept(ReconcileMessage answer) {
    if (wantsRecord) {
      record(answer);
      return;
    }
    if (!(answer instanceof LogTell tell) || tell.hashes().size() != asked.size()) {
      throw new MalformedException("log " + origin + ": no answer to what was asked");
    }
    if (within != null && !whole(tell.hashes()).equals(theirs)) {
      throw new MalformedException(
          "log " + origin + ": parts that do not give the hash of the whole, " + within);
    }
    List<Subtree> parts = asked;
    asked = List.of();
    for (int i = 0; i < parts.size(); i++) {
      Subtree part = parts.get(i);
      if (!tell.hashes().get(i).equals(mine.logSubtree(origin, part.level(), part.index()))) {
        descend(part, tell.hashes().get(i));
        return;
      }
    }
  }

  private void descend(Subtree part, Bytes theirHash) {
    within = part;
    theirs = theirHash;
    if (part.level() == 0) {
      wantsRecord = true;
      return;
    }
    int levels = Math.min(LEVELS_AT_ONCE, part.level());
    List<Subtree> parts = new ArrayList<>();
    for (int i = 0; i < 1 << levels; i++) {
      parts.add(new Subtree(part.level() - levels, (part.index() << levels) + i));
    }
    asked = parts;
  }

  private static Bytes whole(List<Bytes> parts) {
    List<Bytes> row = parts;
    while (row.size() > 1) {
      List<Bytes> above = new ArrayList<>();
      for (int i = 0; i < row.size(); i += 2) {
        above.add(TreeHasher.node(row.get(i), row.get(i + 1)));
      }
      row = above;
    }
    return row.get(0);
  }

  private void record(ReconcileMessage answer) {
    Subtree leaf = within;
    if (leaf == null || !(answer instanceof RecordTell tell)) {
      throw new MalformedException("log " + origin + ": no answer to what was asked");
    }
    if (!TreeHasher.leaf(tell.record()).equals(theirs)) {
      throw new MalformedException(
          "log " + origin + ": record " + leaf.index() + " does not have the hash that was told");
    }
    wantsRecord = false;
    difference =
        new LogDifference(
            origin, leaf.index(), mine.encodedRecord(origin, leaf.index()), tell.record());
  }
}
