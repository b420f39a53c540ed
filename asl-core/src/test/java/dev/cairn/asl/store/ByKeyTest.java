package dev.cairn.asl.store;

import static dev.cairn.asl.store.StoreFixture.copy;
import static dev.cairn.asl.store.StoreFixture.key;
import static dev.cairn.asl.store.StoreFixture.open;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.ErasedException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.ArtifactStat.State;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What most callers want of a store: put, get, remove, by key. */
class ByKeyTest {
  private static final TypeTag TEXT = new TypeTag("text/plain");
  private static final int MAX = 10 << 20;

  @TempDir Path folder;
  private final MemoryEngine engine = StoreFixture.engine();
  private final Store store = open("a", engine);
  private final ArtifactReader reader = store.reader();

  private ArtifactKey put(String text) {
    return store.put(TEXT, Bytes.utf8(text));
  }

  @Test
  void bytesFilesChannelsAndStreamsOfTheSameContentAreOneArtifact() throws IOException {
    byte[] content = new byte[3 << 20];
    new Random(1).nextBytes(content);
    Path file = Files.write(folder.resolve("file"), content);
    ArtifactKey key = store.put(TEXT, Bytes.copyOf(content));
    assertThat(store.put(TEXT, file)).isEqualTo(key);
    try (FileChannel channel = FileChannel.open(file)) {
      assertThat(store.put(TEXT, channel)).isEqualTo(key);
      assertThat(channel.isOpen()).isTrue();
    }
    assertThat(store.put(TEXT, new ByteArrayInputStream(content))).isEqualTo(key);
    assertThat(store.heads().get(0).treeSize()).isEqualTo(1);
    assertThat(key).isEqualTo(ArtifactKey.of(Bytes.wrap(content), TEXT));
    assertThat(reader.get(key, MAX)).isEqualTo(Bytes.wrap(content));
  }

  @Test
  void whatWasPutIsDurableWhenItsKeyIsKnown() {
    ArtifactKey key = put("durable");
    try (Store after = open("a", engine.crash())) {
      assertThat(after.reader().get(key, MAX)).isEqualTo(Bytes.utf8("durable"));
    }
  }

  @Test
  void aFileThatIsNotThereIsAnErrorOfItsKindAndWritesNothing() {
    assertThatThrownBy(() -> store.put(TEXT, folder.resolve("none")))
        .isInstanceOf(NoSuchFileException.class);
    assertThat(store.heads()).isEmpty();
  }

