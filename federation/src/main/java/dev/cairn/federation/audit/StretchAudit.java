package dev.cairn.federation.audit;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.merkle.CompactRange;
import dev.cairn.asl.merkle.SubtreeSink;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.note.Checkpoint;
import dev.cairn.asl.store.ContentCursor;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.RecordSums;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.audit.CheckResult.Thing;
import dev.cairn.federation.audit.DerivedAudit.Sums;
import dev.cairn.federation.protocol.LogVerifier;
import dev.cairn.federation.protocol.ProtocolLimits;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Checks a stretch of a log by itself, beside other stretches: whether anything in it is not as it
 * should be. What that is, {@link LogAudit} finds out. One owner.
 */
final class StretchAudit {
  private static final int CHECKPOINT_PAGE = 256;

  private final Store store;
  private final LogHead head;
  private final long from;
  private final long to;
  private final @Nullable RecordSums sums;
  private final CheckLedger counts;
  private final LogVerifier verifier;
  private final List<Bytes> leaves = new ArrayList<>();
  private final List<Bytes> tiles = new ArrayList<>();
  private final TreeMap<Long, Bytes> signed = new TreeMap<>();
  private final List<LogRecord> erased = new ArrayList<>();

  /** Whether the notes of tombstones erase, by digest; at most one a record of the stretch. */
  private final Map<PayloadDigest, Boolean> notes = new HashMap<>();

  private CompactRange tile = new CompactRange();
  private boolean clean = true;

  /**
   * A stretch that nothing is wrong with, as far as it shows by itself: whether it fits what stands
   * before it remains to be checked.
   *
   * @param verifier took its records and checkpoints, but no roots
   * @param leaves hash of each record
   * @param tiles root of each complete subtree of {@link LogAudit#TILE} of them, which is the
   *     stored one
   * @param signed roots that its checkpoints sign, by size of the log
   * @param erased its records whose payloads are erased, in order
   * @param counts what was looked at
   */
  record Clean(
      long from,
      LogVerifier verifier,
      List<Bytes> leaves,
      List<Bytes> tiles,
      TreeMap<Long, Bytes> signed,
      List<LogRecord> erased,
      CheckLedger counts) {
    /**
     * The log's tree behind this stretch.
     *
     * @param before the tree's edge where it begins; is moved on
     * @param sink told of larger subtrees that are completed
     * @throws MalformedException if a checkpoint signs another root
     */
    CompactRange edge(CompactRange before, SubtreeSink sink) {
      for (Map.Entry<Long, Bytes> each : signed.entrySet()) {
        advance(before, each.getKey(), sink);
        if (!before.root().equals(each.getValue())) {
          throw new MalformedException("the checkpoint of " + each.getKey() + " records");
        }
      }
      advance(before, from + leaves.size(), sink);
      return before;
    }

    private void advance(CompactRange edge, long to, SubtreeSink sink) {
      while (edge.size() < to) {
        int at = (int) (edge.size() - from);
        if (at % LogAudit.TILE == 0 && edge.size() + LogAudit.TILE <= to) {
          edge.appendSubtree(LogAudit.TILE_LEVEL, tiles.get(at / LogAudit.TILE), sink);
        } else {
          edge.append(leaves.get(at), sink);
        }
      }
    }

    /** What stands behind the last complete subtree. */
    CompactRange rest() {
      CompactRange rest = new CompactRange();
      leaves.subList(tiles.size() * LogAudit.TILE, leaves.size()).forEach(rest::append);
      return rest;
    }
  }

  /**
   * A stretch that begins with a stored subtree.
   *
   * @param sums of what derived rows tell of the records; null if that is not asked
   * @param ledger of the whole audit, which is left alone
   */
  StretchAudit(
      Store store,
      LogHead head,
      long from,
      long to,
      @Nullable RecordSums sums,
      CheckLedger ledger) {
    this.store = store;
    this.head = head;
    this.from = from;
    this.to = to;
    this.sums = sums;
    this.counts = ledger.apart();
    this.verifier = new LogVerifier(head.origin(), from, 0);
    verifier.goOn(from, null);
  }

