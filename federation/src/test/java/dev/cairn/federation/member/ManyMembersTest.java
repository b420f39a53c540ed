package dev.cairn.federation.member;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.rocksdb.RocksEngine;
import dev.cairn.asl.engine.rocksdb.RocksOptions;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.SmallHeap;
import dev.cairn.federation.TestNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Membership in a heap that holds neither an entry for each member and log, which are 268,468,225
 * here, nor what members say that they hold, which are 1,048,576 places.
 */
class ManyMembersTest {
  private static final int MEMBERS = 16_384;
  private static final int LONG_STATEMENTS = 16;
  private static final int ENDINGS = 30_000;
  private static final int BATCH = 256;
  private static final String HEAP = "-Xmx64m";

  @TempDir Path folder;

  @Test
  void whatOnePeerBringsDoesNotExhaustTheHeap() throws Exception {
    assertThat(SmallHeap.run(ManyMembersTest.class, HEAP, folder, folder.resolve("db")))
        .contains("MEMBERS " + (MEMBERS + 1))
        .contains("BLOCKED " + ((MEMBERS + 1L) * (MEMBERS + 1)))
        .contains("STABLE " + (MEMBERS + 1))
        .contains("ENDED " + ENDINGS)
        .contains("ACKNOWLEDGED true");
  }

  /** The child. */
  public static void main(String[] arguments) {
    try (Store store =
        Store.open(
            RocksEngine.open(Path.of(arguments[0]), TestNode.tables(), RocksOptions.DEFAULT),
            TestNode.config("self", "test"))) {
      new MemberWriter(store).join();
      store.tombstone(store.put(null, Bytes.utf8("gone")), null);
    }
    // The rows of what a peer brought; 16,384 signed logs would take minutes.
    try (StorageEngine engine =
        RocksEngine.open(Path.of(arguments[0]), TestNode.tables(), RocksOptions.DEFAULT)) {
      List<RowChange> rows = new ArrayList<>();
      for (int i = 0; i < MEMBERS; i++) {
        put(rows, term(log(i), 1, 0), new byte[] {MemberStatement.JOINING});
        rows.add(row(MemberIndex.REMOVED.plus(log(i).bytes()), Bytes.wrap(new byte[16])));
        rows.add(row(MemberIndex.HELD.plus(log(i).bytes()), stated(i)));
        flush(engine, rows, i < LONG_STATEMENTS ? 1 : BATCH);
      }
      for (int i = 0; i < ENDINGS; i++) {
        // Each ends a membership and begins it anew.
        Origin log = log(i % LONG_STATEMENTS);
        MemberStatement.Ending ending =
            new MemberStatement.Ending(
                log.node(), log, i / LONG_STATEMENTS, "x".repeat(MemberStatement.REASON_CHARS_MAX));
        put(rows, term(log, 2 + 2L * i, 0), new byte[] {MemberStatement.ENDING}, ending.encode());
        put(
            rows,
            term(log, 3 + 2L * i, i / LONG_STATEMENTS + 1L),
            new byte[] {MemberStatement.JOINING});
        flush(engine, rows, BATCH);
      }
      flush(engine, rows, 1);
    }
    try (Store store =
        Store.open(
            RocksEngine.open(Path.of(arguments[0]), TestNode.tables(), RocksOptions.DEFAULT),
            TestNode.config("self", "test"))) {
      tell(store);
    }
  }

  private static void tell(Store store) {
    try (Membership membership = Membership.of(store)) {
      System.out.println("MEMBERS " + membership.nodes().size());
      long[] sums = {0, 0};
      membership.forEach(member -> sums[0] += member.blockedLogs());
      System.out.println("BLOCKED " + sums[0]);
      System.out.println("STABLE " + membership.stable().size());
      membership.forEachFormer(former -> sums[1]++);
      System.out.println("ENDED " + sums[1]);
    }
    MemberKeeper keeper = new MemberKeeper(new MemberWriter(store), MemberKeeper.INTERVAL_MILLIS);
    System.out.println("ACKNOWLEDGED " + keeper.step(0).written());
  }

  private static Origin log(int number) {
    return new Origin(new NodeId(HashAlgorithm.SHA_256.hash(Bytes.u64(number))), 1);
  }

  /** Some say as much as a statement has room for. */
  private static Bytes stated(int number) {
    TreeMap<Origin, Long> held = new TreeMap<>();
    for (int i = 0; number < LONG_STATEMENTS && i < MemberStatement.HELD_MAX; i++) {
      held.put(log(MEMBERS + i), 1L);
    }
    return Bytes.concat(
        Bytes.u64(0),
        Bytes.u64(1),
        new MemberStatement.Acknowledgement(log(number).node(), held).encode());
  }

  private static Bytes term(Origin log, long logseq, long index) {
    return Bytes.concat(
        MemberIndex.TERMS,
        Bytes.u64(logseq),
        ArtifactKey.of(Bytes.EMPTY, null).bytes(),
        log.bytes(),
        Bytes.u64(index));
  }

  private static void put(List<RowChange> rows, Bytes key, byte[] kind, Bytes... rest) {
    rows.add(row(key, Bytes.wrap(kind).plus(Bytes.concat(rest))));
  }

  private static RowChange row(Bytes key, Bytes value) {
    return RowChange.put(MemberIndex.MEMBER, key, value);
  }

  private static void flush(StorageEngine engine, List<RowChange> rows, int least) {
    if (rows.size() >= least) {
      engine.write(rows, Durability.RELAXED);
      rows.clear();
    }
  }
}
