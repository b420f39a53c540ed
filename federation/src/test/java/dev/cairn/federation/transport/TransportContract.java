package dev.cairn.federation.transport;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.time.Ticker;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.protocol.EvidencePart;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.sync.StoreSync;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What nodes end with must not depend on how they exchanged what they lack. */
@Timeout(120)
public abstract class TransportContract extends Resources {
  private static final int LARGE_BYTES = 3_000_000;

  /** Brings {@code to} all that {@code from} holds and it lacks, and nothing the other way. */
  protected abstract void exchange(TestNode from, TestNode to) throws Exception;

  /** What the conversations of a node know: as those of the command, how to prove a fork. */
  protected static StoreSync of(TestNode node) {
    return new StoreSync(
        node.store(),
        SessionOptions.DEFAULT,
        ReplicationListener.NONE,
        Ticker.system(),
        () -> List.of(new EvidencePart(node.replica())));
  }

  private TestNode node(String name) {
    return closing(new TestNode(name));
  }

  private static void assertSame(TestNode left, TestNode right) {
    assertThat(left.heads()).isEqualTo(right.heads());
    assertThat(left.derivedRows()).isEqualTo(right.derivedRows());
    assertThat(left.store().stateRoot()).isEqualTo(right.store().stateRoot());
  }

  @Test
  void oneWayOnlyMovesOneWay() throws Exception {
    TestNode ann = node("ann");
    TestNode bob = node("bob");
    ann.put("of ann");
    bob.put("of bob");
    exchange(ann, bob);
    assertThat(bob.heads()).containsOnlyKeys(ann.origin(), bob.origin());
    assertThat(ann.heads()).containsOnlyKeys(ann.origin());
  }

