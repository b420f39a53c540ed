package dev.cairn.federation.member;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.engine.rocksdb.RocksEngine;
import dev.cairn.asl.engine.rocksdb.RocksOptions;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.NotFoundException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.Index;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.asl.time.Ticker;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.audit.Auditor;
import dev.cairn.federation.audit.Replayer;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.sync.StoreSync;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Who is a member, and which removals are stable, on nodes that sync, restart and lie. */
class MembershipTest {
  @TempDir Path folder;

  private final List<TestNode> nodes = new ArrayList<>();
  private final TestNode ann = node("ann");
  private final TestNode bob = node("bob");
  private final TestNode cid = node("cid");

  @AfterEach
  void close() {
    nodes.forEach(TestNode::close);
  }

  private TestNode node(String name) {
    TestNode node = new TestNode(name);
    nodes.add(node);
    return node;
  }

  private static void sync(TestNode one, TestNode other) {
    new StoreSync(one.store(), SessionOptions.DEFAULT, ReplicationListener.NONE, Ticker.system())
        .with(other.store(), true, true)
        .orThrow();
  }

  private void syncAll() {
    sync(ann, bob);
    sync(bob, cid);
    sync(ann, bob);
  }

  private static NodeId id(TestNode node) {
    return node.origin().node();
  }

  private static Membership members(TestNode node) {
    return Membership.of(node.store());
  }

  private static MemberWriter writer(TestNode node) {
    return new MemberWriter(node.store());
  }

  private static void state(TestNode node, MemberStatement statement) {
    node.store()
        .commit(
            new CommitDraft()
                .attest(node.store().prepare(MemberStatement.TYPE, statement.encode())));
  }

  private static List<NodeId> nodesOf(Membership membership) {
    return membership.members().stream().map(Member::node).toList();
  }

  private static void remove(TestNode node, String text) {
    node.remove(node.put(text), false);
  }

  private static Map<Origin, Long> sizes(Store store) {
    TreeMap<Origin, Long> sizes = new TreeMap<>();
    store.heads().forEach(head -> sizes.put(head.origin(), head.treeSize()));
    return sizes;
  }

  @Test
  void withoutMembersNothingIsStableAndNobodyBlocks() {
    remove(ann, "gone");
    assertThat(members(ann).members()).isEmpty();
    assertThat(members(ann).stable()).isEmpty();
    assertThat(members(ann).lags()).isEmpty();
    assertThat(members(ann).isDue(id(ann))).isFalse();
    assertThatThrownBy(() -> writer(ann).acknowledge()).isInstanceOf(RefusedException.class);
  }

  @Test
  void aRemovalIsStableOnceEveryMemberHasAcknowledgedItAndNotBefore() {
    writer(ann).join();
    writer(bob).join();
    remove(ann, "gone");
    syncAll();
    long size = 3;
    for (TestNode node : List.of(ann, bob, cid)) {
      assertThat(nodesOf(members(node))).containsExactlyInAnyOrder(id(ann), id(bob));
      assertThat(members(node).lags())
          .containsExactlyInAnyOrder(
              new Lag(id(ann), ann.origin(), 0, size - 1),
              new Lag(id(bob), ann.origin(), 0, size - 1));
      assertThat(members(node).stable()).containsOnly(Map.entry(ann.origin(), 0L));
    }
    assertThat(writer(bob).acknowledge()).isTrue();
    assertThat(writer(bob).acknowledge()).as("nothing is left to acknowledge").isFalse();
    syncAll();
    assertThat(members(cid).lags()).containsExactly(new Lag(id(ann), ann.origin(), 0, size - 1));
    assertThat(members(cid).stable()).containsOnly(Map.entry(ann.origin(), 0L));
    assertThat(writer(ann).acknowledge()).isTrue();
    syncAll();
    for (TestNode node : List.of(ann, bob, cid)) {
      assertThat(members(node).lags()).isEmpty();
      assertThat(members(node).stable()).containsOnly(Map.entry(ann.origin(), size));
    }
    // Acknowledgements remove nothing: nobody answers them.
    assertThat(writer(ann).acknowledge()).isFalse();
    assertThat(writer(bob).acknowledge()).isFalse();
  }