  private Origin origin() {
    return head.origin();
  }

  /**
   * What came of it.
   *
   * @param sums whether derived rows tell of these very records
   * @param clean empty if anything is not as it should be
   */
  record Checked(Sums sums, Optional<Clean> clean) {}

  /** Reads it. */
  Checked check() {
    long sum = 0;
    ContentAudit contents =
        new ContentAudit(store, origin(), counts, (row, kind, tell) -> clean = false, erased::add);
    try (ContentCursor cursor = store.contentsAhead(origin(), from, to)) {
      Deque<Map.Entry<Long, Bytes>> checkpoints = page(from);
      while (cursor.next()) {
        LogRecord record = cursor.record();
        verifier.rootless(record);
        sum += sums == null ? 0 : sums.of(record, !record.isPut() && erases(record, cursor));
        if (!clean) {
          continue;
        }
        leaf(TreeHasher.leaf(cursor.encoded()));
        contents.payload(record.index(), record, cursor);
        if (record.isPut()) {
          contents.meaning(record.index(), record, cursor);
        }
        checkpoints = checkpoint(checkpoints);
      }
    } catch (CairnException e) {
      return new Checked(Sums.UNKNOWN, Optional.empty());
    }
    Sums compared = compared(sum);
    if (!clean || compared != Sums.AGREE || !counts.isSound()) {
      return new Checked(compared, Optional.empty());
    }
    counts.looked(AuditCheck.RECORDS, Thing.RECORDS, to - from);
    if (counts.asks(AuditCheck.LIVENESS)) {
      counts.looked(AuditCheck.LIVENESS, Thing.RECORDS, to - from);
    }
    return new Checked(
        Sums.AGREE, Optional.of(new Clean(from, verifier, leaves, tiles, signed, erased, counts)));
  }

  /** What a tombstone's note says; many have the same one. */
  private boolean erases(LogRecord record, ContentCursor cursor) {
    return notes.computeIfAbsent(
        record.payloadDigest(),
        digest ->
            TombstoneNote.decode(cursor.payload(ProtocolLimits.INLINE_PAYLOAD_BYTES_MAX)).erase());
  }

  private Sums compared(long sum) {
    if (verifier.next() != to) {
      return Sums.UNKNOWN;
    }
    return sums == null || sums.agrees(origin(), from / RecordSums.STRETCH, sum)
        ? Sums.AGREE
        : Sums.DISAGREE;
  }

  private void leaf(Bytes leaf) {
    leaves.add(leaf);
    tile.append(leaf);
    if (tile.size() == LogAudit.TILE) {
      Bytes root = tile.root();
      clean &=
          root.equals(
              store.logSubtree(origin(), LogAudit.TILE_LEVEL, verifier.next() / LogAudit.TILE - 1));
      tiles.add(root);
      tile = new CompactRange();
    }
  }

  private Deque<Map.Entry<Long, Bytes>> page(long after) {
    return new ArrayDeque<>(store.checkpoints(origin(), after, CHECKPOINT_PAGE).entrySet());
  }

  private Deque<Map.Entry<Long, Bytes>> checkpoint(Deque<Map.Entry<Long, Bytes>> checkpoints) {
    Map.Entry<Long, Bytes> next = checkpoints.peek();
    if (next == null || next.getKey() > verifier.next()) {
      return checkpoints;
    }
    counts.looked(AuditCheck.CHECKPOINTS, Thing.CHECKPOINTS, 1);
    Checkpoint read = verifier.checkpoint(store.federation(), head.key(), next.getValue());
    signed.put(next.getKey(), read.root());
    checkpoints.remove();
    return checkpoints.isEmpty() ? page(next.getKey()) : checkpoints;
  }
}
