package dev.cairn.federation.protocol;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MisbehaviourException;
import dev.cairn.asl.model.ArtifactHasher;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.Stretch;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.protocol.PeerMessage.DeltaEnd;
import dev.cairn.federation.protocol.PeerMessage.Item;
import dev.cairn.federation.protocol.PeerMessage.Records;
import dev.cairn.federation.protocol.PeerMessage.Run;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** While one stretch is written the next one is staged and verified, and nothing else changes. */
final class DeltaSinkTest {
  /** What a node sends of all its logs. */
  private static List<PeerMessage> delta(TestNode from) {
    List<PeerMessage> messages = new ArrayList<>();
    try (DeltaReader reader = new DeltaReader(from.replica(), List.of(), Optional.empty())) {
      for (PeerMessage m = reader.next(); m != null; m = reader.next()) {
        messages.add(m);
      }
    }
    return messages;
  }

  /** A store whose stretches are shown before they are verified. */
  private static ReplicaStore watched(TestNode node, Executor writer, Consumer<Stretch> seen) {
    StoreReplica replica = new StoreReplica(node.store(), writer);
    return (ReplicaStore)
        Proxy.newProxyInstance(
            DeltaSinkTest.class.getClassLoader(),
            new Class<?>[] {ReplicaStore.class},
            (proxy, method, arguments) -> {
              try {
                return method.invoke(replica, arguments);
              } catch (InvocationTargetException e) {
                throw e.getCause();
              } finally {
                if (method.getName().equals("verify")) {
                  seen.accept((Stretch) arguments[0]);
                }
              }
            });
  }

  /** A thread for each stretch, which begins to write it once so many were verified. */
  private static final class Held implements Executor {
    private final CountDownLatch verified;

    Held(int verified) {
      this.verified = new CountDownLatch(verified);
    }

    @Override
    public void execute(Runnable task) {
      Thread thread =
          new Thread(
              () -> {
                try {
                  if (!verified.await(60, TimeUnit.SECONDS)) {
                    throw new AssertionError("nothing was verified meanwhile");
                  }
                } catch (InterruptedException e) {
                  throw new AssertionError(e);
                }
                task.run();
              });
      thread.setDaemon(true);
      thread.start();
    }
  }

