package dev.cairn.tgk.segment;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.tgk.model.EdgeType;
import dev.cairn.tgk.model.FormatDocument;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import java.util.TreeSet;
import net.jqwik.api.ForAll;
import net.jqwik.api.Property;
import net.jqwik.api.constraints.IntRange;
import org.junit.jupiter.api.Test;

class SegmentFormatTest {
  private static final Map<String, Bytes> VECTORS = FormatDocument.vectors("graph-segment.md");
  private static final ArtifactKey A = ArtifactKey.of(Bytes.utf8("a"), null);
  private static final ArtifactKey B = ArtifactKey.of(Bytes.utf8("b"), null);
  private static final ArtifactKey C = ArtifactKey.of(Bytes.utf8("c"), null);
  private static final ArtifactKey OTHER =
      new ArtifactKey(HashAlgorithm.SHA_512_256, HashAlgorithm.SHA_256.hash(Bytes.utf8("other")));
  private static final Snapshot NOTHING =
      new Snapshot("default", List.of(), HashAlgorithm.SHA_256.hash(Bytes.utf8("state")));

  /** An edge as it is told. */
  private record Told(String type, List<ArtifactKey> from, List<ArtifactKey> to) {}

  private static final List<Told> SMALL =
      List.of(
          new Told("x:y", List.of(A), List.of(B)),
          new Told("x:y", List.of(A), List.of(B)),
          new Told("prov:wasDerivedFrom", List.of(B), List.of(C)),
          new Told("x:y", List.of(C), List.of(OTHER)),
          new Told("git:commit", List.of(A, B), List.of(C)),
          new Told("git:commit", List.of(C), List.of(A, OTHER)),
          new Told("git:tree", List.of(), List.of(OTHER)));

  @Test
  void theArtifactsOfTheDocumentAreThoseOfTheTest() {
    assertThat(OTHER.bytes()).isEqualTo(VECTORS.get("artifact.other"));
  }

  @Test
  void aSegmentOfNothingHasItsBytes() throws IOException {
    assertThat(bytes(edges(List.of()))).isEqualTo(VECTORS.get("empty.segment"));
    Segment segment = read(VECTORS.get("empty.segment"));
    assertThat(segment.nodes()).isZero();
    assertThat(segment.find(A)).isEqualTo(-1);
    assertThat(segment.snapshot()).isEqualTo(NOTHING);
    segment.verify();
  }

  @Test
  void aSmallSegmentHasItsBytesAndTellsItsEdges() throws IOException {
    List<Told> shuffled = new ArrayList<>(SMALL);
    for (int seed = 0; seed < 5; seed++) {
      assertThat(bytes(edges(shuffled))).isEqualTo(VECTORS.get("small.segment"));
      Collections.shuffle(shuffled, new Random(seed));
    }
    Segment segment = read(VECTORS.get("small.segment"));
    segment.verify();
    assertThat(segment.types())
        .extracting(EdgeType::text)
        .containsExactly("git:commit", "git:tree", "prov:wasDerivedFrom", "x:y");
    assertThat(segment.edges()).isEqualTo(7);
    assertThat(segment.hyperedges()).isEqualTo(3);
    assertThat(segment.edgesOfType(3)).isEqualTo(3);
    assertThat(told(segment)).isEqualTo(sorted(SMALL));
  }

  @Test
  void aHubHasItsBytes() throws IOException {
    List<ArtifactKey> keys = new ArrayList<>();
    for (int i = 0; i < 1500; i++) {
      Bytes number = Bytes.wrap(ByteBuffer.allocate(4).putInt(i).array());
      keys.add(new ArtifactKey(HashAlgorithm.SHA_256, HashAlgorithm.SHA_256.hash(number)));
    }
    List<Told> hub = new ArrayList<>();
    for (int i = 0; i < 1400; i++) {
      hub.add(new Told("x:y", List.of(keys.get(i)), List.of(keys.get(0))));
    }
    for (int i = 0; i < 70_000; i++) {
      hub.add(new Told("x:y", List.of(keys.get(i % 1499 + 1)), List.of(keys.get(0))));
    }
    Bytes file = bytes(edges(hub));
    assertThat(HashAlgorithm.SHA_256.hash(file)).isEqualTo(VECTORS.get("hub.sha256"));
    Segment segment = read(file);
    segment.verify();
    int at = segment.find(keys.get(0));
    assertThat(segment.up().start(at + 1) - segment.up().start(at)).isEqualTo(71_400);
    assertThat(told(segment)).isEqualTo(sorted(hub));
  }

