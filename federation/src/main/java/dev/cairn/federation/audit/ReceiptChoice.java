package dev.cairn.federation.audit;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.proof.ReceiptChain;
import dev.cairn.tgk.Graph;
import java.util.Iterator;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;

/** Which of the live receipts an audit runs again. */
public sealed interface ReceiptChoice {
  /** Every one. */
  record All() implements ReceiptChoice {}

  /**
   * So many of them, by a seed: those whose SHA-256 of (u64 seed, key) is least. The same seed
   * chooses the same ones of the same receipts, in whatever order they came.
   *
   * @param count how many at most, from 1
   * @param seed the seed
   */
  record Sample(int count, long seed) implements ReceiptChoice {
    public Sample {
      if (count < 1 || count > COUNT_MAX) {
        throw new IllegalArgumentException("a sample of " + count + " receipts");
      }
    }
  }

  /**
   * Those of the runs that gave an artifact, its inputs, their inputs, and so on.
   *
   * @param artifact key of the artifact
   */
  record Behind(ArtifactKey artifact) implements ReceiptChoice {}

  /** Most receipts in a sample, and behind an artifact. */
  int COUNT_MAX = 1_000_000;

  /**
   * What was chosen.
   *
   * @param receipts in the order of their keys; of all live ones in that of their digests, and read
   *     as they are asked for
   * @param count how many those are
   * @param live how many live receipts there are
   * @param note how they were chosen, for people
   */
  record Chosen(Iterator<ArtifactKey> receipts, long count, long live, String note) {
    private static Chosen of(SortedSet<ArtifactKey> receipts, long live, String note) {
      return new Chosen(receipts.iterator(), receipts.size(), live, note);
    }
  }

  /**
   * Chooses among the live receipts of a store. Keeps the keys of those that are chosen, and no
   * others; if all are, no more than some thousands at a time.
   *
   * @throws dev.cairn.asl.error.RefusedException if more than {@link #COUNT_MAX} are behind an
   *     artifact
   * @throws dev.cairn.asl.error.CairnException if what is needed to choose cannot be read
   */
  default Chosen of(Store store) {
    if (this instanceof Sample sample) {
      Least least = new Least(sample);
      long live = forEachLive(store, least::offer);
      SortedSet<ArtifactKey> chosen = least.keys();
      return Chosen.of(
          chosen, live, "a sample of " + chosen.size() + " of " + live + ", seed " + sample.seed());
    }
    if (this instanceof Behind behind) {
      long live = forEachLive(store, key -> {});
      TreeSet<ArtifactKey> chain =
          new TreeSet<>(
              new ReceiptChain(store, Graph.overRows(store), store.now())
                  .behind(behind.artifact(), COUNT_MAX));
      return Chosen.of(
          chain, live, "the " + chain.size() + " of " + live + " behind " + behind.artifact());
    }
    long live = forEachLive(store, key -> {});
    return new Chosen(new LiveReceipts(store.now()), live, live, "");
  }

  /** Shows every live receipt; how many they are. */
  private static long forEachLive(Store store, Consumer<ArtifactKey> action) {
    long live = 0;
    for (Iterator<ArtifactKey> all = new LiveReceipts(store.now()); all.hasNext(); live++) {
      action.accept(all.next());
    }
    return live;
  }

  /** The receipts of a sample among those offered so far. */
  final class Least {
    private final Sample sample;
    private final TreeMap<Bytes, ArtifactKey> ranked = new TreeMap<>();

    private Least(Sample sample) {
      this.sample = sample;
    }

    private void offer(ArtifactKey key) {
      ranked.put(HashAlgorithm.SHA_256.hash(Bytes.u64(sample.seed()), key.bytes()), key);
      if (ranked.size() > sample.count()) {
        ranked.pollLastEntry();
      }
    }

    private SortedSet<ArtifactKey> keys() {
      return new TreeSet<>(ranked.values());
    }
  }
}
