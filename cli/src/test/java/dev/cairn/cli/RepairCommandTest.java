package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.rocksdb.RocksEngine;
import dev.cairn.asl.engine.rocksdb.RocksOptions;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.federation.node.CairnNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** A store that was damaged, and peers that have what it lost. */
@Timeout(180)
class RepairCommandTest {
  private static final String ANY_PORT = "127.0.0.1:0";

  @TempDir Path folder;
  Shell damaged;
  Shell whole;
  byte[] large;
  String key;

  @BeforeEach
  void fill() throws IOException {
    damaged = store("damaged");
    whole = store("whole");
    large = new byte[900_000];
    new Random(5).nextBytes(large);
    damaged.write("large", large);
    key = damaged.run("put", "large").ok().lines().get(0);
    for (int i = 0; i < 30; i++) {
      damaged.put("f" + i, "artifact " + i);
    }
    damaged.run("rm", key, "--reason", "to have a note").ok();
    damaged.run("put", "large").ok();
    whole.put("own", "of the other");
    whole.run("sync", "../damaged").ok();
  }

  private Shell store(String name) throws IOException {
    Shell shell = new Shell(Files.createDirectory(folder.resolve(name)));
    shell.run("init").ok();
    return shell;
  }

  private static Table table(String name) {
    return tables().stream().filter(one -> one.name().equals(name)).findFirst().orElseThrow();
  }

  private static Set<Table> tables() {
    return StoreConfig.tables(CairnNode.newIndexes(), CairnNode.localTables());
  }

  private void open(Consumer<RocksEngine> action) {
    Path database = folder.resolve("damaged/.cairn/db");
    try (RocksEngine engine = RocksEngine.open(database, tables(), RocksOptions.DEFAULT)) {
      action.accept(engine);
    }
  }

  /** Spoils every row of a table. */
  private void spoil(String name) {
    open(
        engine -> {
          try (RowCursor rows = engine.scan(table(name), Bytes.EMPTY, Bytes.EMPTY)) {
            while (rows.next()) {
              Bytes other = Bytes.utf8("no " + name);
              engine.write(
                  java.util.List.of(RowChange.put(table(name), rows.key(), other)),
                  Durability.SYNCED);
            }
          }
        });
  }

  /** Changes a bit of some records of every log. */
  private void spoilRecords() {
    open(
        engine -> {
          for (Bytes log : engine.logs()) {
            for (long index = 0; index < engine.head(log); index += 7) {
              byte[] record;
              try (RowCursor rows = engine.records(log, index, index + 1)) {
                assertThat(rows.next()).isTrue();
                record = rows.value().toArray();
              }
              record[record.length / 2] ^= 1;
              engine.replaceRecords(log, new TreeMap<>(Map.of(index, Bytes.wrap(record))));
            }
          }
        });
  }

  private void assertWhole() {
    assertThat(damaged.json("fsck").get("damaged")).isEmpty();
    assertThat(damaged.run("get", key).ok().output()).isEqualTo(Bytes.wrap(large));
    assertThat(damaged.json("status").get("stateRoot"))
        .isEqualTo(whole.json("status").get("stateRoot"));
  }

  @Test
  void payloadsChunksNotesAndRecordsComeBackFromAPeerThatListens() throws IOException {
    try (Shell.Running server = whole.start("serve", "--json", "--listen", ANY_PORT)) {
      String address = server.json().get("address").asText();
      for (String name : new String[] {"asl.chunk", "asl.content", "asl.note", "asl.checkpoint"}) {
        spoil(name);
        damaged.run("fsck").failed(1, "damaged", "--repair-from");
        JsonNode repaired = damaged.json("fsck", "--repair-from", address);
        assertThat(repaired.get("repaired")).isEqualTo(repaired.get("found"));
        assertThat(repaired.get("damaged")).isNotEmpty();
        assertThat(repaired.get("left")).isEmpty();
        assertThat(damaged.json("fsck").get("damaged")).as(name).isEmpty();
      }
      assertWholeWhileServed();
      spoilRecords();
      spoil("asl.content");
      JsonNode repaired = damaged.json("fsck", "--repair-from", address);
      assertThat(repaired.get("left")).isEmpty();
      assertThat(folder.resolve("damaged/.cairn/check")).doesNotExist();
    }
    assertWhole();
    damaged.put("goes on", "after the repair");
    damaged.run("sync", "../whole").ok();
    assertWhole();
  }