  @Test
  void whatTheDocumentRefusesIsRefused() {
    int refused = 0;
    for (Map.Entry<String, Bytes> vector : VECTORS.entrySet()) {
      if (vector.getKey().startsWith("refused.")) {
        refused++;
        assertThatThrownBy(() -> read(vector.getValue()))
            .as(vector.getKey())
            .isInstanceOf(
                vector.getKey().contains("version")
                    ? UnsupportedVersionException.class
                    : DamagedException.class);
      }
    }
    assertThat(refused).isEqualTo(8);
    assertThat(VECTORS).hasSize(refused + 4);
  }

  @Property(tries = 300)
  void anyEdgesComeBackAsTheyWere(
      @ForAll long seed, @ForAll @IntRange(min = 1, max = 1500) int nodes) throws IOException {
    Random random = new Random(seed);
    HashAlgorithm[] algorithms = HashAlgorithm.values();
    boolean mixed = random.nextInt(3) == 0;
    List<ArtifactKey> keys = new ArrayList<>();
    for (int i = 0; i < nodes; i++) {
      byte[] digest = new byte[HashAlgorithm.DIGEST_BYTES];
      random.nextBytes(digest);
      if (random.nextInt(4) == 0) {
        digest[0] = 7; // Keys that share a bucket.
        digest[1] = 7;
      }
      keys.add(
          new ArtifactKey(
              mixed ? algorithms[random.nextInt(algorithms.length)] : HashAlgorithm.SHA_256,
              Bytes.wrap(digest)));
    }
    int types = 1 + (random.nextInt(8) == 0 ? 300 : random.nextInt(4));
    List<Told> told = new ArrayList<>();
    for (int i = random.nextInt(4 * nodes); i >= 0; i--) {
      boolean simple = random.nextInt(5) > 0;
      told.add(
          new Told(
              "t:x" + random.nextInt(types),
              some(keys, simple ? 1 : random.nextInt(5), random),
              some(keys, simple ? 1 : 1 + random.nextInt(4), random)));
    }
    Bytes file = bytes(edges(told));
    Segment segment = read(file);
    segment.verify();
    assertThat(told(segment)).isEqualTo(sorted(told));
    for (ArtifactKey key : keys) {
      int node = segment.find(key);
      assertThat(node < 0 || segment.key(node).equals(key)).isTrue();
    }
    assertThat(new SegmentWriter(edges(told), NOTHING.encode()).checkedBound())
        .isGreaterThanOrEqualTo(file.length());
  }

  @Property(tries = 400)
  void bytesThatOnlyHaveTheRightSumsAreReadOrRefused(@ForAll long seed) throws IOException {
    Random random = new Random(seed);
    byte[] file = VECTORS.get("small.segment").toArray();
    for (int i = random.nextInt(3); i >= 0; i--) {
      int at = Layout.COUNTS_AT + random.nextInt(file.length - 32 - Layout.COUNTS_AT);
      file[at] = (byte) (random.nextBoolean() ? random.nextInt() : file[at] + 1);
    }
    mendSums(file);
    try {
      Segment segment = read(Bytes.wrap(file));
      // What is read leads nowhere wild.
      assertThat(told(segment, true).size()).isLessThan(100);
      assertThat(told(segment, false).size()).isLessThan(100);
    } catch (CairnException e) {
      assertThat(e).isInstanceOf(DamagedException.class);
    }
  }

  @Test
  void countsThatTheFileHasNoRoomForAreRefusedBeforeAnythingIsMadeForThem() {
    for (int count = 0; count < 6; count++) {
      for (int stated : new int[] {Integer.MAX_VALUE, 1 << 27, 1_000_000}) {
        byte[] file = VECTORS.get("small.segment").toArray();
        ByteBuffer.wrap(file).putInt(Layout.COUNTS_AT + count * Integer.BYTES, stated);
        mendSums(file);
        assertThatThrownBy(() -> read(Bytes.wrap(file)))
            .as("count %d is %d", count, stated)
            .isInstanceOf(DamagedException.class);
      }
    }
  }

  private static void mendSums(byte[] file) {
    ByteBuffer buffer = ByteBuffer.wrap(file);
    for (int i = 0; i < Layout.SECTIONS; i++) {
      int entry = Layout.ENTRIES_AT + i * Layout.ENTRY_BYTES;
      long from = buffer.getLong(entry + 8);
      long length = buffer.getLong(entry + 16);
      if (from >= 0 && length >= 0 && from <= file.length && length <= file.length - from) {
        buffer.putInt(entry + 4, crc(file, (int) from, (int) length));
      }
    }
    buffer.putInt(Layout.HEAD_CRC_AT, crc(file, 0, Layout.HEAD_CRC_AT));
  }

  private static int crc(byte[] bytes, int from, int length) {
    java.util.zip.CRC32C crc = new java.util.zip.CRC32C();
    crc.update(bytes, from, length);
    return (int) crc.getValue();
  }

