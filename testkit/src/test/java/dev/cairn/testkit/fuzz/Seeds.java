package dev.cairn.testkit.fuzz;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.federation.reconcile.RangeItem;
import dev.cairn.federation.reconcile.ReconcileOptions;
import dev.cairn.federation.reconcile.Reconciler;
import dev.cairn.federation.reconcile.SortedItems;
import dev.cairn.federation.tls.TlsIdentity;
import dev.cairn.pel.operator.zstd.ZstdCompression;
import dev.cairn.tgk.plan.run.Continuation;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
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
import java.util.stream.Stream;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;

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
      case "closing" -> of("closing.md");
      case "bricks" -> of("bricks.md");
      case "evidence" -> of("evidence.md");
      case "convergence" -> of("convergence.md");
      case "proof" -> of("artifact-proof.md");
      case "keyText" -> of("cosignature.md");
      case "continuation" -> continuationSeeds();
      case "packed" -> of("packed-frames.md");
      case "module" -> files("pel-runtime/src/test/resources/wasm", ".wasm");
      case "operated" -> operatedSeeds();
      case "imported" -> importedSeeds();
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
      case "filter" -> filterSeeds();
      case "ranges" -> rangesSeeds();
      case "stretch" -> stretchSeeds();
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

  private static List<byte[]> filterSeeds() {
    return texts(
        "type:text/plain",
        "type:text/* & !(type:-)",
        "(edge:7 | key:"
            + "00".repeat(32)
            + ".."
            + "7f".repeat(32)
            + ") & origin:"
            + "ab".repeat(32),
        "above:asl1-sha256:" + "cd".repeat(32),
        "all",
        "none");
  }

  /** The first question of a few items, and one with the ids of a range. */
  private static List<byte[]> rangesSeeds() {
    List<RangeItem> items = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      items.add(new RangeItem(i, HashAlgorithm.SHA_256.hash(Bytes.u64(i))));
    }
    ReconcileOptions options = new ReconcileOptions(2, 2, ReconcileOptions.MESSAGE_BYTES_MIN, 9);
    Reconciler few = new Reconciler(new SortedItems(items), options);
    Bytes question = few.open();
    Bytes answer = new Reconciler(new SortedItems(items.subList(3, 9)), options).answer(question);
    return List.of(question.toArray(), answer.toArray());
  }

  /** A record without a payload, one with a small, one with a large one, and a checkpoint. */
  private static List<byte[]> stretchSeeds() {
    Bytes record = Bytes.wrap(new byte[] {0, 2, 'r', '1'});
    Bytes none = record.plus(Bytes.wrap(new byte[] {0}));
    Bytes small = record.plus(Bytes.wrap(new byte[] {1, 0, 0, 0, 2, 'p', 'q'}));
    Bytes large = record.plus(Bytes.wrap(new byte[] {2})).plus(Bytes.u64(70_000));
    Bytes note = Bytes.wrap(new byte[] {0, 0, 0, 0, 0, 3, 'n', 'o', 't'});
    Bytes three = Bytes.wrap(new byte[] {3});
    return List.of(
        three.plus(none).plus(small).plus(note).toArray(),
        three.plus(large).plus(Bytes.wrap(new byte[70_000])).plus(note).toArray(),
        three.plus(large).plus(small).toArray());
  }

  private static List<byte[]> continuationSeeds() {
    Bytes digest = HashAlgorithm.SHA_256.hash(Bytes.utf8("fuzz"));
    return texts(
        new Continuation(digest, digest, 7, null).text(),
        new Continuation(digest, digest, 0, ArtifactKey.of(digest, null)).text());
  }

  private static List<byte[]> operatedSeeds() {
    List<byte[]> all =
        texts("a,b\n1,\"x \"\"y\"\"\n\"\n", "{\"b\": [1.50, \"\\u00e9\", null], \"a\": {}}");
    List<byte[]> inputs = new ArrayList<>(all);
    inputs.add(tar("folder/one", "one"));
    try {
      inputs.add(zip(ZipEntry.STORED));
      inputs.add(zip(ZipEntry.DEFLATED));
      Bytes text = Bytes.utf8("all the same, ".repeat(20));
      try (ZstdCompression in =
          ZstdCompression.of(new ByteArrayInputStream(text.toArray()), text.length(), 3)) {
        inputs.add(in.readAllBytes());
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return chosen(inputs, Operated.OPERATORS);
  }

  /** A header of ustar, what the file holds, and the two empty blocks at the end. */
  private static byte[] tar(String name, String text) {
    byte[] archive = new byte[4 * 512];
    place(archive, 0, name);
    place(archive, 100, "0000644");
    place(archive, 124, "%011o".formatted(text.length()));
    place(archive, 136, "00000000000");
    place(archive, 148, "        ");
    place(archive, 156, "0");
    place(archive, 257, "ustar\00000");
    int sum = 0;
    for (int i = 0; i < 512; i++) {
      sum += archive[i];
    }
    place(archive, 148, "%06o\0".formatted(sum));
    place(archive, 512, text);
    return archive;
  }

  private static void place(byte[] archive, int at, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    System.arraycopy(bytes, 0, archive, at, bytes.length);
  }

  private static byte[] zip(int method) throws IOException {
    byte[] text = "one one one one one".getBytes(StandardCharsets.US_ASCII);
    CRC32 crc = new CRC32();
    crc.update(text);
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream out = new ZipOutputStream(bytes)) {
      ZipEntry entry = new ZipEntry("folder/one");
      entry.setMethod(method);
      entry.setSize(text.length);
      entry.setCrc(crc.getValue());
      entry.setTime(0);
      out.putNextEntry(entry);
      out.write(text);
    }
    return bytes.toByteArray();
  }

  private static List<byte[]> importedSeeds() {
    List<byte[]> documents =
        new ArrayList<>(files("cli/src/test/resources/dev/cairn/cli/interchange", ""));
    documents.addAll(
        texts(
            "{\"op\":\"put\",\"alias\":\"a\",\"text\":\"one\"}\n",
            "<project><groupId>g</groupId><artifactId>a</artifactId><version>1</version>"
                + "<dependencies><dependency><groupId>g</groupId><artifactId>b</artifactId>"
                + "<version>${project.version}</version></dependency></dependencies></project>"));
    return chosen(documents, Imported.FORMATS);
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
    return chosen(of(page), choices);
  }

  private static List<byte[]> chosen(List<byte[]> inputs, int choices) {
    List<byte[]> seeds = new ArrayList<>();
    for (byte[] input : inputs) {
      for (int choice = 0; choice < choices; choice++) {
        seeds.add(Bytes.wrap(new byte[] {(byte) choice}).plus(Bytes.wrap(input)).toArray());
      }
    }
    return seeds;
  }

  /** What a folder of this checkout has in files whose names end so, in the order of names. */
  private static List<byte[]> files(String folder, String end) {
    List<byte[]> seeds = new ArrayList<>();
    try (Stream<Path> found = Files.list(root().resolve(folder))) {
      for (Path file : found.filter(each -> each.toString().endsWith(end)).sorted().toList()) {
        seeds.add(Files.readAllBytes(file));
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    if (seeds.isEmpty()) {
      throw new AssertionError("no files in " + folder);
    }
    return seeds;
  }

  private static String read(String page) {
    try {
      return Files.readString(root().resolve("docs/format").resolve(page));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Path root() {
    Path root = Path.of("").toAbsolutePath();
    while (root != null && !Files.isDirectory(root.resolve("docs/format"))) {
      root = root.getParent();
    }
    if (root == null) {
      throw new AssertionError("no folder docs/format above this one");
    }
    return root;
  }
}
