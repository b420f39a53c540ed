package dev.cairn.asl.evidence;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.GoldenVectors;
import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.merkle.CompactRange;
import dev.cairn.asl.merkle.SubtreeSource;
import dev.cairn.asl.merkle.TreeHasher;
import dev.cairn.asl.model.ArtifactHasher;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.LogRecord;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.RecordKind;
import dev.cairn.asl.note.Checkpoint;
import dev.cairn.asl.note.NoteSignature;
import dev.cairn.asl.note.SignedNote;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What proves that a node broke the rules of its log, and what does not. */
final class EvidenceTest {
  private static final SigningKey KEY =
      SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8("node")));
  private static final SigningKey OTHER =
      SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8("other node")));
  private static final Origin ORIGIN = new Origin(NodeId.of(KEY.publicKey()), 1);
  private static final int SIZES = 20;

  @Test
  void theDocumentsVectorsProveWhatTheySay() {
    GoldenVectors golden = GoldenVectors.of("evidence.md");
    Map<String, Contradiction> due =
        Map.of(
            "twoRoots", Contradiction.TWO_ROOTS,
            "logseqStands", Contradiction.LOGSEQ_STANDS,
            "notExtended", Contradiction.NOT_EXTENDED,
            "notExtended.powerOfTwo", Contradiction.NOT_EXTENDED,
            "cutCommit", Contradiction.CUT_COMMIT,
            "outOfOrder", Contradiction.OUT_OF_ORDER,
            "behindClosing", Contradiction.BEHIND_CLOSING);
    List<String> seen = new ArrayList<>();
    int refused = 0;
    for (Map.Entry<String, Bytes> vector : golden.all().entrySet()) {
      String name = vector.getKey();
      if (name.startsWith("frame.")) {
        continue; // Of the protocol, which tests of the federation hold to them.
      }
      if (name.startsWith("refused.")) {
        refused++;
        assertThatThrownBy(() -> Evidence.decode(vector.getValue()))
            .as(name)
            .isInstanceOf(
                name.endsWith("version-2")
                    ? UnsupportedVersionException.class
                    : MalformedException.class);
      } else if (name.endsWith(".id")) {
        String of = name.substring(0, name.length() - ".id".length());
        assertThat(Evidence.decode(golden.get(of)).id()).as(name).isEqualTo(vector.getValue());
      } else {
        seen.add(name);
        Evidence evidence = Evidence.decode(vector.getValue());
        assertThat(evidence.contradiction()).as(name).isEqualTo(due.get(name));
        assertThat(evidence.encoded()).as(name).isEqualTo(vector.getValue());
        assertThat(evidence.origin()).as(name).isEqualTo(ORIGIN);
        assertThat(evidence.federation()).as(name).isEqualTo("default");
      }
    }
    assertThat(seen).containsExactlyInAnyOrderElementsOf(due.keySet());
    assertThat(refused).isEqualTo(18);
  }

  @Test
  void twoForksAreProvenWhereverTheyPartAndWhateverTheirSizes() {
    List<Bytes> trunk = records(0, SIZES, 0);
    for (int parting = 0; parting < SIZES; parting += 3) {
      List<Bytes> branch = new ArrayList<>(trunk.subList(0, parting));
      branch.addAll(records(parting, SIZES, 1));
      for (int left = 1; left <= SIZES; left++) {
        for (int right = 1; right <= SIZES; right++) {
          Bytes mine = note(trunk, left);
          Bytes theirs = note(branch, right);
          SubtreeSource longer = tree(left >= right ? trunk : branch);
          Optional<Evidence> found = Evidence.between(KEY.publicKey(), mine, theirs, longer);
          boolean parted = Math.min(left, right) > parting;
          assertThat(found.isPresent())
              .as(left + " and " + right + " parted at " + parting)
              .isEqualTo(parted);
          if (found.isPresent()) {
            Evidence evidence = found.get();
            assertThat(Evidence.decode(evidence.encoded())).isEqualTo(evidence);
            assertThat(Evidence.between(KEY.publicKey(), theirs, mine, longer)).contains(evidence);
          }
        }
      }
    }
  }

  @Test
  void anHonestNodeCannotBeAccusedOfItsOwnLog() {
    List<Bytes> log = records(0, SIZES, 0);
    for (int shorter = 1; shorter < SIZES; shorter++) {
      Bytes one = note(log, shorter);
      Bytes two = note(log, SIZES);
      int size = shorter;
      assertThat(Evidence.between(KEY.publicKey(), one, two, tree(log))).isEmpty();
      assertThatThrownBy(
              () ->
                  Evidence.cutCommit(
                      KEY.publicKey(),
                      one,
                      two,
                      ProvenRecord.of(log.get(size), size, SIZES, tree(log))))
          .isInstanceOf(MalformedException.class);
      assertThatThrownBy(
              () ->
                  Evidence.outOfOrder(
                      KEY.publicKey(),
                      two,
                      ProvenRecord.of(log.get(size - 1), size - 1, SIZES, tree(log)),
                      ProvenRecord.of(log.get(size), size, SIZES, tree(log))))
          .isInstanceOf(MalformedException.class);
    }
  }

  @Test
  void anyByteChangedMakesItWorthless() {
    List<Bytes> log = records(0, 7, 0);
    List<Bytes> fork = records(0, 4, 1);
    Evidence evidence =
        Evidence.between(KEY.publicKey(), note(log, 7), note(fork, 4), tree(log)).orElseThrow();
    byte[] bytes = evidence.encoded().toArray();
    for (int at = 0; at < bytes.length; at++) {
      byte[] bent = bytes.clone();
      bent[at] ^= 1;
      assertThatThrownBy(() -> Evidence.decode(Bytes.wrap(bent)))
          .as("byte " + at)
          .isInstanceOf(CairnException.class);
    }
    for (int length = 0; length < bytes.length; length++) {
      Bytes cut = evidence.encoded().slice(0, length);
      assertThatThrownBy(() -> Evidence.decode(cut)).isInstanceOf(MalformedException.class);
    }
  }

  @Test
  void cosignaturesDoNotMakeAnotherEvidence() {
    List<Bytes> log = records(0, 5, 0);
    List<Bytes> fork = records(0, 5, 1);
    Bytes plain = note(log, 5);
    SignedNote signed = SignedNote.parse(plain);
    List<NoteSignature> more = new ArrayList<>();
    more.add(new NoteSignature("witness", 7, Bytes.fromHex("00112233")));
    more.addAll(signed.signatures());
    Bytes cosigned = new SignedNote(signed.text(), more).encode();
    Evidence one = Evidence.between(KEY.publicKey(), plain, note(fork, 5), tree(log)).orElseThrow();
    Evidence two =
        Evidence.between(KEY.publicKey(), cosigned, note(fork, 5), tree(log)).orElseThrow();
    assertThat(two).isEqualTo(one);
  }

  @Test
  void notesOfAnotherNodeOrLogOrFederationAreNoEvidence() {
    List<Bytes> log = records(0, 5, 0);
    Bytes mine = note(log, 5);
    Bytes root = root(records(0, 5, 1), 5);
    Bytes otherNode =
        new Checkpoint("default", new Origin(NodeId.of(OTHER.publicKey()), 1), 5, root, 5)
            .sign(OTHER);
    Bytes otherEpoch =
        new Checkpoint("default", new Origin(ORIGIN.node(), 2), 5, root, 5).sign(KEY);
    Bytes otherFederation = new Checkpoint("elsewhere", ORIGIN, 5, root, 5).sign(KEY);
    for (Bytes note : List.of(otherNode, otherEpoch, otherFederation)) {
      assertThatThrownBy(() -> Evidence.between(KEY.publicKey(), mine, note, tree(log)))
          .isInstanceOf(MalformedException.class);
    }
  }

  @Test
  void hostileNotesAreRefused() {
    List<Bytes> log = records(0, 5, 0);
    Bytes fork = note(records(0, 5, 1), 5);
    String good = note(log, 5).toUtf8();
    String line = good.substring(good.indexOf("\n\n") + 2);
    List<String> hostile =
        List.of(
            good + line.repeat(10_000),
            good + line.repeat(SignedNote.SIGNATURES_MAX),
            good.replace("\n", "\r\n"),
            good.replaceFirst("\n5\n", "\n9223372036854775808\n"),
            good.replaceFirst("\n5\n", "\n05\n"),
            good.replaceFirst("\n5\n", "\n-5\n"),
            good.replaceFirst("logseq 5", "logseq 18446744073709551615"),
            good.replaceFirst("logseq 5", "logseq 6"),
            good.substring(0, good.indexOf("\n\n") + 2),
            "");
    for (String note : hostile) {
      assertThatThrownBy(() -> Evidence.between(KEY.publicKey(), Bytes.utf8(note), fork, tree(log)))
          .as(note.substring(0, Math.min(200, note.length())))
          .isInstanceOf(MalformedException.class);
    }
  }

  /** Records {@code [from, to)} of a log, one a commit; another branch has other artifacts. */
  private static List<Bytes> records(int from, int to, int branch) {
    List<Bytes> records = new ArrayList<>();
    for (int i = from; i < to; i++) {
      ArtifactId id = ArtifactHasher.identify(Bytes.utf8(branch + "/" + i), null);
      records.add(
          new LogRecord(
                  i,
                  i + 1,
                  i + 1,
                  RecordKind.ARTIFACT,
                  id.key(),
                  null,
                  id.payloadLength(),
                  id.payloadDigest())
              .encode());
    }
    return records;
  }

  private static Bytes note(List<Bytes> records, int size) {
    return new Checkpoint("default", ORIGIN, size, root(records, size), size).sign(KEY);
  }

  private static Bytes root(List<Bytes> records, int size) {
    return CompactRange.from(tree(records), size).root();
  }

  private static SubtreeSource tree(List<Bytes> records) {
    Map<List<Long>, Bytes> subtrees = new HashMap<>();
    CompactRange range = new CompactRange();
    for (Bytes record : records) {
      range.append(
          TreeHasher.leaf(record),
          (level, index, hash) -> subtrees.put(List.of((long) level, index), hash));
    }
    return (level, index) -> {
      Bytes hash = subtrees.get(List.of((long) level, index));
      assertThat(hash).as("subtree " + level + "/" + index).isNotNull();
      return hash;
    };
  }
}
