package dev.cairn.bench.speed;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.rocksdb.ColumnFamilyHandle;
import org.rocksdb.RocksDBException;
import org.rocksdb.TransactionLogIterator;
import org.rocksdb.WriteBatch;

/**
 * What a store wrote: every batch with its rows, read back from the write-ahead log of a store that
 * has just been written to and is still open. So a floor follows the store's layout by itself.
 *
 * <p>Rows that never pass the log, such as the bytes of large payloads, are not in it.
 *
 * @param batches in the order of writing
 */
record WriteTrace(List<List<Op>> batches) {
  /** What is done to a row. */
  enum Kind {
    PUT,
    DELETE
  }

  /** One row's change; its bytes are never written to. */
  static final class Op {
    private final Kind kind;
    private final String family;
    private final byte[] key;
    private final byte[] value;

    Op(Kind kind, String family, byte[] key, byte[] value) {
      this.kind = kind;
      this.family = family;
      this.key = key;
      this.value = value;
    }

    Kind kind() {
      return kind;
    }

    String family() {
      return family;
    }

    byte[] key() {
      return key;
    }

    /** Empty for a delete. */
    byte[] value() {
      return value;
    }

    long bytes() {
      return key.length + (long) value.length;
    }
  }

  /** Reads the last {@code count} batches of a database that another handle has open. */
  static WriteTrace last(Path database, int count) throws RocksDBException {
    try (RawDatabase raw = RawDatabase.beside(database)) {
      Map<Integer, String> families = new HashMap<>();
      for (ColumnFamilyHandle family : raw.families().values()) {
        families.put(family.getID(), new String(family.getName(), StandardCharsets.UTF_8));
      }
      List<List<Op>> all = new ArrayList<>();
      try (TransactionLogIterator log = raw.database().getUpdatesSince(0)) {
        while (log.isValid()) {
          try (WriteBatch batch = log.getBatch().writeBatch();
              Reader reader = new Reader(families)) {
            batch.iterate(reader);
            all.add(reader.ops);
          }
          log.next();
        }
      }
      if (all.size() < count) {
        throw new IllegalStateException("only " + all.size() + " batches in the log of " + count);
      }
      return new WriteTrace(List.copyOf(all.subList(all.size() - count, all.size())));
    }
  }

  /** Changes a batch, on average. */
  double opsPerBatch() {
    return batches.stream().mapToInt(List::size).average().orElse(0);
  }

  /** Bytes of keys and values a batch, on average. */
  double bytesPerBatch() {
    return batches.stream()
        .mapToLong(batch -> batch.stream().mapToLong(Op::bytes).sum())
        .average()
        .orElse(0);
  }

  /** What a batch of {@code artifacts} holds, for people. */
  String describe(int artifacts) {
    Map<String, long[]> sums = new TreeMap<>();
    for (List<Op> batch : batches) {
      for (Op op : batch) {
        long[] sum = sums.computeIfAbsent(op.family, ignored -> new long[3]);
        sum[0]++;
        sum[1] += op.key.length;
        sum[2] += op.value.length;
      }
    }
    List<String> parts = new ArrayList<>();
    sums.forEach(
        (family, sum) ->
            parts.add(
                Report.text(
                    "%s %.3f (%d+%d B)",
                    family,
                    sum[0] / (double) batches.size() / artifacts,
                    sum[1] / sum[0],
                    sum[2] / sum[0])));
    return Report.text(
        "%.2f rows, %.0f B an artifact: %s",
        opsPerBatch() / artifacts, bytesPerBatch() / artifacts, String.join(", ", parts));
  }

  /** Gathers one batch. */
  private static final class Reader extends WriteBatch.Handler {
    private final Map<Integer, String> families;
    private final List<Op> ops = new ArrayList<>();

    Reader(Map<Integer, String> families) {
      this.families = families;
    }

    private void add(Kind kind, int family, byte[] key, byte[] value) {
      ops.add(new Op(kind, families.getOrDefault(family, "default"), key, value));
    }

    @Override
    public void put(int family, byte[] key, byte[] value) {
      add(Kind.PUT, family, key, value);
    }

    @Override
    public void put(byte[] key, byte[] value) {
      add(Kind.PUT, 0, key, value);
    }

    @Override
    public void delete(int family, byte[] key) {
      add(Kind.DELETE, family, key, new byte[0]);
    }

    @Override
    public void delete(byte[] key) {
      add(Kind.DELETE, 0, key, new byte[0]);
    }

    @Override
    public void singleDelete(int family, byte[] key) {
      add(Kind.DELETE, family, key, new byte[0]);
    }

    @Override
    public void singleDelete(byte[] key) {
      add(Kind.DELETE, 0, key, new byte[0]);
    }

    @Override
    public void merge(int family, byte[] key, byte[] value) {
      throw unexpected("merge");
    }

    @Override
    public void merge(byte[] key, byte[] value) {
      throw unexpected("merge");
    }

    @Override
    public void deleteRange(int family, byte[] from, byte[] to) {
      throw unexpected("range deletion");
    }

    @Override
    public void deleteRange(byte[] from, byte[] to) {
      throw unexpected("range deletion");
    }

    private static IllegalStateException unexpected(String what) {
      return new IllegalStateException("the floor cannot imitate a " + what);
    }

    @Override
    public void logData(byte[] blob) {}

    @Override
    public void putBlobIndex(int family, byte[] key, byte[] value) {
      throw unexpected("blob index");
    }

    @Override
    public void markBeginPrepare() {}

    @Override
    public void markEndPrepare(byte[] xid) {}

    @Override
    public void markNoop(boolean emptyBatch) {}

    @Override
    public void markRollback(byte[] xid) {}

    @Override
    public void markCommit(byte[] xid) {}

    @Override
    public void markCommitWithTimestamp(byte[] xid, byte[] timestamp) {}
  }
}
