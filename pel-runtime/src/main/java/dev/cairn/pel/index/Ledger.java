package dev.cairn.pel.index;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.store.HistoryEntry;
import dev.cairn.asl.store.Store;
import dev.cairn.pel.model.Invocation;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.model.RunStatus;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The execution ledger: what has become of each program on its inputs, in a status that only rises.
 *
 * <pre>
 *   FAILED_RETRYABLE &lt; FAILED_PERMANENT &lt; SKIPPED &lt; SUCCEEDED
 * </pre>
 *
 * <p>The status is the join, which is the greatest, of what all receipt records held say. So it is
 * the same on all nodes that hold the same records, whatever the order in which they came, and more
 * records never lower it. A tombstone takes a receipt out of reuse and not out of the ledger. Safe
 * for any thread.
 */
public final class Ledger {
  private final Store store;

  /**
   * A line of the ledger.
   *
   * @param invocation digest of program and inputs: see {@link Invocation#digest}
   * @param program the program
   * @param status the greatest of all receipts'
   * @param receipt of those with that status, live or not, the one with the least key
   * @param receipts how many receipts there are
   */
  public record Entry(
      Bytes invocation, ArtifactKey program, RunStatus status, ArtifactKey receipt, int receipts) {}

  /** The ledger of a store that folds {@link ReceiptIndex}. */
  public Ledger(Store store) {
    this.store = store;
  }

  /** What has become of a program on its inputs; empty if nothing was recorded. */
  public Optional<RunStatus> status(Invocation invocation) {
    @Nullable RunStatus joined = null;
    try (RowCursor rows = store.rows().scanPrefix(ReceiptIndex.INVOCATION, invocation.digest())) {
      while (rows.next()) {
        RunStatus status = ReceiptIndex.status(ReceiptIndex.INVOCATION, rows.key(), rows.value());
        joined = joined == null ? status : joined.join(status);
      }
    }
    return Optional.ofNullable(joined);
  }

  /**
   * Tells every line, in the order of the invocations' digests.
   *
   * @param last told of each; true to end here
   */
  public void forEach(Predicate<Entry> last) {
    try (RowCursor rows = store.rows().scan(ReceiptIndex.INVOCATION, Bytes.EMPTY, Bytes.EMPTY)) {
      boolean more = rows.next();
      while (more) {
        Bytes invocation = ReceiptIndex.invocation(rows.key());
        RunStatus joined = RunStatus.FAILED_RETRYABLE;
        @Nullable ArtifactKey first = null;
        int count = 0;
        while (more && rows.key().startsWith(invocation)) {
          RunStatus status = ReceiptIndex.status(ReceiptIndex.INVOCATION, rows.key(), rows.value());
          if (first == null || status.code() > joined.code()) {
            joined = status;
            first =
                ReceiptIndex.receipt(
                    ReceiptIndex.INVOCATION, rows.key(), HashAlgorithm.DIGEST_BYTES);
          }
          count++;
          more = rows.next();
        }
        if (first != null && last.test(entry(invocation, joined, first, count))) {
          return;
        }
      }
    }
  }

  private Entry entry(Bytes invocation, RunStatus status, ArtifactKey receipt, int count) {
    // Other records of the key may say that it is none: they lie, as this one was verified.
    LogRecord put =
        store.history(receipt).stream()
            .map(HistoryEntry::record)
            .filter(record -> record.kind() == RecordKind.PER)
            .findFirst()
            .orElseThrow(
                () -> ReceiptIndex.INVOCATION.damaged(invocation.plus(receipt.bytes()), null));
    Receipt read = Receipt.decode(store.payload(put.payloadDigest(), Receipt.ENCODED_BYTES_MAX));
    return new Entry(invocation, read.program(), status, receipt, count);
  }
}
