package dev.cairn.asl.store;

import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.TypeTag;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Puts payloads that came after their records beside them. Each is read once more and must give the
 * artifact's key: a record whose payload did not come with it may have stated any digest. A record
 * that lied gets nothing, and keeps no other from getting it; of each log one record of an artifact
 * is tried, and the payload is read once for each type. Used once; {@link #verify} by any thread,
 * {@link #write} under the sequencer's lock.
 */
final class PayloadKeeper {
  private final StorageEngine engine;
  private final PayloadStore payloads;
  private final Map<PayloadDigest, List<Owner>> verified = new TreeMap<>();

  /** An artifact with a put that states its payload truly. */
  private record Owner(ArtifactKey key, Fact.Put put) {}

  PayloadKeeper(StorageEngine engine, PayloadStore payloads) {
    this.engine = engine;
    this.payloads = payloads;
  }

  /**
   * Reads the payloads, and notes whose they are.
   *
   * @throws MalformedException if one is not that of any artifact whose record states it
   */
  void verify(Collection<PayloadDigest> digests) {
    RowSource stored = RowSource.of(engine);
    for (PayloadDigest digest : new TreeSet<>(digests)) {
      List<Owner> owners = new ArrayList<>();
      Map<Stated, ArtifactId> actual = new HashMap<>();
      ArtifactKey wronged = null;
      for (ArtifactKey sharer : Facts.sharers(stored, digest)) {
        LiveRow row = Facts.row(stored, sharer);
        if (row.isLive()) {
          Fact.Put truth = truth(stored, sharer, row, digest, actual);
          if (truth != null) {
            owners.add(new Owner(sharer, truth));
          } else {
            wronged = sharer;
          }
        }
      }
      if (owners.isEmpty() && wronged != null) {
        throw new MalformedException(
            "the payload that came for " + wronged + " is not its payload");
      }
      verified.put(digest, owners);
    }
  }

  /** What a payload is read for; once, however many records state it. */
  private record Stated(HashAlgorithm algorithm, Optional<TypeTag> tag) {}

  /** The put of an artifact that states the payload truly; null if none does. */
  private Fact.@Nullable Put truth(
      RowSource stored,
      ArtifactKey key,
      LiveRow row,
      PayloadDigest digest,
      Map<Stated, ArtifactId> actual) {
    for (Fact.Put put : Facts.latestOfEachLog(Facts.puts(stored, key, row, digest))) {
      ArtifactId is =
          actual.computeIfAbsent(
              new Stated(key.algorithm(), Optional.ofNullable(put.tag())),
              how -> payloads.identify(digest, how.algorithm(), put.tag()));
      if (is.equals(put.entry(key).artifact())) {
        return put;
      }
    }
    return null;
  }

  /** The rows of all that still need one; those that got one, in order. */
  List<PayloadDigest> write(Batch batch) {
    List<PayloadDigest> kept = new ArrayList<>();
    verified.forEach(
        (digest, owners) -> {
          boolean any = false;
          for (Owner owner : owners) {
            any |= place(batch, digest, owner);
          }
          if (any) {
            PayloadStore.endArrival(batch, digest);
            payloads.absences().end(batch, digest);
            kept.add(digest);
          }
        });
    return kept;
  }

  private static boolean place(Batch batch, PayloadDigest digest, Owner owner) {
    LiveRow row = Facts.row(batch, owner.key());
    return row.isLive()
        && !PayloadStore.holdsOther(batch, owner.key(), row, digest)
        && (PayloadStore.isHeld(batch, owner.key(), row)
            || PayloadStore.place(batch, owner.put().place().key(), digest));
  }
}
