package dev.cairn.asl;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.cbor.CborValue;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.evidence.StateEvidence;
import dev.cairn.asl.merkle.CompactRange;
import dev.cairn.asl.merkle.MerkleProofs;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.ArtifactHasher;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.CanonicalEncoding;
import dev.cairn.asl.model.EpochOpening;
import dev.cairn.asl.model.LogClosing;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.model.TombstoneNote;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.note.Checkpoint;
import dev.cairn.asl.note.ConvergenceCertificate;
import dev.cairn.asl.note.VerifierKey;
import dev.cairn.asl.time.HybridClock;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * Holds the code to the golden vectors in {@code docs/format}. Python's {@code check_vectors.py}
 * there computes them again.
 */
class FormatDocumentsTest {
  private static final Bytes HELLO = Bytes.utf8("hello");
  private static final TypeTag TEXT = new TypeTag("text/plain");

  private static final SigningKey KEY =
      SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8("node")));
  private static final Origin ORIGIN = new Origin(NodeId.of(KEY.publicKey()), 1);
  private static final TombstoneNote NOTE = new TombstoneNote(true, "withdrawn");
  private static final long HLC = HybridClock.fromMillis(1_700_000_000_000L);

  /** Three commits: a batch of three artifacts, an edge, and the tombstone of "hello". */
  private static final List<LogRecord> LOG = log();

  @Test
  void artifactMd() {
    GoldenVectors golden = GoldenVectors.of("artifact.md");
    Map<String, Bytes> due = new LinkedHashMap<>();
    due.put("hello.payload", HELLO);
    due.put("hello.tag", TEXT.bytes());
    due.put("hello.encoding", new CanonicalEncoding(HELLO, TEXT).encode());
    due.put("hello.payloadDigest", PayloadDigest.of(HELLO).digest());
    for (HashAlgorithm algorithm : HashAlgorithm.values()) {
      ArtifactHasher hasher = new ArtifactHasher(algorithm);
      hasher.update(HELLO);
      ArtifactKey key = hasher.finish(TEXT).key();
      due.put("hello.key." + algorithm.label(), key.bytes());
      assertThat(golden.document()).contains(key.toString());
    }
    due.put("untagged.encoding", new CanonicalEncoding(HELLO, null).encode());
    due.put("untagged.key.sha256", ArtifactKey.of(HELLO, null).bytes());
    due.put("empty.encoding", new CanonicalEncoding(Bytes.EMPTY, null).encode());
    due.put("empty.key.sha256", ArtifactKey.of(Bytes.EMPTY, null).bytes());
    golden.assertSame(due);
    assertThat(golden.document()).contains(PayloadDigest.of(HELLO).toString());
    assertThat(CanonicalEncoding.parse(golden.get("hello.encoding")))
        .isEqualTo(new CanonicalEncoding(HELLO, TEXT));
  }

  @Test
  void cborMd() {
    GoldenVectors golden = GoldenVectors.of("cbor.md");
    Map<String, CborValue> values = new LinkedHashMap<>();
    values.put("null", new CborValue.Null());
    values.put("false", new CborValue.Bool(false));
    values.put("true", new CborValue.Bool(true));
    for (long number :
        new long[] {0, 23, 24, 255, 256, 65_535, 65_536, 4_294_967_295L, 4_294_967_296L}) {
      values.put("int." + number, new CborValue.Int(number));
    }
    values.put("int.greatest", new CborValue.Int(Long.MAX_VALUE));
    values.put("int.-1", new CborValue.Int(-1));
    values.put("int.-25", new CborValue.Int(-25));
    values.put("int.least", new CborValue.Int(Long.MIN_VALUE));
    values.put("bytes", new CborValue.Binary(Bytes.fromHex("00ff")));
    values.put("text", new CborValue.Text("café"));
    values.put(
        "array", new CborValue.Array(List.of(new CborValue.Int(1), new CborValue.Text("a"))));
    TreeMap<String, CborValue> entries = new TreeMap<>();
    for (String key : List.of("aa", "b", "")) {
      entries.put(key, new CborValue.Text(key));
    }
    values.put("map", new CborValue.Dict(entries));
    int refused = 0;
    for (Map.Entry<String, Bytes> vector : golden.all().entrySet()) {
      CborReader in = new CborReader(vector.getKey(), vector.getValue());
      if (vector.getKey().startsWith("refused.")) {
        refused++;
        assertThatThrownBy(() -> readToEnd(in))
            .as(vector.getKey())
            .isInstanceOf(MalformedException.class);
      } else {
        CborValue value = values.remove(vector.getKey());
        assertThat(readToEnd(in)).as(vector.getKey()).isEqualTo(value);
        assertThat(value.encode()).as(vector.getKey()).isEqualTo(vector.getValue());
      }
    }
    assertThat(values).as("values without a vector").isEmpty();
    assertThat(refused).isEqualTo(13);
  }

  @Test
  void logRecordMd() {
    GoldenVectors golden = GoldenVectors.of("log-record.md");
    Map<String, Bytes> due = new LinkedHashMap<>();
    due.put("note", NOTE.encode());
    due.put("note.withoutReason", new TombstoneNote(false, null).encode());
    for (int i = 0; i < LOG.size(); i++) {
      due.put("record." + i, LOG.get(i).encode());
      assertThat(LogRecord.decode(golden.get("record." + i))).isEqualTo(LOG.get(i));
    }
    golden.assertSame(due);
    assertThat(TombstoneNote.decode(golden.get("note"))).isEqualTo(NOTE);
  }

  @Test
  void merkleLogMd() {
    GoldenVectors golden = GoldenVectors.of("merkle-log.md");
    Map<String, Bytes> due = new LinkedHashMap<>();
    due.put("emptyRoot", TreeHasher.emptyRoot());
    CompactRange range = new CompactRange();
    Map<List<Long>, Bytes> subtrees = new LinkedHashMap<>();
    Bytes rootOfTwo = TreeHasher.emptyRoot();
    for (int i = 0; i < LOG.size(); i++) {
      Bytes leaf = TreeHasher.leaf(LOG.get(i).encode());
      due.put("leaf." + i, leaf);
      range.append(leaf, (level, index, hash) -> subtrees.put(List.of((long) level, index), hash));
      due.put("root." + range.size(), range.root());
      if (range.size() == 2) {
        rootOfTwo = range.root();
      }
    }
    List<Bytes> inclusion =
        MerkleProofs.inclusion((level, index) -> subtrees.get(List.of((long) level, index)), 2, 5);
    List<Bytes> consistency =
        MerkleProofs.consistency(
            (level, index) -> subtrees.get(List.of((long) level, index)), 2, 5);
    due.put("inclusion.2of5", Bytes.concat(inclusion.toArray(Bytes[]::new)));
    due.put("consistency.2to5", Bytes.concat(consistency.toArray(Bytes[]::new)));
    MerkleProofs.verifyInclusion(2, 5, golden.get("leaf.2"), inclusion, golden.get("root.5"));
    MerkleProofs.verifyConsistency(2, 5, rootOfTwo, golden.get("root.5"), consistency);
    Checkpoint checkpoint = new Checkpoint("default", ORIGIN, range.size(), range.root(), 3);
    due.put("seed", KEY.seed());
    due.put("publicKey", KEY.publicKey().encoded());
    due.put("node", ORIGIN.node().digest());
    due.put("checkpoint.text", Bytes.utf8(checkpoint.text()));
    due.put("checkpoint.note", checkpoint.sign(KEY));
    golden.assertSame(due);
    assertThat(golden.document()).contains("```\n" + checkpoint.sign(KEY).toUtf8() + "```\n");
    assertThat(golden.document())
        .contains("    " + new VerifierKey(checkpoint.keyName(), KEY.publicKey()).format() + "\n");
    assertThat(Checkpoint.verify(golden.get("checkpoint.note"), ORIGIN, "default", KEY.publicKey()))
        .isEqualTo(checkpoint);
  }

  @Test
  void closingMd() {
    GoldenVectors golden = GoldenVectors.of("closing.md");
    SigningKey successor = SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8("successor")));
    LogClosing succeeded =
        LogClosing.of("default", KEY, successor, new TreeMap<>(Map.of(1, 5L, 7, 2L)));
    LogClosing alone = LogClosing.of("default", KEY, null, new TreeMap<>());
    Map<String, Bytes> due = new LinkedHashMap<>();
    due.put("succeeded.payload", succeeded.encode());
    due.put("succeeded.key", succeeded.artifactKey().bytes());
    due.put("alone.payload", alone.encode());
    due.put("alone.key", alone.artifactKey().bytes());
    assertThat(LogClosing.decode(golden.get("succeeded.payload"))).isEqualTo(succeeded);
    assertThat(LogClosing.decode(golden.get("alone.payload"))).isEqualTo(alone);
    assertThat(succeeded.node()).isEqualTo(ORIGIN.node());
    assertThat(succeeded.successorNode()).isEqualTo(NodeId.of(successor.publicKey()));
    for (Map.Entry<String, Bytes> vector : golden.all().entrySet()) {
      if (vector.getKey().startsWith("refused.")) {
        due.put(vector.getKey(), vector.getValue());
        assertThatThrownBy(() -> LogClosing.decode(vector.getValue()))
            .as(vector.getKey())
            .isInstanceOfAny(MalformedException.class, UnsupportedVersionException.class);
      }
    }
    assertThat(due).hasSize(4 + 12);
    golden.assertSame(due);
  }

  @Test
  void convergenceMd() {
    GoldenVectors golden = GoldenVectors.of("convergence.md");
    Snapshot snapshot = Snapshot.decode(GoldenVectors.of("snapshot.md").get("snapshot.payload"));
    Snapshot other =
        new Snapshot(
            snapshot.federation(),
            snapshot.heads(),
            HashAlgorithm.SHA_256.hash(Bytes.utf8("other")));
    SigningKey witness = SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8("witness")));
    ConvergenceCertificate half = ConvergenceCertificate.of(snapshot, KEY);
    StateEvidence evidence =
        StateEvidence.of(
            KEY.publicKey(),
            half.note(ORIGIN.node()),
            ConvergenceCertificate.of(other, KEY).note(ORIGIN.node()));
    Map<String, Bytes> due = new LinkedHashMap<>();
    due.put("cut", snapshot.cutDigest());
    due.put("text", Bytes.utf8(half.statement().text()));
    due.put("half", half.encode());
    due.put("certificate", half.signedBy(witness).encode());
    due.put("evidence", evidence.encoded());
    due.put("evidence.id", evidence.id());
    assertThat(ConvergenceCertificate.verified(golden.get("certificate")))
        .isEqualTo(half.signedBy(witness));
    assertThat(golden.document()).contains(golden.get("certificate").toUtf8());
    assertThat(StateEvidence.decode(golden.get("evidence"))).isEqualTo(evidence);
    for (Map.Entry<String, Bytes> vector : golden.all().entrySet()) {
      if (vector.getKey().startsWith("refused")) {
        due.put(vector.getKey(), vector.getValue());
        assertThatThrownBy(
                () -> {
                  if (vector.getKey().startsWith("refusedEvidence.")) {
                    StateEvidence.decode(vector.getValue());
                  } else {
                    ConvergenceCertificate.verified(vector.getValue());
                  }
                })
            .as(vector.getKey())
            .isInstanceOfAny(MalformedException.class, UnsupportedVersionException.class);
      }
    }
    assertThat(due).hasSize(6 + 10 + 5);
    golden.assertSame(due);
  }

  @Test
  void snapshotMd() {
    GoldenVectors golden = GoldenVectors.of("snapshot.md");
    CompactRange range = new CompactRange();
    LOG.forEach(record -> range.append(TreeHasher.leaf(record.encode())));
    Origin other = new Origin(new NodeId(Bytes.wrap(new byte[NodeId.BYTES])), 2);
    Snapshot.Head otherHead =
        new Snapshot.Head(other, 2, 1, HashAlgorithm.SHA_256.hash(Bytes.utf8("root")));
    Snapshot.Head head = new Snapshot.Head(ORIGIN, 3, range.size(), range.root());
    Snapshot snapshot =
        new Snapshot(
            "default", List.of(otherHead, head), HashAlgorithm.SHA_256.hash(Bytes.utf8("state")));
    Snapshot empty =
        new Snapshot("default", List.of(), HashAlgorithm.SHA_256.hash(Bytes.utf8("state")));
    Map<String, Bytes> due = new LinkedHashMap<>();
    due.put("snapshot.payload", snapshot.encode());
    due.put("snapshot.key", snapshot.key().bytes());
    due.put("empty.payload", empty.encode());
    due.put("empty.key", empty.key().bytes());
    golden.assertSame(due);
    assertThat(golden.document()).contains(snapshot.key().toString());
    assertThat(Snapshot.decode(golden.get("snapshot.payload"))).isEqualTo(snapshot);
  }

  @Test
  void epochMd() {
    GoldenVectors golden = GoldenVectors.of("epoch.md");
    CompactRange range = new CompactRange();
    LOG.forEach(record -> range.append(TreeHasher.leaf(record.encode())));
    EpochOpening.Ended first = new EpochOpening.Ended(1, range.size(), range.root(), 3);
    EpochOpening.Ended second =
        new EpochOpening.Ended(7, 2, HashAlgorithm.SHA_256.hash(Bytes.utf8("root")), 12);
    Map<String, EpochOpening> openings = new LinkedHashMap<>();
    openings.put("second", new EpochOpening(new Origin(ORIGIN.node(), 7), List.of(first)));
    openings.put("third", new EpochOpening(new Origin(ORIGIN.node(), 9), List.of(first, second)));
    int refused = 0;
    for (Map.Entry<String, Bytes> vector : golden.all().entrySet()) {
      if (vector.getKey().startsWith("refused.")) {
        refused++;
        assertThatThrownBy(() -> EpochOpening.decode(vector.getValue()))
            .as(vector.getKey())
            .isInstanceOfAny(MalformedException.class, UnsupportedVersionException.class);
      }
    }
    assertThat(refused).isEqualTo(11);
    assertThat(golden.all()).hasSize(refused + 4);
    openings.forEach(
        (name, opening) -> {
          assertThat(opening.encode()).as(name).isEqualTo(golden.get(name + ".payload"));
          assertThat(opening.key().bytes()).as(name).isEqualTo(golden.get(name + ".key"));
          assertThat(EpochOpening.decode(golden.get(name + ".payload"))).isEqualTo(opening);
        });
  }

  @Test
  void theIndexNamesEveryDocument() {
    String index = GoldenVectors.of("README.md").document();
    for (String name :
        List.of(
            "artifact.md",
            "cbor.md",
            "closing.md",
            "convergence.md",
            "epoch.md",
            "log-record.md",
            "merkle-log.md",
            "snapshot.md")) {
      assertThat(index).contains("(" + name + ")");
    }
  }

  private static List<LogRecord> log() {
    List<ArtifactId> batch =
        List.of(
                ArtifactHasher.identify(HELLO, TEXT),
                ArtifactHasher.identify(HELLO, null),
                ArtifactHasher.identify(Bytes.utf8("receipt"), TypeTag.RECEIPT))
            .stream()
            .sorted(Comparator.comparing(ArtifactId::key))
            .toList();
    ArtifactId edge = ArtifactHasher.identify(Bytes.utf8("edge"), TypeTag.EDGE);
    ArtifactId note = ArtifactHasher.identify(NOTE.encode(), TypeTag.TOMBSTONE);
    return List.of(
        put(0, 1, HLC, batch.get(0)),
        put(1, 1, HLC, batch.get(1)),
        put(2, 1, HLC, batch.get(2)),
        put(3, 2, HLC + 1, edge),
        new LogRecord(
            4,
            3,
            HLC + (1 << 16),
            RecordKind.TOMBSTONE,
            ArtifactKey.of(HELLO, TEXT),
            TypeTag.TOMBSTONE,
            note.payloadLength(),
            note.payloadDigest()));
  }

  private static LogRecord put(long index, long logseq, long hlc, ArtifactId id) {
    return new LogRecord(
        index,
        logseq,
        hlc,
        RecordKind.ofPut(id.tag()),
        id.key(),
        id.tag(),
        id.payloadLength(),
        id.payloadDigest());
  }

  private static CborValue readToEnd(CborReader in) {
    CborValue value = CborValue.read(in);
    in.end();
    return value;
  }
}