  @Test
  void whoeverIsEvictedOrLeavesIsNotWaitedForAndMayJoinAgain() {
    writer(ann).join();
    writer(bob).join();
    writer(cid).join();
    syncAll();
    remove(ann, "gone");
    writer(ann).acknowledge();
    syncAll();
    writer(bob).acknowledge();
    writer(ann).end(id(cid), "gone since May");
    syncAll();
    for (TestNode node : List.of(ann, bob, cid)) {
      Membership now = members(node);
      assertThat(nodesOf(now)).containsExactlyInAnyOrder(id(ann), id(bob));
      assertThat(now.lags()).isEmpty();
      FormerMember former = now.former().get(0);
      assertThat(former.node()).isEqualTo(id(cid));
      assertThat(former.endedBy()).isEqualTo(id(ann));
      assertThat(former.isEvicted()).isTrue();
      assertThat(former.reason()).isEqualTo("gone since May");
    }
    assertThatThrownBy(() -> writer(ann).end(id(cid), null)).isInstanceOf(NotFoundException.class);
    assertThatThrownBy(() -> writer(cid).end(id(bob), null)).isInstanceOf(RefusedException.class);
    // What an evicted node writes is taken, and what was removed stays so.
    cid.put("still here");
    writer(cid).join();
    writer(bob).end(id(bob), null);
    syncAll();
    for (TestNode node : List.of(ann, bob, cid)) {
      assertThat(nodesOf(members(node))).containsExactlyInAnyOrder(id(ann), id(cid));
      assertThat(members(node).former().get(1).isEvicted()).isFalse();
      assertThat(members(node).lags()).isEmpty();
    }
    assertThatThrownBy(() -> writer(cid).join()).isInstanceOf(RefusedException.class);
    assertThat(ann.store().stateRoot()).isEqualTo(cid.store().stateRoot());
  }

  @Test
  void anEvictionNamesOneMembershipSoThatALaterOneStands() {
    writer(ann).join();
    Member first = writer(bob).join();
    syncAll();
    writer(bob).end(id(bob), null);
    Member second = writer(bob).join();
    assertThat(second.index()).isGreaterThan(first.index());
    // Ann has not heard of it, and evicts the first one.
    writer(ann).end(id(bob), null);
    syncAll();
    assertThat(members(ann).member(id(bob))).contains(members(bob).member(id(bob)).orElseThrow());
    assertThat(members(ann).member(id(bob)).orElseThrow().index()).isEqualTo(second.index());
    assertThat(members(ann).former()).hasSize(1);
  }

  @Test
  void membersThatEvictEachOtherAreBothOut() {
    writer(ann).join();
    writer(bob).join();
    writer(cid).join();
    syncAll();
    writer(ann).end(id(bob), null);
    writer(bob).end(id(ann), null);
    syncAll();
    // Both at one logseq: the first in the total order counts, the other speaks as no member.
    List<NodeId> left = nodesOf(members(cid));
    assertThat(left).hasSize(2).contains(id(cid));
    assertThat(nodesOf(members(ann))).isEqualTo(left);
    assertThat(nodesOf(members(bob))).isEqualTo(left);
  }

