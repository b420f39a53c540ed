package dev.cairn.tgk.segment;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.tgk.segment.Layout.Section;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.CRC32C;

/**
 * Writes edges as a segment: the same edges under the same snapshot give the same bytes. Memory: 12
 * bytes an edge and direction at a time, beside the edges themselves. Used once.
 */
public final class SegmentWriter {
  /** Longest segment: a file that is mapped in one piece. More edges are walked by rows. */
  public static final long SEGMENT_BYTES_MAX = Integer.MAX_VALUE;

  private final LiveEdges edges;
  private final Bytes snapshot;
  private final int nodes;
  private final int arcWidth;
  private final int typeWidth;
  private final ByteBuffer head = ByteBuffer.allocate(Layout.HEAD_BYTES);

  /** Length of the file so far; also of what it will be, if nothing was written yet. */
  private long length;

  /**
   * A writer.
   *
   * @param snapshot payload of the snapshot whose live edges these are; empty for a segment that
   *     stays in memory
   */
  public SegmentWriter(LiveEdges edges, Bytes snapshot) {
    this.edges = edges;
    this.snapshot = snapshot;
    this.nodes = edges.nodes.size();
    this.arcWidth = Layout.arcWidth(nodes, edges.hyperedges.size());
    this.typeWidth = Layout.width(edges.types.size());
  }