  private void assertWholeWhileServed() {
    assertThat(damaged.json("fsck").get("damaged")).isEmpty();
    assertThat(damaged.run("get", key).ok().output()).isEqualTo(Bytes.wrap(large));
  }

  @Test
  void recordsComeBackFromAStoreOnThisMachineAndANamedPeer() throws IOException {
    spoilRecords();
    damaged.run("fsck", "--rebuild").failed(1, "damaged", "--repair-from");
    assertThat(damaged.json("fsck", "--repair-from", "../whole").get("left")).isEmpty();
    assertWhole();
    try (Shell.Running server = whole.start("serve", "--json", "--listen", ANY_PORT)) {
      damaged.run("peer", "add", "mirror", server.json().get("address").asText()).ok();
      spoil("asl.content");
      damaged.run("fsck", "--repair-from", "mirror").ok();
    }
    assertWhole();
  }

  @Test
  void whatThePeerLacksStaysNamedAndTheNextPeerGivesIt() throws IOException {
    Shell empty = store("empty");
    spoil("asl.content");
    try (Shell.Running server = empty.start("serve", "--json", "--listen", ANY_PORT);
        Shell.Running other = whole.start("serve", "--json", "--listen", ANY_PORT)) {
      String lacks = server.json().get("address").asText();
      Shell.Outcome outcome =
          damaged.run("fsck", "--json", "--repair-from", lacks).failed(1, "damaged");
      JsonNode left = outcome.jsonLines().get(0).get("left");
      assertThat(left).isNotEmpty();
      assertThat(left.toString()).contains(key);
      assertThat(damaged.run("get", key).failed(1).err()).contains("set aside");
      int setAside = damaged.json("status").get("setAside").asInt();
      assertThat(setAside).isPositive();
      assertThat(damaged.run("status").ok().out())
          .contains("damaged     " + setAside + " payloads and chunks are set aside");
      String has = other.json().get("address").asText();
      damaged.run("fsck", "--repair-from", lacks, "--repair-from", has).ok();
      assertThat(damaged.json("status").get("setAside").asInt()).isZero();
    }
    assertWhole();
  }

  @Test
  void aPeerThatCannotBeAskedIsToldApartFromOneThatHasNothing() {
    spoil("asl.content");
    damaged
        .run("fsck", "--repair-from", "127.0.0.1:1")
        .failed(3, "damaged", "127.0.0.1:1 could not be asked");
    damaged.run("fsck", "--repair-from", "127.0.0.1:1", "--repair-from", "../whole").ok();
    assertWhole();
  }

  /** No repair helps a store that does not open, and no clone of it can be made. */
  @Test
  void whoseStoreDoesNotOpenIsToldToMakeANewOneAndToKeepTheFiles() throws IOException {
    Files.writeString(folder.resolve("damaged/.cairn/db/CURRENT"), "MANIFEST-999999\n");
    for (String[] arguments : new String[][] {{"fsck"}, {"fsck", "--rebuild"}}) {
      assertThat(damaged.run(arguments).failed(1, "does not open", "cairn clone PEER DIR").err())
          .doesNotContain("mends what follows");
    }
    assertThat(whole.run("audit", "../damaged", "--reproduce", "file").out())
        .contains("keep a copy of the source's files as they are")
        .doesNotContain("cairn clone");
    whole
        .run("audit", "../damaged", "--explain", "123456")
        .failed(2, "no source is a store that opens");
  }
}
