package dev.cairn.tgk.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class EdgeTest {
  private static final Map<String, Bytes> VECTORS = FormatDocument.vectors("edge.md");
  private static final ArtifactKey A = ArtifactKey.of(Bytes.utf8("a"), null);
  private static final ArtifactKey B = ArtifactKey.of(Bytes.utf8("b"), null);
  private static final ArtifactKey C = ArtifactKey.of(Bytes.utf8("c"), null);

  @Test
  void theArtifactsOfTheDocumentAreThoseOfTheTest() {
    assertThat(List.of(A.bytes(), B.bytes(), C.bytes()))
        .containsExactly(
            VECTORS.get("artifact.a"), VECTORS.get("artifact.b"), VECTORS.get("artifact.c"));
  }

  @Test
  void theSmallestEdgeHasItsBytes() {
    assertVector("minimal", edge("x:y", List.of(), List.of(Endpoint.of(A)), null));
  }

  @Test
  void aDerivationHasItsBytes() {
    assertVector(
        "derived",
        edge("prov:wasDerivedFrom", List.of(Endpoint.of(A)), List.of(Endpoint.of(B)), null));
  }

  @Test
  void rolesAndAPayloadHaveTheirBytes() {
    assertVector(
        "full",
        edge(
            "git:commit",
            List.of(new Endpoint(B, "tree"), new Endpoint(A, "parent 0")),
            List.of(Endpoint.of(C)),
            A));
  }

  @Test
  void rolesAreInOrderOfTheirUtf8Bytes() {
    List<Endpoint> from = new ArrayList<>();
    for (String role : List.of("\ud83d\ude00", "\uff5e", "\u00e9", "Z")) {
      from.add(new Endpoint(A, "100644 " + role));
    }
    from.add(Endpoint.of(A));
    assertVector("roles", edge("git:tree", from, List.of(new Endpoint(A, "tree")), null));
  }

  @Test
  void everyRefusedVectorIsRefusedWithATypedError() {
    int refused = 0;
    for (Map.Entry<String, Bytes> vector : VECTORS.entrySet()) {
      if (vector.getKey().startsWith("refused.")) {
        refused++;
        Class<? extends CairnException> error =
            vector.getKey().startsWith("refused.version")
                ? UnsupportedVersionException.class
                : MalformedException.class;
        assertThatThrownBy(() -> Edge.decode(vector.getValue()))
            .as(vector.getKey())
            .isExactlyInstanceOf(error);
      }
    }
    assertThat(refused).isEqualTo(18);
  }

  @Test
  void anEdgeCutShortAnywhereIsRefused() {
    Bytes whole = VECTORS.get("full.edge");
    for (int length = 0; length < whole.length(); length++) {
      Bytes cut = whole.slice(0, length);
      assertThatThrownBy(() -> Edge.decode(cut)).isExactlyInstanceOf(MalformedException.class);
    }
  }

  @Test
  void anyFlippedBitIsRefusedOrGivesAnotherEdgeOfExactlyThoseBytes() {
    byte[] whole = VECTORS.get("roles.edge").toArray();
    int refused = 0;
    for (int bit = 0; bit < whole.length * 8; bit++) {
      byte[] flipped = whole.clone();
      flipped[bit / 8] ^= (byte) (1 << (bit % 8));
      Bytes input = Bytes.wrap(flipped);
      try {
        assertThat(Edge.decode(input).encode()).isEqualTo(input);
      } catch (MalformedException | UnsupportedVersionException e) {
        refused++;
      }
    }
    assertThat(refused).isPositive();
  }

  @Test
  void endpointsInAnyOrderMakeTheSameEdge() {
    Random random = new Random(7);
    for (int round = 0; round < 200; round++) {
      TreeSet<Endpoint> ends = new TreeSet<>();
      for (int i = random.nextInt(30); i >= 0; i--) {
        ArtifactKey key = ArtifactKey.of(Bytes.u64(random.nextInt(6)), null);
        ends.add(random.nextBoolean() ? Endpoint.of(key) : new Endpoint(key, "r" + i));
      }
      List<Endpoint> shuffled = new ArrayList<>(ends);
      Collections.shuffle(shuffled, random);
      Edge edge = edge("x:y", shuffled, shuffled, null);
      assertThat(edge.from()).containsExactlyElementsOf(ends);
      assertThat(Edge.decode(edge.encode())).isEqualTo(edge);
    }
  }

  @Test
  void anEndpointTwiceOnOneSideIsRefusedAndOnBothSidesIsNot() {
    Endpoint end = new Endpoint(A, "r");
    assertThatThrownBy(() -> edge("x:y", List.of(end, end), List.of(end), null))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("twice in 'from'");
    Edge self = edge("x:y", List.of(end), List.of(end), null);
    assertThat(Edge.decode(self.encode())).isEqualTo(self);
  }

  @Test
  void anEdgeTakesAllItsEndpointsAndNotOneMore() {
    List<Endpoint> most = endpoints(Edge.EDGE_ENDPOINTS_MAX - 1);
    Edge full = edge("x:y", most, List.of(Endpoint.of(A)), null);
    assertThat(Edge.decode(full.encode())).isEqualTo(full);
    assertThatThrownBy(() -> edge("x:y", most, List.of(Endpoint.of(A), Endpoint.of(B)), null))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("65537 endpoints");
  }

  @Test
  void aSideThatClaimsTooManyEndpointsIsRefusedByItsHead() {
    CborWriter out = new CborWriter().array(5).uint(1).text("x:y").array(0).array(65_537);
    Bytes padding = Bytes.wrap(new byte[70_000]);
    assertThatThrownBy(() -> Edge.decode(out.raw(padding).toBytes()))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("more than 65536 endpoints");
  }

  @Test
  void rolesOfMoreThanTheirSumAreRefused() {
    String role = "r".repeat(Endpoint.ROLE_BYTES_MAX - 8);
    List<Endpoint> heavy = new ArrayList<>();
    for (int i = 0; i < 2100; i++) {
      heavy.add(new Endpoint(A, role + String.format(java.util.Locale.ROOT, "%08d", i)));
    }
    assertThatThrownBy(() -> edge("x:y", heavy, List.of(Endpoint.of(A)), null))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("roles of");
  }

  @Test
  void theLongestEdgeStaysBelowTheBoundOnBytes() {
    long heads = 16L + EdgeType.LENGTH_MAX + ArtifactKey.BYTES;
    long endpoint = 1 + 2 + ArtifactKey.BYTES + 3;
    assertThat(heads + Edge.EDGE_ENDPOINTS_MAX * endpoint + Edge.ROLES_BYTES_MAX)
        .isLessThan(Edge.EDGE_BYTES_MAX);
  }

  @Test
  void theSlotForgetsThePayloadAndNothingElse() {
    Edge edge = edge("x:y", List.of(new Endpoint(A, "r")), List.of(Endpoint.of(B)), null);
    Bytes slot = edge.slot();
    assertThat(new Edge(edge.type(), edge.from(), edge.to(), C).slot()).isEqualTo(slot);
    assertThat(new Edge(edge.type(), edge.to(), edge.from(), null).slot()).isNotEqualTo(slot);
    assertThat(new Edge(edge.type(), List.of(Endpoint.of(A)), edge.to(), null).slot())
        .isNotEqualTo(slot);
    assertThat(new Edge(new EdgeType("x:z"), edge.from(), edge.to(), null).slot())
        .isNotEqualTo(slot);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a:b", "prov:wasDerivedFrom", "a1.b-c:Z_9.-", "git:commit"})
  void aNamespacedNameIsAType(String text) {
    assertThat(new EdgeType(text)).hasToString(text);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "", ":", "a:", ":b", "ab", "A:b", "a:1", "a:b:c", "a b:c", "a_b:c", "1a:b", "a:b ", "a:é",
        "ä:b", "a:b\n", "-a:b", "a:_b"
      })
  void anyOtherNameIsNone(String text) {
    assertThatThrownBy(() -> new EdgeType(text)).isInstanceOf(MalformedException.class);
  }

  @Test
  void aTypeOf127CharactersIsTheLongest() {
    String longest = "a:" + "b".repeat(125);
    assertThat(new EdgeType(longest).text()).hasSize(127);
    assertThatThrownBy(() -> new EdgeType(longest + "b")).isInstanceOf(MalformedException.class);
  }

  @Test
  void rolesAreBoundedInBytesNotInCharacters() {
    assertThat(new Endpoint(A, "é".repeat(2048)).roleBytes()).isEqualTo(4096);
    assertThatThrownBy(() -> new Endpoint(A, "é".repeat(2048) + "x"))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("4097 bytes");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "e\u0301", "\ud800", "x\udc00", "\u212b"})
  void aRoleThatIsEmptyOrNotNormalUnicodeIsRefused(String role) {
    assertThatThrownBy(() -> new Endpoint(A, role)).isInstanceOf(MalformedException.class);
  }

  @Test
  void aRoleMayHoldAnyOtherCharacter() {
    for (String role : List.of(" ", "a\nb", "\u0000", "\"\\", "100755 bin/r\u00e9sum\u00e9.sh")) {
      Edge edge = edge("x:y", List.of(new Endpoint(A, role)), List.of(Endpoint.of(B)), null);
      assertThat(Edge.decode(edge.encode())).isEqualTo(edge);
    }
  }

  private static void assertVector(String name, Edge edge) {
    Bytes encoded = VECTORS.get(name + ".edge");
    assertThat(edge.encode()).isEqualTo(encoded);
    assertThat(Edge.decode(encoded)).isEqualTo(edge);
    assertThat(edge.key().bytes()).isEqualTo(VECTORS.get(name + ".key"));
    assertThat(edge.key()).isEqualTo(ArtifactKey.of(encoded, TypeTag.EDGE));
    assertThat(edge.slot()).isEqualTo(VECTORS.get(name + ".slot"));
    assertThat(edge.slotOf(encoded)).isEqualTo(edge.slot());
  }

  private static Edge edge(
      String type, List<Endpoint> from, List<Endpoint> to, ArtifactKey payload) {
    return new Edge(new EdgeType(type), from, to, payload);
  }

  private static List<Endpoint> endpoints(int count) {
    List<Endpoint> endpoints = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      byte[] digest = new byte[32];
      Bytes.u64(i).copyTo(digest, 0);
      endpoints.add(Endpoint.of(new ArtifactKey(HashAlgorithm.SHA_256, Bytes.wrap(digest))));
    }
    return endpoints;
  }
}