  @Test
  void payloadsAreReadWholeAsStreamsAndByRange() throws IOException {
    byte[] content = new byte[300_000];
    new Random(2).nextBytes(content);
    ArtifactKey large = store.put(null, Bytes.copyOf(content));
    ArtifactKey empty = store.put(null, Bytes.EMPTY);
    try (InputStream whole = reader.open(large);
        InputStream all = reader.open(large, 0, content.length);
        InputStream part = reader.open(large, 70_000, 200_001);
        InputStream none = reader.open(large, 5, 5);
        InputStream nothing = reader.open(empty)) {
      assertThat(whole.readAllBytes()).isEqualTo(content);
      assertThat(all.readAllBytes()).isEqualTo(content);
      assertThat(part.readAllBytes())
          .isEqualTo(java.util.Arrays.copyOfRange(content, 70_000, 200_001));
      assertThat(none.readAllBytes()).isEmpty();
      assertThat(nothing.readAllBytes()).isEmpty();
    }
    assertThatThrownBy(() -> reader.open(large, 10, 300_001)).isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> reader.open(large, 10, 9)).isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> reader.open(large, -1, 9)).isInstanceOf(RefusedException.class);
    assertThatThrownBy(() -> reader.get(large, content.length - 1))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("300000 bytes");
  }

  @Test
  void whatIsUnknownRemovedErasedOrNotFetchedIsFourDifferentAnswers() {
    ArtifactKey removed = put("removed");
    ArtifactKey erased = put("erased");
    store.tombstone(removed, "wrong branch");
    store.erase(erased, null);

    assertThatThrownBy(() -> reader.get(key("unknown"), MAX))
        .isInstanceOf(NotFoundException.class)
        .hasMessage("no artifact " + key("unknown"));
    assertThatThrownBy(() -> reader.get(removed, MAX))
        .isInstanceOf(NotFoundException.class)
        .hasMessage(removed + " was removed at logseq 3 by " + store.origin());
    assertThatThrownBy(() -> reader.open(erased))
        .isInstanceOf(ErasedException.class)
        .hasMessage(erased + " was erased at logseq 4 by " + store.origin());

    ArtifactKey large = store.put(null, Bytes.wrap(new byte[Store.INLINE_BYTES_MAX + 1]));
    Store other = open("b");
    copy(store, other);
    assertThatThrownBy(() -> other.reader().get(large, MAX))
        .isInstanceOf(UnavailableException.class)
        .hasMessageContaining(large.toString());
    assertThat(other.reader().exists(large)).isTrue();
    for (ArtifactKey gone : List.of(key("unknown"), removed, erased)) {
      assertThat(reader.exists(gone)).isFalse();
    }
  }

  @Test
  void severalAreReadInTheOrderAskedForWithinABound() {
    ArtifactKey one = put("one");
    ArtifactKey two = put("two");
    ArtifactKey gone = put("gone");
    store.erase(gone, null);
    assertThat(reader.getAll(List.of(two, gone, key("unknown"), one, two), 9))
        .containsExactly(
            Optional.of(Bytes.utf8("two")),
            Optional.empty(),
            Optional.empty(),
            Optional.of(Bytes.utf8("one")),
            Optional.of(Bytes.utf8("two")));
    assertThatThrownBy(() -> reader.getAll(List.of(one, two), 5))
        .isInstanceOf(RefusedException.class);
  }

  @Test
  void aReaderAtASnapshotSeesThatMoment() {
    ArtifactKey before = put("before");
    ArtifactKey removedBefore = put("removed before");
    store.tombstone(removedBefore, null);
    SnapshotInfo snapshot = store.snapshot(null);
    store.tombstone(before, null);
    ArtifactKey later = put("later");
    put("removed before");

    ArtifactReader then = store.reader(store.at(snapshot.snapshot().cut()));
    assertThat(then.get(before, MAX)).isEqualTo(Bytes.utf8("before"));
    assertThat(then.exists(later)).isFalse();
    assertThatThrownBy(() -> then.get(later, MAX)).hasMessage("no artifact " + later);
    assertThatThrownBy(() -> then.get(removedBefore, MAX)).hasMessageContaining("was removed at");
    assertThat(reader.exists(before)).isFalse();
  }

  @Test
  void whatWasErasedAfterACutThatNobodyKeepsIsErasedThereToo() {
    ArtifactKey key = put("to be erased");
    SnapshotInfo snapshot = store.snapshot(null);
    View then = store.at(snapshot.snapshot().cut());
    store.erase(key, "on request");
    assertThat(store.reader(then).get(key, MAX)).isEqualTo(Bytes.utf8("to be erased"));
    store.dropSnapshot(snapshot.key());
    assertThatThrownBy(() -> store.reader(then).get(key, MAX))
        .isInstanceOf(ErasedException.class)
        .hasMessageContaining("was erased at logseq 2 by");
  }

  @Test
  void theStateOfAnArtifactIsAllThatIsKnownOfIt() {
    ArtifactKey key = put("known");
    ArtifactStat live = store.stat(key);
    assertThat(live.state()).isEqualTo(State.LIVE);
    assertThat(live.held()).isTrue();
    assertThat(live.id().tag()).isEqualTo(TEXT);
    assertThat(live.id().payloadLength()).isEqualTo(5);
    store.tombstone(key, null);
    assertThat(store.stat(key).state()).isEqualTo(State.REMOVED);
    store.erase(key, null);
    ArtifactStat erased = store.stat(key);
    assertThat(erased.state()).isEqualTo(State.ERASED);
    assertThat(erased.held()).isFalse();
    assertThat(erased.history()).hasSize(3).isEqualTo(store.history(key));
    assertThatThrownBy(() -> store.stat(key("unknown"))).isInstanceOf(NotFoundException.class);
  }

  @Test
  void removingWhatIsNotLiveWritesNothingAndRemovingWhatIsUnknownIsAnError() {
    ArtifactKey key = put("once");
    assertThat(store.tombstone(key, null).written()).isTrue();
    assertThat(store.tombstone(key, null).written()).isFalse();
    assertThatThrownBy(() -> store.tombstone(key("unknown"), null))
        .isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> store.erase(key("unknown"), null))
        .isInstanceOf(NotFoundException.class);
    assertThat(store.heads().get(0).treeSize()).isEqualTo(2);
  }
}
