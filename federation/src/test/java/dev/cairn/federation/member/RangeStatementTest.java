package dev.cairn.federation.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.time.Ticker;
import dev.cairn.federation.FormatDocument;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.shard.HashRange;
import dev.cairn.federation.shard.RangeStatement;
import dev.cairn.federation.shard.RangeStatement.Fixed;
import dev.cairn.federation.shard.RangeStatement.Shared;
import dev.cairn.federation.shard.Shards;
import dev.cairn.federation.sync.StoreSync;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Ranges that members declare: the format of {@code docs/format/range.md}, and what counts. */
class RangeStatementTest {
  private static final Map<String, Bytes> VECTORS = FormatDocument.vectors("range.md");
  private static final Fixed QUARTER = new Fixed(HashRange.parse("40..80"));

  private final TestNode ann = new TestNode("ann");
  private final TestNode bob = new TestNode("bob");
  private final TestNode cid = new TestNode("cid");

  @AfterEach
  void close() {
    ann.close();
    bob.close();
    cid.close();
  }

  private static void sync(TestNode one, TestNode other) {
    new StoreSync(one.store(), SessionOptions.DEFAULT, ReplicationListener.NONE, Ticker.system())
        .with(other.store(), true, true)
        .orThrow();
  }

  private static MemberWriter writer(TestNode node) {
    return new MemberWriter(node.store());
  }

  private static NodeId id(TestNode node) {
    return node.origin().node();
  }

  private static Shards shards(TestNode node) {
    Shards shards = Membership.shards(node.store());
    try (Membership membership = Membership.of(node.store())) {
      assertThat(membership.shards().declared()).isEqualTo(shards.declared());
    }
    return shards;
  }

  /** Commits a statement as it is, whatever it says. */
  private static void state(TestNode node, Bytes statement) {
    Store store = node.store();
    store.commit(new CommitDraft().attest(store.prepare(RangeStatement.TYPE, statement)));
  }

  @Test
  void thePageAndTheCodeAgree() {
    NodeId self = RangeStatement.decode(VECTORS.get("range.payload")).speaker();
    check("range", new RangeStatement(self, QUARTER));
    check("around", new RangeStatement(self, new Fixed(HashRange.parse("c0..40"))));
    check("all", new RangeStatement(self, new Fixed(HashRange.ALL)));
    check("shared", new RangeStatement(self, new Shared(2)));
    assertThat(VECTORS.keySet().stream().filter(name -> !name.startsWith("refused."))).hasSize(8);
    assertThat(VECTORS.keySet().stream().filter(name -> name.startsWith("refused."))).hasSize(10);
    VECTORS.forEach(
        (name, bytes) -> {
          if (name.startsWith("refused.")) {
            assertThatThrownBy(() -> RangeStatement.decode(bytes))
                .as(name)
                .isInstanceOfAny(MalformedException.class, UnsupportedVersionException.class);
          }
        });
  }

  private static void check(String name, RangeStatement statement) {
    assertThat(statement.encode()).as(name).isEqualTo(VECTORS.get(name + ".payload"));
    assertThat(RangeStatement.decode(statement.encode())).isEqualTo(statement);
    assertThat(statement.key().bytes()).as(name).isEqualTo(VECTORS.get(name + ".key"));
  }

  @Test
  void whatAMemberDeclaresLastCountsOnEveryNode() {
    assertThat(shards(ann).isEmpty()).isTrue();
    writer(ann).join();
    writer(bob).join();
    assertThat(writer(ann).declare(new Shared(1))).isTrue();
    assertThat(writer(ann).declare(QUARTER)).isTrue();
    assertThat(writer(ann).declare(QUARTER)).as("it does already").isFalse();
    assertThat(writer(bob).declare(new Shared(1))).isTrue();
    sync(ann, bob);
    sync(bob, cid);
    for (TestNode node : new TestNode[] {ann, bob, cid}) {
      assertThat(shards(node).range(id(ann))).contains(QUARTER.range());
      assertThat(shards(node).range(id(bob))).contains(HashRange.ALL);
      assertThat(shards(node).declared()).hasSize(2);
    }
    writer(ann).declare(new Shared(1));
    sync(ann, bob);
    assertThat(shards(bob).range(id(ann)).orElseThrow().isAll()).isFalse();
    assertThat(shards(bob).range(id(bob)).orElseThrow().isAll()).as("they share now").isFalse();
    assertThat(shards(bob).gaps()).isEmpty();
  }

  @Test
  void whoIsNoMemberDeclaresNothing() {
    assertThatThrownBy(() -> writer(ann).declare(QUARTER))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("must join first");
    state(ann, new RangeStatement(id(ann), QUARTER).encode());
    assertThat(shards(ann).isEmpty()).as("it said so, but is no member").isTrue();
    writer(ann).join();
    assertThat(shards(ann).isEmpty()).as("it said so before it joined").isTrue();
    writer(ann).declare(QUARTER);
    assertThat(shards(ann).range(id(ann))).contains(QUARTER.range());
    writer(ann).end(id(ann), null);
    assertThat(shards(ann).isEmpty()).as("it left").isTrue();
    writer(ann).join();
    assertThat(shards(ann).isEmpty()).as("it must say so again").isTrue();
  }

  @Test
  void anEvictedMembersRangeGoesToTheOthers() {
    for (TestNode node : new TestNode[] {ann, bob, cid}) {
      writer(node).join();
      writer(node).declare(new Shared(1));
    }
    sync(ann, bob);
    sync(bob, cid);
    sync(ann, bob);
    HashRange before = shards(ann).range(id(ann)).orElseThrow();
    writer(bob).end(id(cid), "gone");
    sync(ann, bob);
    assertThat(shards(ann).declared().keySet()).containsExactlyInAnyOrder(id(ann), id(bob));
    assertThat(shards(ann).range(id(ann)).orElseThrow()).isNotEqualTo(before);
    assertThat(shards(ann).gaps()).isEmpty();
  }

  @Test
  void whatIsSaidForAnotherOrMeansNothingIsPassedOver() {
    writer(ann).join();
    writer(ann).declare(QUARTER);
    writer(bob).join();
    state(bob, new RangeStatement(id(ann), new Fixed(HashRange.ALL)).encode());
    sync(ann, bob);
    assertThat(shards(bob).declared().keySet()).containsExactly(id(ann));
    assertThat(shards(bob).range(id(ann))).contains(QUARTER.range());
    Bytes badCopies =
        new CborWriter().array(4).uint(1).bytes(id(bob).digest()).uint(1).uint(9).toBytes();
    assertThatThrownBy(() -> state(bob, badCopies)).isInstanceOf(MalformedException.class);
    assertThat(shards(bob).declared()).hasSize(1);
  }
}
