package dev.cairn.federation.node;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.DataLossException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.StaleEpochException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.time.Ticker;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.sync.StoreSync;
import dev.cairn.federation.sync.SyncReport;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Backups, restored stores, clones, and copies that nobody told of. */
@Timeout(240)
final class StoreCopiesTest {
  private static final TypeTag TEXT = new TypeTag("text/plain");
  private static final WallClock CLOCK = () -> 1_000_000;

  @TempDir private Path folder;

  private Path store(String name) {
    Path place = folder.resolve(name);
    StoreDirectory.init(place, "test");
    return place;
  }

  private static CairnNode open(Path place) {
    return StoreDirectory.open(place, CLOCK);
  }

  private static ArtifactKey put(CairnNode node, String text) {
    return node.store().put(TEXT, Bytes.utf8(text));
  }

  private static ArtifactKey key(String text) {
    return ArtifactKey.of(Bytes.utf8(text), TEXT);
  }

  private static SyncReport sync(CairnNode one, CairnNode other) {
    return new StoreSync(
            one.store(), SessionOptions.DEFAULT, ReplicationListener.NONE, Ticker.system())
        .with(other.store(), true, true);
  }

  private static void assertSynced(CairnNode one, CairnNode other) {
    SyncReport report = sync(one, other).orThrow();
    assertThat(report.conflicts()).isZero();
    assertThat(one.store().stateRoot()).isEqualTo(other.store().stateRoot());
    assertThat(one.store().heads()).isEqualTo(other.store().heads());
    assertThat(one.store().rebuiltStateRoot()).isEqualTo(other.store().stateRoot());
  }

