package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.rocksdb.RocksEngine;
import dev.cairn.asl.engine.rocksdb.RocksOptions;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.store.Index;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.node.StoreDirectory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What judges a store writes nothing to it: names, bytes and times of all its files and folders are
 * afterwards what they were.
 */
class UntouchedSourceTest {
  /** Outputs of the run are more than a store keeps beside a record, so they are written in one. */
  private static final int LARGE_BYTES = 200_000;

  private static final String PROGRAM =
      """
      {"program": 1, "inputs": ["in"],
       "nodes": {"twice": {"operator": "bytes/concat@1", "inputs": ["in", "in"]},
                 "all": {"operator": "bytes/concat@1", "inputs": ["twice", "in"]}},
       "outputs": {"out": "all"}}
      """;

  @TempDir private Path folder;
  private Shell a;
  private Path store;
  private String key;

  @BeforeEach
  void makeStore() throws IOException {
    a = new Shell(Files.createDirectory(folder.resolve("A")));
    store = a.folder().resolve(".cairn");
    a.run("init").ok();
    byte[] large = new byte[LARGE_BYTES];
    for (int i = 0; i < large.length; i++) {
      large[i] = (byte) (i * 31 ^ i >>> 8);
    }
    key = a.put("first", "the first");
    a.write("large", large);
    String input = a.run("put", "large").ok().lines().get(0);
    a.write("program.json", PROGRAM);
    a.run("run", "program.json", "--in", "in=" + input).ok();
    a.run("snapshot", "create", "--label", "early").ok();
    a.put("last", "after the snapshot, and not signed yet");
  }

