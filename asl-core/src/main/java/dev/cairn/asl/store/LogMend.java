package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.merkle.CompactRange;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.note.Checkpoint;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Puts records right that are not what the origin of their log signed.
 *
 * <p>A log is walked from checkpoint to checkpoint. Where the records of a stretch, on top of all
 * that lies before it, do not give the root that the checkpoint at its end signs, or cannot be
 * read, the whole stretch is asked of the sources, and written only if it gives that root: so
 * nothing is written that the origin did not sign, whoever sent it. Behind a stretch that no source
 * has nothing can be verified, and nothing is changed. Records behind the last checkpoint are
 * signed by nobody and stay as they are.
 *
 * <p>Memory: one stretch, of {@link Store#STRETCH_RECORDS_MAX} records at most; a longer one stays
 * as it is. One owner at a time, on an engine that nobody else uses.
 */
final class LogMend {
  private final StorageEngine engine;
  private final StoreConfig config;
  private final List<RepairSource> sources;

  LogMend(StorageEngine engine, StoreConfig config, List<RepairSource> sources) {
    this.engine = engine;
    this.config = config;
    this.sources = sources;
  }

  /** Mends a log; true if anything was written. */
  boolean run(Origin origin) {
    CompactRange range = new CompactRange();
    boolean mended = false;
    for (Checkpoint checkpoint : signed(origin).values()) {
      @Nullable Bytes[] held = held(origin, range.size(), checkpoint);
      if (held == null) {
        return mended;
      }
      CompactRange whole = extended(range, Arrays.asList(held), checkpoint);
      if (whole == null) {
        whole = replace(origin, range, held, checkpoint);
        if (whole == null) {
          return mended;
        }
        mended = true;
      }
      range = whole;
    }
    return mended;
  }

  /** Checkpoints within the log that verify, by size; those that were damaged come from sources. */
  private SortedMap<Long, Checkpoint> signed(Origin origin) {
    SortedMap<Long, Checkpoint> signed = new TreeMap<>();
    Optional<PublicKey> key = key(origin.node());
    long size = engine.head(origin.bytes());
    if (key.isEmpty()) {
      return signed;
    }
    try (RowCursor rows = engine.scanPrefix(StoreTables.CHECKPOINT, origin.bytes())) {
      while (rows.next()) {
        boolean named = rows.key().length() == Origin.BYTES + Long.BYTES;
        long at = named ? rows.key().u64At(Origin.BYTES) : 0;
        if (at > 0 && at <= size) {
          verified(rows.value(), origin, at, key.get())
              .or(() -> fromSources(origin, at, key.get()))
              .ifPresent(checkpoint -> signed.put(at, checkpoint));
        }
      }
    } catch (DamagedException e) {
      // With those that could be read the log can be mended up to the last of them.
      CheckFindings.describe(e);
    }
    return signed;
  }

  private Optional<PublicKey> key(NodeId node) {
    PublicKey own = config.key().publicKey();
    if (NodeId.of(own).equals(node)) {
      return Optional.of(own);
    }
    return storedKey(node)
        .or(() -> sources.stream().flatMap(source -> source.key(node).stream()).findFirst())
        .filter(key -> NodeId.of(key).equals(node));
  }

  private Optional<PublicKey> storedKey(NodeId node) {
    try {
      return Optional.ofNullable(engine.get(StoreTables.NODE, node.digest()))
          .map(PublicKey::of)
          .filter(key -> NodeId.of(key).equals(node));
    } catch (CairnException e) {
      CheckFindings.describe(e);
      return Optional.empty();
    }
  }

  private Optional<Checkpoint> fromSources(Origin origin, long size, PublicKey key) {
    return sources.stream()
        .flatMap(source -> source.checkpoint(origin, size).stream())
        .flatMap(note -> verified(note, origin, size, key).stream())
        .findFirst();
  }

  private Optional<Checkpoint> verified(Bytes note, Origin origin, long size, PublicKey key) {
    try {
      return Optional.of(Checkpoint.verify(note, origin, config.federation(), key))
          .filter(checkpoint -> checkpoint.treeSize() == size);
    } catch (CairnException e) {
      CheckFindings.describe(e);
      return Optional.empty();
    }
  }

  /** Records of a stretch as they lie there; null if the stretch is too long to be mended. */
  private @Nullable Bytes @Nullable [] held(Origin origin, long from, Checkpoint checkpoint) {
    long count = checkpoint.treeSize() - from;
    if (count > Store.STRETCH_RECORDS_MAX) {
      return null;
    }
    @Nullable Bytes[] held = new Bytes[(int) count];
    try (RowCursor rows = engine.records(origin.bytes(), from, checkpoint.treeSize())) {
      while (rows.next()) {
        held[(int) (rows.key().u64At(0) - from)] = rows.value();
      }
    } catch (DamagedException e) {
      // What could not be read is missing.
      CheckFindings.describe(e);
    }
    return held;
  }

  /** The log with a stretch behind it; null if that is not what was signed. */
  private static @Nullable CompactRange extended(
      CompactRange before, List<? extends @Nullable Bytes> records, Checkpoint checkpoint) {
    if (before.size() + records.size() != checkpoint.treeSize()) {
      return null;
    }
    CompactRange range = before.copy();
    for (Bytes record : records) {
      if (record == null) {
        return null;
      }
      range.append(TreeHasher.leaf(record));
    }
    return range.root().equals(checkpoint.root()) ? range : null;
  }

  private @Nullable CompactRange replace(
      Origin origin, CompactRange before, @Nullable Bytes[] held, Checkpoint checkpoint) {
    for (RepairSource source : sources) {
      List<Bytes> found = source.records(origin, before.size(), checkpoint.treeSize());
      CompactRange range = extended(before, found, checkpoint);
      if (range != null) {
        engine.replaceRecords(origin.bytes(), differing(before.size(), held, found));
        return range;
      }
    }
    return null;
  }

  private static SortedMap<Long, Bytes> differing(
      long first, @Nullable Bytes[] held, List<Bytes> found) {
    SortedMap<Long, Bytes> records = new TreeMap<>();
    for (int i = 0; i < held.length; i++) {
      if (!found.get(i).equals(held[i])) {
        records.put(first + i, Bytes.wrap(found.get(i).toArray()));
      }
    }
    return records;
  }
}
