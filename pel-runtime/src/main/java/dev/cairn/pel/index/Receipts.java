package dev.cairn.pel.index;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.View;
import dev.cairn.pel.model.Invocation;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.model.RunStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The receipts that are live in a view of a store that folds {@link ReceiptIndex}. Where several
 * would do, the one with the least key is taken, so that any node with the same receipts takes the
 * same. Safe for any thread.
 */
public final class Receipts {
  private final Store store;
  private final View view;

  /**
   * A receipt with its key.
   *
   * @param key the artifact's
   * @param receipt what it says
   */
  public record Found(ArtifactKey key, Receipt receipt) {}

  /**
   * The receipts in a view.
   *
   * @param store where rows and payloads are
   * @param view of that store
   */
  public Receipts(Store store, View view) {
    this.store = store;
    this.view = view;
  }

  /** All of them, or those of one program, in the order of program keys, then receipt keys. */
  public List<ReceiptSummary> list(@Nullable ArtifactKey program) {
    List<ReceiptSummary> found = new ArrayList<>();
    Bytes prefix = program == null ? Bytes.EMPTY : program.bytes();
    try (RowCursor rows = store.rows().scanPrefix(ReceiptIndex.BY_PROGRAM, prefix)) {
      while (rows.next()) {
        ArtifactKey key = ArtifactKey.fromBytes(rows.key().slice(ArtifactKey.BYTES));
        if (view.isLive(key)) {
          ArtifactKey of = ArtifactKey.fromBytes(rows.key().slice(0, ArtifactKey.BYTES));
          found.add(new ReceiptSummary(key, of, RunStatus.byCode(rows.value().at(0))));
        }
      }
    }
    return found;
  }

  /**
   * One receipt.
   *
   * @throws NotFoundException if it is not live here, or no receipt
   */
  public Receipt read(ArtifactKey key) {
    return Receipt.decode(payload(key, TypeTag.RECEIPT, "receipt", Receipt.ENCODED_BYTES_MAX));
  }

  /**
   * One program.
   *
   * @throws NotFoundException if it is not live here, or no program
   */
  public Program program(ArtifactKey key) {
    return Program.decode(payload(key, TypeTag.PROGRAM, "program", Program.ENCODED_BYTES_MAX));
  }

  private Bytes payload(ArtifactKey key, TypeTag type, String what, int bytesMax) {
    LiveEntry entry =
        view.live(key).orElseThrow(() -> new NotFoundException(what + " " + key + " is not here"));
    if (!type.equals(entry.artifact().tag())) {
      throw new NotFoundException(
          key + " is no " + what + ": its type is " + entry.artifact().tag());
    }
    return store.payload(entry.artifact().payloadDigest(), bytesMax);
  }

  /** The receipts for one invocation, in the order of keys. */
  public List<ArtifactKey> of(Invocation invocation) {
    List<ArtifactKey> found = new ArrayList<>();
    find(invocation, status -> true, key -> !found.add(key));
    return found;
  }

  /** The first receipt of a successful run of an invocation that {@code usable} accepts. */
  public Optional<Found> succeeded(Invocation invocation, Predicate<Receipt> usable) {
    List<Found> found = new ArrayList<>();
    find(
        invocation,
        status -> status == RunStatus.SUCCEEDED,
        key -> {
          Receipt receipt = read(key);
          return usable.test(receipt) && found.add(new Found(key, receipt));
        });
    return found.stream().findFirst();
  }

  private void find(
      Invocation invocation, Predicate<RunStatus> status, Predicate<ArtifactKey> last) {
    Bytes prefix = invocation.digest();
    try (RowCursor rows = store.rows().scanPrefix(ReceiptIndex.INVOCATION, prefix)) {
      while (rows.next()) {
        ArtifactKey key = ArtifactKey.fromBytes(rows.key().slice(prefix.length()));
        boolean fits = status.test(RunStatus.byCode(rows.value().at(0))) && view.isLive(key);
        if (fits && last.test(key)) {
          return;
        }
      }
    }
  }

  /**
   * What a step gave, by the first receipt that tells it and whose outputs {@code usable} accepts.
   *
   * @param stepKey see {@link Receipt.Step#key()}
   */
  public Optional<List<ArtifactKey>> stepOutputs(
      Bytes stepKey, Predicate<List<ArtifactKey>> usable) {
    int from = stepKey.length();
    try (RowCursor rows = store.rows().scanPrefix(ReceiptIndex.STEP, stepKey)) {
      while (rows.next()) {
        ArtifactKey receipt =
            ArtifactKey.fromBytes(rows.key().slice(from, from + ArtifactKey.BYTES));
        List<ArtifactKey> outputs = ReceiptIndex.outputs(rows.value());
        if (view.isLive(receipt) && usable.test(outputs)) {
          return Optional.of(outputs);
        }
      }
    }
    return Optional.empty();
  }
}
