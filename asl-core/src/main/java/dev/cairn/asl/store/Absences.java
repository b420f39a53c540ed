package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.TableReader;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.PayloadDigest;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Which payloads did not come with their records, so that one which is not here can be told from
 * one that was lost.
 *
 * <pre>
 *   asl.meta    "absent/" | payload digest -> nothing
 * </pre>
 *
 * <p>A row is written with the record and goes with the write that brings the payload. It may stay
 * behind for an artifact that is not live any more; whoever reads looks at the artifact too.
 * Changes are made under the sequencer's lock; reads are safe for any thread.
 */
final class Absences {
  private static final Bytes PREFIX = Bytes.utf8("absent/");

  private final StorageEngine engine;

  /** False while there surely is no row: then nobody has to look for one. */
  private volatile boolean any;

  Absences(StorageEngine engine) {
    this.engine = engine;
    try (RowCursor rows = engine.scanPrefix(StoreTables.META, PREFIX)) {
      this.any = rows.next();
    }
  }

  private static Bytes key(PayloadDigest digest) {
    return PREFIX.plus(digest.digest());
  }

  /** True if the payload did not come with a record and has not come since. */
  static boolean has(TableReader rows, PayloadDigest digest) {
    return rows.get(StoreTables.META, key(digest)) != null;
  }

  /** The same of the store's present rows. */
  boolean has(PayloadDigest digest) {
    return any && has(engine, digest);
  }

  void begin(Batch batch, PayloadDigest digest) {
    any = true;
    batch.put(StoreTables.META, key(digest), Bytes.EMPTY);
  }

  void end(Batch batch, PayloadDigest digest) {
    if (any && batch.get(StoreTables.META, key(digest)) != null) {
      batch.delete(StoreTables.META, key(digest));
    }
  }

  /** Those that a live artifact has, by digest, behind {@code after}; at most {@code limit}. */
  List<AbsentPayload> list(@Nullable PayloadDigest after, int limit) {
    List<AbsentPayload> found = new ArrayList<>();
    if (!any) {
      return found;
    }
    Bytes from = after == null ? PREFIX : key(after).plus(Bytes.wrap(new byte[1]));
    RowSource stored = RowSource.of(engine);
    try (RowCursor rows = engine.scan(StoreTables.META, from, PREFIX.prefixEnd())) {
      while (found.size() < limit && rows.next()) {
        AbsentPayload absent = absent(stored, rows.key());
        if (absent != null) {
          found.add(absent);
        }
      }
    }
    return Collections.unmodifiableList(found);
  }

  private static @Nullable AbsentPayload absent(RowSource stored, Bytes row) {
    if (row.length() != PREFIX.length() + HashAlgorithm.DIGEST_BYTES) {
      throw StoreTables.META.damaged(row, null);
    }
    PayloadDigest digest = new PayloadDigest(row.slice(PREFIX.length()));
    List<ArtifactKey> sharers = new ArrayList<>(Facts.sharers(stored, digest));
    Collections.sort(sharers);
    for (ArtifactKey sharer : sharers) {
      LiveRow live = Facts.row(stored, sharer);
      if (live.isLive() && !PayloadStore.isHeld(stored, sharer, live)) {
        Fact.Put put = Facts.puts(stored, sharer, live, digest).get(0);
        return PayloadStore.isPlaced(stored, digest)
            ? null
            : new AbsentPayload(digest, put.payloadLength(), sharer);
      }
    }
    return null;
  }
}