  private static List<ArtifactKey> some(List<ArtifactKey> keys, int count, Random random) {
    TreeSet<ArtifactKey> some = new TreeSet<>();
    for (int i = 0; i < count; i++) {
      some.add(keys.get(random.nextInt(keys.size())));
    }
    return List.copyOf(some);
  }

  private static Segment read(Bytes file) {
    ByteBuffer direct = ByteBuffer.allocateDirect(file.length());
    direct.put(file.toByteBuffer()).flip();
    return Segment.read(direct, "a test");
  }

  private static Bytes bytes(LiveEdges edges) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    ByteBuffer head = ByteBuffer.allocate(Layout.HEAD_BYTES);
    long length =
        new SegmentWriter(edges, NOTHING.encode())
            .write(
                (part, at) -> {
                  byte[] copy = new byte[part.remaining()];
                  part.get(copy);
                  if (at == 0) {
                    head.put(copy);
                  } else {
                    assertThat(at).isEqualTo(Layout.HEAD_BYTES + body.size());
                    body.writeBytes(copy);
                  }
                });
    Bytes file = Bytes.wrap(head.array()).plus(Bytes.wrap(body.toByteArray()));
    assertThat(length).isEqualTo(file.length());
    return file;
  }

  private static LiveEdges edges(List<Told> told) {
    TreeSet<ArtifactKey> keys = new TreeSet<>();
    TreeSet<String> types = new TreeSet<>();
    for (Told edge : told) {
      keys.addAll(edge.from());
      keys.addAll(edge.to());
      types.add(edge.type());
    }
    KeyList nodes = new KeyList();
    Map<ArtifactKey, Integer> numbers = new TreeMap<>();
    for (ArtifactKey key : keys) {
      numbers.put(key, nodes.size());
      nodes.add(key.bytes());
    }
    List<String> names = List.copyOf(types);
    int[] from = new int[told.size()];
    int[] to = new int[told.size()];
    int[] type = new int[told.size()];
    List<Hyperedge> hyperedges = new ArrayList<>();
    int simple = 0;
    for (Told edge : told) {
      int ofType = names.indexOf(edge.type());
      if (edge.from().size() == 1 && edge.to().size() == 1) {
        from[simple] = numbers.get(edge.from().get(0));
        to[simple] = numbers.get(edge.to().get(0));
        type[simple++] = ofType;
      } else {
        hyperedges.add(
            new Hyperedge(ofType, numbers(edge.from(), numbers), numbers(edge.to(), numbers)));
      }
    }
    Collections.sort(hyperedges);
    return new LiveEdges(nodes, names, simple, from, to, type, hyperedges);
  }

  private static int[] numbers(List<ArtifactKey> keys, Map<ArtifactKey, Integer> numbers) {
    return keys.stream().mapToInt(numbers::get).sorted().toArray();
  }

  /** The edges of a segment, told from either side: both must say the same. */
  private static List<String> told(Segment segment) {
    List<String> up = told(segment, true);
    assertThat(told(segment, false).stream().filter(edge -> !edge.contains(" [] ")).toList())
        .isEqualTo(up.stream().filter(edge -> !edge.contains(" [] ")).toList());
    return up;
  }

  private static List<String> told(Segment segment, boolean up) {
    List<String> told = new ArrayList<>();
    Segment.Side side = up ? segment.up() : segment.down();
    TreeSet<Integer> met = new TreeSet<>();
    for (int node = 0; node < segment.nodes(); node++) {
      for (int i = side.start(node); i < side.start(node + 1); i++) {
        int far = side.arc(i);
        int hyperedge = far - segment.nodes();
        String type = segment.types().get(side.type(i)).text();
        if (hyperedge < 0) {
          ArtifactKey cause = segment.key(up ? far : node);
          ArtifactKey effect = segment.key(up ? node : far);
          told.add(type + " " + List.of(cause) + " " + List.of(effect));
        } else if (met.add(hyperedge)) {
          int effects = segment.effectsAt(hyperedge);
          told.add(
              type
                  + " "
                  + keys(segment, segment.causesAt(hyperedge), effects)
                  + " "
                  + keys(segment, effects, segment.endsAt(hyperedge)));
        }
      }
    }
    Collections.sort(told);
    return told;
  }

  private static List<ArtifactKey> keys(Segment segment, int from, int to) {
    List<ArtifactKey> keys = new ArrayList<>();
    for (int i = from; i < to; i++) {
      keys.add(segment.key(segment.end(i)));
    }
    return keys;
  }

  private static List<String> sorted(List<Told> told) {
    List<String> sorted = new ArrayList<>();
    for (Told edge : told) {
      sorted.add(edge.type() + " " + edge.from() + " " + edge.to());
    }
    Collections.sort(sorted);
    return sorted;
  }
}
