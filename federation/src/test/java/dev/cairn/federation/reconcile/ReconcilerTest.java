package dev.cairn.federation.reconcile;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.federation.FormatDocument;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

/** Two sets in memory, reconciled by messages alone. */
class ReconcilerTest {
  /** As the published implementations cut. */
  static final ReconcileOptions PLAIN = new ReconcileOptions(16, 16, Integer.MAX_VALUE, 1_000);

  private static final int MILLION = 1_000_000;

  /** What one reconciliation came to. */
  record Outcome(TreeSet<Bytes> have, TreeSet<Bytes> need, int rounds, long bytes, long longest) {}

  static Outcome reconcile(ItemSet mine, ItemSet theirs, ReconcileOptions options) {
    Reconciler asking = new Reconciler(mine, options);
    Reconciler answering = new Reconciler(theirs, options);
    Found found = new Found();
    Optional<Bytes> question = Optional.of(asking.open());
    long bytes = 0;
    long longest = 0;
    while (question.isPresent()) {
      Bytes answer = answering.answer(question.get());
      bytes += question.get().length() + answer.length();
      longest = Math.max(longest, Math.max(question.get().length(), answer.length()));
      question = asking.conclude(answer, found);
    }
    return new Outcome(found.have, found.need, asking.rounds(), bytes, longest);
  }

  /** Collects, and refuses what is told twice. */
  static final class Found implements Differences {
    final TreeSet<Bytes> have = new TreeSet<>();
    final TreeSet<Bytes> need = new TreeSet<>();

    @Override
    public void have(Bytes id) {
      assertThat(have.add(id)).isTrue();
    }

    @Override
    public void need(Bytes id) {
      assertThat(need.add(id)).isTrue();
    }
  }

  private static RangeItem item(long order, Random random) {
    byte[] id = new byte[HashAlgorithm.DIGEST_BYTES];
    random.nextBytes(id);
    return new RangeItem(order, Bytes.wrap(id));
  }

  private static Set<Bytes> without(List<RangeItem> items, List<RangeItem> others) {
    TreeSet<Bytes> ids = new TreeSet<>();
    items.forEach(item -> ids.add(item.id()));
    others.forEach(item -> ids.remove(item.id()));
    return ids;
  }

  @Test
  void anyTwoSetsTellExactlyWhatTheyDifferIn() {
    for (int seed = 0; seed < 60; seed++) {
      Random random = new Random(seed);
      int size = random.nextInt(1 << random.nextInt(12));
      int sides = 1 + random.nextInt(100);
      int orders = 1 + random.nextInt(300);
      List<RangeItem> left = new ArrayList<>();
      List<RangeItem> right = new ArrayList<>();
      for (int i = 0; i < size; i++) {
        RangeItem item = item(random.nextInt(orders), random);
        int side = random.nextInt(sides + 2);
        if (side != 0) {
          left.add(item);
        }
        if (side != 1) {
          right.add(item);
        }
      }
      ReconcileOptions options =
          new ReconcileOptions(
              2 + random.nextInt(30),
              40 + random.nextInt(100),
              random.nextBoolean() ? 4_096 : 1 << 20,
              1_000);
      Outcome outcome = reconcile(new SortedItems(left), new SortedItems(right), options);
      assertThat(outcome.have()).as("seed " + seed).isEqualTo(without(left, right));
      assertThat(outcome.need()).as("seed " + seed).isEqualTo(without(right, left));
      assertThat(outcome.longest()).isLessThanOrEqualTo(options.messageBytesMax());
    }
  }

  @Test
  void aMillionItemsWithAThousandRecentOnesDifferentTakeThreeRoundTripsAndSixtyKilobytes() {
    Random random = new Random(1);
    List<RangeItem> shared = new ArrayList<>(MILLION);
    for (int i = 0; i < MILLION - 1_000; i++) {
      shared.add(item(i / 100, random));
    }
    List<RangeItem> mine = new ArrayList<>(shared);
    List<RangeItem> theirs = new ArrayList<>(shared);
    for (int i = 0; i < 1_000; i++) {
      RangeItem recent = item((MILLION - 1_000 + i) / 100, random);
      (i % 2 == 0 ? mine : theirs).add(recent);
    }
    Outcome both =
        reconcile(new SortedItems(mine), new SortedItems(theirs), ReconcileOptions.DEFAULT);
    assertThat(both.have()).hasSize(500);
    assertThat(both.need()).hasSize(500);
    assertThat(both.rounds()).isLessThanOrEqualTo(3);
    assertThat(both.bytes()).isLessThan(60_000);
    Outcome same =
        reconcile(new SortedItems(shared), new SortedItems(shared), ReconcileOptions.DEFAULT);
    assertThat(same.rounds()).isEqualTo(1);
    assertThat(same.bytes()).isLessThan(2_048);
  }