  private static SortedMap<String, String> everything(Path directory) {
    SortedMap<String, String> all = new TreeMap<>();
    try (Stream<Path> found = Files.walk(directory)) {
      for (Path path : (Iterable<Path>) found::iterator) {
        BasicFileAttributes attributes = Files.readAttributes(path, BasicFileAttributes.class);
        String bytes =
            attributes.isRegularFile()
                ? HashAlgorithm.SHA_256.hash(Bytes.wrap(Files.readAllBytes(path))).toHex()
                : "folder";
        all.put(directory.relativize(path).toString(), attributes.lastModifiedTime() + " " + bytes);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return all;
  }

  private static List<List<String>> judgements(String source, String key) {
    return List.of(
        List.of("audit", source),
        List.of("audit", source, "--reexecute"),
        List.of("audit", source, "--check", "receipts", "--receipts", "1", "--seed", "1"),
        List.of("replay", source),
        List.of("replay", source, "--until", "early"),
        List.of("audit", "bisect", source, "--not-live", key),
        List.of("audit", "bisect", source, "--not-live", key, "--bad", "early"),
        List.of("audit", "bisect", source, "--run", "! cairn-is-not-needed; exit 1", "--json"));
  }

  private void judge(Shell shell, String source, Path directory) {
    SortedMap<String, String> before = everything(directory);
    for (List<String> words : judgements(source, key)) {
      Shell.Outcome outcome = shell.run(words.toArray(String[]::new));
      boolean decides = !words.contains("--run"); // That one holds nowhere: 1, once it has asked.
      assertThat(outcome.code()).as("%s: %s", words, outcome.err()).isEqualTo(decides ? 0 : 1);
      assertThat(everything(directory)).as("%s", words).isEqualTo(before);
    }
  }

  @Test
  void aStoreIsLeftAsItIsByAuditReplayAndBisection() {
    judge(a, ".cairn", store);
  }

  @Test
  void aMereCopyOfOneStaysInItsEpoch() throws IOException {
    Path copy = folder.resolve("copy");
    copyTo(copy);
    judge(a, copy.toString(), copy);
  }

  private void copyTo(Path copy) throws IOException {
    List<Path> files = new ArrayList<>();
    try (Stream<Path> found = Files.walk(store)) {
      found.forEach(files::add);
    }
    for (Path file : files) {
      Files.copy(file, copy.resolve(store.relativize(file).toString()));
    }
  }

  @Test
  void aStoreIsJudgedWhileItsOwnerServesItAndABackupToo() throws IOException {
    String socket = "unix:" + folder.resolve("socket");
    Path backup = folder.resolve("backup");
    a.run("backup", backup.toString()).ok();
    judge(a, backup.toString(), backup);
    try (Shell.Running serving =
        a.start("serve", "--no-tls", "--no-follow", "--listen", socket, "--json")) {
      assertThat(serving.json().get("ready").asBoolean()).isTrue();
      for (List<String> words : judgements(".cairn", key)) {
        assertThat(a.run(words.toArray(String[]::new)).err()).doesNotContain("in use");
      }
      // The peer's address is looked up in a store that is in use.
      Shell.Outcome peer = a.run("audit", socket);
      assertThat(peer.code()).as(peer.err()).isZero();
      assertThat(peer.err()).doesNotContain("\tat ").doesNotContain("SO_KEEPALIVE");
      assertThat(serving.err()).doesNotContain("\tat ");
    }
  }

  /** Names and bytes, but for what RocksDB tells of itself. */
  private static SortedMap<String, String> held(Path directory) {
    SortedMap<String, String> all = everything(directory);
    all.keySet().removeIf(name -> name.startsWith("db/LOG"));
    all.replaceAll((name, value) -> value.substring(value.indexOf(' ')));
    return all;
  }

  private List<List<String>> looks(Path made) throws IOException {
    String receipt = a.json("receipt", "list").get("receipt").asText();
    String program = a.json("receipt", "show", receipt).get("program").asText();
    String fresh = made.resolve("bundle").toString();
    return List.of(
        List.of("stat", key),
        List.of("stat", "@first"),
        List.of("stat", key.substring(key.indexOf(':') + 1, key.indexOf(':') + 9)),
        List.of("prove", key),
        List.of("prove", receipt, "--receipts", "-o", made.resolve("proof").toString()),
        List.of("prove", key, "--at", "early"),
        List.of("prove", "@other", "--at", "early"),
        List.of("doctor"),
        List.of("bundle", "create", fresh, "--until", "early"),
        List.of("bundle", "create", fresh, "--since", "early", "--until", "late"),
        List.of("get", key),
        List.of("find"),
        List.of("log"),
        List.of("edges", key),
        List.of("lineage", program),
        List.of("receipt", "list"),
        List.of("receipt", "show", receipt),
        List.of("receipt", "divergences"),
        List.of("receipt", "ledger"),
        List.of("run", "program.json", "--in", "in=" + key, "--explain"),
        List.of("snapshot", "list"),
        List.of("snapshot", "show", "early"),
        List.of("key", "list"),
        List.of("member", "list"),
        List.of("peer", "list"),
        List.of("conflicts", "list"),
        List.of("export", "prov", receipt));
  }

  private void look(Shell shell, Path directory, List<List<String>> looks) {
    SortedMap<String, String> before = held(directory);
    for (List<String> words : looks) {
      List<String> all = new ArrayList<>(List.of("--store", directory.toString()));
      all.addAll(words);
      Shell.Outcome outcome = shell.run(all.toArray(String[]::new));
      assertThat(outcome.err()).as("%s", words).doesNotContain("cairn: ");
      assertThat(held(directory)).as("%s", words).isEqualTo(before);
    }
  }

  @Test
  void whatOnlyLooksChangesNothingInAStoreACopyABackupAndBesideAServer() throws IOException {
    Path made = Files.createDirectory(folder.resolve("made"));
    a.write("other", "what nobody put");
    a.run("snapshot", "publish", "early").ok();
    a.run("snapshot", "create", "--label", "late").ok();
    List<List<String>> looks = looks(made);
    look(a, store, looks);
    Path copy = folder.resolve("copy");
    copyTo(copy);
    look(a, copy, looks);
    Path backup = folder.resolve("backup");
    a.run("backup", backup.toString()).ok();
    look(a, backup, looks);
    String socket = "unix:" + folder.resolve("socket");
    try (Shell.Running serving =
        a.start("serve", "--no-tls", "--no-follow", "--listen", socket, "--json")) {
      assertThat(serving.json().get("ready").asBoolean()).isTrue();
      look(a, store, looks);
    }
  }

  @Test
  void aProofSignsTheEndOfTheLogOnlyIfWhatIsProvenIsNotSigned() {
    SortedMap<String, String> before = held(store);
    String proven = a.run("prove", key).ok().out();
    assertThat(held(store)).isEqualTo(before);
    a.run("prove", "@last").ok();
    SortedMap<String, String> signed = held(store);
    assertThat(signed).isNotEqualTo(before);
    assertThat(a.run("prove", "@last").ok().out()).isNotEmpty();
    assertThat(a.run("prove", key).ok().out()).as("under the same checkpoint").isEqualTo(proven);
    assertThat(held(store)).isEqualTo(signed);
  }

  @Test
  void whereNothingCanBeSignedAProofSaysSoAndABundleOfThePresentSaysWhoHasTheStore()
      throws IOException {
    Path backup = folder.resolve("backup");
    Path copy = folder.resolve("copy");
    copyTo(copy);
    String socket = "unix:" + folder.resolve("socket");
    try (Shell.Running serving =
        a.start("serve", "--no-tls", "--no-follow", "--listen", socket, "--json")) {
      assertThat(serving.json().get("ready").asBoolean()).isTrue();
      a.run("prove", key).ok();
      a.run("prove", "@last").failed(1, "no checkpoint covers a record of");
      a.run("bundle", "create", folder.resolve("x").toString()).failed(3, "is in use by");
    }
    a.run("--store", copy.toString(), "backup", backup.toString()).ok();
    SortedMap<String, String> before = held(backup);
    a.run("--store", backup.toString(), "prove", key).ok();
    a.run("--store", backup.toString(), "bundle", "create", folder.resolve("x").toString())
        .failed(3, "is a backup");
    assertThat(held(backup)).isEqualTo(before);
  }

  @Test
  void withNoRoomForTemporaryFilesAllIsReadThatNeedsNone() {
    AtomicInteger asked = new AtomicInteger();
    try (CairnNode node =
        StoreDirectory.openReadOnly(
            store,
            WallClock.system(),
            () -> {
              throw new UnavailableException("no room, asked " + asked.incrementAndGet());
            })) {
      assertThat(node.store().heads()).hasSize(1);
      assertThat(asked).hasValue(0);
      for (int i = 0; i < 2; i++) {
        assertThatThrownBy(() -> node.store().signHead())
            .isInstanceOf(UnavailableException.class)
            .hasMessage("no room, asked 1");
      }
    }
  }

  @Test
  void anErasedOutputIsMadeAnewElsewhere() throws IOException {
    // The large output is gone here: run again, the program gives it anew.
    String out = a.json("receipt", "list").get("receipt").asText();
    String output = a.json("receipt", "show", out).at("/outputs/out").asText();
    a.run("rm", output, "--erase").ok();
    SortedMap<String, String> before = everything(store);
    Shell.Outcome audited = a.run("audit", ".cairn", "--reexecute", "--json");
    assertThat(audited.code()).as(audited.out()).isZero();
    assertThat(everything(store)).isEqualTo(before);
    assertThat(a.run("stat", output).ok().out()).contains("erased");
  }

  private static Table table(Set<Table> tables, String name) {
    return tables.stream().filter(each -> each.name().equals(name)).findAny().orElseThrow();
  }

  /** As if it had been written before there were any of the indexes that nodes have. */
  private static void takeIndexesAway(Path directory) {
    List<Index> indexes = CairnNode.newIndexes();
    Set<Table> tables = StoreConfig.tables(indexes, CairnNode.localTables());
    Table meta = table(tables, "asl.meta");
    try (RocksEngine engine =
        RocksEngine.open(directory.resolve("db"), tables, RocksOptions.DEFAULT)) {
      List<RowChange> changes = new ArrayList<>();
      for (Index index : indexes) {
        Bytes mark = Bytes.utf8("index/" + index.name());
        assertThat(engine.get(meta, mark)).as(index.name()).isNotNull();
        changes.add(RowChange.delete(meta, mark));
        for (Table table : index.tables()) {
          try (RowCursor rows = engine.scan(table, Bytes.EMPTY, Bytes.EMPTY)) {
            while (rows.next()) {
              changes.add(RowChange.delete(table, rows.key()));
            }
          }
        }
      }
      engine.write(changes, Durability.SYNCED);
    }
  }

  @Test
  void aStoreOfBeforeThereWereIndexesIsJudgedByThoseThatAreMadeElsewhere() {
    Path backup = folder.resolve("backup");
    a.run("backup", backup.toString()).ok();
    takeIndexesAway(backup);
    SortedMap<String, String> before = everything(backup);
    a.run("audit", backup.toString(), "--reexecute").ok();
    a.run("--store", backup.toString(), "get", key)
        .failed(
            3,
            "the index 'tgk.graph' must be brought up to date first",
            "or restore it if it is a backup");
    assertThat(everything(backup)).isEqualTo(before);
    takeIndexesAway(store);
    judge(a, ".cairn", store);
    assertThatThrownBy(() -> StoreDirectory.openReadOnly(store, WallClock.system()))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("open the store for writing once");
    // A command that may write brings it up to date.
    assertThat(a.run("get", key).ok().out()).isEqualTo("the first");
    StoreDirectory.openReadOnly(store, WallClock.system()).close();
  }

  /** Runs commands in a process that has its own folder for temporary files, and tells of those. */
  static final class Judging {
    private Judging() {}

    public static void main(String[] folder) throws IOException {
      Shell.Outcome outcome = new Shell(Path.of(folder[0])).run("audit", ".cairn");
      System.out.println(outcome.code() + " " + outcome.out().replace('\n', ' '));
      try (Stream<Path> left = Files.list(Path.of(System.getProperty("java.io.tmpdir")))) {
        left.map(path -> path.getFileName().toString())
            .filter(name -> name.startsWith("cairn-scratch-"))
            .forEach(System.out::println);
      }
    }
  }

  @Test
  void ofAStoreThatCannotBeOpenedNoTemporaryFilesStay() throws IOException {
    Set<Table> tables = StoreConfig.tables(CairnNode.newIndexes(), CairnNode.localTables());
    Bytes mark = Bytes.utf8("index/" + CairnNode.newIndexes().get(0).name());
    try (RocksEngine engine = RocksEngine.open(store.resolve("db"), tables, RocksOptions.DEFAULT);
        RowCursor rows = engine.scan(table(tables, "asl.arrival"), Bytes.EMPTY, Bytes.EMPTY)) {
      assertThat(rows.next()).isTrue();
      engine.write(
          List.of(
              // Of another version, so that the first that is written beside is that it is gone.
              RowChange.put(table(tables, "asl.meta"), mark, Bytes.u64(99)),
              RowChange.put(table(tables, "asl.arrival"), rows.key(), Bytes.u64(1))),
          Durability.SYNCED);
    }
    Path temporary = Files.createDirectory(folder.resolve("temporary"));
    Process judging =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-Djava.io.tmpdir=" + temporary,
                "-cp",
                System.getProperty("java.class.path"),
                Judging.class.getName(),
                a.folder().toString())
            .redirectError(folder.resolve("judging.err").toFile())
            .start();
    List<String> told;
    try (BufferedReader out = judging.inputReader(StandardCharsets.UTF_8)) {
      told = out.lines().toList();
    }
    assertThat(told)
        .as("a failure, and no folder: %s", Files.readString(folder.resolve("judging.err")))
        .hasSize(1);
    assertThat(told.get(0)).startsWith("1 ").contains("of asl.arrival is damaged");
  }
}
