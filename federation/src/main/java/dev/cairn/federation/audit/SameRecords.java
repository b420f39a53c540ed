package dev.cairn.federation.audit;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.note.Checkpoint;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.audit.AuditFinding.Kind;
import dev.cairn.federation.audit.AuditFinding.Place;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Compares what sources that hold the same records of a log keep beside it: the checkpoints that
 * sign them, and whether a payload that they erase is erased. One owner.
 */
final class SameRecords {
  private static final int CHECKPOINT_PAGE = 256;

  private final Origin origin;
  private final CheckLedger ledger;
  private final DifferenceTeller told;

  SameRecords(Origin origin, CheckLedger ledger, DifferenceTeller told) {
    this.origin = origin;
    this.ledger = ledger;
    this.told = told;
  }

  /** Compares each with the one that holds most of the log. */
  void compare(List<ComparedSource> sources) {
    ComparedSource longest = sources.get(0);
    for (ComparedSource each : sources) {
      longest = each.size(origin) > longest.size(origin) ? each : longest;
    }
    for (ComparedSource each : sources) {
      if (each.rank() != longest.rank() && each.size(origin) > 0) {
        signatures(longest, each);
      }
      for (ComparedSource other : sources) {
        if (other.rank() != each.rank()) {
          erased(each, other);
        }
      }
    }
  }

  // ---- signatures

  private void signatures(ComparedSource reference, ComparedSource other) {
    long end = other.size(origin);
    NavigableMap<Long, Bytes> page = other.store().checkpoints(origin, 0, CHECKPOINT_PAGE);
    while (!page.isEmpty()) {
      for (Map.Entry<Long, Bytes> held : page.headMap(end, true).entrySet()) {
        Bytes expected =
            reference.store().checkpoints(origin, held.getKey() - 1, 1).get(held.getKey());
        if (expected != null && !expected.equals(held.getValue())) {
          signatures(held.getKey(), reference, expected, other, held.getValue());
        }
      }
      page = other.store().checkpoints(origin, page.lastKey(), CHECKPOINT_PAGE);
    }
  }

  private void signatures(
      long size, ComparedSource reference, Bytes expected, ComparedSource other, Bytes found) {
    Checkpoint ours = signed(reference.store(), expected);
    Checkpoint theirs = signed(other.store(), found);
    if (ours != null && theirs != null) {
      if (ours.treeSize() == theirs.treeSize() && !ours.root().equals(theirs.root())) {
        forked(size, reference, expected, other, found);
      }
      return;
    }
    ComparedSource wrong = ours == null && theirs != null ? reference : other;
    LogRecord last = last(other, size).orElse(null);
    boolean inOrder = reference.rank() < other.rank();
    String first = text(size, inOrder ? ours : theirs);
    String second = text(size, inOrder ? theirs : ours);
    if (last != null) {
      told.at(origin, size - 1, last, first, second, DifferenceClass.SIGNATURE, wrong.name());
    }
    ledger.add(
        AuditCheck.COMPARISON,
        Kind.DIVERGENCE,
        origin.toString(),
        "two sources hold the same records under different signatures",
        new Place(
                reference.with(other),
                origin,
                last == null ? null : last.logseq(),
                last == null ? null : last.id(),
                "record " + (size - 1) + " of " + origin,
                first + " | " + second)
            .differing(DifferenceClass.SIGNATURE, wrong.name()));
  }

  private void forked(
      long size, ComparedSource reference, Bytes expected, ComparedSource other, Bytes found) {
    String root = "another root of " + size + " records, signed";
    last(other, size)
        .ifPresent(last -> told.at(origin, size - 1, last, root, root, DifferenceClass.FORKED, ""));
    ledger.add(
        AuditCheck.COMPARISON,
        Kind.FORK,
        origin.toString(),
        "node " + origin.node() + " signed two logs that contradict each other",
        Place.in(reference.with(other), origin, "log " + origin)
            .with(
                "two roots of " + size + " records:\n" + expected.toUtf8() + "\n" + found.toUtf8())
            .differing(DifferenceClass.FORKED, ""));
  }

  /**
   * The last record that a checkpoint covers; nothing if it cannot be read, which is told apart.
   */
  private Optional<LogRecord> last(ComparedSource source, long size) {
    return Divergences.held(source.store(), origin, size - 1).record();
  }

  private @Nullable Checkpoint signed(Store store, Bytes note) {
    LogHead head = store.head(origin).orElseThrow();
    try {
      return Checkpoint.verify(note, origin, store.federation(), head.key());
    } catch (MalformedException e) {
      // It is no signature of the node: that is what is told.
      return null;
    }
  }

  private static String text(long size, @Nullable Checkpoint signed) {
    return "a checkpoint of "
        + size
        + " records that "
        + (signed == null ? "does not verify" : "verifies");
  }

  // ---- erased payloads

  private void erased(ComparedSource one, ComparedSource other) {
    if (!ledger.asks(AuditCheck.PAYLOADS)) {
      ledger.sampled(
          AuditCheck.COMPARISON,
          "which payloads are erased is compared where payloads are checked, too");
    } else if (!one.damage().knowsAllErased()) {
      ledger.sampled(
          AuditCheck.COMPARISON,
          LogDamage.ERASED_MAX + " erased payloads of " + one.name() + " were compared, not all");
    }
    one.damage()
        .erased(origin)
        .takeWhile(index -> index < other.size(origin))
        .mapToObj(index -> one.store().record(origin, index))
        .flatMap(Optional::stream)
        .forEach(record -> erased(one, other, record));
  }

  private void erased(ComparedSource one, ComparedSource other, LogRecord record) {
    if (other.store().erasure(record.id()).isPresent()
        && other.store().hasPayload(record.payloadDigest())
        && !isLiveElsewhere(other.store(), record)) {
      ledger.add(
          AuditCheck.COMPARISON,
          Kind.ERASURE,
          record.payloadDigest().toString(),
          "a payload that is erased in one source is still kept in another",
          Place.of(one.with(other), origin, record.index(), record)
              .with("erased in " + one.name() + " | still kept in " + other.name())
              .differing(DifferenceClass.ERASED, other.name()));
    }
  }

  private static boolean isLiveElsewhere(Store store, LogRecord record) {
    return store.byPayload(record.payloadDigest()).stream().anyMatch(store.now()::isLive);
  }
}
