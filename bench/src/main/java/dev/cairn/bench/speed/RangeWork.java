package dev.cairn.bench.speed;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.federation.reconcile.Differences;
import dev.cairn.federation.reconcile.RangeItem;
import dev.cairn.federation.reconcile.ReconcileOptions;
import dev.cairn.federation.reconcile.Reconciler;
import dev.cairn.federation.reconcile.SortedItems;
import java.util.Optional;
import java.util.TreeSet;
import java.util.stream.IntStream;

/** Two sets of a million items, of which a thousand of the most recent ones differ, reconciled. */
final class RangeWork {
  private static final int ITEMS = 1_000_000;
  private static final int DIFFERENT = 1_000;
  private static final int ORDER_ITEMS = 100;
  private static final int ID_BYTES = 32;
  private static final long SEED = 12;

  private RangeWork() {}

  /** Every one of the last {@value #DIFFERENT} items is missing on one side or the other. */
  static void run(Report report) {
    SortedItems mine = items(0);
    SortedItems theirs = items(1);
    Reconciler asking = new Reconciler(mine, ReconcileOptions.DEFAULT);
    Reconciler answering = new Reconciler(theirs, ReconcileOptions.DEFAULT);
    Counter found = new Counter();
    long bytes = 0;
    long start = System.nanoTime();
    Optional<Bytes> question = Optional.of(asking.open());
    while (question.isPresent()) {
      Bytes answer = answering.answer(question.get());
      bytes += question.get().length() + answer.length();
      question = asking.conclude(answer, found);
    }
    double millis = (System.nanoTime() - start) / 1e6;
    if (found.ids.size() != DIFFERENT) {
      throw new IllegalStateException(found.ids.size() + " differences found");
    }
    report.note("reconcile, both sides' work", Report.text("%.1f ms", millis));
    report.below(
        "reconcile 1,000,000 items, 1,000 recent ones different: round trips",
        "",
        new double[] {asking.rounds()},
        3.5);
    report.below(
        "reconcile 1,000,000 items, 1,000 recent ones different: bytes",
        "B",
        new double[] {bytes},
        60_000);
  }

  private static SortedItems items(int side) {
    int count = ITEMS - DIFFERENT / 2;
    return new SortedItems(
        count,
        IntStream.range(0, ITEMS)
            .filter(i -> i < ITEMS - DIFFERENT || i % 2 == side)
            .mapToObj(RangeWork::item)
            .iterator());
  }

  private static RangeItem item(int number) {
    byte[] id = Payloads.of(SEED, number, ID_BYTES);
    // In order within an order: the id begins with the place there.
    id[0] = (byte) (number % ORDER_ITEMS);
    return new RangeItem(number / ORDER_ITEMS, Bytes.wrap(id));
  }

  private static final class Counter implements Differences {
    private final TreeSet<Bytes> ids = new TreeSet<>();

    @Override
    public void have(Bytes id) {
      ids.add(id);
    }

    @Override
    public void need(Bytes id) {
      ids.add(id);
    }
  }
}