  @Test
  void nodesEndInOneStateWhoeverMeetsWhomFirst() throws Exception {
    for (long seed = 1; seed <= 3; seed++) {
      Random random = new Random(seed);
      List<TestNode> nodes = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        nodes.add(node(seed + " node " + i));
        nodes.get(i).work(seed * 10 + i, 30);
      }
      for (int meeting = 0; meeting < 4; meeting++) {
        int from = random.nextInt(3);
        exchange(nodes.get(from), nodes.get((from + 1 + random.nextInt(2)) % 3));
        nodes.get(from).work(seed * 100 + meeting, 5);
      }
      // All that the middle one learns from both ends goes back to them: no two others meet.
      exchange(nodes.get(0), nodes.get(1));
      exchange(nodes.get(2), nodes.get(1));
      exchange(nodes.get(1), nodes.get(0));
      exchange(nodes.get(1), nodes.get(2));
      assertSame(nodes.get(0), nodes.get(1));
      assertSame(nodes.get(2), nodes.get(1));
    }
  }

  @Test
  void payloadsOfAnySizeComeAlongAndAreThoseThatWerePut() throws Exception {
    TestNode ann = node("ann");
    TestNode bob = node("bob");
    List<ArtifactKey> keys = new ArrayList<>();
    for (int bytes : List.of(0, 1, 65_536, 65_537, LARGE_BYTES)) {
      byte[] payload = new byte[bytes];
      new Random(bytes).nextBytes(payload);
      keys.add(ann.put(new TypeTag("test/bytes"), Bytes.wrap(payload)));
    }
    exchange(ann, bob);
    for (ArtifactKey key : keys) {
      assertThat(bob.store().reader().get(key, LARGE_BYTES))
          .isEqualTo(ann.store().reader().get(key, LARGE_BYTES));
    }
    assertSame(ann, bob);
  }

  @Test
  void whatIsHereComesAgainWithoutChangingAnything() throws Exception {
    TestNode ann = node("ann");
    TestNode bob = node("bob");
    ann.work(1, 40);
    exchange(ann, bob);
    Map<Bytes, Bytes> commits = bob.rows("asl.arrival");
    Map<Bytes, Bytes> contents = bob.rows("asl.content");
    exchange(ann, bob);
    exchange(ann, bob);
    assertThat(bob.rows("asl.arrival")).isEqualTo(commits);
    assertThat(bob.rows("asl.content")).isEqualTo(contents);
    assertSame(ann, bob);
  }

  @Test
  void removalsErasuresAndRevivalsArriveAsTheyWere() throws Exception {
    TestNode ann = node("ann");
    TestNode bob = node("bob");
    ArtifactKey removed = ann.put("removed");
    ArtifactKey erased = ann.put("erased");
    ArtifactKey revived = ann.put("revived");
    exchange(ann, bob);
    ann.remove(removed, false);
    bob.remove(erased, true);
    ann.remove(revived, true);
    ann.put("revived");
    exchange(ann, bob);
    exchange(bob, ann);
    assertSame(ann, bob);
    for (TestNode node : List.of(ann, bob)) {
      assertThat(node.store().now().isLive(removed)).isFalse();
      assertThat(node.store().erasure(erased)).isPresent();
      assertThat(node.store().hasPayload(PayloadDigest.of(Bytes.utf8("erased")))).isFalse();
      assertThat(node.store().reader().get(revived, 99)).isEqualTo(Bytes.utf8("revived"));
    }
  }

  @Test
  void whatIsWrittenMeanwhileComesWholeOrLater() throws Exception {
    TestNode ann = node("ann");
    TestNode bob = node("bob");
    ann.work(1, 20);
    AtomicBoolean over = new AtomicBoolean();
    CompletableFuture<Void> begun = new CompletableFuture<>();
    CompletableFuture<Integer> writer =
        CompletableFuture.supplyAsync(
            () -> {
              int commits = 0;
              while (!over.get() && commits < 2_000) {
                ann.putTogether("meanwhile " + commits++ + " ", 3);
                begun.complete(null);
              }
              return commits;
            },
            threads);
    CompletableFuture.anyOf(begun, writer).join();
    for (int i = 0; i < 3; i++) {
      exchange(ann, bob);
      long held = bob.store().head(ann.origin()).orElseThrow().treeSize();
      assertThat(bob.store().head(ann.origin()).orElseThrow().root())
          .isEqualTo(ann.store().logRoot(ann.origin(), held));
    }
    over.set(true);
    assertThat(writer.join()).isPositive();
    exchange(ann, bob);
    assertSame(ann, bob);
  }

  @Test
  void anotherFederationIsRefusedAndChangesNothing() throws Exception {
    TestNode ann = node("ann");
    TestNode stranger = closing(new TestNode("stranger", "elsewhere"));
    stranger.put("never to arrive");
    assertThatThrownBy(() -> exchange(stranger, ann))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("elsewhere");
    assertThat(ann.heads()).isEmpty();
    assertThat(ann.rows("asl.content")).isEmpty();
  }

  @Test
  void whatIsDamagedAtItsHolderSpreadsToNobody() throws Exception {
    for (String table : List.of("asl.content", "asl.checkpoint")) {
      TestNode ann = node("ann");
      TestNode bob = node("bob");
      ann.putTogether("of ann ", 20);
      ann.store().signHead();
      ann.damage(table);
      assertThatThrownBy(() -> exchange(ann, bob)).as(table).isInstanceOf(CairnException.class);
      assertThat(bob.heads()).as(table).isEmpty();
      assertThat(bob.rows("asl.content")).as(table).isEmpty();
    }
  }

  @Test
  void aForkIsFoundIsNotTakenAndHarmsNoOtherLog() throws Exception {
    TestNode ann = node("ann");
    TestNode bob = node("bob");
    TestNode evil = node("evil");
    TestNode twin = node("evil");
    bob.put("of bob");
    evil.put("one story");
    exchange(evil, ann);
    twin.put("another story");
    twin.put("and more of it");
    exchange(bob, twin);
    String before = ann.heads().get(evil.origin());
    exchange(twin, ann);
    assertThat(ann.heads()).containsEntry(evil.origin(), before);
    assertThat(ann.store().frozen()).containsExactly(evil.origin());
    Origin honest = bob.origin();
    assertThat(ann.heads()).containsEntry(honest, bob.heads().get(honest));
    bob.put("later, of bob");
    exchange(bob, twin);
    exchange(twin, ann);
    assertThat(ann.heads())
        .containsEntry(evil.origin(), before)
        .containsEntry(honest, bob.heads().get(honest));
  }
}
