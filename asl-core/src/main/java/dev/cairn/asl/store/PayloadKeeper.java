package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.PayloadDigest;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Puts payloads that came after their records beside them. Each is read once more and must give the
 * artifact's key: a record whose payload did not come with it may have stated any digest. Used
 * once; {@link #verify} by any thread, {@link #write} under the sequencer's lock.
 */
final class PayloadKeeper {
  private static final int BUFFER_BYTES = 1 << 16;

  private final StorageEngine engine;
  private final PayloadStore payloads;
  private final Map<PayloadDigest, List<ArtifactKey>> verified = new TreeMap<>();

  PayloadKeeper(StorageEngine engine, PayloadStore payloads) {
    this.engine = engine;
    this.payloads = payloads;
  }

  /**
   * Reads the payloads, and notes whose they are.
   *
   * @throws MalformedException if one is not that of the artifact whose record states it
   */
  void verify(Collection<PayloadDigest> digests) {
    RowSource stored = RowSource.of(engine);
    for (PayloadDigest digest : new TreeSet<>(digests)) {
      List<ArtifactKey> owners = new ArrayList<>();
      for (ArtifactKey sharer : Facts.sharers(stored, digest)) {
        LiveRow row = Facts.row(stored, sharer);
        Fact.Put put = row.put();
        if (put != null && row.isLive() && put.payloadDigest().equals(digest)) {
          read(put.entry(sharer));
          owners.add(sharer);
        }
      }
      verified.put(digest, owners);
    }
  }

  private void read(LiveEntry entry) {
    byte[] buffer = new byte[BUFFER_BYTES];
    try (InputStream in = payloads.open(entry.artifact(), () -> {})) {
      int count = 0;
      while (count >= 0) {
        count = in.read(buffer);
      }
    } catch (DamagedException e) {
      throw new MalformedException(
          "the payload that came for " + entry.key() + " is not its payload", e);
    } catch (IOException e) {
      throw new AssertionError("payload streams throw unchecked exceptions only", e);
    }
  }

  /** The rows of all that still need one; those that got one, in order. */
  List<PayloadDigest> write(Batch batch) {
    List<PayloadDigest> kept = new ArrayList<>();
    verified.forEach(
        (digest, owners) -> {
          boolean any = false;
          for (ArtifactKey owner : owners) {
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

  private static boolean place(Batch batch, PayloadDigest digest, ArtifactKey owner) {
    LiveRow row = Facts.row(batch, owner);
    Fact.Put put = row.put();
    if (put == null || !row.isLive() || !put.payloadDigest().equals(digest)) {
      return false;
    }
    Bytes place = put.place().key();
    return PayloadStore.isHeld(batch, owner, row) || PayloadStore.place(batch, place, digest);
  }
}
