package dev.cairn.tgk.plan.run;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/**
 * Sorts records by their bytes in bounded memory: what does not fit is written to scratch files as
 * sorted runs, which are merged when they are read. Equal records all stay. One owner at a time;
 * must be closed.
 *
 * <pre>
 *   run file   record ...          record   u32be length | bytes
 * </pre>
 */
final class SpillSorter implements AutoCloseable {
  /** Runs that are read at a time; more are merged into one first. */
  private static final int RUNS_MAX = 16;

  /** What a record takes in memory beyond its bytes. */
  private static final int RECORD_OVERHEAD_BYTES = 24;

  private static final int BUFFER_BYTES = 8 << 10;

  private record Run(Path file, long bytes) {}

  private final Scratch scratch;
  private final long memoryBytesMax;
  private final List<byte[]> memory = new ArrayList<>();
  private final List<Run> runs = new ArrayList<>();
  private final List<SortedRun> open = new ArrayList<>();
  private long memoryBytes;

  SpillSorter(Scratch scratch, long memoryBytesMax) {
    this.scratch = scratch;
    this.memoryBytesMax = memoryBytesMax;
  }

  void add(byte[] record) {
    long size = (long) record.length + RECORD_OVERHEAD_BYTES;
    if (memoryBytes + size > memoryBytesMax && !memory.isEmpty()) {
      spill();
    }
    memory.add(record);
    memoryBytes += size;
  }

  /** All records in order; nothing can be added any more. */
  SortedRun sorted() {
    memory.sort(Arrays::compareUnsigned);
    List<SortedRun> sources = new ArrayList<>();
    for (Run run : runs) {
      sources.add(open(run));
    }
    sources.add(new MemoryRun(memory));
    return sources.size() == 1 ? sources.get(0) : new Merged(sources);
  }

  private void spill() {
    memory.sort(Arrays::compareUnsigned);
    if (runs.size() == RUNS_MAX) {
      mergeRuns();
    }
    runs.add(write(new MemoryRun(memory)));
    memory.clear();
    memoryBytes = 0;
  }

  private void mergeRuns() {
    List<SortedRun> sources = new ArrayList<>();
    for (Run run : runs) {
      sources.add(open(run));
    }
    Run merged = write(new Merged(sources));
    open.forEach(SortedRun::close);
    open.clear();
    for (Run run : runs) {
      scratch.drop(run.file(), run.bytes());
    }
    runs.clear();
    runs.add(merged);
  }

  private Run write(SortedRun records) {
    Path file = scratch.file();
    long bytes = 0;
    try (DataOutputStream out =
        new DataOutputStream(new BufferedOutputStream(Files.newOutputStream(file), BUFFER_BYTES))) {
      for (byte[] record = records.next(); record != null; record = records.next()) {
        scratch.reserve(Integer.BYTES + record.length);
        bytes += Integer.BYTES + record.length;
        out.writeInt(record.length);
        out.write(record);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("query: a scratch file cannot be written", e);
    }
    return new Run(file, bytes);
  }

  private SortedRun open(Run run) {
    try {
      SortedRun reader =
          new FileRun(
              new DataInputStream(
                  new BufferedInputStream(Files.newInputStream(run.file()), BUFFER_BYTES)),
              run.bytes());
      open.add(reader);
      return reader;
    } catch (IOException e) {
      throw new UncheckedIOException("query: a scratch file cannot be read", e);
    }
  }

  @Override
  public void close() {
    open.forEach(SortedRun::close);
    open.clear();
    for (Run run : runs) {
      scratch.drop(run.file(), run.bytes());
    }
    runs.clear();
    memory.clear();
  }

  private static final class MemoryRun implements SortedRun {
    private final List<byte[]> records;
    private int at;

    MemoryRun(List<byte[]> records) {
      this.records = records;
    }

    @Override
    public byte @Nullable [] next() {
      return at < records.size() ? records.get(at++) : null;
    }

    @Override
    public void close() {}
  }

  private static final class FileRun implements SortedRun {
    private final DataInputStream in;
    private long left;

    FileRun(DataInputStream in, long bytes) {
      this.in = in;
      this.left = bytes;
    }

    @Override
    public byte @Nullable [] next() {
      if (left == 0) {
        return null;
      }
      try {
        byte[] record = new byte[in.readInt()];
        in.readFully(record);
        left -= Integer.BYTES + record.length;
        return record;
      } catch (IOException e) {
        throw new UncheckedIOException("query: a scratch file cannot be read", e);
      }
    }

    @Override
    public void close() {
      try {
        in.close();
      } catch (IOException e) {
        throw new UncheckedIOException("query: a scratch file cannot be closed", e);
      }
    }
  }

  private static final class Merged implements SortedRun {
    /** The first record of a run that was not given yet. */
    private static final class Head {
      static final Comparator<Head> ORDER =
          Comparator.<Head, byte[]>comparing(head -> head.record, Arrays::compareUnsigned)
              .thenComparingInt(head -> head.order);

      final byte[] record;
      final SortedRun run;
      final int order;

      Head(byte[] record, SortedRun run, int order) {
        this.record = record;
        this.run = run;
        this.order = order;
      }
    }

    private final PriorityQueue<Head> heads = new PriorityQueue<>(Head.ORDER);

    Merged(List<SortedRun> runs) {
      for (int i = 0; i < runs.size(); i++) {
        offer(runs.get(i), i);
      }
    }

    private void offer(SortedRun run, int order) {
      byte[] record = run.next();
      if (record != null) {
        heads.add(new Head(record, run, order));
      }
    }

    @Override
    public byte @Nullable [] next() {
      Head head = heads.poll();
      if (head == null) {
        return null;
      }
      offer(head.run, head.order);
      return head.record;
    }

    @Override
    public void close() {}
  }
}
