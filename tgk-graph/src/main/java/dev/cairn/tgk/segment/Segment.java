package dev.cairn.tgk.segment;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.segment.Layout.Section;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The live edges under one cut, read where they lie: a mapped file, or memory outside the heap.
 *
 * <p>Nodes are numbered in the order of their keys. An <em>arc</em> leads from a node to what lies
 * at the other side of one of its edges: a number below {@link #nodes} is the one node there, a
 * number from there on, less {@link #nodes}, is a hyperedge. A node has one arc for each live edge
 * that it is an effect of ({@link #up}), and one for each that it is a cause of ({@link #down}), in
 * order of numbers, then of types. Edges have no names here: which they are is told by rows.
 *
 * <p>What it costs. With N nodes and E edges of one cause and one effect, a file takes 32 - d bytes
 * a node (d leading bytes of a digest stand in the directory, which takes at most one byte a node),
 * twice 2.25 bytes a node for starts, and twice w bytes an edge, where 256^w numbers suffice: 23.5
 * MB for E = 1,000,000 and N = 500,000. A walk reads, for each node, two starts (four numbers in
 * two places), then its arcs from one place, and a bit of the visited set for each arc: two random
 * accesses a node and one an edge. On the heap nothing is kept for an edge, but for segments that
 * are walked more than once or twice and have at most {@link #UNPACKED_MAX} nodes and arcs: 4 bytes
 * for each of a direction, and 8 more for each node once they are walked much.
 *
 * <p>Everything is verified when it is opened, in one pass over the bytes, which {@link
 * SegmentWriter#SEGMENT_BYTES_MAX} bounds. Immutable; safe for any thread.
 */
public final class Segment {
  private final ByteBuffer bytes;
  private final String where;
  private final int nodes;
  private final int edges;
  private final int hyperedges;
  private final int hyperedgesAt;
  private final int hyperedgeEndsAt;
  private final Bytes snapshot;
  private final List<Run> runs;
  private final List<EdgeType> types;
  private final int[] typeCounts;
  private final Side up;
  private final Side down;

  /** Keys of one hash function. */
  private record Run(
      int hashId, int first, int count, int prefixBytes, int directoryAt, int keysAt) {
    int keyBytes() {
      return HashAlgorithm.DIGEST_BYTES - prefixBytes;
    }
  }

  /** Most nodes and arcs of a direction that are unpacked: 192 MiB at most, 128 as a rule. */
  public static final long UNPACKED_MAX = 16L << 20;

  /** A type takes its count and the length of its name at least. */
  private static final int TYPE_BYTES_MIN = Integer.BYTES + 1;

  /** A direction is unpacked once walks have followed this part of its nodes and arcs. */
  static final int UNPACKED_AFTER = 256;

  /**
   * And its nodes put in order once walks have followed this part: that takes ten times as long.
   */
  static final int ORDERED_AFTER = 16;

  /** A node that at least so many arcs lead to is a hub. */
  static final int HUB_ARCS_MIN = 8;

  /**
   * Arcs of one direction on the heap: 4 bytes for each arc and each node, and 8 more for each node
   * where nodes have places of their own. Walks run two to three times as fast on them.
   *
   * @param starts of the arcs of the node at each place, and the end of the last one's
   * @param arcs where they lead: a place, or a hyperedge as everywhere
   * @param order where nodes have places of their own; else a node's place is its number
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Unpacked(int[] starts, int[] arcs, @Nullable Order order) {
    /** Place of a node. */
    public int placeOf(int node) {
      return order == null || node >= order.placeOf.length ? node : order.placeOf[node];
    }

    /** The node at a place. */
    public int nodeAt(int place) {
      return order == null || place >= order.nodeAt.length ? place : order.nodeAt[place];
    }
  }

  /**
   * An order of nodes. Numbers that are no node's stand for themselves.
   *
   * @param nodeAt number of the node at each place
   * @param placeOf place of each node
   */
  @SuppressWarnings("ArrayRecordComponent")
  public record Order(int[] nodeAt, int[] placeOf) {}

  /** The arcs of one direction. */
  public final class Side {
    private final int anchorsAt;
    private final int relativesAt;
    private final int wideAt;
    private final int arcs;
    private final int arcsAt;
    private final int arcWidth;
    private final int arcShift;
    private final int typesAt;
    private final int typeWidth;
    private final AtomicBoolean unpacking = new AtomicBoolean();
    private volatile @Nullable Unpacked unpacked;

    /** A hint, not a count: threads may overwrite each other. */
    private long followed;

    private Side(int startsAt, int arcs, int arcsAt, int arcWidth, int typesAt, int typeWidth) {
      int blocks = Layout.blocks(nodes);
      this.anchorsAt = startsAt;
      this.relativesAt = startsAt + blocks * Integer.BYTES;
      this.wideAt = relativesAt + blocks * Layout.BLOCK_NODES * Short.BYTES;
      this.arcs = arcs;
      this.arcsAt = arcsAt;
      this.arcWidth = arcWidth;
      this.arcShift = Integer.SIZE - Byte.SIZE * arcWidth;
      this.typesAt = typesAt;
      this.typeWidth = typeWidth;
    }

    /** Number of the first arc of a node, or of the first behind all if there is no such node. */
    public int start(int node) {
      int block = node >>> Layout.BLOCK_SHIFT;
      int anchor = bytes.getInt(anchorsAt + block * Integer.BYTES);
      return anchor >= 0
          ? anchor + (bytes.getShort(relativesAt + node * Short.BYTES) & 0xffff)
          : wideStart(anchor & Integer.MAX_VALUE, node);
    }

    private int wideStart(int wide, int node) {
      int place = wide * Layout.BLOCK_NODES + (node & (Layout.BLOCK_NODES - 1));
      return bytes.getInt(wideAt + place * Integer.BYTES);
    }

    /**
     * The same arcs in arrays on the heap: made once walks have followed a part of as many as there
     * are, if that are not too many, and again in a better order once they have followed more; else
     * null. One thread makes them, others go on with what there is.
     */
    public @Nullable Unpacked unpacked() {
      Unpacked made = unpacked;
      int part = made == null ? UNPACKED_AFTER : ORDERED_AFTER;
      boolean done = made != null && made.order != null;
      if (done || followed < ((long) nodes + arcs) / part || !isSmall()) {
        return made;
      }
      if (unpacking.compareAndSet(false, true)) {
        try {
          made = better(unpacked, part == ORDERED_AFTER);
          unpacked = made;
        } finally {
          unpacking.set(false);
        }
      }
      return made;
    }

    /** What to put in the place of what is there, which another thread may have made meanwhile. */
    private Unpacked better(@Nullable Unpacked there, boolean ordered) {
      if (there != null && (!ordered || there.order != null)) {
        return there;
      }
      return unpack(ordered ? order() : null);
    }

    private Unpacked unpack(@Nullable Order order) {
      int[] starts = new int[nodes + 1];
      int[] places = new int[arcs];
      int count = 0;
      for (int place = 0; place < nodes; place++) {
        int node = order == null ? place : order.nodeAt[place];
        int end = start(node + 1);
        for (int i = start(node); i < end; i++) {
          int far = arc(i);
          places[count++] = order == null || far >= nodes ? far : order.placeOf[far];
        }
        starts[place + 1] = count;
      }
      return new Unpacked(starts, places, order);
    }

    /**
     * Hubs first, the greater the sooner: walks meet them again and again, and few lines of a cache
     * hold them. The rest in the order in which a walk against this direction meets it that begins
     * at all nodes without arcs: what walks reach together lies together.
     */
    private Order order() {
      int[] met = meetings();
      Side back = this == up ? down : up;
      int[] classes = new int[Integer.SIZE + 1];
      for (int node = 0; node < nodes; node++) {
        classes[hubClass(back, node)]++;
      }
      int before = 0;
      for (int i = Integer.SIZE; i >= 0; i--) {
        int count = classes[i];
        classes[i] = before;
        before += count;
      }
      int[] nodeAt = new int[nodes];
      int[] placeOf = new int[nodes];
      for (int node : met) {
        int place = classes[hubClass(back, node)]++;
        nodeAt[place] = node;
        placeOf[node] = place;
      }
      return new Order(nodeAt, placeOf);
    }

    /** Binary digits of how many arcs lead back from a node; 0 for all that is no hub. */
    private static int hubClass(Side back, int node) {
      int degree = back.start(node + 1) - back.start(node);
      return degree < HUB_ARCS_MIN ? 0 : Integer.SIZE - Integer.numberOfLeadingZeros(degree);
    }

    private int[] meetings() {
      int[] order = new int[nodes];
      long[] met = new long[(nodes >>> 6) + 1];
      int count = 0;
      for (int node = 0; node < nodes; node++) {
        if (start(node) == start(node + 1)) {
          met[node >>> 6] |= 1L << node;
          order[count++] = node;
        }
      }
      Side back = this == up ? down : up;
      int rest = 0;
      for (int i = 0; i < nodes; i++) {
        if (i == count) { // What is left hangs on a cycle or on hyperedges.
          while ((met[rest >>> 6] & 1L << rest) != 0) {
            rest++;
          }
          met[rest >>> 6] |= 1L << rest;
          order[count++] = rest;
        }
        int end = back.start(order[i] + 1);
        for (int j = back.start(order[i]); j < end; j++) {
          int far = back.arc(j);
          if (far < nodes && (met[far >>> 6] & 1L << far) == 0) {
            met[far >>> 6] |= 1L << far;
            order[count++] = far;
          }
        }
      }
      return order;
    }

    private boolean isSmall() {
      return (long) nodes + arcs <= UNPACKED_MAX;
    }

    /** Counts arcs that a walk has followed; from several threads, roughly. */
    public void followed(long count) {
      followed += count;
    }

    /** How many arcs there are. */
    public int arcs() {
      return arcs;
    }

    /** Where an arc leads. */
    public int arc(int index) {
      return bytes.getInt(arcsAt + index * arcWidth) >>> arcShift;
    }

    /** Number of the type of an arc's edge. */
    public int type(int index) {
      return switch (typeWidth) {
        case 0 -> 0;
        case 1 -> bytes.get(typesAt + index) & 0xff;
        default -> bytes.getInt(typesAt + index * typeWidth) >>> (Integer.SIZE - 8 * typeWidth);
      };
    }
  }

  /** Reads the head, verifies everything behind it. */
  private final class Opening {
    private final long[] offsets = new long[Layout.SECTIONS];
    private final long[] lengths = new long[Layout.SECTIONS];

    Opening() {
      checkHead();
      long at = Layout.HEAD_BYTES;
      for (int i = 0; i < Layout.SECTIONS; i++) {
        int entry = Layout.ENTRIES_AT + i * Layout.ENTRY_BYTES;
        offsets[i] = bytes.getLong(entry + 8);
        lengths[i] = bytes.getLong(entry + 16);
        long room = bytes.limit() - Layout.TRAILER_BYTES - at;
        require(
            bytes.getInt(entry) == i + 1
                && offsets[i] == at
                && lengths[i] >= 0
                && lengths[i] <= room,
            "section " + (i + 1) + " is not where it must be");
        at += lengths[i];
        int crc = crc((int) offsets[i], (int) lengths[i]);
        require(crc == bytes.getInt(entry + 4), "section " + (i + 1) + " does not verify");
      }
      require(at == bytes.limit() - Layout.TRAILER_BYTES, "its sections end at " + at);
    }

    private void checkHead() {
      require(bytes.limit() >= Layout.HEAD_LENGTH_AT, "it has " + bytes.limit() + " bytes");
      for (int i = 0; i < Layout.MAGIC.length(); i++) {
        require((bytes.get(i) & 0xff) == Layout.MAGIC.at(i), "it does not begin as one");
      }
      int version = bytes.getShort(Layout.VERSION_AT) & 0xffff;
      if (version != Layout.VERSION) {
        throw new UnsupportedVersionException(
            where + ": graph segment of version " + version + ", not " + Layout.VERSION);
      }
      require(
          bytes.limit() >= Layout.HEAD_BYTES + Layout.TRAILER_BYTES
              && bytes.getShort(Layout.SECTIONS_AT) == Layout.SECTIONS
              && bytes.getInt(Layout.HEAD_LENGTH_AT) == Layout.HEAD_BYTES
              && bytes.getLong(Layout.FILE_LENGTH_AT) == bytes.limit(),
          "it has " + bytes.limit() + " bytes, which its head contradicts");
      require(
          crc(0, Layout.HEAD_CRC_AT) == bytes.getInt(Layout.HEAD_CRC_AT), "its head is damaged");
    }

    private int crc(int from, int length) {
      CRC32C crc = new CRC32C();
      crc.update(bytes.duplicate().position(from).limit(from + length));
      return (int) crc.getValue();
    }

    int at(Section section) {
      return (int) offsets[section.number() - 1];
    }

    int length(Section section) {
      return (int) lengths[section.number() - 1];
    }

    int end(Section section) {
      return at(section) + length(section);
    }

    /** A section must have just this length. */
    int at(Section section, long length) {
      require(length == length(section), section + " has " + length(section) + " bytes");
      return at(section);
    }

    int count(int index) {
      int count = bytes.getInt(Layout.COUNTS_AT + index * Integer.BYTES);
      require(count >= 0, "a count is " + count);
      return count;
    }
  }

  private Segment(ByteBuffer bytes, String where) {
    this.bytes = bytes;
    this.where = where;
    Opening opening = new Opening();
    this.nodes = opening.count(0);
    this.edges = opening.count(3);
    this.hyperedges = opening.count(4);
    require((long) nodes + hyperedges <= Integer.MAX_VALUE, "it has too many nodes");
    int snapshotAt = opening.at(Section.SNAPSHOT);
    this.snapshot = slice(snapshotAt, opening.length(Section.SNAPSHOT));
    int typesStated = opening.count(5);
    require(
        typesStated <= opening.length(Section.TYPES) / TYPE_BYTES_MIN,
        "it cannot have " + typesStated + " types");
    this.typeCounts = new int[typesStated];
    this.types = readTypes(opening);
    this.runs = readRuns(opening);
    this.up = side(opening, opening.count(1), Section.UP_STARTS, Section.UP_ARCS, Section.UP_TYPES);
    this.down =
        side(opening, opening.count(2), Section.DOWN_STARTS, Section.DOWN_ARCS, Section.DOWN_TYPES);
    this.hyperedgesAt = opening.at(Section.HYPEREDGES);
    long ends = checkHyperedges(opening);
    this.hyperedgeEndsAt = hyperedgesAt + hyperedges * 12 + Integer.BYTES;
    checkArcs(up);
    checkArcs(down);
    require(up.arcs + (long) down.arcs == 2L * edges + ends, "its arcs are not its edges'");
  }

  /**
   * Opens a segment and verifies all of it but the digest at its end.
   *
   * @param bytes all of it
   * @param where it lies, for messages
   * @throws UnsupportedVersionException if it is of another version
   * @throws DamagedException if anything about it is not as it must be
   */
  public static Segment read(ByteBuffer bytes, String where) {
    try {
      return new Segment(bytes.slice(), where);
    } catch (IndexOutOfBoundsException | NegativeArraySizeException | MalformedException e) {
      throw new DamagedException(where + ": a damaged graph segment: " + e.getMessage(), e);
    }
  }

  private void require(boolean holds, String what) {
    if (!holds) {
      throw new DamagedException(where + ": a damaged graph segment: " + what);
    }
  }

  private Bytes slice(int at, int length) {
    byte[] copy = new byte[length];
    bytes.get(at, copy);
    return Bytes.wrap(copy);
  }

  private List<EdgeType> readTypes(Opening opening) {
    List<EdgeType> read = new ArrayList<>();
    int at = opening.at(Section.TYPES);
    long sum = 0;
    for (int i = 0; i < typeCounts.length; i++) {
      typeCounts[i] = bytes.getInt(at);
      int length = bytes.get(at + Integer.BYTES) & 0xff;
      read.add(new EdgeType(slice(at + Integer.BYTES + 1, length).toUtf8()));
      require(
          typeCounts[i] > 0 && (i == 0 || read.get(i - 1).compareTo(read.get(i)) < 0),
          "types are out of order or unused");
      sum += typeCounts[i];
      at += Integer.BYTES + 1 + length;
    }
    require(at == opening.end(Section.TYPES) && sum == edges(), "types are not those of its edges");
    return Collections.unmodifiableList(read);
  }

  private List<Run> readRuns(Opening opening) {
    List<Run> read = new ArrayList<>();
    int first = 0;
    int directoryAt = opening.at(Section.DIRECTORY);
    int keysAt = opening.at(Section.KEYS);
    for (int at = opening.at(Section.RUNS); at < opening.end(Section.RUNS); at += 6) {
      int hashId = bytes.getShort(at) & 0xffff;
      int count = bytes.getInt(at + Short.BYTES);
      require(
          count > 0 && count <= nodes - first && HashAlgorithm.byId(hashId).id() == hashId,
          "a run of " + count + " keys");
      require(read.isEmpty() || read.get(read.size() - 1).hashId < hashId, "runs are out of order");
      Run run = new Run(hashId, first, count, Layout.directoryBytes(count), directoryAt, keysAt);
      long directoryEnd =
          directoryAt + (long) Layout.directorySize(run.prefixBytes) * Integer.BYTES;
      long keysEnd = keysAt + (long) count * run.keyBytes();
      require(
          directoryEnd <= opening.end(Section.DIRECTORY) && keysEnd <= opening.end(Section.KEYS),
          "keys are missing");
      first += count;
      directoryAt = (int) directoryEnd;
      keysAt = (int) keysEnd;
      checkDirectory(run);
      read.add(run);
    }
    require(
        first == nodes
            && directoryAt == opening.end(Section.DIRECTORY)
            && keysAt == opening.end(Section.KEYS),
        "keys are not those of its nodes");
    return read;
  }

  private void checkDirectory(Run run) {
    int before = 0;
    int buckets = Layout.directorySize(run.prefixBytes);
    for (int i = 0; i < buckets; i++) {
      int first = bytes.getInt(run.directoryAt + i * Integer.BYTES);
      require(first >= before && (i > 0 || first == 0), "the directory goes back");
      before = first;
    }
    require(before == run.count, "the directory ends at " + before);
  }

  private Side side(
      Opening opening, int arcs, Section starts, Section arcsSection, Section typesSection) {
    int arcWidth = Layout.arcWidth(nodes, hyperedges);
    int typeWidth = Layout.width(types.size());
    int blocks = Layout.blocks(nodes);
    int startsAt = opening.at(starts);
    int wide = 0;
    for (int block = 0; block < blocks; block++) {
      int anchor = bytes.getInt(startsAt + block * Integer.BYTES);
      require(anchor >= 0 || (anchor & Integer.MAX_VALUE) == wide++, "an anchor is wild");
    }
    return new Side(
        opening.at(
            starts,
            blocks * (Integer.BYTES + (long) Layout.BLOCK_NODES * Short.BYTES)
                + (long) wide * Layout.BLOCK_NODES * Integer.BYTES),
        arcs,
        opening.at(arcsSection, (long) arcs * arcWidth),
        arcWidth,
        opening.at(typesSection, (long) arcs * typeWidth),
        typeWidth);
  }

  private long checkHyperedges(Opening opening) {
    int length = opening.length(Section.HYPEREDGES);
    long fixed = hyperedges * 12L + Integer.BYTES;
    require(length >= fixed, "hyperedges are missing");
    int endsAt = (int) (hyperedgesAt + fixed);
    int end = 0;
    for (int i = 0; i < hyperedges; i++) {
      int at = hyperedgesAt + i * 12;
      int causes = bytes.getInt(at + 4);
      int next = bytes.getInt(at + 12);
      require(
          bytes.getInt(at) == end
              && causes >= 0
              && causes < next - end
              && bytes.getInt(at + 8) >= 0
              && bytes.getInt(at + 8) < types.size(),
          "hyperedge " + i + " is none");
      end = next;
    }
    require(
        bytes.getInt(endsAt - Integer.BYTES) == end && length == fixed + (long) end * Integer.BYTES,
        "hyperedges are cut off");
    for (int i = 0; i < end; i++) {
      int node = bytes.getInt(endsAt + i * Integer.BYTES);
      require(node >= 0 && node < nodes, "a hyperedge ends at node " + node);
    }
    return end;
  }

  private void checkArcs(Side side) {
    int before = 0;
    for (int node = 0; node <= nodes; node++) {
      int start = side.start(node);
      require(start >= before && (node > 0 || start == 0), "arcs of node " + node + " go back");
      before = start;
    }
    require(before == side.arcs, "arcs end at " + before);
    for (int i = 0; i < side.arcs; i++) {
      int arc = side.arc(i);
      require(arc >= 0 && arc < nodes + hyperedges, "arc " + i + " leads nowhere");
      require(side.typeWidth == 0 || side.type(i) < types.size(), "arc " + i + " has no type");
    }
  }

  /**
   * Verifies what opening leaves out: the digest of all bytes, and the order of keys.
   *
   * @throws DamagedException if they are not as they must be
   */
  public void verify() {
    int trailerAt = bytes.limit() - Layout.TRAILER_BYTES;
    require(
        SegmentSink.digestOf(bytes).equals(slice(trailerAt, Layout.TRAILER_BYTES)),
        "its digest is another");
    for (int node = 0; node < nodes; node++) {
      ArtifactKey key = key(node);
      require(
          find(key) == node && (node == 0 || key(node - 1).compareTo(key) < 0),
          "key " + node + " is out of order");
    }
  }

  // ---- what it says

  /** The snapshot that it is of. */
  public Snapshot snapshot() {
    try {
      return Snapshot.decode(snapshot);
    } catch (MalformedException e) {
      throw new DamagedException(where + ": a damaged graph segment: no snapshot", e);
    }
  }

  /** Length of the file. */
  public long length() {
    return bytes.limit();
  }

  /** How many nodes there are. */
  public int nodes() {
    return nodes;
  }

  /** How many edges there are, hyperedges included. */
  public long edges() {
    return (long) edges + hyperedges;
  }

  /** How many edges have not just one cause and one effect. */
  public int hyperedges() {
    return hyperedges;
  }

  /** Its edges' types; an edge of no other type is in it. */
  public List<EdgeType> types() {
    return types;
  }

  /** How many edges there are of a type. */
  public int edgesOfType(int type) {
    return typeCounts[type];
  }

  /** From effects to causes. */
  public Side up() {
    return up;
  }

  /** From causes to effects. */
  public Side down() {
    return down;
  }

  /** Number of a hyperedge's type. */
  public int hyperedgeType(int hyperedge) {
    return bytes.getInt(hyperedgesAt + hyperedge * 12 + 8);
  }

  /** Place of a hyperedge's first cause, for {@link #end}; its effects follow its causes. */
  public int causesAt(int hyperedge) {
    return bytes.getInt(hyperedgesAt + hyperedge * 12);
  }

  /** Place of a hyperedge's first effect, which is behind its last cause. */
  public int effectsAt(int hyperedge) {
    return causesAt(hyperedge) + bytes.getInt(hyperedgesAt + hyperedge * 12 + 4);
  }

  /** Place behind a hyperedge's last effect. */
  public int endsAt(int hyperedge) {
    return bytes.getInt(hyperedgesAt + hyperedge * 12 + 12);
  }

  /** The node at a place of hyperedges' ends. */
  public int end(int place) {
    return bytes.getInt(hyperedgeEndsAt + place * Integer.BYTES);
  }

  // ---- node dictionary

  /** A node's key. */
  public ArtifactKey key(int node) {
    Run run = runOf(node);
    int place = node - run.first;
    byte[] digest = new byte[HashAlgorithm.DIGEST_BYTES];
    int bucket = bucketOf(run, place);
    for (int i = run.prefixBytes - 1; i >= 0; i--) {
      digest[i] = (byte) bucket;
      bucket >>>= Byte.SIZE;
    }
    bytes.get(run.keysAt + place * run.keyBytes(), digest, run.prefixBytes, run.keyBytes());
    return new ArtifactKey(HashAlgorithm.byId(run.hashId), Bytes.wrap(digest));
  }

  private Run runOf(int node) {
    for (Run run : runs) {
      if (node >= run.first && node < run.first + run.count) {
        return run;
      }
    }
    throw new IndexOutOfBoundsException("node " + node + " of " + nodes);
  }

  /** The bucket that the key at {@code place} is in: the last that begins at or before it. */
  private int bucketOf(Run run, int place) {
    int low = 0;
    int high = Layout.directorySize(run.prefixBytes) - 1;
    while (high - low > 1) {
      int middle = (low + high) >>> 1;
      if (bytes.getInt(run.directoryAt + middle * Integer.BYTES) <= place) {
        low = middle;
      } else {
        high = middle;
      }
    }
    return low;
  }

  /**
   * Number of the node with this key, or -1 - i if there is none, where i is how many have lesser
   * keys. A key that is not here costs a look at the directory and at the keys of one bucket, about
   * four to a thousand: the dictionary is its own filter.
   */
  public int find(ArtifactKey key) {
    for (Run run : runs) {
      if (run.hashId == key.algorithm().id()) {
        return find(run, key.digest());
      }
      if (run.hashId > key.algorithm().id()) {
        return -1 - run.first;
      }
    }
    return -1 - nodes;
  }

  private int find(Run run, Bytes digest) {
    int bucket = 0;
    for (int i = 0; i < run.prefixBytes; i++) {
      bucket = bucket << Byte.SIZE | digest.at(i);
    }
    int low = bytes.getInt(run.directoryAt + bucket * Integer.BYTES);
    int high = bytes.getInt(run.directoryAt + (bucket + 1) * Integer.BYTES);
    while (low < high) {
      int middle = (low + high) >>> 1;
      int order = compare(run, middle, digest);
      if (order == 0) {
        return run.first + middle;
      }
      if (order < 0) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return -1 - (run.first + low);
  }

  private int compare(Run run, int place, Bytes digest) {
    int at = run.keysAt + place * run.keyBytes();
    long mine = bytes.getLong(at);
    long theirs = digest.u64At(run.prefixBytes);
    if (mine != theirs) {
      return Long.compareUnsigned(mine, theirs);
    }
    for (int i = Long.BYTES; i < run.keyBytes(); i++) {
      int order = (bytes.get(at + i) & 0xff) - digest.at(run.prefixBytes + i);
      if (order != 0) {
        return order;
      }
    }
    return 0;
  }
}