  private static Map<String, Bytes> files(Path directory) throws IOException {
    Map<String, Bytes> all = new TreeMap<>();
    try (Stream<Path> files = Files.walk(directory)) {
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        all.put(directory.relativize(file).toString(), Bytes.wrap(Files.readAllBytes(file)));
      }
    }
    return all;
  }

  /** As {@code cp -r} does. */
  private static void copyTree(Path from, Path to) throws IOException {
    List<Path> all;
    try (Stream<Path> files = Files.walk(from)) {
      all = files.sorted().toList();
    }
    for (Path file : all) {
      Files.copy(file, to.resolve(from.relativize(file)));
    }
  }

  @Test
  void aRestoredNodeGoesOnInAnotherEpochAndComesToOneStateWithItsPeer() {
    Path backup = folder.resolve("backup");
    Path bobs = store("bob");
    Path anns = store("ann");
    Origin old;
    try (CairnNode ann = open(anns);
        CairnNode bob = open(bobs)) {
      old = ann.store().origin();
      put(ann, "before");
      put(bob, "of bob");
      StoreCopies.backup(ann, backup);
      put(ann, "after");
      assertSynced(ann, bob);
    }
    Path place = folder.resolve("restored");
    StoreCopies.restore(backup, place, CLOCK);
    try (CairnNode ann = open(place);
        CairnNode bob = open(bobs)) {
      assertThat(ann.store().origin().node()).isEqualTo(old.node());
      assertThat(ann.store().origin().epoch()).isGreaterThan(old.epoch());
      assertThat(ann.store().now().isLive(key("after"))).isFalse();
      put(ann, "new");
      assertSynced(ann, bob);
      assertThat(ann.store().now().isLive(key("after"))).isTrue();
      put(ann, "on");
      assertSynced(bob, ann);
    }
    Origin settled;
    try (CairnNode ann = open(place)) {
      settled = ann.store().origin();
    }
    try (CairnNode ann = open(place)) {
      assertThat(ann.store().origin()).as("once is enough").isEqualTo(settled);
    }
  }

  @Test
  void aBackupIsReadAndCheckedAndNeverWrittenTo() throws IOException {
    Path backup = folder.resolve("backup");
    try (CairnNode ann = open(store("ann"))) {
      put(ann, "one");
      StoreCopies.backup(ann, backup);
      assertThatThrownBy(() -> StoreCopies.backup(ann, backup))
          .isInstanceOf(RefusedException.class);
      Map<String, Bytes> before = files(backup);
      assertThatThrownBy(() -> open(backup))
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("is a backup");
      assertThatThrownBy(() -> StoreCopies.recover(backup, CLOCK))
          .isInstanceOf(RefusedException.class);
      try (CairnNode read = StoreDirectory.openReadOnly(backup, CLOCK)) {
        assertThat(read.store().now().isLive(key("one"))).isTrue();
        assertThat(read.store().stateRoot()).isEqualTo(ann.store().stateRoot());
        assertThat(read.peers().list()).isEmpty();
        assertThatThrownBy(() -> put(read, "two")).isInstanceOf(RefusedException.class);
      }
      assertThat(files(backup)).isEqualTo(before);
      assertThatThrownBy(() -> StoreCopies.restore(folder.resolve("ann"), backup, CLOCK))
          .isInstanceOf(RefusedException.class);
    }
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left.map(path -> path.getFileName().toString()))
          .containsExactlyInAnyOrder("ann", "backup");
    }
  }

  @Test
  void aDamagedBackupIsNotRestored() throws IOException {
    Path backup = folder.resolve("backup");
    try (CairnNode ann = open(store("ann"))) {
      put(ann, "one");
      StoreCopies.backup(ann, backup);
    }
    Path manifest;
    try (Stream<Path> files = Files.list(backup.resolve("db"))) {
      manifest =
          files.filter(f -> f.getFileName().toString().startsWith("MANIFEST")).findFirst().get();
    }
    try (RandomAccessFile file = new RandomAccessFile(manifest.toFile(), "rw")) {
      file.seek(20);
      int octet = file.read();
      file.seek(20);
      file.write(octet ^ 4);
    }
    Path place = folder.resolve("restored");
    assertThatThrownBy(() -> StoreCopies.restore(backup, place, CLOCK))
        .isInstanceOf(DamagedException.class);
    assertThat(place).doesNotExist();
  }

  @Test
  void oneBackupRestoredTwiceMakesNoFork() {
    Path backup = folder.resolve("backup");
    Path bobs = store("bob");
    try (CairnNode ann = open(store("ann"))) {
      put(ann, "one");
      StoreCopies.backup(ann, backup);
    }
    StoreCopies.restore(backup, folder.resolve("first"), CLOCK);
    StoreCopies.restore(backup, folder.resolve("second"), CLOCK);
    try (CairnNode first = open(folder.resolve("first"));
        CairnNode second = open(folder.resolve("second"));
        CairnNode bob = open(bobs)) {
      assertThat(first.store().origin()).isNotEqualTo(second.store().origin());
      put(first, "of the first");
      put(second, "of the second");
      assertSynced(first, bob);
      assertSynced(second, bob);
      assertSynced(first, bob);
    }
  }

  @Test
  void aCloneIsAnotherNodeAndBothGoOn() {
    Path anns = store("ann");
    NodeId ann;
    try (CairnNode node = open(anns)) {
      ann = node.store().origin().node();
      put(node, "one");
    }
    Path place = folder.resolve("clone");
    NodeId clone = StoreCopies.clone(anns, place, CLOCK);
    assertThat(clone).isNotEqualTo(ann);
    try (CairnNode original = open(anns);
        CairnNode cloned = open(place)) {
      assertThat(cloned.store().origin()).isEqualTo(new Origin(clone, 1));
      assertThat(original.store().origin()).isEqualTo(new Origin(ann, 1));
      assertThat(cloned.store().now().isLive(key("one"))).isTrue();
      put(original, "of the original");
      put(cloned, "of the clone");
      assertSynced(original, cloned);
      Path backup = folder.resolve("backup");
      StoreCopies.backup(cloned, backup);
      NodeId third = StoreCopies.clone(backup, folder.resolve("third"), CLOCK);
      try (CairnNode last = open(folder.resolve("third"))) {
        assertThat(last.store().origin().node()).isEqualTo(third);
        put(last, "of the third");
        assertSynced(last, cloned);
        assertSynced(last, original);
      }
    }
  }

  @Test
  void aDirectoryThatSomebodyCopiedIsNoticedAndAMovedOneIsNot() throws IOException {
    Path anns = store("ann");
    Origin origin;
    try (CairnNode ann = open(anns)) {
      origin = ann.store().origin();
      put(ann, "one");
    }
    Path copy = folder.resolve("copy");
    copyTree(anns, copy);
    Path moved = Files.move(anns, folder.resolve("moved"));
    try (CairnNode ann = open(moved);
        CairnNode other = open(copy);
        CairnNode bob = open(store("bob"))) {
      assertThat(ann.store().origin()).isEqualTo(origin);
      assertThat(other.store().origin().node()).isEqualTo(origin.node());
      assertThat(other.store().origin().epoch()).isGreaterThan(origin.epoch());
      put(ann, "of the one that was moved");
      put(other, "of the copy");
      assertSynced(ann, bob);
      assertSynced(other, bob);
      assertSynced(ann, bob);
    }
  }

  @Test
  void aStoreThatIsOnlyLookedAtStaysAsItIsAndSoDoesACopy() throws IOException {
    Path anns = store("ann");
    Origin origin;
    try (CairnNode ann = open(anns)) {
      origin = ann.store().origin();
      put(ann, "one");
    }
    Path copy = folder.resolve("copy");
    copyTree(anns, copy);
    for (Path place : List.of(anns, copy)) {
      Map<String, Bytes> before = files(place);
      try (CairnNode looking = StoreDirectory.openToLook(place, CLOCK)) {
        assertThat(looking.store().origin()).isEqualTo(origin);
        assertThat(looking.store().stat(key("one")).held()).isTrue();
        assertThatThrownBy(() -> put(looking, "two")).isInstanceOf(RefusedException.class);
        assertThatThrownBy(() -> open(place)).isInstanceOf(UnavailableException.class);
      }
      Map<String, Bytes> after = files(place);
      before.keySet().removeIf(name -> name.startsWith("db/LOG"));
      after.keySet().removeIf(name -> name.startsWith("db/LOG"));
      assertThat(after).isEqualTo(before);
    }
    try (CairnNode written = open(copy)) {
      assertThat(written.store().origin().epoch())
          .as("what a copy writes under is settled before it is written to")
          .isGreaterThan(origin.epoch());
    }
    Path backup = folder.resolve("backup");
    try (CairnNode ann = open(anns)) {
      StoreCopies.backup(ann, backup);
    }
    try (CairnNode looking = StoreDirectory.openToLook(backup, CLOCK)) {
      assertThat(looking.store().stat(key("one")).held()).isTrue();
    }
    assertThatThrownBy(() -> StoreDirectory.openToLook(folder.resolve("none"), CLOCK))
        .isInstanceOf(NotFoundException.class);
  }

  @Test
  void aDatabaseThatWasPutBackUnderANewerMarkIsNoticed() throws IOException {
    Path anns = store("ann");
    try (CairnNode ann = open(anns)) {
      put(ann, "one");
    }
    Path earlier = folder.resolve("earlier");
    copyTree(anns.resolve("db"), Files.createDirectories(folder).resolve("earlier"));
    Files.delete(anns.resolve("incarnation"));
    int second;
    try (CairnNode ann = open(anns)) {
      second = ann.store().origin().epoch();
      assertThat(second).as("the mark was gone").isGreaterThan(1);
      put(ann, "two");
    }
    Files.move(anns.resolve("db"), folder.resolve("later"));
    Files.move(earlier, anns.resolve("db"));
    try (CairnNode ann = open(anns)) {
      assertThat(ann.store().origin().epoch()).isGreaterThan(second);
    }
  }

  @Test
  void aStoreThatWasPutBackWithAllItsMarksIsStoppedByAPeerAndGoesOnWhenOpenedAgain()
      throws IOException {
    Path anns = store("ann");
    Path bobs = store("bob");
    try (CairnNode ann = open(anns)) {
      put(ann, "one");
    }
    Map<String, Bytes> earlier = files(anns);
    try (CairnNode ann = open(anns);
        CairnNode bob = open(bobs)) {
      put(ann, "two");
      assertSynced(ann, bob);
    }
    putBack(anns, earlier);
    Origin stale;
    try (CairnNode ann = open(anns);
        CairnNode bob = open(bobs)) {
      stale = ann.store().origin();
      assertThat(stale.epoch()).as("not noticed").isEqualTo(1);
      SyncReport report = sync(ann, bob);
      assertThatThrownBy(report::orThrow).isInstanceOf(StaleEpochException.class);
      assertThatThrownBy(() -> put(ann, "three")).isInstanceOf(StaleEpochException.class);
    }
    try (CairnNode ann = open(anns);
        CairnNode bob = open(bobs)) {
      assertThat(ann.store().origin().epoch()).isGreaterThan(stale.epoch());
      assertSynced(ann, bob);
      assertThat(ann.store().now().isLive(key("two"))).isTrue();
      put(ann, "three");
      assertSynced(ann, bob);
    }
  }

  /** Puts files back in place, as a snapshot of a file system does: with their inodes. */
  private static void putBack(Path directory, Map<String, Bytes> earlier) throws IOException {
    for (String name : files(directory).keySet()) {
      if (!earlier.containsKey(name)) {
        Files.delete(directory.resolve(name));
      }
    }
    for (Map.Entry<String, Bytes> file : earlier.entrySet()) {
      Files.write(directory.resolve(file.getKey()), file.getValue().toArray());
    }
  }

  private static Path lastLog(Path store) throws IOException {
    try (Stream<Path> files = Files.list(store.resolve("db"))) {
      return files
          .filter(file -> file.toString().endsWith(".log"))
          .max(Comparator.naturalOrder())
          .orElseThrow();
    }
  }

  @Test
  void aLostTailIsToldThenAcceptedAndComesBackFromAPeer() throws IOException {
    Path anns = store("ann");
    Path bobs = store("bob");
    long before;
    try (CairnNode ann = open(anns);
        CairnNode bob = open(bobs)) {
      put(ann, "one");
      before = Files.size(lastLog(anns));
      put(ann, "two");
      assertSynced(ann, bob);
    }
    try (RandomAccessFile log = new RandomAccessFile(lastLog(anns).toFile(), "rw")) {
      assertThat(log.length()).isGreaterThan(before);
      log.setLength(before);
    }
    assertThatThrownBy(() -> open(anns)).isInstanceOf(DataLossException.class);
    StoreCopies.Recovery recovery = StoreCopies.recover(anns, CLOCK);
    assertThat(recovery.lost()).isNotEmpty();
    assertThat(recovery.epoch()).isGreaterThan(recovery.epochBefore());
    try (CairnNode ann = open(anns);
        CairnNode bob = open(bobs)) {
      assertThat(ann.store().origin().epoch()).isEqualTo(recovery.epoch());
      put(ann, "three");
      assertSynced(ann, bob);
      assertThat(ann.store().now().isLive(key("two"))).isTrue();
    }
    assertThat(StoreCopies.recover(anns, CLOCK).epoch()).isEqualTo(recovery.epoch());
    assertThat(StoreCopies.recover(anns, CLOCK).lost()).isEmpty();
  }

  @Test
  void aBackupMadeWhileOthersWriteHoldsAPrefixOfWhatTheyWrote() throws Exception {
    try (CairnNode ann = open(store("ann"))) {
      AtomicBoolean stop = new AtomicBoolean();
      List<Thread> writers = new ArrayList<>();
      for (int w = 0; w < 3; w++) {
        int mine = w;
        Thread writer =
            new Thread(
                () -> {
                  for (int i = 0; !stop.get(); i++) {
                    put(ann, mine + " writes " + i);
                  }
                });
        writer.start();
        writers.add(writer);
      }
      try {
        for (int i = 0; i < 4; i++) {
          Store store = ann.store();
          long before = store.head(store.origin()).map(head -> head.treeSize()).orElse(0L);
          Path backup = folder.resolve("backup-" + i);
          StoreCopies.backup(ann, backup);
          try (CairnNode read = StoreDirectory.openReadOnly(backup, CLOCK)) {
            long size = read.store().head(store.origin()).map(head -> head.treeSize()).orElse(0L);
            assertThat(size).isGreaterThanOrEqualTo(before);
            assertThat(read.store().logRoot(store.origin(), size))
                .isEqualTo(store.logRoot(store.origin(), size));
            assertThat(read.store().stateRoot()).isEqualTo(read.store().rebuiltStateRoot());
            if (size > 0) {
              assertThat(read.store().checkpoints(store.origin(), size - 1, 1))
                  .as("signed to its end")
                  .containsKey(size);
            }
          }
        }
      } finally {
        stop.set(true);
        for (Thread writer : writers) {
          writer.join();
        }
      }
    }
  }
}
