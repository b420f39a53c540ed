package dev.cairn.asl.store;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.GoldenVectors;
import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.RecordKind;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** The roots of {@code docs/format/state-root.md}. */
final class StateRootVectorsTest {
  private static final GoldenVectors VECTORS = GoldenVectors.of("state-root.md");

  @Test
  void entriesAndRootsAreThoseOfTheDocument() {
    assertThat(entry(0).encoded()).isEqualTo(VECTORS.all().get("entry-0"));
    int roots = 0;
    for (Map.Entry<String, Bytes> vector : VECTORS.all().entrySet()) {
      if (vector.getKey().startsWith("root-")) {
        int count = Integer.parseInt(vector.getKey().substring("root-".length()));
        assertThat(root(count)).as(vector.getKey()).isEqualTo(vector.getValue());
        roots++;
      }
    }
    assertThat(roots).isEqualTo(7);
  }

  private static Bytes root(int count) {
    List<StateEntry> entries =
        IntStream.range(0, count)
            .mapToObj(StateRootVectorsTest::entry)
            .sorted(Comparator.comparing(StateEntry::path))
            .toList();
    return StateTree.rootOf(entries.iterator()).hash();
  }

  private static StateEntry entry(int number) {
    Bytes digits = Bytes.utf8(Integer.toString(number));
    byte[] node = new byte[NodeId.BYTES];
    java.util.Arrays.fill(node, (byte) 7);
    return StateEntry.of(
        new LiveEntry(
            new ArtifactId(
                new ArtifactKey(HashAlgorithm.SHA_256, HashAlgorithm.SHA_256.hash(digits)),
                null,
                1,
                PayloadDigest.of(Bytes.utf8("p").plus(digits))),
            RecordKind.ARTIFACT,
            number + 1,
            new Origin(new NodeId(Bytes.wrap(node)), 1),
            number));
  }
}
