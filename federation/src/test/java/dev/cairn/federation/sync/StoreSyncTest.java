package dev.cairn.federation.sync;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.MisbehaviourException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.time.Ticker;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.audit.AuditReport;
import dev.cairn.federation.audit.AuditSource;
import dev.cairn.federation.audit.Auditor;
import dev.cairn.federation.bundle.Bundles;
import dev.cairn.federation.protocol.AppliedStretch;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerMessage.CheckpointNote;
import dev.cairn.federation.protocol.PeerSession;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.transport.InProcessLink;
import dev.cairn.federation.transport.LinkLimits;
import dev.cairn.federation.transport.PeerLink;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.assertj.core.api.InstanceOfAssertFactories;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@Timeout(120)
class StoreSyncTest {
  private static final LinkLimits NARROW = new LinkLimits(1, 1 << 20, 10_000, 20_000);

  @TempDir Path folder;

  private final ExecutorService threads = Executors.newCachedThreadPool();

  @AfterEach
  void stopThreads() throws InterruptedException {
    threads.shutdownNow();
    assertThat(threads.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
  }

  private static StoreSync of(TestNode node) {
    return of(node, ReplicationListener.NONE);
  }

  private static StoreSync of(TestNode node, ReplicationListener listener) {
    return new StoreSync(node.store(), SessionOptions.DEFAULT, listener, Ticker.system());
  }

  private static void assertSame(TestNode left, TestNode right) {
    assertThat(left.heads()).isEqualTo(right.heads());
    assertThat(left.derivedRows()).isEqualTo(right.derivedRows());
  }

  @Test
  void twoStoresOfOneProcessSyncOnOneThread() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ann.work(1, 40);
      bob.work(2, 40);
      SyncReport report = of(ann).with(bob.store(), true, true).orThrow();
      assertSame(ann, bob);
      assertThat(report.sent().records()).isPositive();
      assertThat(report.conflicts()).isZero();
      assertThat(of(ann).with(bob.store(), true, true).orThrow().roundTrips()).isEqualTo(1);
    }
  }

  @Test
  void aLargePayloadThatOneNodeErasedAndAnotherPutAgainArrivesThoughTheReceiverHadIt() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        TestNode cat = new TestNode("cat")) {
      ArtifactKey key = ann.putLarge(200_000, 7);
      of(ann).with(bob.store(), true, true).orThrow();
      of(ann).with(cat.store(), true, true).orThrow();
      bob.remove(key, true);
      of(ann).with(bob.store(), true, true).orThrow();
      assertThat(ann.putLarge(200_000, 7)).isEqualTo(key);
      of(ann).with(bob.store(), true, true).orThrow();
      bob.put("after that, so that bob's stretch ends behind the payload");
      of(ann).with(bob.store(), true, true).orThrow();
      ann.put("and ann's behind bob's");
      of(ann).with(bob.store(), true, true).orThrow();
      of(bob).with(cat.store(), true, true).orThrow();
      assertSame(bob, cat);
      PayloadDigest digest = cat.store().now().live(key).orElseThrow().artifact().payloadDigest();
      assertThat(cat.store().payload(digest, 200_000))
          .isEqualTo(bob.store().payload(digest, 200_000));
    }
  }

  @Test
  void peersThatPushLargeDeltasAtEachOtherThroughANarrowLinkDoNotBlock() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      for (int i = 0; i < 8; i++) {
        ann.putTogether("a" + i, 1000);
        bob.putTogether("b" + i, 1000);
        ann.putLarge(1_000_000, i);
        bob.putLarge(1_000_000, 100 + i);
      }
      SyncReport report = overLink(of(ann), of(bob), NARROW).orThrow();
      assertSame(ann, bob);
      assertThat(report.sent().payloads()).isEqualTo(8 * 1001);
      assertThat(report.received().payloads()).isEqualTo(8 * 1001);
    }
  }

  private SyncReport overLink(StoreSync left, StoreSync right, LinkLimits limits) {
    InProcessLink.Pair pair = InProcessLink.pair(null, null, limits, Ticker.system());
    CompletableFuture<SyncReport> answer =
        CompletableFuture.supplyAsync(() -> right.respond(pair.right()), threads);
    SyncReport report = left.initiate(pair.left(), true, true, null);
    SyncReport other = answer.join();
    assertThat(other.isDone()).as(other.session().text()).isEqualTo(report.isDone());
    return report;
  }

  @Test
  void manySyncsOfOneStoreAtOnceAllEnd() {
    List<TestNode> nodes = new ArrayList<>();
    for (int i = 0; i < 5; i++) {
      nodes.add(new TestNode("node " + i));
      nodes.get(i).work(i, 30);
    }
    TestNode hub = nodes.get(0);
    for (int round = 0; round < 2; round++) {
      List<CompletableFuture<SyncReport>> running = new ArrayList<>();
      for (TestNode spoke : nodes.subList(1, nodes.size())) {
        running.add(
            CompletableFuture.supplyAsync(
                () -> overLink(of(spoke), of(hub), LinkLimits.DEFAULT), threads));
      }
      running.forEach(one -> one.join().orThrow());
    }
    nodes.forEach(node -> assertSame(hub, node));
    nodes.forEach(TestNode::close);
  }

  /** Three nodes put, remove and revive the same things, unseen by each other. */
  private static void workOnTheSame(List<TestNode> nodes, long seed) {
    Random random = new Random(seed);
    for (int i = 0; i < 60; i++) {
      TestNode node = nodes.get(random.nextInt(nodes.size()));
      String text = "shared " + random.nextInt(6);
      if (random.nextInt(3) == 0) {
        node.remove(node.put(text), random.nextBoolean());
      } else {
        node.put(text);
      }
      if (random.nextInt(8) == 0) {
        node.putLarge(70_000 + random.nextInt(300_000), random.nextInt(4));
      }
    }
  }

  /**
   * Each order in which three nodes can meet, two at a time; the last two rounds reach everyone.
   */
  @ParameterizedTest
  @ValueSource(strings = {"01 12 01 12", "12 01 12 01", "02 01 12 02 01", "01 12 02 01 12"})
  void threeNodesAgreeOnTombstonesAndRevivalsHoweverTheyMeet(String meetings) {
    for (long seed = 1; seed <= 4; seed++) {
      List<TestNode> nodes = List.of(new TestNode("ann"), new TestNode("bob"), new TestNode("cid"));
      workOnTheSame(nodes, seed);
      for (String meeting : meetings.split(" ", -1)) {
        TestNode left = nodes.get(meeting.charAt(0) - '0');
        TestNode right = nodes.get(meeting.charAt(1) - '0');
        overLink(of(left), of(right), LinkLimits.DEFAULT).orThrow();
        left.put("between " + meeting);
      }
      for (int round = 0; round < 2; round++) {
        overLink(of(nodes.get(0)), of(nodes.get(1)), LinkLimits.DEFAULT).orThrow();
        overLink(of(nodes.get(1)), of(nodes.get(2)), LinkLimits.DEFAULT).orThrow();
      }
      assertSame(nodes.get(0), nodes.get(1));
      assertSame(nodes.get(1), nodes.get(2));
      AuditReport report =
          new Auditor(null)
              .audit(
                  List.of(
                      new AuditSource.OfStore("ann", nodes.get(0).store()),
                      new AuditSource.OfStore("cid", nodes.get(2).store())));
      assertThat(report.verdict()).as("%s", report).isEqualTo(AuditReport.Verdict.VERIFIED);
      nodes.forEach(TestNode::close);
    }
  }

  @Test
  void payloadsComeAlongAndAreReadableAtTheOtherEnd() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ArtifactKey large = ann.putLarge(3_000_000, 7);
      ArtifactKey small = ann.put("small");
      overLink(of(ann), of(bob), LinkLimits.DEFAULT).orThrow();
      for (ArtifactKey key : List.of(large, small)) {
        PayloadDigest digest = bob.store().now().live(key).orElseThrow().artifact().payloadDigest();
        assertThat(bob.store().payload(digest, 4_000_000))
            .isEqualTo(ann.store().payload(digest, 4_000_000));
      }
    }
  }

  @Test
  void aPayloadThatIsDamagedAtItsHolderEndsTheSyncAndSpreadsToNobody() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ann.putLarge(300_000, 1);
      ann.damage("asl.chunk");
      InProcessLink.Pair pair = InProcessLink.pair();
      CompletableFuture<SyncReport> answer =
          CompletableFuture.supplyAsync(() -> of(ann).respond(pair.right()), threads);
      SyncReport report = of(bob).initiate(pair.left(), true, true, null);
      assertThatThrownBy(report::orThrow)
          .isInstanceOf(UnavailableException.class)
          .hasMessageContaining("the peer ended the sync");
      assertThat(answer.join().session().failure()).isInstanceOf(DamagedException.class);
      assertThat(bob.heads()).isEmpty();
    }
  }

  @Test
  void aCheckpointThatIsDamagedAtItsHolderIsNotTaken() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        TestNode cid = new TestNode("cid")) {
      cid.put("of cid");
      overLink(of(cid), of(ann), LinkLimits.DEFAULT).orThrow();
      ann.damage("asl.checkpoint");
      ann.put("of ann");
      assertThatThrownBy(() -> of(bob).with(ann.store(), true, true).orThrow())
          .isInstanceOf(MalformedException.class)
          .hasMessageContaining(cid.origin().toString());
      assertThat(bob.heads()).doesNotContainKey(cid.origin());
    }
  }

  @Test
  void aNodeThatSignsTwoLogsOfOneLengthIsProvenToMisbehave() {
    try (TestNode ann = new TestNode("ann");
        TestNode evil = new TestNode("evil");
        TestNode twin = new TestNode("evil")) {
      evil.put("one story");
      overLink(of(evil), of(ann), LinkLimits.DEFAULT).orThrow();
      twin.put("another story");
      // The session asks only for what is missing, so the second story meets the store by a bundle.
      Path file = folder.resolve("twin");
      Bundles.write(twin.store(), file, Optional.empty(), Optional.empty());
      assertThat(Bundles.apply(ann.store(), file, stretch -> {}).leftOut())
          .singleElement(InstanceOfAssertFactories.THROWABLE)
          .isInstanceOf(MisbehaviourException.class)
          .hasMessageContaining(evil.origin().node().toString());
      assertThat(ann.store().frozen()).containsExactly(evil.origin());
      assertThat(ann.heads()).isEqualTo(evil.heads());
    }
  }

  @Test
  void theListenerIsToldWhoBroughtWhat() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      ann.put("a");
      bob.put("b");
      List<NodeId> peers = Collections.synchronizedList(new ArrayList<>());
      List<Origin> origins = Collections.synchronizedList(new ArrayList<>());
      ReplicationListener listener =
          new ReplicationListener() {
            @Override
            public void applied(NodeId peer, AppliedStretch stretch) {
              peers.add(peer);
              origins.add(stretch.origin());
            }
          };
      overLink(of(ann, listener), of(bob, listener), LinkLimits.DEFAULT).orThrow();
      assertThat(peers).containsExactlyInAnyOrder(ann.origin().node(), bob.origin().node());
      assertThat(origins).containsExactlyInAnyOrder(ann.origin(), bob.origin());
    }
  }

  @Test
  void theWrongNodeAtTheOtherEndIsRefused() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob");
        TestNode cid = new TestNode("cid")) {
      bob.put("b");
      InProcessLink.Pair pair = InProcessLink.pair();
      CompletableFuture<SyncReport> answer =
          CompletableFuture.supplyAsync(() -> of(bob).respond(pair.right()), threads);
      SyncReport report = of(ann).initiate(pair.left(), true, true, cid.origin().node());
      assertThatThrownBy(report::orThrow).isInstanceOf(RefusedException.class);
      assertThatThrownBy(answer.join()::orThrow)
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("not admitted");
      assertThat(ann.heads()).isEmpty();
    }
  }

  @Test
  void aPeerThatVanishesAtAnyMessageIsUnavailableAndTheNextSyncGoesOn() {
    int breaks = 0;
    boolean broke = true;
    while (broke) {
      try (TestNode ann = new TestNode("ann");
          TestNode bob = new TestNode("bob")) {
        bob.work(1, 40);
        Breaking breaking = new Breaking(breaks);
        InProcessLink.Pair pair = InProcessLink.pair();
        CompletableFuture<SyncReport> answer =
            CompletableFuture.supplyAsync(
                () -> of(bob).respond(breaking.of(pair.right())), threads);
        SyncReport report = of(ann).initiate(pair.left(), true, true, null);
        SyncReport other = answer.join();
        broke = breaking.broke();
        // A break at the goodbye may find both sides done already.
        assertThat(broke || (report.isDone() && other.isDone())).isTrue();
        if (!report.isDone()) {
          assertThatThrownBy(report::orThrow).isInstanceOf(UnavailableException.class);
        }
        if (!other.isDone()) {
          assertThatThrownBy(other::orThrow).isInstanceOf(UnavailableException.class);
        }
        overLink(of(ann), of(bob), LinkLimits.DEFAULT).orThrow();
        assertSame(ann, bob);
      }
      breaks++;
    }
    assertThat(breaks).isGreaterThan(10);
  }

  @Test
  void aForgedCheckpointIsSaidToBothSides() {
    try (TestNode ann = new TestNode("ann");
        TestNode bob = new TestNode("bob")) {
      bob.work(1, 10);
      InProcessLink.Pair pair = InProcessLink.pair();
      CompletableFuture<SyncReport> answer =
          CompletableFuture.supplyAsync(() -> of(bob).respond(new Forging(pair.right())), threads);
      SyncReport report = of(ann).initiate(pair.left(), true, true, null);
      assertThatThrownBy(report::orThrow)
          .isInstanceOf(MalformedException.class)
          .hasMessageContaining(bob.origin().toString());
      SyncReport told = answer.join();
      assertThat(told.session().endedByPeer()).isTrue();
      assertThat(told.session().state()).isEqualTo(PeerSession.State.FAILED);
      assertThat(told.session().reason()).isEqualTo(PeerMessage.Reason.UNVERIFIED);
      assertThat(ann.heads()).isEmpty();
    }
  }

  /** Breaks a link once some messages were sent. */
  private static final class Breaking {
    private int left;

    Breaking(int messages) {
      this.left = messages;
    }

    boolean broke() {
      return left < 0;
    }

    PeerLink of(PeerLink link) {
      return new Forwarding(link) {
        @Override
        public void send(PeerMessage message) {
          if (left-- == 0) {
            close();
            throw new UnavailableException("broken on purpose");
          }
          super.send(message);
        }
      };
    }
  }

  /** A link that changes one digit of each checkpoint. */
  private static final class Forging extends Forwarding {
    Forging(PeerLink link) {
      super(link);
    }

    @Override
    public void send(PeerMessage message) {
      if (message instanceof CheckpointNote note) {
        byte[] bytes = note.note().toArray();
        bytes[bytes.length - 10] ^= 1;
        super.send(
            new CheckpointNote(
                note.origin(), note.treeSize(), dev.cairn.asl.bytes.Bytes.wrap(bytes)));
      } else {
        super.send(message);
      }
    }
  }

  private abstract static class Forwarding implements PeerLink {
    private final PeerLink link;

    Forwarding(PeerLink link) {
      this.link = link;
    }

    @Override
    public @Nullable NodeId authenticatedPeer() {
      return link.authenticatedPeer();
    }

    @Override
    public String address() {
      return link.address();
    }

    @Override
    public boolean ready() {
      return link.ready();
    }

    @Override
    public void send(PeerMessage message) {
      link.send(message);
    }

    @Override
    public Activity await(boolean toSend, long timeoutMillis) {
      return link.await(toSend, timeoutMillis);
    }

    @Override
    public @Nullable PeerMessage receive(long timeoutMillis) {
      return link.receive(timeoutMillis);
    }

    @Override
    public void close() {
      link.close();
    }
  }
}