  @Test
  void theNextStretchIsVerifiedWhileOneIsWritten() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        TestNode carol = new TestNode("carol")) {
      ann.put("of ann");
      Talk.sync(ann, bob);
      bob.put("of bob");
      Held writer = new Held(2);
      List<AppliedStretch> applied = new ArrayList<>();
      ReplicaStore store = watched(carol, writer, stretch -> writer.verified.countDown());
      try (DeltaSink sink = new DeltaSink(store, applied::add)) {
        delta(bob).forEach(sink::accept);
        assertThat(sink.isEnded()).isTrue();
        assertThat(sink.received().records()).isEqualTo(2);
      }
      assertThat(applied)
          .extracting(AppliedStretch::origin)
          .containsExactlyInAnyOrder(ann.origin(), bob.origin());
      assertThat(carol.heads()).isEqualTo(bob.heads());
      assertThat(carol.store().stateRoot()).isEqualTo(bob.store().stateRoot());
    }
  }

  @Test
  void oneThatLeansOnThePayloadOfTheOneBeforeIsVerifiedOnceThatIsTaken() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        TestNode carol = new TestNode("carol")) {
      ArtifactKey elsewhere = ArtifactHasher.identify(Bytes.utf8("elsewhere"), null).key();
      assertThat(ann.link("test:follows", elsewhere, elsewhere))
          .isEqualTo(bob.link("test:follows", elsewhere, elsewhere));
      Talk.sync(ann, bob);
      Held writer = new Held(2);
      List<Stretch> verified = Collections.synchronizedList(new ArrayList<>());
      ReplicaStore store =
          watched(
              carol,
              writer,
              stretch -> {
                verified.add(stretch);
                writer.verified.countDown();
              });
      try (DeltaSink sink = new DeltaSink(store, stretch -> {})) {
        withoutTheSecondPayload(delta(bob)).forEach(sink::accept);
      }
      assertThat(carol.heads()).isEqualTo(bob.heads());
      assertThat(verified).as("the second one twice").hasSize(3);
    }
  }

  /** Nothing of the second of two payloads, each in a message of its own. */
  private static List<PeerMessage> withoutTheSecondPayload(List<PeerMessage> messages) {
    List<PeerMessage> less = new ArrayList<>();
    int records = 0;
    for (PeerMessage message : messages) {
      if (message instanceof Records some && ++records == 2) {
        Run run = some.runs().get(0);
        Item bare = new Item(run.items().get(0).record(), null);
        less.add(new Records(List.of(new Run(run.origin(), run.firstIndex(), List.of(bare)))));
      } else if (message instanceof DeltaEnd end) {
        less.add(new DeltaEnd(end.commits(), end.records(), end.payloads() - 1));
      } else {
        less.add(message);
      }
    }
    assertThat(records).isEqualTo(2);
    return less;
  }

  @Test
  void whatIsWrongWithAStretchIsThrownAndTheOneBehindItIsNotTaken() {
    try (TestNode evil = new TestNode("evil");
        TestNode twin = new TestNode("evil");
        TestNode bob = new TestNode("bob");
        TestNode carol = new TestNode("carol")) {
      evil.put("one story");
      twin.put("another story");
      twin.put("more of it");
      bob.put("of bob");
      bob.put("more of bob");
      bob.put("and more of bob");
      Talk.sync(twin, bob);
      Talk.sync(evil, carol);
      try (WriterThread writer = new WriterThread();
          DeltaSink sink = new DeltaSink(new StoreReplica(carol.store(), writer), stretch -> {})) {
        List<PeerMessage> messages = delta(bob);
        assertThatThrownBy(() -> messages.forEach(sink::accept))
            .isInstanceOf(MisbehaviourException.class)
            .hasMessageContaining(twin.origin().node().toString());
      }
      assertThat(carol.heads()).isEqualTo(evil.heads());
    }
  }

  @Test
  void closingWaitsForWhatIsBeingWrittenAndTellsOfIt() {
    try (TestNode ann = new TestNode("ann");
        TestNode carol = new TestNode("carol")) {
      ann.put("of ann");
      List<AppliedStretch> applied = new ArrayList<>();
      Executor late =
          task ->
              new Thread(
                      () -> {
                        LockSupport.parkNanos(TimeUnit.MILLISECONDS.toNanos(200));
                        task.run();
                      })
                  .start();
      Thread.currentThread().interrupt();
      try (DeltaSink sink = new DeltaSink(new StoreReplica(carol.store(), late), applied::add)) {
        for (PeerMessage message : delta(ann)) {
          if (!(message instanceof DeltaEnd)) {
            sink.accept(message);
          }
        }
        assertThat(applied).isEmpty();
      }
      assertThat(Thread.interrupted()).as("the interrupt is kept").isTrue();
      assertThat(applied).hasSize(1);
      assertThat(carol.heads()).isEqualTo(ann.heads());
    }
  }

  @Test
  void smallPayloadsDoNotKeepTheLargeMessageTheyCameInAndLargeOnesAreNotCopied() {
    try (TestNode ann = new TestNode("ann");
        TestNode carol = new TestNode("carol")) {
      ann.putTogether("payload of this one and of no other ", 10);
      List<Stretch> seen = new ArrayList<>();
      ReplicaStore store = watched(carol, Runnable::run, seen::add);
      long bytes = take(store, delta(ann), 1 << 20);
      assertThat(held(seen.get(0))).as("among a million of others").isEqualTo(bytes);

      try (TestNode dan = new TestNode("dan")) {
        ReplicaStore other = watched(dan, Runnable::run, seen::add);
        long all = take(other, delta(ann), 0);
        assertThat(held(seen.get(1))).as("one message, half of it other bytes").isEqualTo(2 * all);
      }
    }
  }

  /** Bytes of memory that the payloads of a stretch keep. */
  private static long held(Stretch stretch) {
    return Bytes.held(stretch.items().stream().map(item -> payload(item.payload())).toList());
  }

  private static Bytes payload(@Nullable Bytes payload) {
    return Objects.requireNonNull(payload);
  }

  /**
   * Takes a delta whose payloads are slices of one array with as many bytes again, and so many
   * more; how many bytes they have.
   */
  private static long take(ReplicaStore store, List<PeerMessage> delta, int more) {
    long bytes = 0;
    try (DeltaSink sink = new DeltaSink(store, stretch -> {})) {
      for (PeerMessage message : delta) {
        if (!(message instanceof Records records)) {
          sink.accept(message);
          continue;
        }
        Run run = records.runs().get(0);
        Bytes all =
            Bytes.concat(
                run.items().stream().map(item -> payload(item.payload())).toArray(Bytes[]::new));
        bytes += all.length();
        Bytes frame = all.plus(Bytes.wrap(new byte[all.length() + more]));
        List<Item> items = new ArrayList<>();
        int at = 0;
        for (Item item : run.items()) {
          int end = at + payload(item.payload()).length();
          items.add(new Item(item.record(), frame.slice(at, end)));
          at = end;
        }
        sink.accept(new Records(List.of(new Run(run.origin(), run.firstIndex(), items))));
      }
    }
    return bytes;
  }
}