  @Test
  void sumsOfPartsAddUpToThatOfTheWhole() {
    Random random = new Random(2);
    RangeSum sum = RangeSum.EMPTY;
    RangeSum first = RangeSum.EMPTY;
    for (int i = 0; i < 1_000; i++) {
      Bytes id = item(0, random).id();
      sum = sum.plus(RangeSum.of(id));
      first = i < 400 ? first.plus(RangeSum.of(id)) : first;
    }
    RangeSum rest = sum.minus(first);
    assertThat(rest.count()).isEqualTo(600);
    assertThat(first.plus(rest)).isEqualTo(sum);
    assertThat(sum.minus(sum)).isEqualTo(RangeSum.EMPTY);
    assertThat(RangeSum.decode(sum.encode())).isEqualTo(sum);
    Bytes ones = Bytes.fromHex("ff".repeat(HashAlgorithm.DIGEST_BYTES));
    Bytes one = Bytes.fromHex("01" + "00".repeat(HashAlgorithm.DIGEST_BYTES - 1));
    assertThat(RangeSum.of(ones).plus(RangeSum.of(one)).minus(RangeSum.of(one)))
        .isEqualTo(RangeSum.of(ones));
  }

  @Test
  void messagesAreThoseOfTheDocument() {
    Map<String, Bytes> vectors = FormatDocument.vectors("reconcile.md");
    List<RangeItem> all = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      Bytes id = HashAlgorithm.SHA_256.hash(Bytes.utf8(Integer.toString(i)));
      all.add(new RangeItem(i / 10, id));
    }
    SortedItems asking = new SortedItems(all.subList(0, 99));
    SortedItems answering = new SortedItems(all.subList(1, 100));
    Map<String, Bytes> made = new TreeMap<>();
    made.put("sum", asking.sum(Bound.START, Bound.END).encode());
    made.put("fingerprint", asking.sum(Bound.START, Bound.END).fingerprint());
    Reconciler asks = new Reconciler(asking, PLAIN);
    Reconciler answers = new Reconciler(answering, PLAIN);
    Found found = new Found();
    Optional<Bytes> question = Optional.of(asks.open());
    while (question.isPresent()) {
      Bytes answer = answers.answer(question.get());
      made.put("question." + asks.rounds(), question.get());
      made.put("answer." + asks.rounds(), answer);
      question = asks.conclude(answer, found);
    }
    made.put("have", Bytes.concat(found.have.toArray(Bytes[]::new)));
    made.put("need", Bytes.concat(found.need.toArray(Bytes[]::new)));
    for (Map.Entry<String, Bytes> one : made.entrySet()) {
      assertThat(vectors.get(one.getKey()))
          .as(one.getKey() + " = " + one.getValue().toHex())
          .isEqualTo(one.getValue());
    }
    assertThat(made.keySet())
        .containsExactlyInAnyOrderElementsOf(
            vectors.keySet().stream()
                .filter(name -> !name.contains("refused.") && !name.startsWith("frame."))
                .toList());
    vectors.forEach(
        (name, bytes) -> {
          if (name.startsWith("refused.")) {
            assertThatThrownBy(() -> answers.answer(bytes))
                .as(name)
                .isInstanceOf(MalformedException.class);
            assertThatThrownBy(() -> asks.conclude(bytes, found))
                .as(name)
                .isInstanceOf(CairnException.class);
          }
        });
  }

  @Test
  void bytesThatAreNoMessageAreRefusedAndChangeNothing() {
    Random random = new Random(3);
    List<RangeItem> items = new ArrayList<>();
    for (int i = 0; i < 500; i++) {
      items.add(item(i, random));
    }
    SortedItems set = new SortedItems(items);
    Bytes good = new Reconciler(set, PLAIN).open();
    int refused = 0;
    for (int i = 0; i < 20_000; i++) {
      byte[] bytes = good.toArray();
      int changes = 1 + random.nextInt(3);
      for (int change = 0; change < changes; change++) {
        bytes[random.nextInt(bytes.length)] = (byte) random.nextInt();
      }
      Bytes bad = Bytes.wrap(bytes).slice(0, 1 + random.nextInt(bytes.length));
      try {
        Bytes answer = new Reconciler(set, ReconcileOptions.DEFAULT).answer(bad);
        assertThat(answer.length()).isLessThanOrEqualTo(256 << 10);
      } catch (MalformedException e) {
        refused++;
      }
    }
    assertThat(refused).isBetween(1_000, 19_999);
  }

  @Test
  void anOtherSideThatAlwaysSaysDifferentIsGivenUp() {
    Random random = new Random(4);
    List<RangeItem> items = new ArrayList<>();
    for (int i = 0; i < 5_000; i++) {
      items.add(item(i, random));
    }
    Reconciler asking =
        new Reconciler(new SortedItems(items), new ReconcileOptions(16, 64, 8_192, 50));
    RangeWriter lie = new RangeWriter();
    lie.bytes(Bytes.fromHex("61"));
    lie.bound(Bound.END);
    lie.varint(1);
    lie.bytes(Bytes.fromHex("ab".repeat(RangeSum.FINGERPRINT_BYTES)));
    asking.open();
    assertThatThrownBy(
            () -> {
              while (asking.conclude(lie.toBytes(), new Found()).isPresent()) {
                assertThat(asking.rounds()).isLessThanOrEqualTo(50);
              }
            })
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("50 rounds");
  }

  @Test
  void anotherVersionIsNamed() {
    Reconciler mine = new Reconciler(new SortedItems(List.of()), PLAIN);
    assertThat(mine.answer(Bytes.fromHex("6200")).toHex()).isEqualTo("61");
    mine.open();
    assertThatThrownBy(() -> mine.conclude(Bytes.fromHex("60"), new Found()))
        .isInstanceOf(UnsupportedVersionException.class)
        .hasMessageContaining("version 96");
  }
}