  /** The segment in memory outside the heap, read as a mapped one is. */
  public Segment toMemory() {
    ByteBuffer bytes = ByteBuffer.allocateDirect(Math.toIntExact(checkedBound()));
    try {
      write((part, at) -> bytes.duplicate().position(Math.toIntExact(at)).put(part));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Segment.read(bytes.slice(0, Math.toIntExact(length)), "a segment in memory");
  }

  /**
   * An upper bound of the file's length.
   *
   * @throws RefusedException if it is past {@link #SEGMENT_BYTES_MAX}
   */
  public long checkedBound() {
    long ends = 0;
    for (Hyperedge hyperedge : edges.hyperedges) {
      ends += hyperedge.from.length + hyperedge.to.length;
    }
    long arcs = 2L * edges.edges + ends;
    long starts = Layout.blocks(nodes) * (Integer.BYTES + 2L * Layout.BLOCK_NODES);
    long wide = arcs / Layout.RELATIVE_MAX * Layout.BLOCK_NODES * Integer.BYTES;
    long bound =
        Layout.HEAD_BYTES
            + snapshot.length()
            + edges.types.size() * 132L
            + 64
            + nodes * (32L + 4)
            + 2L * Integer.BYTES * 4
            + 2 * starts
            + wide
            + arcs * (arcWidth + typeWidth)
            + edges.hyperedges.size() * 12L
            + Integer.BYTES
            + ends * Integer.BYTES
            + Layout.TRAILER_BYTES;
    if (bound > SEGMENT_BYTES_MAX || arcs > Integer.MAX_VALUE) {
      throw new RefusedException(
          "graph segment: " + edges.count() + " edges take more than " + SEGMENT_BYTES_MAX);
    }
    return bound;
  }

  /** Writes all of it; its length. */
  long write(SegmentSink.Target target) throws IOException {
    checkedBound();
    SegmentSink out = new SegmentSink(target, Layout.HEAD_BYTES);
    section(out, Section.SNAPSHOT, () -> bytes(out, snapshot));
    section(out, Section.TYPES, () -> types(out));
    section(out, Section.RUNS, () -> runs(out));
    section(out, Section.DIRECTORY, () -> directory(out));
    section(out, Section.KEYS, () -> keys(out));
    Arcs up = new Arcs(true);
    section(out, Section.UP_STARTS, () -> up.starts(out));
    section(out, Section.UP_ARCS, () -> up.arcs(out));
    section(out, Section.UP_TYPES, () -> up.types(out));
    int upCount = up.count();
    up.forget();
    Arcs down = new Arcs(false);
    section(out, Section.DOWN_STARTS, () -> down.starts(out));
    section(out, Section.DOWN_ARCS, () -> down.arcs(out));
    section(out, Section.DOWN_TYPES, () -> down.types(out));
    section(out, Section.HYPEREDGES, () -> hyperedges(out));
    length = out.at() + Layout.TRAILER_BYTES;
    out.finish(head(upCount, down.count()));
    return length;
  }

  /** Writes one section's bytes. */
  private interface Body {
    void write() throws IOException;
  }

  private void section(SegmentSink out, Section section, Body body) throws IOException {
    long from = out.at();
    body.write();
    int crc = out.endSection();
    head.position(section.entryAt());
    head.putInt(section.number()).putInt(crc).putLong(from).putLong(out.at() - from);
  }

  private ByteBuffer head(int upArcs, int downArcs) {
    head.position(0);
    head.put(Layout.MAGIC.toArray());
    head.putShort((short) Layout.VERSION).putShort((short) Layout.SECTIONS);
    head.putInt(Layout.HEAD_BYTES).putLong(length);
    head.putInt(nodes).putInt(upArcs).putInt(downArcs);
    head.putInt(edges.edges).putInt(edges.hyperedges.size()).putInt(edges.types.size());
    CRC32C crc = new CRC32C();
    crc.update(head.duplicate().position(0).limit(Layout.HEAD_CRC_AT));
    head.putInt(Layout.HEAD_CRC_AT, (int) crc.getValue());
    return head.position(0);
  }

  private static void bytes(SegmentSink out, Bytes bytes) throws IOException {
    out.bytes(bytes.toArray(), 0, bytes.length());
  }

  private void types(SegmentSink out) throws IOException {
    int[] counts = new int[edges.types.size()];
    for (int i = 0; i < edges.edges; i++) {
      counts[edges.type[i]]++;
    }
    edges.hyperedges.forEach(hyperedge -> counts[hyperedge.type]++);
    for (int i = 0; i < counts.length; i++) {
      byte[] text = edges.types.get(i).getBytes(StandardCharsets.US_ASCII);
      out.u32(counts[i]);
      out.u8(text.length);
      out.bytes(text, 0, text.length);
    }
  }

  // ---- node dictionary

  private int runEnd(int from) {
    int id = edges.nodes.hashId(from);
    int low = from;
    int high = nodes;
    while (low < high) {
      int middle = (low + high) >>> 1;
      if (edges.nodes.hashId(middle) == id) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }

  private void runs(SegmentSink out) throws IOException {
    for (int from = 0; from < nodes; from = runEnd(from)) {
      out.u16(edges.nodes.hashId(from));
      out.u32(runEnd(from) - from);
    }
  }

  private void directory(SegmentSink out) throws IOException {
    for (int from = 0; from < nodes; from = runEnd(from)) {
      int end = runEnd(from);
      int prefixBytes = Layout.directoryBytes(end - from);
      int node = from;
      for (int bucket = 0; bucket < Layout.directorySize(prefixBytes); bucket++) {
        while (node < end && edges.nodes.digestPrefix(node, prefixBytes) < bucket) {
          node++;
        }
        out.u32(node - from);
      }
    }
  }

  private void keys(SegmentSink out) throws IOException {
    for (int from = 0; from < nodes; from = runEnd(from)) {
      int end = runEnd(from);
      int skip = 2 + Layout.directoryBytes(end - from);
      for (int node = from; node < end; node++) {
        out.bytes(edges.nodes.chunk(node), edges.nodes.at(node) + skip, ArtifactKey.BYTES - skip);
      }
    }
  }

  // ---- adjacency

  /** The arcs of one direction, sorted. */
  private final class Arcs {
    /** Where each node's arcs begin. */
    private final int[] starts = new int[nodes + 1];

    /** Far node or hyperedge in the high half, type in the low one. */
    private long[] sorted;

    Arcs(boolean up) {
      int[] near = up ? edges.to : edges.from;
      int[] far = up ? edges.from : edges.to;
      count(near, up);
      sorted = new long[starts[nodes]];
      int[] next = Arrays.copyOf(starts, nodes);
      for (int i = 0; i < edges.edges; i++) {
        sorted[next[near[i]]++] = (long) far[i] << Integer.SIZE | edges.type[i];
      }
      for (int i = 0; i < edges.hyperedges.size(); i++) {
        Hyperedge hyperedge = edges.hyperedges.get(i);
        for (int node : up ? hyperedge.to : hyperedge.from) {
          sorted[next[node]++] = (long) (nodes + i) << Integer.SIZE | hyperedge.type;
        }
      }
      for (int node = 0; node < nodes; node++) {
        if (starts[node + 1] - starts[node] > 1) {
          Arrays.sort(sorted, starts[node], starts[node + 1]);
        }
      }
    }

    private void count(int[] near, boolean up) {
      for (int i = 0; i < edges.edges; i++) {
        starts[near[i] + 1]++;
      }
      for (Hyperedge hyperedge : edges.hyperedges) {
        for (int node : up ? hyperedge.to : hyperedge.from) {
          starts[node + 1]++;
        }
      }
      for (int node = 0; node < nodes; node++) {
        starts[node + 1] += starts[node];
      }
    }

    int count() {
      return starts[nodes];
    }

    void forget() {
      sorted = new long[0];
    }

    void starts(SegmentSink out) throws IOException {
      int blocks = Layout.blocks(nodes);
      int wide = 0;
      for (int block = 0; block < blocks; block++) {
        out.u32(isWide(block) ? 1 << 31 | wide++ : first(block));
      }
      for (int block = 0; block < blocks; block++) {
        for (int i = 0; i < Layout.BLOCK_NODES; i++) {
          out.u16(isWide(block) ? 0 : start(block, i) - first(block));
        }
      }
      for (int block = 0; block < blocks; block++) {
        for (int i = 0; i < Layout.BLOCK_NODES && isWide(block); i++) {
          out.u32(start(block, i));
        }
      }
    }

    private boolean isWide(int block) {
      return start(block, Layout.BLOCK_NODES - 1) - first(block) > Layout.RELATIVE_MAX;
    }

    private int first(int block) {
      return start(block, 0);
    }

    /** Places behind the last node repeat the end. */
    private int start(int block, int i) {
      return starts[Math.min(nodes, block * Layout.BLOCK_NODES + i)];
    }

    void arcs(SegmentSink out) throws IOException {
      for (long arc : sorted) {
        out.number((int) (arc >>> Integer.SIZE), arcWidth);
      }
    }

    void types(SegmentSink out) throws IOException {
      for (int i = 0; i < sorted.length && typeWidth > 0; i++) {
        out.number((int) sorted[i], typeWidth);
      }
    }
  }

  private void hyperedges(SegmentSink out) throws IOException {
    int end = 0;
    for (Hyperedge hyperedge : edges.hyperedges) {
      out.u32(end);
      out.u32(hyperedge.from.length);
      out.u32(hyperedge.type);
      end += hyperedge.from.length + hyperedge.to.length;
    }
    out.u32(end);
    for (Hyperedge hyperedge : edges.hyperedges) {
      for (int node : hyperedge.from) {
        out.u32(node);
      }
      for (int node : hyperedge.to) {
        out.u32(node);
      }
    }
  }
}