  @Test
  void forgedStatementsHaveNoEffect() {
    Member joined = writer(ann).join();
    syncAll();
    // Bob is no member, and evicts.
    state(bob, new MemberStatement.Ending(id(bob), joined.log(), joined.index(), null));
    // Bob speaks for ann, and for cid.
    state(bob, new MemberStatement.Ending(id(ann), joined.log(), joined.index(), null));
    state(bob, new MemberStatement.Joining(id(cid), new TreeMap<>()));
    state(
        bob,
        new MemberStatement.Acknowledgement(id(ann), new TreeMap<>(Map.of(bob.origin(), 99L))));
    remove(bob, "gone");
    syncAll();
    for (TestNode node : List.of(ann, bob, cid)) {
      assertThat(nodesOf(members(node))).containsExactly(id(ann));
      assertThat(members(node).former()).isEmpty();
      assertThat(members(node).lags()).containsExactly(new Lag(id(ann), bob.origin(), 0, 5));
    }
    assertThatThrownBy(() -> ann.put(MemberStatement.TYPE, Bytes.utf8("no statement")))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void anAcknowledgementCountsAsFarAsTheLogIsHeldAndItsOwnLogseqAllows() {
    writer(ann).join();
    for (int i = 0; i < 5; i++) {
      remove(ann, "gone " + i);
    }
    // Cid never saw ann's log: it says so at logseq 1, and nothing of ann's comes before that.
    state(
        cid, new MemberStatement.Joining(id(cid), new TreeMap<>(Map.of(ann.origin(), 1_000_000L))));
    sync(ann, cid);
    assertThat(members(ann).stable()).containsOnly(Map.entry(ann.origin(), 0L));
    assertThat(members(ann).lags()).extracting(Lag::member).contains(id(cid));
    // With a logseq behind ann's it counts, as far as there are records.
    state(
        cid,
        new MemberStatement.Acknowledgement(
            id(cid), new TreeMap<>(Map.of(ann.origin(), Long.MAX_VALUE))));
    writer(ann).acknowledge();
    sync(ann, cid);
    assertThat(members(ann).stable()).containsOnly(Map.entry(ann.origin(), 11L));
  }

  @Test
  void ofALogOnlySoManyJoiningsCountOnEveryNode() {
    writer(ann).join();
    CommitDraft many = new CommitDraft();
    for (int i = 0; i < MemberTerms.JOININGS_MAX - 1; i++) {
      attest(
          bob,
          many,
          new MemberStatement.Joining(id(bob), new TreeMap<>(Map.of(ann.origin(), 1L + i))));
    }
    bob.store().commit(many);
    Member last = writer(bob).end(id(bob), null);
    Member again = writer(bob).join();
    assertThat(again.index()).as("the last that counts").isEqualTo(last.index() + 2);
    syncAll();
    writer(ann).end(id(bob), null);
    syncAll();
    assertThatThrownBy(() -> writer(bob).join())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("1024 joinings");
    state(bob, new MemberStatement.Joining(id(bob), new TreeMap<>()));
    // Endings are counted apart: they still count.
    state(bob, new MemberStatement.Ending(id(bob), last.log(), last.index(), "no such membership"));
    writer(cid).join();
    syncAll();
    for (TestNode node : List.of(ann, bob, cid)) {
      assertThat(nodesOf(members(node))).containsExactlyInAnyOrder(id(ann), id(cid));
      assertThat(members(node).former()).hasSize(2);
    }
  }

  @Test
  void ofALogOnlySoManyEndingsCountOnEveryNode() {
    Member joined = writer(ann).join();
    Member other = writer(bob).join();
    syncAll();
    CommitDraft many = new CommitDraft();
    for (int i = 0; i < MemberTerms.ENDINGS_MAX - 1; i++) {
      attest(ann, many, new MemberStatement.Ending(id(ann), joined.log(), 9_000L + i, null));
    }
    ann.store().commit(many);
    writer(ann).end(id(bob), "the last that counts");
    assertThat(nodesOf(members(ann))).containsExactly(id(ann));
    assertThatThrownBy(() -> writer(ann).end(id(ann), null))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("4096 endings");
    state(ann, new MemberStatement.Ending(id(ann), joined.log(), joined.index(), null));
    syncAll();
    for (TestNode node : List.of(ann, bob, cid)) {
      assertThat(nodesOf(members(node))).containsExactly(id(ann));
      assertThat(members(node).former()).extracting(FormerMember::log).containsExactly(other.log());
    }
    // Joinings are counted apart, and so are the endings of the next log.
    writer(bob).join();
    syncAll();
    writer(bob).end(id(ann), null);
    syncAll();
    assertThat(nodesOf(members(cid))).containsExactly(id(bob));
  }

  @ParameterizedTest
  @ValueSource(ints = {0, 1, 2})
  void aRowThatIsCutShortIsDamage(int kind) {
    writer(ann).join();
    remove(ann, "gone");
    Bytes prefix = Bytes.wrap(new byte[] {(byte) kind});
    Bytes key;
    try (RowCursor rows = ann.store().rows().scanPrefix(MemberIndex.MEMBER, prefix)) {
      assertThat(rows.next()).isTrue();
      key = rows.key();
    }
    ann.engine()
        .write(
            List.of(RowChange.put(MemberIndex.MEMBER, key, Bytes.wrap(new byte[3]))),
            Durability.SYNCED);
    assertThatThrownBy(() -> members(ann))
        .isInstanceOf(DamagedException.class)
        .hasMessageContaining(key.toHex());
  }

  private static void attest(TestNode node, CommitDraft draft, MemberStatement statement) {
    draft.attest(node.store().prepare(MemberStatement.TYPE, statement.encode()));
  }

  @Test
  void removingAStatementTakesNothingBack() {
    writer(ann).join();
    ArtifactKey statement = ann.store().record(ann.origin(), 0).orElseThrow().id();
    ann.remove(statement, false);
    assertThat(nodesOf(members(ann))).containsExactly(id(ann));
    assertThatThrownBy(() -> ann.store().erase(statement, null))
        .isInstanceOf(RefusedException.class);
  }

  @Test
  void rowsAndMembersAreAFunctionOfTheRecordsAndAuditAndReplayAgree() {
    writer(ann).join();
    bob.put("first of bob");
    writer(bob).join();
    remove(bob, "gone");
    sync(ann, cid);
    writer(cid).join();
    sync(bob, cid);
    writer(cid).end(id(ann), null);
    remove(cid, "gone too");
    writer(bob).acknowledge();
    syncAll();
    assertThat(sizes(ann.store())).isEqualTo(sizes(cid.store()));
    assertThat(ann.derivedRows()).isEqualTo(cid.derivedRows()).isEqualTo(bob.derivedRows());
    assertThat(nodesOf(members(ann))).containsExactlyInAnyOrder(id(bob), id(cid));
    TestNode empty = node("empty");
    new Replayer(empty.store()).store(ann.store(), Optional.empty());
    assertThat(empty.derivedRows()).isEqualTo(ann.derivedRows());
    assertThat(members(empty).lags()).isEqualTo(members(ann).lags());
    assertThat(new Auditor(null).audit("it", ann.store()).findings()).isEmpty();
  }

  @Test
  void aKeeperAcknowledgesWhenItIsTimeAndThereIsSomething() {
    MemberKeeper keeper = new MemberKeeper(ann.store(), 1_000);
    assertThat(keeper.step(0)).as("no member").isFalse();
    writer(ann).join();
    remove(ann, "gone");
    assertThat(keeper.step(999)).as("too early").isFalse();
    assertThat(keeper.step(1_000)).isTrue();
    assertThat(keeper.step(2_000)).as("nothing new").isFalse();
    long size = ann.store().head(ann.origin()).orElseThrow().treeSize();
    keeper.step(9_000);
    assertThat(ann.store().head(ann.origin()).orElseThrow().treeSize()).isEqualTo(size);
  }

  @ParameterizedTest
  @ValueSource(strings = {"memory", "rocksdb"})
  void aStoreFromBeforeTheIndexIsBroughtUpToItAndKeepsItOverRestarts(String kind) {
    StoreConfig now = TestNode.config("dora", "test");
    List<Index> before =
        now.indexes().stream().filter(index -> !(index instanceof MemberIndex)).toList();
    StoreConfig old = new StoreConfig("test", now.key(), 1, before, now.localTables(), now.clock());
    boolean rocks = kind.equals("rocksdb");
    MemoryEngine memory = new MemoryEngine(TestNode.tables());
    StorageEngine engine = rocks ? rocks(StoreConfig.tables(before, now.localTables())) : memory;
    NodeId self = NodeId.of(now.key().publicKey());
    try (Store store = Store.open(engine, old)) {
      store.put(MemberStatement.TYPE, new MemberStatement.Joining(self, new TreeMap<>()).encode());
      store.put(MemberStatement.TYPE, Bytes.utf8("what nobody checked"));
      store.tombstone(store.put(null, Bytes.utf8("gone")), null);
    }
    for (int opened = 0; opened < 2; opened++) {
      StorageEngine again = rocks ? rocks(TestNode.tables()) : memory.reopen();
      try (Store store = Store.open(again, now)) {
        Membership membership = Membership.of(store);
        assertThat(nodesOf(membership)).containsExactly(self);
        assertThat(membership.lags()).containsExactly(new Lag(self, store.origin(), 0, 3));
      }
    }
  }

  private StorageEngine rocks(Set<Table> tables) {
    return RocksEngine.open(folder.resolve("db"), tables, RocksOptions.DEFAULT);
  }
}
