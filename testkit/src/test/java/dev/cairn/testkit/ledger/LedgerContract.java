package dev.cairn.testkit.ledger;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.Index;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.PreparedArtifact;
import dev.cairn.asl.store.RecordCursor;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.asl.store.Stretch;
import dev.cairn.pel.index.Ledger;
import dev.cairn.pel.index.ReceiptIndex;
import dev.cairn.pel.model.Invocation;
import dev.cairn.pel.model.OperatorId;
import dev.cairn.pel.model.Receipt;
import dev.cairn.pel.model.RunStatus;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.ShrinkingMode;
import net.jqwik.api.constraints.IntRange;
import net.jqwik.api.constraints.Size;

/**
 * What a ledger must be on any engine: the join of what all receipt records held say, whatever the
 * order in which commits arrive and however often, never falling as more arrive.
 */
abstract class LedgerContract {
  private static final int ORIGINS = 3;
  private static final int INVOCATIONS = 3;
  private static final List<Index> INDEXES = List.of(new ReceiptIndex());

  /** The tables that an engine must be opened with. */
  static final Set<Table> TABLES = StoreConfig.tables(INDEXES, List.of());

  /** A fresh engine; closed with its store. */
  abstract StorageEngine open();

  /** What a record of the history is, from a number. */
  private record Said(int origin, int invocation, RunStatus status, int variant, boolean removed) {
    static Said of(int number) {
      int rest = number;
      int origin = rest % ORIGINS;
      rest /= ORIGINS;
      int invocation = rest % INVOCATIONS;
      rest /= INVOCATIONS;
      RunStatus status = RunStatus.byCode(1 + rest % RunStatus.values().length);
      rest /= RunStatus.values().length;
      return new Said(origin, invocation, status, rest % 2, rest / 2 % 3 == 0);
    }

    Invocation question() {
      ArtifactKey program = ArtifactKey.of(Bytes.utf8("program"), TypeTag.PROGRAM);
      TreeMap<String, ArtifactKey> inputs = new TreeMap<>();
      inputs.put("i", ArtifactKey.of(Bytes.utf8("input " + invocation), null));
      return new Invocation(program, inputs);
    }

    Receipt receipt() {
      Invocation question = question();
      TreeMap<String, ArtifactKey> outputs = new TreeMap<>();
      TreeMap<String, Receipt.Step> steps = new TreeMap<>();
      TreeMap<String, Receipt.Failure> failures = new TreeMap<>();
      ArtifactKey output = ArtifactKey.of(Bytes.utf8("output " + variant), null);
      if (status == RunStatus.SUCCEEDED) {
        outputs.put("o", output);
        steps.put(
            "n",
            new Receipt.Step(
                new OperatorId("test/step", 1),
                HashAlgorithm.SHA_256.hash(Bytes.EMPTY),
                List.of(question.inputs().get("i")),
                List.of(output)));
      } else if (status != RunStatus.SKIPPED) {
        failures.put("n", new Receipt.Failure("failed", "variant " + variant));
      }
      return new Receipt(question.program(), question.inputs(), outputs, status, steps, failures);
    }
  }

  private static SigningKey key(int node) {
    return SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8("node " + node)));
  }

  private static Store store(StorageEngine engine, int node) {
    return Store.open(
        engine, new StoreConfig("test", key(node), 1, INDEXES, List.of(), () -> 1_000));
  }

  /** The stretches of each origin's log, one a commit. */
  private static List<ArrayDeque<Stretch>> logs(List<Said> history) {
    List<ArrayDeque<Stretch>> logs = new ArrayList<>();
    for (int node = 0; node < ORIGINS; node++) {
      ArrayDeque<Stretch> log = new ArrayDeque<>();
      try (Store store = store(new MemoryEngine(TABLES), node)) {
        for (Said said : history) {
          if (said.origin() == node) {
            PreparedArtifact receipt = store.prepare(TypeTag.RECEIPT, said.receipt().encode());
            store.commit(new CommitDraft().attest(receipt));
            if (said.removed()) {
              store.commit(
                  new CommitDraft().tombstone(receipt.id().key(), new TombstoneNote(false, null)));
            }
            log.add(stretch(store));
          }
        }
      }
      logs.add(log);
    }
    return logs;
  }

  /** What was added to a store's log since it was signed last. */
  private static Stretch stretch(Store store) {
    Origin origin = store.origin();
    long first =
        store.checkpoints(origin, 0, Integer.MAX_VALUE).keySet().stream().reduce(0L, Math::max);
    Bytes note = store.signHead().orElseThrow();
    LogHead head = store.head(origin).orElseThrow();
    List<Stretch.Item> items = new ArrayList<>();
    try (RecordCursor records = store.records(origin, first, head.treeSize())) {
      while (records.next()) {
        items.add(
            new Stretch.Item(
                records.encoded(),
                store.payload(records.record().payloadDigest(), Store.INLINE_BYTES_MAX)));
      }
    }
    return new Stretch(origin, head.key(), first, items, note);
  }

  private static Map<Bytes, RunStatus> ledger(Store store) {
    TreeMap<Bytes, RunStatus> lines = new TreeMap<>();
    new Ledger(store)
        .forEach(
            entry -> {
              assertThat(lines.put(entry.invocation(), entry.status())).isNull();
              return false;
            });
    return lines;
  }

  private static Map<Bytes, RunStatus> joined(List<Said> history) {
    TreeMap<Bytes, RunStatus> lines = new TreeMap<>();
    for (Said said : history) {
      lines.merge(
          said.question().digest(),
          said.status(),
          (one, other) -> one.code() > other.code() ? one : other);
    }
    return lines;
  }

  void check(List<Integer> numbers, int seed) {
    List<Said> history = numbers.stream().map(Said::of).toList();
    List<ArrayDeque<Stretch>> logs = logs(history);
    Random random = new Random(seed);
    List<Stretch> past = new ArrayList<>();
    try (Store store = store(open(), ORIGINS)) {
      Map<Bytes, RunStatus> before = ledger(store);
      assertThat(before).isEmpty();
      while (logs.stream().anyMatch(log -> !log.isEmpty())) {
        ArrayDeque<Stretch> log = logs.get(random.nextInt(ORIGINS));
        Stretch next =
            log.isEmpty() || (!past.isEmpty() && random.nextInt(4) == 0)
                ? past.isEmpty() ? null : past.get(random.nextInt(past.size()))
                : log.remove();
        if (next == null) {
          continue;
        }
        boolean isNew = !past.contains(next);
        store.replicate(next);
        past.add(next);
        Map<Bytes, RunStatus> after = ledger(store);
        if (!isNew) {
          assertThat(after).as("idempotent").isEqualTo(before);
        }
        before.forEach(
            (invocation, status) ->
                assertThat(after.get(invocation).code())
                    .as("monotone")
                    .isGreaterThanOrEqualTo(status.code()));
        before = after;
      }
      assertThat(before).as("order-free").isEqualTo(joined(history));
      for (Said said : history) {
        assertThat(new Ledger(store).status(said.question()))
            .isEqualTo(Optional.ofNullable(before.get(said.question().digest())));
      }
    }
  }

  @Property(tries = 25, shrinking = ShrinkingMode.OFF)
  void theLedgerIsTheJoinOfAllRecordsInAnyOrder(
      @ForAll @Size(max = 24) List<@IntRange(min = 0, max = 10_000) Integer> numbers,
      @ForAll int seed) {
    check(numbers, seed);
    List<Integer> shuffled = new ArrayList<>(numbers);
    Collections.shuffle(shuffled, new Random(seed));
    check(shuffled, seed + 1);
  }
}
