package dev.cairn.asl.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.ForwardingEngine;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.ArtifactHasher;
import dev.cairn.asl.model.ArtifactId;
import dev.cairn.asl.model.PayloadDigest;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A large payload is cut beside the one who brings it. */
final class ArrivingPayloadTest {
  private static final int FIRST = ArrivingPayload.BUFFER_BYTES_MAX;
  private static final int SECOND =
      ArrivingPayload.SECOND_BUFFER_BYTES - ArrivingPayload.CHUNKER.maxBytes();

  private static byte[] random(int length) {
    byte[] bytes = new byte[length];
    new SplittableRandom(length).nextBytes(bytes);
    return bytes;
  }

  /** Digests of the chunks of a payload that is cut in one piece. */
  private static List<Bytes> chunks(byte[] payload) {
    List<Bytes> chunks = new ArrayList<>();
    for (int at = 0; at < payload.length; ) {
      int size = ArrivingPayload.CHUNKER.cut(payload, at, payload.length);
      chunks.add(HashAlgorithm.SHA_256.hash(Bytes.copyOf(payload, at, at + size)));
      at += size;
    }
    return chunks;
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 1, 70_000, 1 << 20, 5 << 20, 20 << 20})
  void itsChunksAreThoseOfThePayloadInOnePiece(int more) throws IOException {
    try (Store store = StoreFixture.open("a", StoreFixture.engine())) {
      for (int edge : new int[] {FIRST, FIRST + SECOND, 2 * FIRST}) {
        byte[] payload = random(edge + more);
        PreparedArtifact artifact = store.prepare(null, new ByteArrayInputStream(payload));
        assertThat(artifact.id()).isEqualTo(ArtifactHasher.identify(Bytes.wrap(payload), null));
        store.commit(new CommitDraft().put(artifact));
        assertThat(store.chunks(artifact.id().payloadDigest())).isEqualTo(chunks(payload));
        assertThat(store.reader().get(artifact.id().key(), payload.length))
            .isEqualTo(Bytes.wrap(payload));
      }
    }
  }

  @Test
  void oneKindOfByteMakesTheLongestChunks() throws IOException {
    try (Store store = StoreFixture.open("a", StoreFixture.engine())) {
      byte[] payload = new byte[3 * FIRST + 17];
      PreparedArtifact artifact = store.prepare(null, new ByteArrayInputStream(payload));
      store.commit(new CommitDraft().put(artifact));
      assertThat(store.chunks(artifact.id().payloadDigest())).isEqualTo(chunks(payload));
    }
  }

  @Test
  void aFailureBesideIsTheOwnersAndNothingIsLeftArriving() throws IOException {
    byte[] payload = random(3 * FIRST);
    int writes = 2 * chunks(payload).size() + 2;
    for (int failing = 0; failing < writes; failing += 7) {
      AtomicInteger left = new AtomicInteger(failing);
      HookedEngine engine =
          new HookedEngine(StoreFixture.engine())
              .beforeWrite(
                  changes -> {
                    if (isArrival(changes) && left.getAndDecrement() == 0) {
                      throw new UnavailableException("the disk says no");
                    }
                  });
      try (Store store = StoreFixture.open("a", engine)) {
        assertThatThrownBy(() -> store.prepare(null, new ByteArrayInputStream(payload)))
            .as("write %s of %s", failing, writes)
            .isInstanceOf(UnavailableException.class)
            .hasMessage("the disk says no");
        PreparedArtifact artifact = store.prepare(null, new ByteArrayInputStream(payload));
        store.commit(new CommitDraft().put(artifact));
        assertThat(store.chunks(artifact.id().payloadDigest())).isEqualTo(chunks(payload));
        // Those of the arrival that broke off were found again, and are held by no one else.
        store.collect(new CollectOptions(0, Set.of(), false));
        assertThat(store.reader().get(artifact.id().key(), payload.length))
            .isEqualTo(Bytes.wrap(payload));
      }
    }
  }

  @Test
  void aStoreThatIsClosedWaitsForWhatIsCutOfPayloadsLeftBehind() {
    byte[] payload = random(3 * FIRST);
    Set<Thread> writers = ConcurrentHashMap.newKeySet();
    AtomicBoolean closed = new AtomicBoolean();
    AtomicBoolean late = new AtomicBoolean();
    HookedEngine engine =
        new HookedEngine(StoreFixture.engine())
            .beforeWrite(
                changes -> {
                  if (isArrival(changes)) {
                    writers.add(Thread.currentThread());
                    late.compareAndSet(false, closed.get());
                  }
                });
    for (int i = 0; i < 20; i++) {
      closed.set(false);
      try (Store store = StoreFixture.open("a", new Unclosed(engine))) {
        PayloadStage stage = store.stagePayload(PayloadDigest.of(Bytes.wrap(payload)), 3 * FIRST);
        stage.write(Bytes.wrap(payload));
      }
      closed.set(true);
    }
    for (Thread writer : writers) {
      if (writer != Thread.currentThread()) {
        awaitRest(writer);
      }
    }
    assertThat(late).isFalse();
  }

  /** Until a thread has nothing to do, or has ended. */
  private static void awaitRest(Thread thread) {
    while (thread.isAlive()
        && thread.getState() != Thread.State.WAITING
        && thread.getState() != Thread.State.TIMED_WAITING) {
      Thread.onSpinWait();
    }
  }

  private static boolean isArrival(List<RowChange> changes) {
    return changes.stream()
        .anyMatch(
            change ->
                change.table().equals(StoreTables.CHUNK)
                    || change.table().equals(StoreTables.CHUNK_USE));
  }

  @Test
  void whoIsInterruptedStaysSoAndLosesNothing() throws IOException {
    byte[] payload = random(3 * FIRST);
    try (Store store = StoreFixture.open("a", StoreFixture.engine())) {
      Thread.currentThread().interrupt();
      PreparedArtifact artifact = store.prepare(null, new ByteArrayInputStream(payload));
      assertThat(Thread.interrupted()).isTrue();
      assertThat(artifact.id().payloadDigest())
          .isEqualTo(new PayloadDigest(HashAlgorithm.SHA_256.hash(Bytes.wrap(payload))));
    }
  }

  /** What goes past the log of writes is waited for: a file that was changed a little waits not. */
  @Test
  void onlyAPayloadWithMuchThatIsNewWaitsUntilItsChunksAreDurable() throws IOException {
    AtomicInteger pastLog = new AtomicInteger();
    AtomicInteger syncs = new AtomicInteger();
    MemoryEngine memory = StoreFixture.engine();
    ForwardingEngine engine =
        new ForwardingEngine(memory) {
          @Override
          public void write(List<RowChange> changes, Durability durability) {
            pastLog.addAndGet(durability == Durability.DEFERRED ? 1 : 0);
            super.write(changes, durability);
          }

          @Override
          public void sync() {
            syncs.incrementAndGet();
            super.sync();
          }
        };
    Store store = StoreFixture.open("a", engine);
    byte[] before = random(3 * FIRST);
    store.prepare(null, new ByteArrayInputStream(before));
    long logged = 0;
    int most = 0;
    for (Bytes chunk : chunks(before)) {
      if (logged < ArrivingPayload.LOGGED_NEW_BYTES) {
        logged += Objects.requireNonNull(memory.get(StoreTables.CHUNK, chunk)).length();
      } else {
        most++;
      }
    }
    assertThat(pastLog).hasValue(most).hasPositiveValue();
    assertThat(syncs).hasPositiveValue();

    pastLog.set(0);
    syncs.set(0);
    byte[] after = before.clone();
    after[after.length / 2] ^= 1;
    PreparedArtifact changed = store.prepare(null, new ByteArrayInputStream(after));
    assertThat(chunks(after)).isNotEqualTo(chunks(before));
    assertThat(pastLog).hasValue(0);
    assertThat(syncs).hasValue(0);

    store.commit(new CommitDraft().put(changed));
    try (Store again = StoreFixture.open("a", memory.crash())) {
      assertThat(again.reader().get(changed.id().key(), after.length)).isEqualTo(Bytes.wrap(after));
    }
  }

  @Test
  void whatSharesChunksWithAPayloadUnderWayIsDurableWhenItIsAcknowledged() throws IOException {
    byte[] large = random(2 * FIRST + SECOND);
    int end = 0;
    for (int i = 0; i < 4; i++) {
      end += ArrivingPayload.CHUNKER.cut(large, end, large.length);
    }
    byte[] part = Arrays.copyOf(large, end);
    PayloadDigest digest = PayloadDigest.of(Bytes.wrap(large));
    MemoryEngine engine = StoreFixture.engine();
    Store store = StoreFixture.open("a", engine);
    PayloadStage stage = store.stagePayload(digest, large.length);
    stage.write(Bytes.wrap(large));
    stage.close(); // Broken off: what came waits for another try.
    PreparedArtifact artifact = store.prepare(null, new ByteArrayInputStream(part));
    store.commit(new CommitDraft().put(artifact));
    try (Store after = StoreFixture.open("a", engine.crash())) {
      assertThat(after.reader().get(artifact.id().key(), part.length)).isEqualTo(Bytes.wrap(part));
    }
  }

  @Test
  void whatIsStagedOfChunksThatOthersBroughtIsDurableWhenItIsAcknowledged() throws IOException {
    byte[] large = random(3 * FIRST);
    ArtifactId id = ArtifactHasher.identify(Bytes.wrap(large), null);
    List<PayloadChunk> listed;
    try (Store other = StoreFixture.open("b", StoreFixture.engine())) {
      other.commit(new CommitDraft().put(other.prepare(null, new ByteArrayInputStream(large))));
      listed = other.payloadChunks(id.payloadDigest());
    }
    MemoryEngine engine = StoreFixture.engine();
    Store store = StoreFixture.open("a", engine);
    PayloadStage broken = store.stagePayload(id.payloadDigest(), large.length);
    broken.write(Bytes.wrap(large));
    broken.close();
    int at = 0;
    try (ChunkStage stage = store.stageChunks(id.payloadDigest(), large.length, listed)) {
      for (PayloadChunk chunk : listed) {
        stage.put(chunk, Bytes.copyOf(large, at, at + chunk.length()));
        at += chunk.length();
      }
      stage.finish();
    }
    store.commit(new CommitDraft().put(store.prepare(null, new ByteArrayInputStream(large))));
    try (Store after = StoreFixture.open("a", engine.crash())) {
      assertThat(after.reader().get(id.key(), large.length)).isEqualTo(Bytes.wrap(large));
    }
  }

  @Test
  void aStageWhoseEndFailsIsCollected() {
    byte[] payload = random(2 * FIRST);
    PayloadDigest digest = PayloadDigest.of(Bytes.wrap(payload));
    AtomicBoolean full = new AtomicBoolean();
    HookedEngine engine =
        new HookedEngine(StoreFixture.engine())
            .beforeWrite(
                changes -> {
                  if (full.get() && isArrival(changes)) {
                    throw new UnavailableException("the disk says no");
                  }
                });
    try (Store store = StoreFixture.open("a", engine)) {
      try (PayloadStage stage = store.stagePayload(digest, payload.length)) {
        stage.write(Bytes.wrap(payload));
        full.set(true);
        assertThatThrownBy(stage::finish).isInstanceOf(UnavailableException.class);
        full.set(false);
      }
      store.collect(new CollectOptions(0, Set.of(), false));
      try (RowCursor chunks = engine.scan(StoreTables.CHUNK, Bytes.EMPTY, Bytes.EMPTY)) {
        assertThat(chunks.next()).isFalse();
      }
    }
  }
}
