package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.rocksdb.RocksEngine;
import dev.cairn.asl.engine.rocksdb.RocksOptions;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.federation.node.CairnNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What two snapshots differ in, and what becomes of a snapshot that is kept. */
class SnapshotCommandsTest {
  private static final String PREFIX = "asl1-sha256:";
  private static final int PREFIX_DIGITS = 6;

  @TempDir Path folder;
  private Shell shell;

  @BeforeEach
  void start() {
    shell = new Shell(folder);
    shell.run("init", "--federation", "test.fed").ok();
  }

  private String put(String text) {
    return shell.stdin(text).run("put", "--type", "text/plain").ok().lines().get(0);
  }

  private String take(String label) {
    return shell.json("snapshot", "create", "--label", label).get("snapshot").asText();
  }

  private List<String> diff(String... snapshots) {
    List<String> args = new ArrayList<>(List.of("snapshot", "diff"));
    args.addAll(List.of(snapshots));
    return shell.run(args.toArray(String[]::new)).ok().lines();
  }

  private List<JsonNode> diffJson(String... snapshots) {
    List<String> args = new ArrayList<>(List.of("snapshot", "diff", "--json"));
    args.addAll(List.of(snapshots));
    return shell.run(args.toArray(String[]::new)).ok().jsonLines();
  }

  private String lineage(String key, String... more) {
    List<String> args = new ArrayList<>(List.of("lineage", key, "--format", "count"));
    args.addAll(List.of(more));
    return shell.run(args.toArray(String[]::new)).ok().lines().get(0);
  }

  @Test
  void sealingASnapshotChangesNoAnswerAndMayBeLostAtAnyTime() throws IOException {
    String first = put("first");
    String second = put("second");
    String third = put("third");
    shell.run("link", "--type", "x:y", "--from", first, "--to", second).ok();
    shell.run("link", "--type", "x:y", "--from", second, "--to", third).ok();
    String snapshot = take("early");
    String counts = lineage(third);
    assertThat(counts).isEqualTo("nodes 3, edges 2, depth 2");
    JsonNode sealed = shell.json("snapshot", "seal", "early");
    assertThat(sealed.get("snapshot").asText()).isEqualTo(snapshot);
    assertThat(sealed.get("nodes").asInt()).isEqualTo(3);
    assertThat(sealed.get("edges").asInt()).isEqualTo(2);
    assertThat(shell.json("snapshot", "list").get("sealed").asBoolean()).isTrue();
    assertThat(lineage(third)).isEqualTo(counts);
    shell.run("link", "--type", "x:y", "--from", put("zeroth"), "--to", first).ok();
    assertThat(lineage(third)).isEqualTo("nodes 4, edges 3, depth 3");
    assertThat(lineage(third, "--at", "early")).isEqualTo(counts);

    Path segments = folder.resolve(".cairn/segments");
    Path file;
    try (Stream<Path> files = Files.list(segments)) {
      file = files.findFirst().orElseThrow();
    }
    byte[] bytes = Files.readAllBytes(file);
    bytes[bytes.length - 1] ^= 1;
    bytes[bytes.length / 2] ^= 1;
    Files.write(file, bytes);
    assertThat(lineage(third, "--at", "early")).isEqualTo(counts);
    assertThat(shell.json("snapshot", "list").get("sealed").asBoolean()).isFalse();
    shell.run("fsck").failed(1);
    shell.run("fsck", "--rebuild").ok();
    assertThat(file).doesNotExist();
    shell.run("fsck").ok();
    shell.run("snapshot", "seal", "early").ok();
    assertThat(file).exists();
    assertThat(lineage(third)).isEqualTo("nodes 4, edges 3, depth 3");
    shell.run("snapshot", "seal", "none").failed(1);
  }

  @Test
  void aDiffTellsWhatBecameLiveAndWhatCeasedInTheOrderOfDigests() {
    String gone = put("gone");
    put("stays");
    String early = take("early");
    List<String> became = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      became.add(put("new " + i));
    }
    shell.run("rm", gone, became.get(0)).ok();
    take("late");

    List<String> lines = diff("early", "late");
    assertThat(lines).hasSize(21);
    assertThat(lines.get(20)).isEqualTo("19 became live, 1 ceased");
    List<String> changes = lines.subList(0, 20);
    assertThat(changes).contains("- " + gone + "  text/plain  4");
    assertThat(changes).contains("+ " + became.get(19) + "  text/plain  6");
    assertThat(changes).noneMatch(line -> line.contains(became.get(0)));
    assertThat(changes.stream().map(line -> line.substring(2)).toList()).isSorted();

