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
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.ClosedLog;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.CommitView;
import dev.cairn.asl.store.Index;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.RowWriter;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.asl.time.Ticker;
import dev.cairn.federation.TestNode;
import dev.cairn.federation.audit.Auditor;
import dev.cairn.federation.audit.Replayer;
import dev.cairn.federation.peers.PeerBook;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.sync.StoreSync;
import dev.cairn.federation.transport.PeerAddress;
import java.lang.reflect.Proxy;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.SortedMap;
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
    sync(one.store(), other.store());
  }

  private static void sync(Store one, Store other) {
    new StoreSync(one, SessionOptions.DEFAULT, ReplicationListener.NONE, Ticker.system())
        .with(other, true, true)
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

  /** All that membership says of a store. */
  private record Now(
      List<Member> members,
      List<FormerMember> former,
      SortedMap<Origin, Long> stable,
      List<Lag> lags) {
    static Now of(Store store) {
      try (Membership membership = Membership.of(store)) {
        List<Member> members = new ArrayList<>();
        List<FormerMember> former = new ArrayList<>();
        membership.forEach(members::add);
        membership.forEachFormer(former::add);
        assertThat(membership.nodes()).containsExactlyElementsOf(nodesOf(members));
        List<Lag> lags = members.stream().flatMap(member -> member.lags().stream()).toList();
        return new Now(members, former, membership.stable(), lags);
      }
    }

    Optional<Member> member(NodeId node) {
      return members.stream().filter(member -> member.node().equals(node)).findFirst();
    }
  }

  private static Now members(TestNode node) {
    return Now.of(node.store());
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

  private static List<NodeId> nodesOf(List<Member> members) {
    return members.stream().map(Member::node).toList();
  }

  private static List<NodeId> nodesOf(Now now) {
    return nodesOf(now.members());
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
    assertThat(writer(bob).acknowledge().written()).isTrue();
    assertThat(writer(bob).acknowledge().written()).as("nothing is left to acknowledge").isFalse();
    syncAll();
    assertThat(members(cid).lags()).containsExactly(new Lag(id(ann), ann.origin(), 0, size - 1));
    assertThat(members(cid).stable()).containsOnly(Map.entry(ann.origin(), 0L));
    assertThat(writer(ann).acknowledge().written()).isTrue();
    syncAll();
    for (TestNode node : List.of(ann, bob, cid)) {
      assertThat(members(node).lags()).isEmpty();
      assertThat(members(node).stable()).containsOnly(Map.entry(ann.origin(), size));
    }
    // Acknowledgements remove nothing: nobody answers them.
    assertThat(writer(ann).acknowledge().written()).isFalse();
    assertThat(writer(bob).acknowledge().written()).isFalse();
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
      Now now = members(node);
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
    for (int i = 0; i < MemberIndex.JOININGS_MAX - 1; i++) {
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
    for (int i = 0; i < MemberIndex.ENDINGS_MAX - 1; i++) {
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
  @ValueSource(ints = {0, 1, 2, 3})
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
    assertThatThrownBy(() -> writer(ann).end(id(ann), null))
        .isInstanceOf(DamagedException.class)
        .hasMessageContaining(key.toHex());
  }

  @Test
  void aKeyThatIsGivenUpEndsTheMembershipAndNoJoiningCountsBehindIt() {
    writer(ann).join();
    Member joined = writer(bob).join();
    syncAll();
    remove(ann, "gone");
    writer(ann).acknowledge();
    syncAll();
    assertThat(members(cid).lags()).extracting(Lag::member).containsExactly(id(bob));
    ClosedLog closed = bob.store().closeLog(TestNode.key("next of bob"));
    syncAll();
    for (TestNode node : List.of(ann, bob, cid)) {
      assertThat(nodesOf(members(node))).containsExactly(id(ann));
      assertThat(members(node).lags()).isEmpty();
      assertThat(members(node).stable()).containsOnly(Map.entry(ann.origin(), 3L));
      assertThat(members(node).former())
          .containsExactly(
              new FormerMember(
                  joined.log(),
                  joined.index(),
                  id(bob),
                  closed.logseq(),
                  FormerMember.How.CLOSED,
                  null));
    }
    MemberKeeper keeper = new MemberKeeper(writer(bob), 1_000);
    assertThat(keeper.step(0).written()).as("it writes nothing any more").isFalse();
    // The successor is another node: it counts from when it joins.
    TestNode next = node("next of bob");
    sync(bob, next);
    writer(next).join();
    sync(next, ann);
    assertThat(nodesOf(members(ann))).containsExactlyInAnyOrder(id(ann), id(next));
    // Of another epoch that was to go on, and comes later in the total order.
    Origin other = new Origin(id(bob), 2);
    ArtifactKey key = ArtifactKey.of(Bytes.utf8("any"), null);
    Bytes row =
        Bytes.concat(
            MemberIndex.TERMS,
            Bytes.u64(closed.logseq() + 1),
            key.bytes(),
            other.bytes(),
            Bytes.u64(0));
    cid.overwrite("federation.member", row, Bytes.wrap(new byte[1]));
    assertThat(nodesOf(members(cid))).containsExactly(id(ann));
    assertThat(ann.derivedRows().get("federation.member"))
        .containsAllEntriesOf(bob.derivedRows().get("federation.member"));
  }

  @Test
  void whatIsReadBesideAWriterIsTrueOfOneMoment() {
    // What cid says of bob's log is more than anybody holds, and late enough to count.
    for (int i = 0; i < 9; i++) {
      cid.put("later " + i);
    }
    state(
        cid, new MemberStatement.Joining(id(cid), new TreeMap<>(Map.of(bob.origin(), 1_000_000L))));
    remove(bob, "gone");
    Runnable[] once = {() -> {}};
    StorageEngine engine = new MemoryEngine(TestNode.tables());
    StorageEngine beside =
        (StorageEngine)
            Proxy.newProxyInstance(
                StorageEngine.class.getClassLoader(),
                new Class<?>[] {StorageEngine.class},
                (proxy, method, arguments) -> {
                  Object answer = method.invoke(engine, arguments);
                  if (method.getName().startsWith("scan")
                      && arguments[0].equals(MemberIndex.MEMBER)) {
                    Runnable now = once[0];
                    once[0] = () -> {};
                    now.run();
                  }
                  return answer;
                });
    try (Store store = Store.open(beside, TestNode.config("dora", "test"))) {
      sync(store, bob.store());
      sync(store, cid.store());
      // Bob removes more, and joins: both come while they are read.
      remove(bob, "gone too");
      state(bob, new MemberStatement.Joining(id(bob), new TreeMap<>()));
      Now before = Now.of(store);
      assertThat(before.stable()).containsOnly(Map.entry(bob.origin(), 2L));
      once[0] = () -> sync(store, bob.store());
      assertThat(Now.of(store)).isEqualTo(before);
      assertThat(Now.of(store).stable()).containsOnly(Map.entry(bob.origin(), 4L));
      assertThat(nodesOf(Now.of(store))).hasSize(2);
    }
  }

  private static void assertOutcome(MemberWriter.Outcome outcome, boolean written, long unnamed) {
    assertThat(outcome.written()).isEqualTo(written);
    assertThat(outcome.unnamed()).isEqualTo(unnamed);
    assertThat(outcome.bytes() > 0).isEqualTo(written);
  }

  @Test
  void whoJoinsUnderAKeyThatARecordGivesUpIsToldWhatToDo() {
    ann.put("earlier");
    Bytes row =
        Bytes.concat(
            MemberIndex.TERMS,
            Bytes.u64(0),
            ArtifactKey.of(Bytes.utf8("any"), null).bytes(),
            ann.origin().bytes(),
            Bytes.u64(0));
    ann.overwrite("federation.member", row, Bytes.wrap(new byte[] {MemberIndex.CLOSING}));
    List<LogHead> before = ann.store().heads();
    assertThatThrownBy(() -> writer(ann).join())
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("gives its key up: go on with another node");
    assertThat(ann.store().heads()).as("nothing is written").isEqualTo(before);
  }

  @Test
  void whoIsEvictedWhileItJoinsIsToldByWhom() {
    writer(bob).join();
    StorageEngine engine = new MemoryEngine(TestNode.tables());
    Runnable[] second = {() -> {}};
    int[] scans = {0};
    StorageEngine between =
        (StorageEngine)
            Proxy.newProxyInstance(
                StorageEngine.class.getClassLoader(),
                new Class<?>[] {StorageEngine.class},
                (proxy, method, arguments) -> {
                  if (method.getName().startsWith("scan")
                      && arguments[0].equals(MemberIndex.MEMBER)
                      && ++scans[0] == 2) {
                    second[0].run();
                  }
                  return method.invoke(engine, arguments);
                });
    try (Store store = Store.open(between, TestNode.config("dora", "test"))) {
      sync(store, bob.store());
      scans[0] = 0;
      second[0] =
          () -> {
            sync(store, bob.store());
            writer(bob).end(store.origin().node(), null);
            sync(store, bob.store());
          };
      assertThatThrownBy(() -> new MemberWriter(store).join())
          .isInstanceOf(RefusedException.class)
          .hasMessageContaining("node " + id(bob) + " ended that at once");
    }
  }

  @Test
  void whatAMemberStatesTooEarlyOfManyLogsCostsFewReads() {
    int logs = 2 * Member.LOGS_MAX;
    int removed = 2;
    long[] reads = {0};
    StorageEngine engine = new MemoryEngine(TestNode.tables());
    StorageEngine counted =
        (StorageEngine)
            Proxy.newProxyInstance(
                StorageEngine.class.getClassLoader(),
                new Class<?>[] {StorageEngine.class},
                (proxy, method, arguments) -> {
                  if (method.getName().equals("records")) {
                    reads[0]++;
                  }
                  return method.invoke(engine, arguments);
                });
    TreeMap<Origin, Long> held = new TreeMap<>();
    try (Store store = Store.open(counted, TestNode.config("dora", "test"))) {
      for (int i = 0; i < logs; i++) {
        TestNode other = node("other " + i);
        for (int j = 0; j < removed; j++) {
          remove(other, "gone " + j);
        }
        held.put(other.origin(), 2L * removed);
        sync(store, other.store());
      }
      // Three members state at logseqs 1 to 3 that they hold all of it.
      List<NodeId> members = new ArrayList<>();
      for (TestNode member : List.of(ann, bob, cid)) {
        for (int i = 0; i < members.size(); i++) {
          member.put("earlier " + i);
        }
        state(member, new MemberStatement.Joining(id(member), held));
        members.add(id(member));
        sync(store, member.store());
      }
      try (Membership membership = Membership.of(store)) {
        int perLog = 4; // Its last record, and a search among 4.
        reads[0] = 0;
        for (int i = 0; i < members.size(); i++) {
          assertThat(membership.blocks(members.get(i))).isTrue();
        }
        assertThat(reads[0]).isZero();
        for (int i = 0; i < members.size(); i++) {
          Member member = membership.member(members.get(i)).orElseThrow();
          assertThat(member.blockedLogs()).isEqualTo(logs);
          long before = i;
          assertThat(member.lags()).allSatisfy(l -> assertThat(l.acknowledged()).isEqualTo(before));
        }
        assertThat(reads[0]).isBetween(1L, 3L * Member.LOGS_MAX * perLog);
        reads[0] = 0;
        assertThat(membership.stable())
            .hasSize(logs)
            .allSatisfy((log, n) -> assertThat(n).isZero());
        assertThat(reads[0]).isBetween(1L, (long) logs * perLog);
      }
    }
  }

  @Test
  void logsForWhichAStatementHasNoRoomCountAsNotAcknowledgedAndPushOutNone() {
    MemberWriter writer = new MemberWriter(ann.store(), Set::of, 2);
    writer.join();
    remove(bob, "gone");
    remove(cid, "gone");
    sync(ann, bob);
    sync(ann, cid);
    assertOutcome(writer.acknowledge(), true, 0);
    List<Origin> others = new ArrayList<>();
    for (int i = 0; i < 6; i++) {
      TestNode other = node("other " + i);
      remove(other, "gone");
      sync(ann, other);
      others.add(other.origin());
    }
    assertThat(others).as("some come before").anyMatch(log -> log.compareTo(bob.origin()) < 0);
    assertOutcome(writer.acknowledge(), false, 6);
    Member self = members(ann).member(id(ann)).orElseThrow();
    assertThat(self.lags()).extracting(Lag::log).containsExactlyInAnyOrderElementsOf(others);
    assertThat(members(ann).stable())
        .containsEntry(bob.origin(), 2L)
        .containsEntry(cid.origin(), 2L)
        .containsEntry(others.get(0), 0L);
    remove(bob, "gone too");
    sync(ann, bob);
    assertOutcome(writer.acknowledge(), true, 6);
    assertThat(members(ann).stable()).containsEntry(bob.origin(), 4L);
    assertThat(writer.acknowledge().written()).isFalse();
  }

  @Test
  void whoeverTookTheRoomFirstLeavesItToNamedPeersThenToMembers() {
    PeerBook book = PeerBook.open(ann.store(), () -> 1_000_000);
    MemberWriter writer = new MemberWriter(ann.store(), book::pinned, 2);
    bringLogsWithRemovals(4);
    writer.join();
    assertThat(held()).hasSize(2);
    Set<Origin> first = held();
    // Cid joins, and comes in place of one of them; the other stays.
    writer(cid).join();
    remove(cid, "gone");
    sync(ann, cid);
    assertOutcome(writer.acknowledge(), true, 3);
    assertThat(held()).hasSize(2).contains(cid.origin()).containsAnyElementsOf(first);
    // So does bob, whom this node names, and who is no member.
    remove(bob, "gone");
    sync(ann, bob);
    book.add("bob", PeerAddress.parse("127.0.0.1:7070"), id(bob));
    assertOutcome(writer.acknowledge(), true, 4);
    assertThat(held()).containsExactlyInAnyOrder(cid.origin(), bob.origin());
    // Members by the dozen push none of them out.
    for (int i = 0; i < 12; i++) {
      TestNode other = node("member " + i);
      writer(other).join();
      remove(other, "gone");
      sync(ann, other);
    }
    assertOutcome(writer.acknowledge(), false, 16);
    remove(ann, "gone");
    assertOutcome(writer.acknowledge(), true, 16);
    assertThat(held()).containsExactlyInAnyOrder(cid.origin(), bob.origin());
  }

  /** What ann named last. */
  private Set<Origin> held() {
    try (Membership membership = Membership.of(ann.store())) {
      return membership.named(id(ann));
    }
  }

  @Test
  void aMemberTellsTheFirstLogsThatItHoldsAndBlocksAndHowManyMore() {
    TreeMap<Origin, Long> held = new TreeMap<>();
    int logs = 3 * Member.LOGS_MAX;
    for (int i = 0; i < logs; i++) {
      TestNode other = node("other " + i);
      remove(other, "gone");
      sync(ann, other);
      if (i % 3 != 0) {
        held.put(other.origin(), i % 3 == 1 ? 2L : 1L);
      }
    }
    state(ann, new MemberStatement.Joining(id(ann), held));
    remove(ann, "gone");
    Member self = members(ann).member(id(ann)).orElseThrow();
    assertThat(self.heldLogs()).isEqualTo(held.size());
    assertThat(self.held())
        .containsExactlyElementsOf(
            held.entrySet().stream()
                .limit(Member.LOGS_MAX)
                .map(each -> new Member.HeldLog(each.getKey(), each.getValue()))
                .toList());
    // Of each third log all is acknowledged; of the others, and of its own, not all.
    assertThat(self.blockedLogs()).isEqualTo(2L * Member.LOGS_MAX + 1);
    List<Lag> due = new ArrayList<>();
    sizes(ann.store())
        .forEach(
            (log, size) -> {
              long acknowledged = log.equals(ann.origin()) ? 0 : held.getOrDefault(log, 0L);
              if (acknowledged < size) {
                due.add(new Lag(id(ann), log, acknowledged, size - 1));
              }
            });
    assertThat(due).hasSize(2 * Member.LOGS_MAX + 1);
    assertThat(self.lags()).containsExactlyElementsOf(due.subList(0, Member.LOGS_MAX));
    assertThat(members(ann).stable().values().stream().filter(size -> size == 2)).hasSize(16);
  }

  @Test
  void rowsOfAnOlderFormAreMadeAnew() {
    MemberIndex present = new MemberIndex();
    Index older =
        new Index() {
          @Override
          public String name() {
            return present.name();
          }

          @Override
          public int version() {
            return present.version() - 1;
          }

          @Override
          public List<Table> tables() {
            return present.tables();
          }

          @Override
          public Set<TypeTag> structuredTypes() {
            return present.structuredTypes();
          }

          @Override
          public void apply(CommitView commit, RowWriter rows) {
            rows.put(
                MemberIndex.MEMBER,
                Bytes.concat(
                    MemberIndex.TERMS, commit.origin().bytes(), Bytes.u64(commit.logseq())),
                Bytes.u64(commit.logseq()));
          }
        };
    StoreConfig now = TestNode.config("dora", "test");
    List<Index> before =
        now.indexes().stream().map(index -> index instanceof MemberIndex ? older : index).toList();
    MemoryEngine memory = new MemoryEngine(TestNode.tables());
    NodeId self = NodeId.of(now.key().publicKey());
    try (Store store =
        Store.open(
            memory,
            new StoreConfig("test", now.key(), 1, before, now.localTables(), now.clock()))) {
      store.put(MemberStatement.TYPE, new MemberStatement.Joining(self, new TreeMap<>()).encode());
      assertThatThrownBy(() -> Now.of(store)).isInstanceOf(DamagedException.class);
    }
    try (Store store = Store.open(memory.reopen(), now)) {
      assertThat(nodesOf(Now.of(store))).containsExactly(self);
    }
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
    MemberKeeper keeper = new MemberKeeper(writer(ann), 1_000);
    assertThat(keeper.step(0).written()).as("no member").isFalse();
    writer(ann).join();
    remove(ann, "gone");
    assertThat(keeper.step(999).written()).as("too early").isFalse();
    assertThat(keeper.step(1_000).written()).isTrue();
    assertThat(keeper.step(2_000).written()).as("nothing new").isFalse();
    long size = ann.store().head(ann.origin()).orElseThrow().treeSize();
    keeper.step(9_000);
    assertThat(ann.store().head(ann.origin()).orElseThrow().treeSize()).isEqualTo(size);
  }

  /** Ann holds so many more logs, and in each something was removed. */
  private void bringLogsWithRemovals(int logs) {
    for (int i = 0; i < logs; i++) {
      TestNode other = node("other " + i);
      remove(other, "gone");
      sync(ann, other);
    }
  }

  @Test
  void aKeeperRestsInProportionToWhatItWroteAndNeverForMoreThanADay() {
    writer(ann).join();
    MemberKeeper keeper = new MemberKeeper(writer(ann), 1_000);
    bringLogsWithRemovals(240);
    MemberWriter.Outcome first = keeper.step(0);
    assertThat(first.bytes()).isBetween(2 * MemberKeeper.BYTES_PER_INTERVAL + 1, 12_288L);
    remove(bob, "gone");
    sync(ann, bob);
    assertThat(keeper.step(2_999).written()).as("three intervals are not over").isFalse();
    assertThat(keeper.step(3_000).written()).isTrue();
    assertThat(keeper.step(6_000).written()).as("nothing new").isFalse();
    // Behind a look at which nothing was written it rests no longer than ever.
    remove(bob, "gone too");
    sync(ann, bob);
    assertThat(keeper.step(7_000).written()).isTrue();
    assertThat(MemberKeeper.intervals(0)).isOne();
    assertThat(MemberKeeper.intervals(4_096)).isOne();
    assertThat(MemberKeeper.intervals(4_097)).isEqualTo(2);
    // The longest statement there is.
    assertThat(MemberKeeper.intervals(3_000_000)).isEqualTo(144);
    assertThat(MemberKeeper.INTERVALS_MAX * MemberKeeper.INTERVAL_MILLIS).isEqualTo(86_400_000);
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
        Now membership = Now.of(store);
        assertThat(nodesOf(membership)).containsExactly(self);
        assertThat(membership.lags()).containsExactly(new Lag(self, store.origin(), 0, 3));
      }
    }
  }

  private StorageEngine rocks(Set<Table> tables) {
    return RocksEngine.open(folder.resolve("db"), tables, RocksOptions.DEFAULT);
  }
}
