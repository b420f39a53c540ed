package dev.cairn.pel.index;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.HistoryEntry;
import dev.cairn.asl.store.LiveEntry;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.View;
import dev.cairn.pel.model.Invocation;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.model.RunRequest;
import dev.cairn.pel.model.RunStatus;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.SortedSet;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The receipts that are live in a view of a store that folds {@link ReceiptIndex}, as they are
 * {@link View#known}: records that call a receipt something else do not count. Where several would
 * do, the one with the least key is taken, so that any node with the same receipts takes the same.
 * Safe for any thread.
 */
public final class Receipts {
  private final Store store;
  private final View view;

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
        ArtifactKey key =
            ReceiptIndex.receipt(ReceiptIndex.BY_PROGRAM, rows.key(), ArtifactKey.BYTES);
        if (view.isKnown(key)) {
          ArtifactKey of =
              ReceiptIndex.BY_PROGRAM.read(
                  rows.key(),
                  rows.value(),
                  (row, value) -> ArtifactKey.fromBytes(row.slice(0, ArtifactKey.BYTES)));
          found.add(
              new ReceiptSummary(
                  key, of, ReceiptIndex.status(ReceiptIndex.BY_PROGRAM, rows.key(), rows.value())));
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
        view.known(key).orElseThrow(() -> new NotFoundException(what + " " + key + " is not here"));
    TypeTag actual = entry.artifact().tag();
    if (!type.equals(actual)) {
      throw new NotFoundException(key + " is no " + what + ": its type is " + actual);
    }
    return store.payload(entry, bytesMax);
  }

  /**
   * One run request.
   *
   * @throws NotFoundException if it is not live here, or no request
   */
  public RunRequest request(ArtifactKey key) {
    return RunRequest.decode(
        payload(key, RunRequest.TYPE, "run request", RunRequest.ENCODED_BYTES_MAX));
  }

  /**
   * Live run requests, in the order of keys.
   *
   * @param wanted those to be told of; asked with a request's key
   * @param max at most so many
   */
  public List<ArtifactKey> requests(Predicate<ArtifactKey> wanted, int max) {
    List<ArtifactKey> found = new ArrayList<>();
    try (RowCursor rows = store.rows().scan(ReceiptIndex.REQUEST, Bytes.EMPTY, Bytes.EMPTY)) {
      while (found.size() < max && rows.next()) {
        ArtifactKey key = ReceiptIndex.receipt(ReceiptIndex.REQUEST, rows.key(), 0);
        if (wanted.test(key) && view.isKnown(key)) {
          found.add(key);
        }
      }
    }
    return found;
  }

  /** The receipts for one invocation, in the order of keys. */
  public List<ArtifactKey> of(Invocation invocation) {
    List<ArtifactKey> found = new ArrayList<>();
    find(invocation, status -> true, key -> !found.add(key));
    return found;
  }

  /**
   * The receipts of an invocation that say how it must end, in the order of keys, with those who
   * ran all of it. Two nodes that are honest and right write one and the same.
   *
   * @param attestationsMax most attestations told of each
   */
  public List<RunClaim> claims(Invocation invocation, int attestationsMax) {
    List<RunClaim> claims = new ArrayList<>();
    for (Conclusive conclusive : conclusive(invocation)) {
      ArtifactKey key = conclusive.entry().key();
      claims.add(new RunClaim(key, conclusive.status(), ranAll(key, attestationsMax)));
    }
    return claims;
  }

  /**
   * A live receipt that says how a run must end.
   *
   * @param entry the receipt
   * @param status how it says that it ended
   */
  public record Conclusive(LiveEntry entry, RunStatus status) {}

  /** The receipts of an invocation that say how it must end, in the order of keys. */
  public List<Conclusive> conclusive(Invocation invocation) {
    List<Conclusive> found = new ArrayList<>();
    Bytes prefix = invocation.digest();
    try (RowCursor rows = store.rows().scanPrefix(ReceiptIndex.INVOCATION, prefix)) {
      while (rows.next()) {
        RunStatus status = ReceiptIndex.status(ReceiptIndex.INVOCATION, rows.key(), rows.value());
        if (status.isConclusive()) {
          view.known(ReceiptIndex.receipt(ReceiptIndex.INVOCATION, rows.key(), prefix.length()))
              .ifPresent(entry -> found.add(new Conclusive(entry, status)));
        }
      }
    }
    return found;
  }

  /** A receipt that was found live. */
  public Receipt read(LiveEntry receipt) {
    return Receipt.decode(store.payload(receipt, Receipt.ENCODED_BYTES_MAX));
  }

  /** The nodes that recorded a receipt as one of which they ran all, in order; at most so many. */
  public List<NodeId> ranAll(ArtifactKey receipt, int max) {
    return recorders(receipt, true, max);
  }

  /** The nodes that recorded a receipt, whatever they ran of it, in order; at most so many. */
  public List<NodeId> recorders(ArtifactKey receipt, int max) {
    return recorders(receipt, false, max);
  }

  private List<NodeId> recorders(ArtifactKey receipt, boolean ranAll, int max) {
    List<NodeId> nodes = new ArrayList<>();
    try (RowCursor rows = store.rows().scanPrefix(ReceiptIndex.ATTESTED, receipt.bytes())) {
      while (nodes.size() < max && rows.next()) {
        if (!ranAll || ReceiptIndex.ranAll(rows.key(), rows.value())) {
          nodes.add(ReceiptIndex.attester(rows.key()));
        }
      }
    }
    return nodes;
  }

  /** Whether a node recorded a receipt and ran all of it. */
  public boolean ranAll(ArtifactKey receipt, NodeId node) {
    Bytes key = ReceiptIndex.attestedKey(receipt, node);
    Bytes row = store.rows().get(ReceiptIndex.ATTESTED, key);
    return row != null && ReceiptIndex.ranAll(key, row);
  }

  private void find(
      Invocation invocation, Predicate<RunStatus> status, Predicate<ArtifactKey> last) {
    Bytes prefix = invocation.digest();
    try (RowCursor rows = store.rows().scanPrefix(ReceiptIndex.INVOCATION, prefix)) {
      while (rows.next()) {
        ArtifactKey key =
            ReceiptIndex.receipt(ReceiptIndex.INVOCATION, rows.key(), prefix.length());
        RunStatus ended = ReceiptIndex.status(ReceiptIndex.INVOCATION, rows.key(), rows.value());
        boolean fits = status.test(ended) && view.isKnown(key);
        if (fits && last.test(key)) {
          return;
        }
      }
    }
  }

  /**
   * Live receipts in which an operator ran, in any version: those of one program first, each kind
   * in the order of keys; at most so many. Receipts of single steps, as items of lists leave them,
   * only if no other program has the operator.
   */
  public List<ArtifactKey> withOperator(String operator, ArtifactKey firstOf, int max) {
    LinkedHashSet<ArtifactKey> found = new LinkedHashSet<>();
    addLive(found, ReceiptIndex.BY_PROGRAM, firstOf.bytes(), max);
    if (!addLive(
        found, ReceiptIndex.BY_OPERATOR, ReceiptIndex.operatorPrefix(operator, false), max)) {
      addLive(found, ReceiptIndex.BY_OPERATOR, ReceiptIndex.operatorPrefix(operator, true), max);
    }
    return List.copyOf(found);
  }

  /** True if there are any. */
  private boolean addLive(Set<ArtifactKey> found, Table table, Bytes prefix, int max) {
    boolean any = false;
    try (RowCursor rows = store.rows().scanPrefix(table, prefix)) {
      while (found.size() < max && rows.next()) {
        ArtifactKey key = ReceiptIndex.receipt(table, rows.key(), prefix.length());
        if (view.isKnown(key)) {
          found.add(key);
          any = true;
        }
      }
    }
    return any;
  }

  /**
   * What nodes say came out of a step, each answer once, in an order that is the same everywhere.
   *
   * @param stepKey see {@link Receipt.Step#key()}
   * @param nodes whose word is asked for; null for everybody's. An answer that none of them gives
   *     has no attestations
   * @param attestationsMax most attestations told of each, at least 1
   */
  public List<StepClaim> claims(
      Bytes stepKey, @Nullable SortedSet<NodeId> nodes, int attestationsMax) {
    return claims(stepKey, nodes, attestationsMax, view::isKnown);
  }

  /**
   * The same for one who knows which receipts are live.
   *
   * @param live whether a receipt is
   */
  public List<StepClaim> claims(
      Bytes stepKey,
      @Nullable SortedSet<NodeId> nodes,
      int attestationsMax,
      Predicate<ArtifactKey> live) {
    return StepClaims.read(store.rows(), live, stepKey, nodes, attestationsMax);
  }

  /** Whether a receipt is live here. */
  public boolean isLive(ArtifactKey receipt) {
    return view.isKnown(receipt);
  }

  /**
   * Where a node recorded a receipt first.
   *
   * @return the logseq and origin; empty if it did not
   */
  public Optional<HistoryEntry> recorded(ArtifactKey receipt, NodeId node) {
    return store.history(receipt).stream()
        .filter(entry -> entry.record().kind() == RecordKind.PER)
        .filter(entry -> entry.origin().node().equals(node))
        .findFirst();
  }
}