    List<JsonNode> json = diffJson(early, "late");
    assertThat(json).hasSize(20);
    assertThat(json)
        .extracting(
            one ->
                (one.get("change").asText().equals("live") ? "+ " : "- ")
                    + one.get("key").asText()
                    + "  "
                    + one.get("type").asText()
                    + "  "
                    + one.get("size").asText())
        .isEqualTo(changes);
    JsonNode ceased =
        json.stream().filter(one -> one.get("key").asText().equals(gone)).findFirst().orElseThrow();
    assertThat(ceased.fieldNames())
        .toIterable()
        .containsExactly("change", "key", "payloadDigest", "size", "type");
    assertThat(ceased.get("change").asText()).isEqualTo("ceased");
    assertThat(ceased.get("size").isTextual()).isTrue();
    assertThat(ceased.get("payloadDigest"))
        .isEqualTo(shell.json("stat", gone).get("payloadDigest"));
  }

  @Test
  void aDiffBackwardsTellsTheOppositeAndOneWithItselfNothing() {
    String gone = shell.stdin("no type").run("put").ok().lines().get(0);
    take("early");
    String came = put("came");
    shell.run("rm", gone).ok();
    take("late");
    assertThat(diff("late", "early"))
        .contains("+ " + gone + "  -  7", "- " + came + "  text/plain  4")
        .endsWith("1 became live, 1 ceased");
    JsonNode untyped =
        diffJson("late", "early").stream()
            .filter(one -> one.get("key").asText().equals(gone))
            .findFirst()
            .orElseThrow();
    assertThat(untyped.get("type").isNull()).isTrue();
    assertThat(diff("late", "late")).containsExactly("0 became live, 0 ceased");
    assertThat(diffJson("late", "late")).isEmpty();
  }

  @Test
  void aDiffToNoneIsToThePresentAlsoWhenOtherNodesWroteMeanwhile() {
    String mine = put("mine");
    take("then");
    assertThat(diff("then")).containsExactly("0 became live, 0 ceased");
    shell.run("init", "other", "--federation", "test.fed").ok();
    shell.run("sync", "other").ok();
    String theirs = shell.stdin("theirs").run("--store", "other", "put").ok().lines().get(0);
    shell.run("--store", "other", "rm", mine).ok();
    shell.run("sync", "other").ok();
    assertThat(diff("then"))
        .contains("+ " + theirs + "  -  6", "- " + mine + "  text/plain  4")
        .endsWith("1 became live, 1 ceased");
    take("now");
    assertThat(diff("then", "now")).isEqualTo(diff("then"));
  }

  @Test
  void aDiffIsMadeBesideAProcessThatHoldsTheStoreAndOnABackup() throws IOException {
    take("empty");
    String key = put("one");
    List<String> expected = List.of("+ " + key + "  text/plain  3", "1 became live, 0 ceased");
    shell.run("backup", "kept").ok();
    assertThat(shell.run("--store", "kept", "snapshot", "diff", "empty").ok().lines())
        .isEqualTo(expected);
    for (String change : List.of("pin", "unpin", "drop")) {
      shell.run("--store", "kept", "snapshot", change, "empty").failed(3, "is a backup");
    }
    try (Shell.Running serving = shell.start("serve", "--listen", "127.0.0.1:0", "--json")) {
      assertThat(serving.json().get("ready").asBoolean()).isTrue();
      assertThat(diff("empty")).isEqualTo(expected);
      for (String change : List.of("pin", "unpin", "drop")) {
        shell.run("snapshot", change, "empty").failed(3, "in use");
      }
    }
    assertThat(shell.json("snapshot", "show", "empty").get("pinned").asBoolean()).isTrue();
  }

  @Test
  void aPublishedSnapshotIsAnArtifactOfItsKeyAndIsPutOnce() {
    put("seen");
    String id = take("told");
    shell.run("stat", id).failed(1, "");
    JsonNode first = shell.json("snapshot", "publish", "told");
    assertThat(first.get("snapshot").asText()).isEqualTo(id);
    assertThat(first.get("new").asBoolean()).isTrue();
    JsonNode stat = shell.json("stat", id);
    assertThat(stat.get("type").asText()).isEqualTo("asl/snapshot");
    assertThat(stat.get("live").asBoolean()).isTrue();
    assertThat(shell.json("snapshot", "publish", id).get("new").asBoolean()).isFalse();
    assertThat(shell.json("stat", id)).isEqualTo(stat);
    shell.run("snapshot", "publish", "never").failed(1, "never");
  }

  @Test
  void whatOnlyAPinnedSnapshotShowsGoesWithItsPinAndDoesNotComeBack() {
    String erased = put("erased");
    String id = take("kept");
    assertThat(shell.json("snapshot", "show", "kept").get("pinned").asBoolean()).isTrue();
    assertThat(shell.run("snapshot", "list").ok().out()).contains("  pinned  kept");
    shell.run("rm", "--erase", erased).ok();
    assertThat(shell.json("stat", erased).get("present").asBoolean()).isTrue();

    JsonNode unpinned = shell.json("snapshot", "unpin", "kept");
    assertThat(unpinned.get("snapshot").asText()).isEqualTo(id);
    assertThat(unpinned.get("pinned").asBoolean()).isFalse();
    assertThat(unpinned).isEqualTo(shell.json("snapshot", "show", "kept"));
    assertThat(shell.run("snapshot", "list").ok().out()).contains("  not pinned  kept");
    assertThat(shell.run("snapshot", "show", "kept").ok().out()).contains("pinned      no");
    assertThat(shell.json("stat", erased).get("present").asBoolean()).isFalse();
    assertThat(shell.json("snapshot", "unpin", "kept")).isEqualTo(unpinned);

    assertThat(shell.json("snapshot", "pin", id).get("pinned").asBoolean()).isTrue();
    assertThat(shell.json("snapshot", "pin", id).get("pinned").asBoolean()).isTrue();
    assertThat(shell.json("stat", erased).get("present").asBoolean()).isFalse();
    assertThat(diff("kept")).contains("- " + erased + "  text/plain  6");
    shell.run("fsck").ok();
  }

  @Test
  void takingTheSameSnapshotAgainPinsIt() {
    put("one");
    String id = take("kept");
    shell.run("snapshot", "unpin", id).ok();
    JsonNode again = shell.json("snapshot", "create");
    assertThat(again.get("snapshot").asText()).isEqualTo(id);
    assertThat(again.get("pinned").asBoolean()).isTrue();
    assertThat(again.get("label").asText()).isEqualTo("kept");
  }

  @Test
  void whatASnapshotShowsIsFoundAndReadAsOfIt() {
    String erased = put("erased");
    take("before");
    shell.run("rm", "--erase", erased).ok();
    String later = put("later");
    assertThat(shell.run("get", erased, "--at", "before").ok().out()).isEqualTo("erased");
    assertThat(shell.run("get", erased, "--at", "before", "--range", "1-3").ok().out())
        .isEqualTo("ra");
    shell.run("get", later, "--at", "before").failed(1, "no artifact");
    shell.run("get", erased).failed(1, "was erased");
    shell.run("get", erased, "--at", "never").failed(1, "no snapshot");
    shell.run("get", erased, "--at", "before", "--from", "x").failed(2, "--from", "--at");
    assertThat(shell.run("find", "--at", "before").ok().out()).contains(erased);
    assertThat(shell.run("find", "--at", "before").ok().out()).doesNotContain(later);
    assertThat(shell.run("find").ok().out()).contains(later).doesNotContain(erased);
    shell.run("snapshot", "unpin", "before").ok();
    shell.run("get", erased, "--at", "before").failed(1, "erased");
  }

  @Test
  void aNameThatIsLostIsTold() {
    put("one");
    String first = take("v1");
    assertThat(shell.run("snapshot", "create", "--label", "v1").ok().err()).isEmpty();
    assertThat(shell.run("snapshot", "create", "--label", "release").ok().err())
        .isEqualTo("v1 is no longer the name of " + first + "\n");
    put("two");
    assertThat(shell.run("snapshot", "create", "--label", "release").ok().err())
        .isEqualTo("release is no longer the name of " + first + "\n");
    assertThat(shell.run("snapshot", "create").ok().err()).isEmpty();
  }

  @Test
  void aSnapshotIsDroppedOnceAndTakesAlongWhatOnlyItShowed() {
    String erased = put("erased");
    String id = take("kept");
    take("kept");
    shell.run("rm", "--erase", erased).ok();
    JsonNode dropped = shell.json("snapshot", "drop", "kept");
    assertThat(dropped.fieldNames()).toIterable().containsExactly("snapshot", "label", "dropped");
    assertThat(dropped.get("snapshot").asText()).isEqualTo(id);
    assertThat(dropped.get("dropped").asBoolean()).isTrue();
    assertThat(shell.json("stat", erased).get("present").asBoolean()).isFalse();
    for (String name : List.of("kept", id, id.substring(PREFIX.length(), 24))) {
      shell.run("snapshot", "drop", name).failed(1, "no snapshot");
      shell.run("snapshot", "diff", name).failed(1, "no snapshot");
    }
    assertThat(shell.run("snapshot", "list").ok().lines()).isEmpty();
    shell.run("fsck").ok();
    put("erased");
    assertThat(take("kept")).as("another log by now").isNotEqualTo(id);
  }

  @Test
  void whatNamesNoSnapshotIsRefusedAndChangesNothing() {
    put("one");
    take("here");
    List<String> before = shell.run("snapshot", "list", "--json").ok().lines();
    for (String wrong : List.of("never", "HERE", "", "ffffff", "12345", "\u001b[31m", "../x")) {
      for (String command : List.of("diff", "pin", "unpin", "drop", "show")) {
        Shell.Outcome outcome = shell.run("snapshot", command, wrong).failed(1, "no snapshot");
        assertThat(outcome.out()).as(command + " " + wrong).isEmpty();
        assertThat(outcome.err()).doesNotContain("\u001b");
      }
      assertThat(shell.run("snapshot", "diff", "here", wrong).failed(1, "no snapshot").out())
          .isEmpty();
    }
    for (String command : List.of("diff", "pin", "unpin", "drop")) {
      shell.run("snapshot", command).failed(2);
      shell.run("snapshot", command, "here", "here", "here").failed(2);
    }
    shell.run("snapshot", "drop", "here", "here").failed(2);
    assertThat(shell.run("snapshot", "list", "--json").ok().lines()).isEqualTo(before);
  }

  @Test
  void aPrefixOfTwoSnapshotsIsRefusedAndNamesBoth() {
    List<Snapshot> alike = alike();
    keep(alike, true);
    String shared = alike.get(0).key().digest().toHex().substring(0, PREFIX_DIGITS);
    for (String command : List.of("diff", "pin", "unpin", "drop", "show")) {
      shell
          .run("snapshot", command, shared)
          .failed(2, "several", alike.get(0).key().toString(), alike.get(1).key().toString());
    }
    shell.run("snapshot", "diff", alike.get(0).key().toString(), shared).failed(2, "several");
    assertThat(shell.run("snapshot", "list").ok().lines()).hasSize(2);
    shell.run("snapshot", "drop", alike.get(0).key().toString()).ok();
    shell.run("snapshot", "drop", shared).ok();
    assertThat(shell.run("snapshot", "list").ok().lines()).isEmpty();
  }

  @Test
  void aSnapshotOfAVersionThatKnewNoPinsIsPinned() {
    keep(alike().subList(0, 1), false);
    JsonNode listed = shell.json("snapshot", "list");
    assertThat(listed.get("pinned").asBoolean()).isTrue();
    JsonNode unpinned = shell.json("snapshot", "unpin", listed.get("snapshot").asText());
    assertThat(unpinned.get("pinned").asBoolean()).isFalse();
  }

  /** Two snapshots whose keys begin alike. */
  private static List<Snapshot> alike() {
    Map<String, Snapshot> seen = new HashMap<>();
    for (int i = 0; ; i++) {
      Bytes root = HashAlgorithm.SHA_256.hash(Bytes.utf8("state " + i));
      Snapshot snapshot = new Snapshot("test.fed", List.of(), root);
      Snapshot other =
          seen.put(snapshot.key().digest().toHex().substring(0, PREFIX_DIGITS), snapshot);
      if (other != null) {
        return List.of(other, snapshot);
      }
    }
  }

  /** Writes snapshots into the store as this program or an earlier one keeps them. */
  private void keep(List<Snapshot> snapshots, boolean withPins) {
    Set<Table> tables = StoreConfig.tables(CairnNode.newIndexes(), CairnNode.localTables());
    Table kept =
        tables.stream().filter(one -> one.name().equals("asl.snapshot")).findFirst().orElseThrow();
    Path database = folder.resolve(".cairn/db");
    try (RocksEngine engine = RocksEngine.open(database, tables, RocksOptions.DEFAULT)) {
      List<RowChange> changes = new ArrayList<>();
      for (Snapshot snapshot : snapshots) {
        CborWriter row =
            new CborWriter().array(withPins ? 7 : 6).bytes(snapshot.encode()).nul().uint(1);
        row.uint(0).uint(0).uint(0);
        if (withPins) {
          row.bool(true);
        }
        changes.add(RowChange.put(kept, snapshot.key().bytes(), row.toBytes()));
      }
      engine.write(changes, Durability.SYNCED);
    }
  }
}
