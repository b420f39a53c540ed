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
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.federation.node.CairnNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.function.BinaryOperator;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that need nothing but the store. */
class StoreCommandsTest {
  @TempDir Path folder;
  Shell shell;

  @BeforeEach
  void start() {
    shell = new Shell(folder);
    shell.run("init", "--federation", "test.fed").ok();
  }

  private static String keyOf(String text, String type) {
    return ArtifactKey.of(Bytes.utf8(text), type == null ? null : new TypeTag(type)).toString();
  }

  @Test
  void initMakesAStoreOnceAndKeepsTheKeyToItsOwner() throws IOException {
    JsonNode made = shell.json("init", "new", "--federation", "acme");
    assertThat(made.get("node").asText()).matches("[0-9a-f]{64}");
    assertThat(made.get("federation").asText()).isEqualTo("acme");
    Path store = folder.resolve("new");
    assertThat(made.get("store").asText()).isEqualTo(store.toString());
    assertThat(
            PosixFilePermissions.toString(Files.getPosixFilePermissions(store.resolve("node.key"))))
        .isEqualTo("rw-------");
    assertThat(Files.readString(store.resolve("format")))
        .isEqualTo("cairn-store 2\nfederation acme\nepoch 1\n");
    String key = Files.readString(store.resolve("node.key"));
    shell.run("init", "new").failed(3, "already");
    assertThat(Files.readString(store.resolve("node.key"))).isEqualTo(key);
    try (Stream<Path> left = Files.list(folder)) {
      assertThat(left.map(p -> p.getFileName().toString()).filter(n -> n.startsWith(".cairn-init")))
          .isEmpty();
    }
  }

  @Test
  void initRefusesWhatIsNoPlaceForAStore() {
    shell.write("full/file", "x");
    shell.run("init", "full").failed(3, "not empty");
    shell.run("init", "full/file").failed(3, "not a directory");
    shell.run("init", "other", "--federation", "Not A Name").failed(2, "federation name");
    assertThat(folder.resolve("other")).doesNotExist();
  }

  @Test
  void gcTakesWhatWasRemovedAndNothingElse() {
    shell.write("large", "x".repeat(300_000));
    String gone = shell.run("put", "large").ok().lines().get(0);
    String kept = shell.stdin("kept").run("put").ok().lines().get(0);
    String live = shell.stdin("live").run("put").ok().lines().get(0);
    shell.run("rm", gone, kept).ok();
    assertThat(shell.json("gc").get("payloads").asLong()).as("a day of grace").isZero();
    JsonNode dry = shell.json("gc", "--dry-run", "--grace", "0");
    assertThat(dry.get("payloads").asLong()).isEqualTo(2);
    assertThat(dry.get("payloadBytes").asText()).isEqualTo("300004");
    JsonNode done = shell.json("gc", "--grace", "0", "--keep", kept);
    assertThat(done.get("payloads").asLong()).isEqualTo(1);
    assertThat(done.get("kept").asLong()).isEqualTo(1);
    assertThat(shell.run("get", live).ok().output()).isEqualTo(Bytes.utf8("live"));
    shell.run("get", gone).failed(1, "removed");
    shell.run("fsck").ok();
    shell.run("put", "large").ok();
    assertThat(shell.run("get", gone).ok().output().length()).isEqualTo(300_000);
    shell.run("gc", "--grace", "-1").failed(2, "grace");
    shell.run("gc", "--keep", "asl1-sha256:00").failed(2);
  }

  @Test
  void putPrintsKeysInTheOrderOfTheArguments() {
    shell.write("b", "two");
    shell.write("a", "one");
    Shell.Outcome put = shell.stdin("three").run("put", "b", "-", "a").ok();
    assertThat(put.lines())
        .containsExactly(keyOf("two", null), keyOf("three", null), keyOf("one", null));
    assertThat(shell.json("status").get("logseq").asText()).isEqualTo("3");
  }

