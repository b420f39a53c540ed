package dev.cairn.tgk.plan.run;

import dev.cairn.asl.bytes.Bytes;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Paths and what is known of each, in bounded memory: what does not fit is written to scratch files
 * as sorted runs, in which a path is found by halving. A path's first value stays. One owner at a
 * time; must be closed.
 *
 * <pre>
 *   run file   entry ...           entry   path 34 | value, of one length
 * </pre>
 */
final class SpillMap implements AutoCloseable {
  /** Runs that are looked through; more are merged into one. */
  private static final int RUNS_MAX = 8;

  /** What an entry takes in memory beyond its value: path, two objects, an entry of the map. */
  private static final int ENTRY_OVERHEAD_BYTES = 160;

  private static final int BUFFER_BYTES = 8 << 10;

  /** A run that is open for reading. Not a channel: an interrupt would close that. */
  private record Run(Path file, RandomAccessFile in, long entries) {}

  private final Scratch scratch;
  private final long memoryBytesMax;
  private final int valueBytes;
  private final Map<Bytes, byte[]> memory = new HashMap<>();
  private final List<Run> runs = new ArrayList<>();

  SpillMap(Scratch scratch, long memoryBytesMax, int valueBytes) {
    this.scratch = scratch;
    this.memoryBytesMax = memoryBytesMax;
    this.valueBytes = valueBytes;
  }

  /** Adds a path unless it is there; true if it was not. */
  boolean add(byte[] path, byte[] value) {
    Bytes key = Bytes.wrap(path);
    if (memory.containsKey(key) || inRuns(path) != null) {
      return false;
    }
    if ((memory.size() + 1L) * (ENTRY_OVERHEAD_BYTES + valueBytes) > memoryBytesMax
        && !memory.isEmpty()) {
      spill();
    }
    memory.put(key, value);
    return true;
  }

  /** The value of a path; null if it is not there. */
  byte @Nullable [] get(byte[] path) {
    byte[] value = memory.get(Bytes.wrap(path));
    return value != null ? value : inRuns(path);
  }

  private byte @Nullable [] inRuns(byte[] path) {
    for (Run run : runs) {
      byte[] value = find(run, path);
      if (value != null) {
        return value;
      }
    }
    return null;
  }

  private byte @Nullable [] find(Run run, byte[] path) {
    byte[] entry = new byte[OrderedBytes.PATH_BYTES + valueBytes];
    long low = 0;
    long high = run.entries();
    try {
      while (low < high) {
        long middle = (low + high) >>> 1;
        run.in().seek(middle * entry.length);
        run.in().readFully(entry);
        int order =
            Arrays.compareUnsigned(
                entry, 0, OrderedBytes.PATH_BYTES, path, 0, OrderedBytes.PATH_BYTES);
        if (order == 0) {
          return Arrays.copyOfRange(entry, OrderedBytes.PATH_BYTES, entry.length);
        }
        if (order < 0) {
          low = middle + 1;
        } else {
          high = middle;
        }
      }
      return null;
    } catch (IOException e) {
      throw new UncheckedIOException("query: a scratch file cannot be read", e);
    }
  }

  private void spill() {
    List<SortedRun> sources = new ArrayList<>();
    sources.add(memoryRun());
    boolean merge = runs.size() == RUNS_MAX;
    if (merge) {
      runs.forEach(run -> sources.add(reader(run)));
    }
    Run written = write(sources);
    if (merge) {
      dropRuns();
    }
    runs.add(written);
    memory.clear();
  }

  private SortedRun memoryRun() {
    TreeMap<Bytes, byte[]> sorted = new TreeMap<>(memory);
    return new SortedRun() {
      @Override
      public byte @Nullable [] next() {
        Map.Entry<Bytes, byte[]> entry = sorted.pollFirstEntry();
        return entry == null
            ? null
            : OrderedBytes.concat(entry.getKey().toArray(), entry.getValue());
      }

      @Override
      public void close() {}
    };
  }

  private SortedRun reader(Run run) {
    return new SortedRun() {
      private long at;

      @Override
      public byte @Nullable [] next() {
        if (at == run.entries()) {
          return null;
        }
        byte[] entry = new byte[OrderedBytes.PATH_BYTES + valueBytes];
        try {
          run.in().seek(at++ * entry.length);
          run.in().readFully(entry);
        } catch (IOException e) {
          throw new UncheckedIOException("query: a scratch file cannot be read", e);
        }
        return entry;
      }

      @Override
      public void close() {}
    };
  }

  private Run write(List<SortedRun> sources) {
    Path file = scratch.file();
    List<byte @Nullable []> heads = new ArrayList<>();
    sources.forEach(source -> heads.add(source.next()));
    long entries = 0;
    try (OutputStream out = new BufferedOutputStream(Files.newOutputStream(file), BUFFER_BYTES)) {
      for (int least = least(heads); least >= 0; least = least(heads)) {
        byte[] entry = Objects.requireNonNull(heads.get(least));
        scratch.reserve(entry.length);
        out.write(entry);
        entries++;
        heads.set(least, sources.get(least).next());
      }
    } catch (IOException e) {
      throw new UncheckedIOException("query: a scratch file cannot be written", e);
    }
    try {
      return new Run(file, new RandomAccessFile(file.toFile(), "r"), entries);
    } catch (IOException e) {
      throw new UncheckedIOException("query: a scratch file cannot be read", e);
    }
  }

  private static int least(List<byte @Nullable []> heads) {
    int least = -1;
    byte[] smallest = null;
    for (int i = 0; i < heads.size(); i++) {
      byte[] head = heads.get(i);
      if (head != null && (smallest == null || Arrays.compareUnsigned(head, smallest) < 0)) {
        smallest = head;
        least = i;
      }
    }
    return least;
  }

  private void dropRuns() {
    try {
      for (Run run : runs) {
        run.in().close();
        scratch.drop(run.file(), run.entries() * (OrderedBytes.PATH_BYTES + valueBytes));
      }
      runs.clear();
    } catch (IOException e) {
      throw new UncheckedIOException("query: a scratch file cannot be closed", e);
    }
  }

  @Override
  public void close() {
    dropRuns();
    memory.clear();
  }
}
