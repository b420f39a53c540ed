package dev.cairn.testkit.fuzz;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.federation.tls.TlsIdentity;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.cert.CertificateEncodingException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What fuzzing begins with: the vectors of {@code docs/format}, good and refused, and some texts.
 */
final class Seeds {
  private static final Pattern BLOCK = Pattern.compile("(?ms)^```vectors\n(.*?)^```$");

  private Seeds() {}

  /** The seeds of one of {@link Decoders#names}. */
  static List<byte[]> forDecoder(String decoder) {
    return switch (decoder) {
      case "record" -> of("log-record.md");
      case "tombstoneNote" -> of("log-record.md");
      case "artifact" -> of("artifact.md");
      case "cbor" -> cborSeeds();
      case "epochOpening" -> of("epoch.md");
      case "memberStatement" -> of("member.md");
      case "rangeStatement" -> of("range.md");
      case "snapshot" -> of("snapshot.md");
      case "edge" -> of("edge.md");
      case "finding" -> of("finding.md", 4);
      case "program" -> of("program.md");
      case "programText" -> programTextSeeds();
      case "receipt" -> of("receipt.md");
      case "request" -> requestSeeds();
      case "signedNote" -> signedNoteSeeds();
      case "checkpoint" -> checkpointSeeds();
      case "frame" -> of("protocol.md");
      case "bundle" -> of("bundle.md");
      case "excerpt" -> of("excerpt.md");
      case "segment" -> of("graph-segment.md");
      case "query" -> querySeeds();
      case "certificate" -> certificateSeeds();
      default -> throw new IllegalArgumentException("no decoder " + decoder);
    };
  }

  private static List<byte[]> cborSeeds() {
    List<byte[]> seeds = new ArrayList<>();
    for (byte[] vector : of("cbor.md")) {
      for (int what = 0; what < 8; what++) {
        seeds.add(Bytes.wrap(new byte[] {1, (byte) what}).plus(Bytes.wrap(vector)).toArray());
      }
    }
    return seeds;
  }

  private static List<byte[]> programTextSeeds() {
    return texts(
        """
        {"program": 1, "inputs": ["left", "right"],
         "nodes": {
           "both": {"operator": "bytes/concat@1", "inputs": ["left", "right"],
                    "parameters": {"type": "text/plain"}},
           "digest": {"operator": "digest/sha256@1", "inputs": ["both"]}},
         "outputs": {"both": "both", "digest": "digest"}}
        """,
        """
        program: 1
        inputs: [a]
        nodes:
          n: {operator: digest/sha256@1, inputs: [a]}
        outputs: {n: n}
        """,
        "{\"program\": 1e0, \"nodes\": {\"\\u0000\": [[[]]]}}");
  }

  private static List<byte[]> requestSeeds() {
    List<byte[]> seeds = new ArrayList<>(of("run-request.md", 3));
    seeds.addAll(of("borrowing.md", 3));
    seeds.addAll(of("program.md", 3));
    return seeds;
  }

  private static List<byte[]> signedNoteSeeds() {
    List<byte[]> seeds = new ArrayList<>(of("merkle-log.md"));
    seeds.addAll(of("bundle.md"));
    return seeds;
  }

  private static List<byte[]> checkpointSeeds() {
    List<byte[]> seeds = new ArrayList<>(of("merkle-log.md"));
    seeds.addAll(texts("cairn/v1/a/" + "0".repeat(64) + "/1\n0\nAA==\nlogseq 0\n"));
    return seeds;
  }

  private static List<byte[]> querySeeds() {
    return texts(
        "artifacts | type=text/plain | up depth=3 | count by type",
        "edges | limit 10",
        "artifacts history | limit 5",
        "{\"scan\": \"artifacts\"}");
  }

  private static List<byte[]> certificateSeeds() {
    SigningKey key = SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8("fuzz")));
    try {
      return List.of(new TlsIdentity(key, () -> 1_700_000_000_000L).certificate().getEncoded());
    } catch (CertificateEncodingException e) {
      throw new AssertionError(e);
    }
  }

  private static List<byte[]> texts(String... texts) {
    return Arrays.stream(texts).map(text -> text.getBytes(StandardCharsets.UTF_8)).toList();
  }

  private static List<byte[]> of(String page) {
    List<byte[]> seeds = new ArrayList<>();
    Matcher block = BLOCK.matcher(read(page));
    while (block.find()) {
      block
          .group(1)
          .lines()
          .map(line -> Bytes.fromHex(line.substring(line.indexOf(" =") + 2).strip()).toArray())
          .forEach(seeds::add);
    }
    if (seeds.isEmpty()) {
      throw new AssertionError("no vectors in " + page);
    }
    return seeds;
  }

  /** The same, each behind every byte below {@code choices}. */
  private static List<byte[]> of(String page, int choices) {
    List<byte[]> seeds = new ArrayList<>();
    for (byte[] vector : of(page)) {
      for (int choice = 0; choice < choices; choice++) {
        seeds.add(Bytes.wrap(new byte[] {(byte) choice}).plus(Bytes.wrap(vector)).toArray());
      }
    }
    return seeds;
  }

  private static String read(String page) {
    Path root = Path.of("").toAbsolutePath();
    while (root != null && !Files.isDirectory(root.resolve("docs/format"))) {
      root = root.getParent();
    }
    if (root == null) {
      throw new AssertionError("no folder docs/format above this one");
    }
    try {
      return Files.readString(root.resolve("docs/format").resolve(page));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
