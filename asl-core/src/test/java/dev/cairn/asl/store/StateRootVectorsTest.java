package dev.cairn.asl.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.GoldenVectors;
import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.RecordKind;
import java.util.ArrayList;
import java.util.Collections;
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

  @Test
  void proofsAreThoseOfTheDocument() {
    ArtifactKey seven = key("7");
    ArtifactKey absent = key("absent");
    assertThat(proof(1000, seven)).isEqualTo(VECTORS.get("proof-live"));
    assertThat(proof(1000, absent)).isEqualTo(VECTORS.get("proof-absent"));
    assertThat(proof(2, absent)).isEqualTo(VECTORS.get("proof-absent-few"));
    assertThat(read("proof-live").verify(VECTORS.get("root-1000")).orElseThrow().payload())
        .isEqualTo(PayloadDigest.of(Bytes.utf8("p7")));
    assertThat(read("proof-absent").verify(VECTORS.get("root-1000"))).isEmpty();
    assertThat(read("proof-absent-few").verify(VECTORS.get("root-2"))).isEmpty();
  }

  @Test
  void everyKeyIsProvenOfEverySizeOfTree() {
    for (int count : new int[] {0, 1, 2, 31, 32, 33, 34, 100, 600}) {
      Bytes root = root(count);
      for (int number = 0; number < count + 20; number++) {
        StateProof proof = prove(count, key("" + number));
        assertThat(proof.verify(root).isPresent())
            .as("%s of the first %s", number, count)
            .isEqualTo(number < count);
        if (number < count) {
          assertThat(proof.verify(root).orElseThrow().logseq()).isEqualTo(number + 1);
        }
      }
    }
  }

  @Test
  void anotherProofIsRefused() {
    Bytes root = VECTORS.get("root-1000");
    StateProof good = read("proof-live");
    List<Bytes> without = new ArrayList<>(good.bucket());
    without.remove(0);
    List<Bytes> turned = new ArrayList<>(good.bucket());
    Collections.reverse(turned);
    List<StateProof> bad =
        List.of(
            new StateProof(good.key(), good.forks(), without),
            new StateProof(good.key(), good.forks(), turned),
            new StateProof(good.key(), good.forks(), List.of()),
            new StateProof(good.key(), good.forks().subList(1, good.forks().size()), good.bucket()),
            new StateProof(good.key(), List.of(), good.bucket()),
            new StateProof(key("8"), good.forks(), good.bucket()));
    for (StateProof proof : bad) {
      assertThatThrownBy(() -> proof.verify(root)).isInstanceOf(MalformedException.class);
    }
    assertThatThrownBy(() -> good.verify(VECTORS.get("root-100")))
        .isInstanceOf(MalformedException.class);
    Bytes encoded = VECTORS.get("proof-live");
    for (int at = 0; at < encoded.length(); at++) {
      byte[] flipped = encoded.toArray();
      flipped[at] ^= 1;
      try {
        StateProof other = read(Bytes.wrap(flipped));
        // The same nodes say truly that a neighbour of the key is not live.
        assertThat(other.verify(root)).as("a bit of byte %s", at).isEmpty();
        assertThat(other.key()).isNotEqualTo(good.key());
      } catch (MalformedException refused) {
        continue;
      }
      assertThat(at).as("a bit behind the key").isLessThan(ArtifactKey.BYTES + 3);
    }
  }

  private static ArtifactKey key(String text) {
    return new ArtifactKey(HashAlgorithm.SHA_256, HashAlgorithm.SHA_256.hash(Bytes.utf8(text)));
  }

  private static StateProof prove(int count, ArtifactKey key) {
    List<StateEntry> all = entries(count);
    return StateProof.of(key, (path, depth) -> content(all, path, depth));
  }

  private static Bytes content(List<StateEntry> all, Bytes path, int depth) {
    List<StateEntry> below =
        all.stream().filter(entry -> StateTree.shares(entry.path(), path, depth)).toList();
    List<Bytes> forks = new ArrayList<>();
    StateTree.build(
        below.iterator(),
        path,
        depth,
        (at, level, fork) -> {
          if (level == depth) {
            forks.add(fork.content());
          }
        });
    return forks.isEmpty() ? StateTree.bucketContent(below) : forks.get(0);
  }

  private static Bytes proof(int count, ArtifactKey key) {
    CborWriter out = new CborWriter();
    prove(count, key).writeTo(out);
    return out.toBytes();
  }

  private static StateProof read(String name) {
    return read(VECTORS.get(name));
  }

  private static StateProof read(Bytes encoded) {
    CborReader in = new CborReader("state proof", encoded);
    StateProof proof = StateProof.readFrom(in);
    in.end();
    return proof;
  }

  private static Bytes root(int count) {
    return StateTree.rootOf(entries(count).iterator()).hash();
  }

  private static List<StateEntry> entries(int count) {
    return IntStream.range(0, count)
        .mapToObj(StateRootVectorsTest::entry)
        .sorted(Comparator.comparing(StateEntry::path))
        .toList();
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
