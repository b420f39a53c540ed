package dev.cairn.federation.bundle;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.fail;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.MisbehaviourException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.error.UnextendedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.time.Ticker;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.protocol.ConflictSeen;
import dev.cairn.federation.protocol.ConflictSeen.Kind;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerMessage.CheckpointNote;
import dev.cairn.federation.protocol.PeerMessage.DeltaEnd;
import dev.cairn.federation.protocol.PeerMessage.Heartbeat;
import dev.cairn.federation.protocol.PeerMessage.OriginInfo;
import dev.cairn.federation.protocol.PeerMessage.PayloadPiece;
import dev.cairn.federation.protocol.PeerMessage.Records;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.protocol.Tally;
import dev.cairn.federation.sync.StoreSync;
import dev.cairn.federation.wire.FrameCodec;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class BundlesTest {
  @TempDir Path folder;

  private static BundleReport apply(TestNode node, Path file) {
    return Bundles.apply(node.store(), file, stretch -> {});
  }

  private static BundleReport writeAll(TestNode node, Path file) {
    return Bundles.write(node.store(), file, Optional.empty(), Optional.empty());
  }

  private static void sync(TestNode left, TestNode right) {
    new StoreSync(left.store(), SessionOptions.DEFAULT, ReplicationListener.NONE, Ticker.system())
        .with(right.store(), true, true)
        .orThrow();
  }

  private static void assertSame(TestNode left, TestNode right) {
    assertThat(left.heads()).isEqualTo(right.heads());
    assertThat(left.derivedRows()).isEqualTo(right.derivedRows());
  }

  @Test
  void aBundleCarriesAWholeStoreAndApplyingItAgainChangesNothing() {
    Path file = folder.resolve("all.cairn");
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        TestNode cid = new TestNode("cid")) {
      ann.work(1, 60);
      bob.work(2, 60);
      sync(ann, bob);
      BundleReport written = writeAll(ann, file);
      BundleReport verified = Bundles.verify(file);
      assertThat(verified).isEqualTo(written);
      assertThat(verified.logsWithoutRoots()).isZero();
      BundleReport applied = apply(cid, file);
      assertThat(applied.tally()).isEqualTo(written.tally());
      assertSame(ann, cid);
      BundleReport again = apply(cid, file);
      assertThat(again.tally().records()).isZero();
      assertThat(again.tally().commits()).isZero();
      assertSame(ann, cid);
    }
    assertThat(folder.toFile().list()).containsExactly("all.cairn");
  }

  @Test
  void theSameStoreGivesTheSameBytes() throws IOException {
    try (TestNode ann = new TestNode("ann")) {
      ann.work(1, 30);
      writeAll(ann, folder.resolve("one"));
      writeAll(ann, folder.resolve("two"));
    }
    assertThat(folder.resolve("one")).hasSameBinaryContentAs(folder.resolve("two"));
  }

  @Test
  void aBundleSinceASnapshotGoesOnWhereTheOtherEndedAndOnlyThere() {
    Path first = folder.resolve("first");
    Path second = folder.resolve("second");
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        TestNode cid = new TestNode("cid")) {
      ann.work(1, 20);
      bob.work(2, 20);
      sync(ann, bob);
      Snapshot middle = ann.store().snapshot("middle").snapshot();
      Bundles.write(ann.store(), first, Optional.empty(), Optional.of(middle));
      ann.work(3, 20);
      bob.work(4, 20);
      sync(ann, bob);
      BundleReport rest = Bundles.write(ann.store(), second, Optional.of(middle), Optional.empty());
      assertThat(Bundles.verify(second)).isEqualTo(withRoots(rest, 2));
      assertThatThrownBy(() -> apply(cid, second))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("apply an earlier bundle first");
      assertThat(cid.heads()).isEmpty();
      apply(cid, first);
      assertThat(cid.store().stateRootAt(middle.cut())).isEqualTo(middle.stateRoot());
      apply(cid, second);
      assertSame(ann, cid);
    }
  }

  private static BundleReport withRoots(BundleReport report, int logsWithoutRoots) {
    return new BundleReport(report.header(), report.tally(), report.bytes(), logsWithoutRoots);
  }

  @Test
  void aForkedLogIsLeftOutWithEvidenceAndTheOthersAreTaken() {
    Path file = folder.resolve("forked");
    try (TestNode ann = new TestNode("ann");
        TestNode evil = new TestNode("evil");
        TestNode twin = new TestNode("evil")) {
      evil.put("one story");
      sync(evil, ann);
      twin.put("another story");
      try (TestNode bob = new TestNode("bob")) {
        bob.put("of bob");
        sync(bob, twin);
        writeAll(twin, file);
        List<ConflictSeen> seen = new ArrayList<>();
        BundleReport first =
            Bundles.apply(ann.store(), file, stretch -> {}, seen::add, bytes -> {});
        assertThat(first.leftOut()).hasOnlyElementsOfType(MisbehaviourException.class).hasSize(1);
        assertThat(seen).extracting(ConflictSeen::kind).containsExactly(Kind.EQUIVOCATION);
        assertThat(ann.store().frozen()).containsExactly(evil.origin());
        assertThat(ann.heads())
            .containsEntry(bob.origin(), bob.heads().get(bob.origin()))
            .containsEntry(evil.origin(), evil.heads().get(evil.origin()));
        BundleReport again =
            Bundles.apply(ann.store(), file, stretch -> {}, seen::add, bytes -> {});
        assertThat(again.leftOut()).hasSize(1);
        assertThat(again.tally().records()).isZero();
        assertThat(seen).hasSize(1);
        Snapshot base = twin.store().snapshot("base").snapshot();
        twin.put("more of it");
        bob.put("more of bob");
        sync(bob, twin);
        Path more = folder.resolve("more");
        Bundles.write(twin.store(), more, Optional.of(base), Optional.empty());
        assertThat(apply(ann, more).leftOut()).hasSize(1);
        assertThat(ann.heads()).containsEntry(bob.origin(), bob.heads().get(bob.origin()));
      }
    }
  }

  @Test
  void aLogThatDoesNotGoOnFromTheOneHeldIsLeftOutAndTheOthersAreTaken() {
    Path file = folder.resolve("more");
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        TestNode evil = new TestNode("evil");
        TestNode twin = new TestNode("evil")) {
      evil.put("one story");
      sync(evil, ann);
      twin.put("another story");
      Snapshot base = twin.store().snapshot("base").snapshot();
      twin.put("and more of it");
      bob.put("of bob");
      sync(bob, twin);
      Bundles.write(twin.store(), file, Optional.of(base), Optional.empty());
      List<ConflictSeen> seen = new ArrayList<>();
      BundleReport report = Bundles.apply(ann.store(), file, stretch -> {}, seen::add, bytes -> {});
      assertThat(report.leftOut()).hasOnlyElementsOfType(UnextendedException.class).hasSize(1);
      assertThat(seen).extracting(ConflictSeen::kind).containsExactly(Kind.DIFFERENCE);
      assertThat(seen).extracting(ConflictSeen::subject).containsExactly(evil.origin().toString());
      assertThat(ann.store().frozen()).isEmpty();
      assertThat(ann.heads())
          .containsEntry(bob.origin(), bob.heads().get(bob.origin()))
          .containsEntry(evil.origin(), evil.heads().get(evil.origin()));
    }
  }

  @Test
  void aForkOfWhichMoreIsHeldIsProvenByTheCheckpointOfTheBundle() {
    Path file = folder.resolve("more");
    try (TestNode ann = new TestNode("ann");
        TestNode evil = new TestNode("evil");
        TestNode twin = new TestNode("evil")) {
      evil.put("one story");
      evil.put("its middle");
      evil.put("its end");
      sync(evil, ann);
      twin.put("another story");
      Snapshot base = twin.store().snapshot("base").snapshot();
      twin.put("and more of it");
      Bundles.write(twin.store(), file, Optional.of(base), Optional.empty());
      assertThat(apply(ann, file).leftOut())
          .hasOnlyElementsOfType(MisbehaviourException.class)
          .hasSize(1);
      assertThat(ann.store().frozen()).containsExactly(evil.origin());
    }
  }

  @Test
  void aBundleUntilAnOldSnapshotHoldsItAndNothingOfOtherLogs() {
    Path file = folder.resolve("old");
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        TestNode cid = new TestNode("cid")) {
      ann.work(1, 20);
      Snapshot old = ann.store().snapshot("old").snapshot();
      ann.work(2, 20);
      bob.work(3, 20);
      sync(ann, bob);
      Bundles.write(ann.store(), file, Optional.empty(), Optional.of(old));
      apply(cid, file);
      assertThat(cid.store().heads()).extracting(LogHead::origin).containsExactly(ann.origin());
      assertThat(cid.store().stateRoot()).isEqualTo(old.stateRoot());
    }
  }

  @Test
  void nothingNewIsStillABundle() {
    Path file = folder.resolve("empty");
    try (TestNode ann = new TestNode("ann")) {
      writeAll(ann, file);
      assertThat(Bundles.verify(file).tally()).isEqualTo(Tally.NONE);
      ann.work(1, 5);
      Snapshot now = ann.store().snapshot(null).snapshot();
      Bundles.write(ann.store(), file, Optional.of(now), Optional.of(now));
      assertThat(Bundles.verify(file).tally()).isEqualTo(Tally.NONE);
    }
  }

  @Test
  void everyFlippedBitOfEveryByteIsFound() throws IOException {
    byte[] bytes = Files.readAllBytes(small());
    Path damaged = folder.resolve("damaged");
    try (TestNode empty = new TestNode("empty")) {
      for (int at = 0; at < bytes.length; at++) {
        byte flip = (byte) (1 << (at % 8));
        bytes[at] ^= flip;
        assertThat(isSound(empty, damaged, bytes, bytes.length)).as("byte %s", at).isFalse();
        bytes[at] ^= flip;
      }
      assertThat(isSound(empty, damaged, bytes, bytes.length)).isTrue();
    }
  }

  @Test
  void everyShorterOrLongerFileIsFound() throws IOException {
    byte[] bytes = Files.readAllBytes(small());
    Path damaged = folder.resolve("damaged");
    try (TestNode empty = new TestNode("empty")) {
      for (int length = 0; length < bytes.length; length++) {
        assertThat(isSound(empty, damaged, bytes, length)).as("cut at %s", length).isFalse();
      }
      assertThat(isSound(empty, damaged, bytes, bytes.length + 1)).isFalse();
    }
  }

  /** A bundle of a few records of every kind of commit. */
  private Path small() {
    Path file = folder.resolve("small");
    try (TestNode ann = new TestNode("ann")) {
      ann.link("prov:wasDerivedFrom", ann.put("a"), ann.put("b"));
      ann.remove(ann.put("c"), false);
      writeAll(ann, file);
    }
    return file;
  }

  /** Applies a file to an empty store: taken whole, or refused with the place and nothing taken. */
  private static boolean isSound(TestNode empty, Path file, byte[] bytes, int length)
      throws IOException {
    Files.write(file, Arrays.copyOf(bytes, length));
    try {
      apply(empty, file);
      return true;
    } catch (DamagedException | MalformedException | UnsupportedVersionException e) {
      assertThat(e.getMessage())
          .startsWith(file + ", ")
          .containsPattern("frame \\d+ at byte \\d+|preamble");
      assertThat(empty.heads()).isEmpty();
      assertThat(empty.rows("asl.content")).isEmpty();
      return false;
    }
  }

  @Test
  void damageIsNamedByFrameByteAndRecordAndNothingIsApplied() throws IOException {
    Path file = folder.resolve("file");
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ann.putTogether("text ", 2000);
      ann.putLarge(600_000, 1);
      writeAll(ann, file);
      byte[] bytes = Files.readAllBytes(file);
      bytes[bytes.length / 2] ^= 1;
      Files.write(file, bytes);
      assertThatThrownBy(() -> apply(bob, file))
          .isInstanceOf(DamagedException.class)
          .hasMessageMatching(
              "(?s).*file, frame \\d+ at byte \\d+: .*, up to record \\d+ of "
                  + ann.origin()
                  + ".*");
      assertThat(bob.heads()).isEmpty();
    }
  }

  @Test
  void aFrameForgedWithAFreshChecksumIsFoundByTheDigestOfTheWhole() throws IOException {
    Path file = folder.resolve("file");
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        TestNode mallory = new TestNode("mallory")) {
      ann.put("true");
      mallory.put("forged");
      writeAll(ann, file);
      Path other = folder.resolve("other");
      writeAll(mallory, other);
      List<byte[]> frames = frames(Files.readAllBytes(file));
      List<byte[]> forged = frames(Files.readAllBytes(other));
      for (int i = 0; i < frames.size(); i++) {
        if (Arrays.equals(frames.get(i), forged.get(i))) {
          continue; // the delta's end, which counts the same
        }
        List<byte[]> mixed = new ArrayList<>(frames);
        mixed.set(i, forged.get(i));
        Files.write(file, join(mixed));
        assertThatThrownBy(() -> apply(bob, file))
            .isInstanceOfAny(MalformedException.class, DamagedException.class);
        List<byte[]> without = new ArrayList<>(frames);
        without.remove(i);
        Files.write(file, join(without));
        assertThatThrownBy(() -> apply(bob, file)).isInstanceOf(CairnException.class);
      }
      assertThat(bob.heads()).isEmpty();
      Files.write(file, join(frames));
      apply(bob, file);
      assertSame(ann, bob);
    }
  }

  private static List<byte[]> frames(byte[] file) throws IOException {
    List<byte[]> frames = new ArrayList<>();
    FrameReader reader =
        new FrameReader("test", new ByteArrayInputStream(file), BundleFormat.VERSION);
    try {
      while (true) {
        frames.add(reader.next().toArray());
      }
    } catch (DamagedException e) {
      return frames;
    }
  }

  private static byte[] join(List<byte[]> frames) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    FrameWriter writer = new FrameWriter(out, BundleFormat.VERSION);
    for (byte[] frame : frames) {
      writer.frame(Bytes.copyOf(frame));
    }
    return out.toByteArray();
  }

  @Test
  void aLaterVersionOfTheFileOrOfItsHeaderIsSaidToBeOne() throws IOException {
    Path file = folder.resolve("file");
    byte[] bytes = Files.readAllBytes(small());
    bytes[BundleFormat.PREAMBLE_BYTES - 1] = 3;
    Files.write(file, bytes);
    assertThatThrownBy(() -> Bundles.verify(file))
        .isInstanceOf(UnsupportedVersionException.class)
        .hasMessageContaining("bundle version 3");
    List<byte[]> frames = frames(Files.readAllBytes(small()));
    frames.get(0)[1] = 2;
    Files.write(file, join(frames));
    assertThatThrownBy(() -> Bundles.verify(file))
        .isInstanceOf(UnsupportedVersionException.class)
        .hasMessageContaining("file, frame 1 at byte 10: ");
  }

  // ---- signed, and wrong all the same

  /** Writes what a creator with its key but without our writer might sign. */
  private static void forge(TestNode creator, Path file, BundleHeader header, List<PeerMessage> all)
      throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    FrameWriter frames = new FrameWriter(out, BundleFormat.VERSION);
    frames.frame(header.encode());
    for (PeerMessage message : all) {
      frames.frame(FrameCodec.encode(message));
    }
    SigningKey key = creator.store().signingKey();
    frames.frame(BundleTrailer.of(header, frames.sha256()).sign(key));
    Files.write(file, out.toByteArray());
  }

  private static List<PeerMessage> messages(Path file) {
    List<PeerMessage> messages = new ArrayList<>();
    try (BundleReader reader = BundleReader.open(file)) {
      for (PeerMessage m = reader.next(); m != null; m = reader.next()) {
        messages.add(m);
      }
    }
    return messages;
  }

  private void assertRefused(
      TestNode creator, BundleHeader header, List<PeerMessage> messages, String why)
      throws IOException {
    Path file = folder.resolve("forged");
    forge(creator, file, header, messages);
    try (TestNode victim = new TestNode("victim")) {
      assertThatThrownBy(() -> apply(victim, file))
          .isInstanceOf(MalformedException.class)
          .hasMessageMatching("(?s).*forged, frame \\d+ at byte \\d+.*")
          .hasMessageContaining(why);
      assertThat(victim.heads()).isEmpty();
      assertThat(victim.rows("asl.content")).isEmpty();
    }
  }

  @Test
  void aSignedBundleThatBreaksTheRulesIsRefusedWhole() throws IOException {
    Path file = folder.resolve("honest");
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ann.put("a");
      bob.put("b");
      sync(ann, bob);
      ann.putLarge(100_000, 1);
      BundleHeader header = writeAll(ann, file).header();
      List<PeerMessage> honest = messages(file);
      forge(ann, file, header, honest);
      assertThat(Bundles.verify(file).tally().records()).isEqualTo(3);

      PayloadPiece piece = only(honest, PayloadPiece.class);
      Bytes unasked = Bytes.utf8("nobody asked for this");
      PayloadPiece extra =
          new PayloadPiece(PayloadDigest.of(unasked), unasked.length(), 0, unasked);
      assertRefused(ann, header, with(honest, piece, extra, piece), "is of none of the records");
      PayloadPiece first =
          new PayloadPiece(piece.digest(), piece.length(), 0, piece.data().slice(0, 10));
      assertRefused(ann, header, with(honest, piece, first), "is not complete");
      assertRefused(ann, header, with(honest, piece, piece, piece), "counts");
      assertRefused(ann, header, with(honest, piece), "counts");

      CheckpointNote note = last(honest, CheckpointNote.class);
      assertRefused(ann, header, with(honest, note), "no checkpoint covers");
      assertRefused(ann, header, with(honest, note, note, note), "out of place");
      OriginInfo info = last(honest, OriginInfo.class);
      assertRefused(ann, header, with(honest, info), "is not introduced");
      assertRefused(ann, header, with(honest, info, info, info), "is introduced twice");
      DeltaEnd end = only(honest, DeltaEnd.class);
      assertRefused(ann, header, with(honest, end, new DeltaEnd(9, 3, 3)), "counts");
      assertRefused(ann, header, with(honest, info, info, new Heartbeat(1)), "no part of a delta");
      assertRefused(ann, header, without(honest, Records.class), "out of place");
      assertRefused(ann, header, List.of(new DeltaEnd(0, 0, 0)), "the bundle reaches 0");
    }
  }

  @Test
  void aSignedBundleOutOfTheTotalOrderIsRefused() throws IOException {
    Path file = folder.resolve("honest");
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ann.put("a");
      bob.put("b");
      sync(ann, bob);
      BundleHeader header = writeAll(ann, file).header();
      List<PeerMessage> turned = new ArrayList<>(messages(file));
      int first = turned.indexOf(last(turned, Records.class));
      Collections.rotate(turned.subList(first - 2, first + 2), 2);
      assertRefused(ann, header, turned, "comes behind logseq 1 of");
    }
  }

  @Test
  void aSignedBundleOfRecordsThatTheirCheckpointDoesNotCoverIsRefused() throws IOException {
    Path file = folder.resolve("honest");
    try (TestNode ann = new TestNode("ann");
        TestNode twin = new TestNode("ann")) {
      ann.put("one story");
      twin.put("another story");
      BundleHeader header = writeAll(ann, file).header();
      List<PeerMessage> honest = messages(file);
      writeAll(twin, file);
      Records other = only(messages(file), Records.class);
      assertRefused(ann, header, with(honest, only(honest, Records.class), other), "signs root");
    }
  }

  private static <T extends PeerMessage> T only(List<PeerMessage> messages, Class<T> type) {
    assertThat(messages).filteredOn(type::isInstance).hasSize(1);
    return last(messages, type);
  }

  private static <T extends PeerMessage> T last(List<PeerMessage> messages, Class<T> type) {
    return messages.stream()
        .filter(type::isInstance)
        .map(type::cast)
        .reduce((one, two) -> two)
        .orElseThrow();
  }

  private static List<PeerMessage> with(
      List<PeerMessage> messages, PeerMessage old, PeerMessage... replacement) {
    List<PeerMessage> changed = new ArrayList<>(messages);
    int at = changed.lastIndexOf(old);
    changed.remove(at);
    changed.addAll(at, List.of(replacement));
    return changed;
  }

  private static List<PeerMessage> without(
      List<PeerMessage> messages, Class<? extends PeerMessage> type) {
    return messages.stream().filter(message -> !type.isInstance(message)).toList();
  }

  @Test
  void tombstonesRevivalsAndErasuresArriveAsTheyWere() {
    Path file = folder.resolve("file");
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ArtifactKey removed = ann.put("removed");
      ArtifactKey revived = ann.put("revived");
      ArtifactKey erased = ann.put("erased");
      ann.remove(removed, false);
      ann.remove(revived, false);
      ann.remove(erased, true);
      ann.put("revived");
      writeAll(ann, file);
      apply(bob, file);
      assertSame(ann, bob);
      assertThat(bob.store().now().isLive(removed)).isFalse();
      assertThat(bob.store().now().isLive(revived)).isTrue();
      assertThat(bob.store().erasure(erased)).isPresent();
      assertThat(bob.rows("asl.content").keySet()).isEqualTo(ann.rows("asl.content").keySet());
    }
  }

  @Test
  void aBundleOfAnotherFederationIsRefused() {
    Path file = folder.resolve("file");
    try (TestNode ann = new TestNode("ann", "north");
        TestNode bob = new TestNode("bob", "south")) {
      ann.put("a");
      writeAll(ann, file);
      assertThatThrownBy(() -> apply(bob, file))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("north");
      assertThat(bob.heads()).isEmpty();
    }
  }

  @Test
  void aSnapshotThatIsNotOfThisStoreIsRefused() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      bob.put("of bob");
      Snapshot foreign = bob.store().snapshot(null).snapshot();
      assertThatThrownBy(
              () ->
                  Bundles.write(
                      ann.store(), folder.resolve("x"), Optional.empty(), Optional.of(foreign)))
          .isInstanceOf(RefusedException.class);
      assertThat(folder).isEmptyDirectory();
    }
  }

  @Test
  void aFileThatIsNotThereOrCannotBeWrittenIsSaidSo() throws IOException {
    assertThatThrownBy(() -> Bundles.verify(folder.resolve("none")))
        .isInstanceOf(NotFoundException.class);
    try (TestNode ann = new TestNode("ann")) {
      assertThatThrownBy(() -> writeAll(ann, folder.resolve("no/such/folder")))
          .isInstanceOf(UnavailableException.class);
    }
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left).isEmpty();
    }
  }

  @Test
  void anOlderFileStaysUntilTheNewOneIsComplete() throws IOException {
    Path file = folder.resolve("file");
    try (TestNode ann = new TestNode("ann")) {
      ann.put("a");
      writeAll(ann, file);
      byte[] old = Files.readAllBytes(file);
      ann.putLarge(400_000, 1);
      Store store = ann.store();
      Snapshot end = store.snapshot(null).snapshot();
      damageChunks(ann);
      try {
        Bundles.write(store, file, Optional.empty(), Optional.of(end));
        fail("a bundle of damaged payloads");
      } catch (DamagedException e) {
        assertThat(e).hasMessageContaining("payload");
      }
      assertThat(Files.readAllBytes(file)).isEqualTo(old);
      assertThat(folder.toFile().list()).containsExactly("file");
    }
  }

  private static void damageChunks(TestNode node) {
    node.damage("asl.chunk");
  }
}