  @Test
  void aFolderIsTakenInTheOrderOfItsPathsWhicheverFileIsReadFirst() {
    List<String> payloads = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      payloads.add(("file " + i + " ").repeat(i % 8 == 0 ? 100_000 : 1));
      shell.write(String.format(Locale.ROOT, "tree/%02d", i), payloads.get(i));
    }
    List<String> keys = payloads.stream().map(payload -> keyOf(payload, null)).toList();
    List<JsonNode> put = shell.run("put", "--json", "tree").ok().jsonLines();
    assertThat(put).extracting(line -> line.get("key").asText()).isEqualTo(keys);
    assertThat(put).extracting(line -> line.get("logseq").asInt()).isSorted();
    assertThat(shell.run("put", "--batch", "tree").ok().lines()).isEqualTo(keys);
    assertThat(shell.json("status").get("logseq").asText()).isEqualTo("40");
  }

  @Test
  void putTellsWhatIsNew() {
    shell.write("a", "one");
    JsonNode first = shell.json("put", "--type", "text/plain", "a");
    assertThat(first.get("key").asText()).isEqualTo(keyOf("one", "text/plain"));
    assertThat(first.get("payloadDigest").asText())
        .isEqualTo("sha256:7692c3ad3540bb803c020b3aee66cd8887123234ea0c6e7143c0add73ff431ed");
    assertThat(first.get("size").asText()).isEqualTo("3");
    assertThat(first.get("size").isTextual()).isTrue();
    assertThat(first.get("type").asText()).isEqualTo("text/plain");
    assertThat(first.get("logseq").asText()).isEqualTo("1");
    assertThat(first.get("new").asBoolean()).isTrue();
    JsonNode again = shell.json("put", "--type", "text/plain", "a");
    assertThat(again.get("new").asBoolean()).isFalse();
    assertThat(again.get("logseq").asText()).isEqualTo("1");
    assertThat(shell.json("put", "a").get("type").isNull()).isTrue();
  }

  @Test
  void aFolderIsWalkedInTheByteOrderOfItsPaths() throws IOException {
    shell.write("d/b/x", "1");
    shell.write("d/b.txt", "2");
    shell.write("d/ä", "3");
    shell.write("d/Z", "4");
    Files.createSymbolicLink(folder.resolve("d/link"), Path.of("Z"));
    Shell.Outcome put = shell.run("put", "d").ok();
    // 'Z' < 'b.txt' ('.' 0x2e) < 'b/x' ('/' 0x2f) < 'ä' (0xc3)
    assertThat(put.lines())
        .containsExactly(keyOf("4", null), keyOf("2", null), keyOf("1", null), keyOf("3", null));
    assertThat(put.err()).contains("link");
  }

  @Test
  void aBatchIsOneCommit() {
    shell.write("d/a", "1");
    shell.write("d/b", "2");
    shell.write("d/c", "1");
    List<JsonNode> put = shell.run("put", "--batch", "d", "--json").ok().jsonLines();
    assertThat(put).extracting(n -> n.get("logseq").asText()).containsExactly("1", "1", "1");
    assertThat(put).extracting(n -> n.get("new").asBoolean()).containsExactly(true, true, false);
    assertThat(shell.json("status").get("records").asLong()).isEqualTo(2);
  }

  @Test
  void whatWasPutBeforeAFailureStaysPut() {
    shell.write("a", "one");
    Shell.Outcome put = shell.run("put", "a", "missing", "a").failed(3, "no such file", "missing");
    assertThat(put.lines()).containsExactly(keyOf("one", null));
    assertThat(shell.run("get", keyOf("one", null)).ok().out()).isEqualTo("one");
  }

  @Test
  void aStructuredArtifactThatIsMalformedIsRefusedAndNothingIsWritten() {
    shell.write("edge", "no edge at all");
    shell.run("put", "--type", "tgk/edge", "edge").failed(1, "edge");
    shell.run("put", "--type", "pel/receipt", "edge").failed(1, "receipt");
    assertThat(shell.json("status").get("records").asLong()).isZero();
  }

  @Test
  void aLargePayloadComesBackWholeAndInParts() throws IOException {
    byte[] large = new byte[5_000_000];
    new Random(7).nextBytes(large);
    shell.write("large", large);
    String key = shell.run("put", "large").ok().lines().get(0);
    assertThat(shell.run("get", key).ok().outBytes()).isEqualTo(large);
    assertThat(shell.run("get", key, "--range", "1048570-2097160").ok().outBytes())
        .isEqualTo(java.util.Arrays.copyOfRange(large, 1048570, 2097160));
    assertThat(shell.json("stat", key).get("chunks").asLong()).isGreaterThan(1);
    shell.run("get", key, "-o", "copy").ok();
    assertThat(Files.readAllBytes(folder.resolve("copy"))).isEqualTo(large);
    shell.run("get", key, "--json").ok();
  }

  @Test
  void aRangeIsHalfOpenAndEndsWithThePayload() {
    String key = shell.put("a", "0123456789");
    assertThat(shell.run("get", key, "--range", "0-4").ok().out()).isEqualTo("0123");
    assertThat(shell.run("get", key, "--range", "4-4").ok().out()).isEmpty();
    assertThat(shell.run("get", key, "--range", "7-").ok().out()).isEqualTo("789");
    assertThat(shell.run("get", key, "--range", "-3").ok().out()).isEqualTo("012");
    assertThat(shell.run("get", key, "--range", "8-99").ok().out()).isEqualTo("89");
    shell.run("get", key, "--range", "11-12").failed(2, "no range");
    shell.run("get", key, "--range", "5-4").failed(2, "no range");
    shell.run("get", key, "--range", "all").failed(2, "not a range");
  }

  @Test
  void getWritesAFileWholeOrNotAtAll() throws IOException {
    String key = shell.put("a", "payload");
    JsonNode told = shell.json("get", key, "-o", "./copy");
    assertThat(told.get("file").asText()).endsWith("copy");
    assertThat(Files.readString(folder.resolve("copy"))).isEqualTo("payload");
    assertThat(shell.json("get", key).get("base64").asText()).isEqualTo("cGF5bG9hZA==");
    shell.run("get", key, "-o", "no/such/folder/x").failed(3, "no such file");
    shell.run("rm", key).ok();
    shell.run("get", key, "-o", "never").failed(1);
    assertThat(folder.resolve("never")).doesNotExist();
  }

  @Test
  void statShowsEveryRecord() {
    String key = shell.put("a", "text");
    shell.run("rm", key, "--reason", "old\nand forged").ok();
    shell.run("put", "a").ok();
    JsonNode stat = shell.json("stat", key);
    assertThat(stat.get("live").asBoolean()).isTrue();
    assertThat(stat.get("erased").asBoolean()).isFalse();
    assertThat(stat.get("chunks").asLong()).isZero();
    assertThat(stat.get("records")).hasSize(3);
    assertThat(stat.get("records").findValuesAsText("kind"))
        .containsExactly("ARTIFACT", "TOMBSTONE", "ARTIFACT");
    assertThat(stat.get("records").findValuesAsText("logseq")).containsExactly("1", "2", "3");
    assertThat(stat.get("records").get(0).get("hlc").isTextual()).isTrue();
    assertThat(stat.get("records").get(0).get("origin").asText())
        .isEqualTo(shell.json("status").get("node").asText() + "/1");
    assertThat(shell.run("stat", key).ok().out())
        .contains("live", "TOMBSTONE", "/1: old\ufffdand forged\n");
    JsonNode records = stat.get("records");
    assertThat(records.get(0).get("reason").isNull()).isTrue();
    assertThat(records.get(1).get("reason").asText()).isEqualTo("old\nand forged");
    assertThat(shell.json("log", "--from", "2", "--to", "2").get("reason").asText())
        .isEqualTo("old\nand forged");
    assertThat(shell.run("log", "--from", "2").ok().lines().get(0))
        .endsWith("  old\ufffdand forged");
  }

  @Test
  void rmTombstonesAllOrNothing() {
    String one = shell.put("a", "one");
    String two = shell.put("b", "two");
    shell.run("rm", one, keyOf("unknown", null)).failed(1, "no artifact");
    assertThat(shell.json("stat", one).get("live").asBoolean()).isTrue();

    List<JsonNode> removed = shell.run("rm", one, two, "--json").ok().jsonLines();
    assertThat(removed).extracting(n -> n.get("new").asBoolean()).containsExactly(true, true);
    assertThat(removed).extracting(n -> n.get("logseq").asText()).containsExactly("3", "3");
    assertThat(shell.json("rm", one).get("new").asBoolean()).isFalse();
    shell.run("get", one).failed(1, "was removed at logseq 3");
    assertThat(shell.run("find").ok().lines()).isEmpty();
  }

  @Test
  void whatWasRemovedCanStillBeErased() {
    String key = shell.put("a", "secret");
    shell.run("rm", key).ok();
    assertThat(shell.json("stat", key).get("present").asBoolean()).isTrue();
    assertThat(shell.json("rm", key, "--erase").get("new").asBoolean()).isTrue();
    assertThat(shell.json("stat", key).get("present").asBoolean()).isFalse();
    shell.run("get", key).failed(1, "was erased at logseq 3");
    assertThat(shell.json("rm", key, "--erase").get("new").asBoolean()).isFalse();
  }

  @Test
  void anEdgeIsRemovedAndKeepsItsPayload() {
    String from = shell.put("a", "cause");
    String to = shell.put("b", "effect");
    String edge =
        shell.run("link", "--type", "x:y", "--from", from, "--to", to).ok().lines().get(0);
    assertThat(shell.run("rm", edge, "--erase").ok().err()).contains(edge, "keeps its payload");
    JsonNode stat = shell.json("stat", edge);
    assertThat(stat.get("live").asBoolean()).isFalse();
    assertThat(stat.get("erased").asBoolean()).isFalse();
    assertThat(stat.get("present").asBoolean()).isTrue();
  }

  @Test
  void anErasedPayloadIsGoneAndSaysSo() {
    String key = shell.put("a", "secret");
    shell.run("rm", key, "--erase", "--reason", "asked to").ok();
    shell.run("get", key).failed(1, "was erased at logseq 2");
    JsonNode stat = shell.json("stat", key);
    assertThat(stat.get("erased").asBoolean()).isTrue();
    assertThat(stat.get("live").asBoolean()).isFalse();
    assertThat(shell.json("fsck").get("damaged")).isEmpty();
  }

  @Test
  void findFilters() {
    shell.write("a", "one");
    shell.run("put", "a").ok();
    shell.run("put", "a", "--type", "text/plain").ok();
    shell.run("put", "a", "--type", "text/html").ok();
    String node = shell.json("status").get("node").asText();
    assertThat(shell.run("find").ok().lines()).hasSize(3).isSorted();
    assertThat(shell.json("find", "--type", "text/html").get("logseq").asText()).isEqualTo("3");
    assertThat(shell.run("find", "--since", "2").ok().lines()).hasSize(2);
    assertThat(shell.run("find", "--since", "2000-01-01").ok().lines()).hasSize(3);
    assertThat(shell.run("find", "--since", "2000-01-01T10:00:00+02:00").ok().lines()).hasSize(3);
    assertThat(shell.run("find", "--since", "2200-01-01").ok().lines()).isEmpty();
    assertThat(shell.run("find", "--limit", "1").ok().lines()).hasSize(1);
    assertThat(shell.run("find", "--origin", node.substring(0, 8)).ok().lines()).hasSize(3);
    shell.run("find", "--origin", "000000000000").failed(1, "no record of node");
    shell.run("find", "--since", "yesterday").failed(2, "neither a logseq nor a time");
  }

  @Test
  void theLogIsInTheTotalOrder() {
    shell.put("a", "one");
    String two = shell.put("b", "two");
    shell.run("rm", two).ok();
    List<JsonNode> log = shell.run("log", "--json").ok().jsonLines();
    assertThat(log).extracting(n -> n.get("logseq").asText()).containsExactly("1", "2", "3");
    assertThat(log).extracting(n -> n.get("index").asText()).containsExactly("0", "1", "2");
    assertThat(log)
        .extracting(n -> n.get("kind").asText())
        .containsExactly("ARTIFACT", "ARTIFACT", "TOMBSTONE");
    assertThat(log.get(2).get("key").asText()).isEqualTo(two);
    assertThat(shell.run("log", "--from", "2", "--to", "2").ok().lines()).hasSize(1);
    assertThat(shell.run("log", "--from", "4").ok().lines()).isEmpty();
  }

  @Test
  void snapshotsAreTheSameForTheSameState() {
    shell.put("a", "one");
    JsonNode first = shell.json("snapshot", "create", "--label", "start");
    assertThat(first.get("snapshot").asText()).startsWith("asl1-sha256:");
    assertThat(first.get("live").get("artifacts").asLong()).isEqualTo(1);
    assertThat(first.get("cut")).hasSize(1);
    assertThat(first.get("cut").get(0).get("treeSize").asText()).isEqualTo("1");
    assertThat(first.get("stateRoot")).isEqualTo(shell.json("status").get("stateRoot"));
    assertThat(shell.json("snapshot", "create").get("snapshot")).isEqualTo(first.get("snapshot"));

    shell.put("b", "two");
    JsonNode second = shell.json("snapshot", "create", "--label", "later");
    assertThat(second.get("stateRoot")).isNotEqualTo(first.get("stateRoot"));
    assertThat(shell.run("snapshot", "list").ok().lines()).hasSize(2);
    String id = first.get("snapshot").asText();
    for (String name : List.of(id, id.substring("asl1-sha256:".length(), 24))) {
      assertThat(shell.json("snapshot", "show", name).get("stateRoot"))
          .isEqualTo(first.get("stateRoot"));
    }
    assertThat(shell.json("snapshot", "show", "later")).isEqualTo(second);
    shell.run("snapshot", "show", "never").failed(1, "no snapshot");
    shell.run("snapshot").failed(2);
  }

  @Test
  void statusOfAnEmptyStoreHasEveryField() {
    JsonNode status = shell.json("status");
    assertThat(status.fieldNames())
        .toIterable()
        .contains(
            "node",
            "stateRoot",
            "logseq",
            "records",
            "artifacts",
            "edges",
            "receipts",
            "bytes",
            "peers",
            "conflicts");
    assertThat(status.get("federation").asText()).isEqualTo("test.fed");
    assertThat(status.get("records").asLong()).isZero();
    assertThat(status.get("logseq").asText()).isEqualTo("0");
    assertThat(shell.run("status").ok().out()).contains("state root");
  }

  @Test
  void fsckFindsADamagedPayload() throws IOException {
    byte[] large = new byte[300_000];
    new Random(8).nextBytes(large);
    shell.write("large", large);
    String key = shell.run("put", "large").ok().lines().get(0);
    shell.put("small", "untouched");
    JsonNode whole = shell.json("fsck");
    assertThat(whole.get("checked").asLong())
        .as("two records, two payloads, their chunks, and the rows that follow from them")
        .isGreaterThan(8);
    assertThat(whole.get("damaged")).isEmpty();
    assertThat(whole.get("repaired").asLong()).isZero();

    flipAByteOf(large, folder.resolve(".cairn/db"));
    Shell.Outcome fsck = shell.run("fsck", "--json").failed(1, "damaged");
    assertThat(fsck.jsonLines().get(0).get("damaged")).isNotEmpty();
    shell.run("get", key).failed(1);
  }

  @Test
  void fsckRebuildsWhatFollowsFromTheLog() {
    String key = shell.put("a", "something");
    damage("asl.live", (row, value) -> null);
    shell.run("get", key).failed(1);
    Shell.Outcome found = shell.run("fsck", "--json").failed(1, "1 damaged", "--rebuild");
    JsonNode damaged = found.jsonLines().get(0).get("damaged");
    assertThat(damaged).hasSize(1);
    assertThat(damaged.get(0).get("key").asText()).isEqualTo(key);
    assertThat(damaged.get(0).get("where").asText()).startsWith("asl.live ");
    assertThat(damaged.get(0).get("error").asText()).isEqualTo("the row is missing");
    JsonNode rebuilt = shell.json("fsck", "--rebuild");
    assertThat(rebuilt.get("damaged")).isEqualTo(damaged);
    assertThat(rebuilt.get("repaired").asLong()).isOne();
    assertThat(shell.run("get", key).ok().out()).isEqualTo("something");
    assertThat(shell.json("fsck").get("damaged")).isEmpty();
    assertThat(folder.resolve(".cairn/check")).doesNotExist();
  }

  @Test
  void fsckSetsAsideWhatDoesNotVerifyUntilAnotherStoreGivesIt() {
    String key = shell.put("a", "something");
    shell.put("b", "something else");
    shell.run("init", "other", "--federation", "test.fed").ok();
    shell.run("sync", "other").ok();
    damage("asl.content", (row, value) -> Bytes.utf8("\0nonsense"));
    shell.run("get", key).failed(1);
    shell.run("fsck").failed(1, "2 damaged");
    shell.run("fsck", "--rebuild").failed(1, "2 damaged", "--repair-from");
    assertThat(shell.run("get", key).failed(1).err()).contains("set aside");
    JsonNode repaired = shell.json("fsck", "--repair-from", "other");
    assertThat(repaired.get("repaired").asLong()).isEqualTo(2);
    assertThat(shell.run("get", key).ok().out()).isEqualTo("something");
    assertThat(shell.json("fsck").get("damaged")).isEmpty();
  }

  @Test
  void fsckRepairsFromStoresAndPeersOnly() {
    shell.write("file", "no store");
    shell.run("fsck", "--repair-from", "nobody").failed(1, "no store, file or peer 'nobody'");
    shell.run("fsck", "--repair-from", "file").failed(2, "neither a store's directory", "replay");
    shell.run("fsck", "--repair-from", ".cairn").failed(2, "from itself");
  }

  /** Changes every row of a table; null deletes it. */
  private void damage(String table, BinaryOperator<Bytes> change) {
    Set<Table> tables = StoreConfig.tables(CairnNode.newIndexes(), CairnNode.localTables());
    Table damaged =
        tables.stream().filter(one -> one.name().equals(table)).findFirst().orElseThrow();
    Path database = folder.resolve(".cairn/db");
    try (RocksEngine engine = RocksEngine.open(database, tables, RocksOptions.DEFAULT)) {
      List<RowChange> changes = new ArrayList<>();
      try (RowCursor rows = engine.scan(damaged, Bytes.EMPTY, Bytes.EMPTY)) {
        while (rows.next()) {
          changes.add(new RowChange(damaged, rows.key(), change.apply(rows.key(), rows.value())));
        }
      }
      assertThat(changes).isNotEmpty();
      engine.write(changes, Durability.SYNCED);
    }
  }

  /** Changes one byte wherever the database keeps the payload's bytes. */
  private static void flipAByteOf(byte[] payload, Path database) throws IOException {
    byte[] needle = java.util.Arrays.copyOfRange(payload, 1000, 1064);
    int found = 0;
    try (Stream<Path> files = Files.list(database)) {
      for (Path file : files.toList()) {
        byte[] bytes = Files.readAllBytes(file);
        for (int at = 0; at + needle.length <= bytes.length; at++) {
          if (java.util.Arrays.equals(bytes, at, at + needle.length, needle, 0, needle.length)) {
            bytes[at] ^= 1;
            found++;
          }
        }
        Files.write(file, bytes);
      }
    }
    assertThat(found).isPositive();
  }
}
