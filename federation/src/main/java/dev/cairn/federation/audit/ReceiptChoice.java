package dev.cairn.federation.audit;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.proof.ReceiptChain;
import dev.cairn.tgk.Graph;
import java.util.Map;
import java.util.SortedSet;
import java.util.TreeMap;
import java.util.TreeSet;

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

  /** Most receipts in a sample. */
  int COUNT_MAX = 1_000_000;

  /**
   * What was chosen.
   *
   * @param receipts in the order of their keys
   * @param live how many live receipts there are
   * @param note how they were chosen, for people
   */
  record Chosen(SortedSet<ArtifactKey> receipts, long live, String note) {}

  /**
   * Chooses among the live receipts of a store.
   *
   * @throws dev.cairn.asl.error.CairnException if what is needed to choose cannot be read
   */
  default Chosen of(Store store) {
    TreeSet<ArtifactKey> live = new TreeSet<>();
    store
        .now()
        .forEachLive(
            entry -> {
              if (entry.kind() == RecordKind.PER) {
                live.add(entry.key());
              }
            });
    if (this instanceof Sample sample) {
      SortedSet<ArtifactKey> least = least(live, sample);
      return new Chosen(
          least,
          live.size(),
          "a sample of " + least.size() + " of " + live.size() + ", seed " + sample.seed());
    }
    if (this instanceof Behind behind) {
      TreeSet<ArtifactKey> chain =
          new TreeSet<>(
              new ReceiptChain(store, Graph.overRows(store), store.now())
                  .behind(behind.artifact(), Integer.MAX_VALUE)
                  .keySet());
      return new Chosen(
          chain,
          live.size(),
          "the " + chain.size() + " of " + live.size() + " behind " + behind.artifact());
    }
    return new Chosen(live, live.size(), "");
  }

  private static SortedSet<ArtifactKey> least(SortedSet<ArtifactKey> live, Sample sample) {
    TreeMap<Bytes, ArtifactKey> ranked = new TreeMap<>();
    for (ArtifactKey key : live) {
      ranked.put(HashAlgorithm.SHA_256.hash(Bytes.u64(sample.seed()), key.bytes()), key);
      if (ranked.size() > sample.count()) {
        ranked.pollLastEntry();
      }
    }
    TreeSet<ArtifactKey> chosen = new TreeSet<>();
    for (Map.Entry<Bytes, ArtifactKey> entry : ranked.entrySet()) {
      chosen.add(entry.getValue());
    }
    return chosen;
  }
}
