package dev.cairn.asl.merkle;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.cairn.asl.Vectors;
import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Proofs that other implementations of RFC 6962 publish, good and bad. */
class PublishedProofsTest {
  /**
   * The one published case that we judge otherwise: its roots are 12 bytes of text, and we take
   * only hashes for hashes.
   */
  private static final String LENIENT = "sizes are equal (one) and proof is empty";

  /** The eight records and roots that Certificate Transparency implementations have in common. */
  @Test
  void theCommonTreeHasItsKnownRoots() {
    String[] records = {
      "",
      "00",
      "10",
      "2021",
      "3031",
      "40414243",
      "5051525354555657",
      "606162636465666768696a6b6c6d6e6f"
    };
    String[] roots = {
      "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
      "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
      "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
      "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
      "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
      "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
      "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
      "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"
    };
    CompactRange range = new CompactRange();
    for (int i = 0; i < records.length; i++) {
      range.append(TreeHasher.leaf(Bytes.fromHex(records[i])));
      assertThat(range.root().toHex()).as("size %s", i + 1).isEqualTo(roots[i]);
    }
  }

  @Test
  void proofsOfOthersHaveTheVerdictOfTheirAuthors() throws IOException {
    Bytes leaf = TreeHasher.leaf(Bytes.EMPTY);
    assertThat(passes(() -> MerkleProofs.verifyInclusion(0, 1, leaf, List.of(), leaf))).isTrue();
    Optional<Path> folder = Vectors.find("rfc6962-merkle/testdata");
    if (folder.isPresent()) {
      assertThat(check(folder.get().resolve("inclusion"))).isEqualTo(98);
      assertThat(check(folder.get().resolve("consistency"))).isEqualTo(98);
    }
  }

  private static int check(Path folder) throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.walk(folder)) {
      files = all.filter(file -> file.toString().endsWith(".json")).sorted().toList();
    }
    for (Path file : files) {
      JsonNode json = new ObjectMapper().readTree(file.toFile());
      boolean due =
          !json.get("wantErr").booleanValue() && !LENIENT.equals(json.get("desc").textValue());
      assertThat(passes(() -> check(json))).as("%s: %s", file, json.get("desc")).isEqualTo(due);
    }
    return files.size();
  }

  private static void check(JsonNode json) {
    List<Bytes> proof = new ArrayList<>();
    json.path("proof").forEach(hash -> proof.add(bytes(hash)));
    if (json.has("leafIdx")) {
      MerkleProofs.verifyInclusion(
          json.get("leafIdx").longValue(),
          json.get("treeSize").longValue(),
          bytes(json.get("leafHash")),
          proof,
          bytes(json.get("root")));
    } else {
      MerkleProofs.verifyConsistency(
          json.get("size1").longValue(),
          json.get("size2").longValue(),
          bytes(json.get("root1")),
          bytes(json.get("root2")),
          proof);
    }
  }

  private static boolean passes(Runnable check) {
    try {
      check.run();
      return true;
    } catch (MalformedException e) {
      return false;
    }
  }

  private static Bytes bytes(JsonNode base64) {
    return base64.isNull()
        ? Bytes.EMPTY
        : Bytes.wrap(Base64.getDecoder().decode(base64.textValue()));
  }
}
