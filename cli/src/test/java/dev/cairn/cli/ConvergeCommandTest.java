package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.RowChange;
import dev.cairn.asl.engine.RowCursor;
import dev.cairn.asl.engine.Table;
import dev.cairn.asl.engine.rocksdb.RocksEngine;
import dev.cairn.asl.engine.rocksdb.RocksOptions;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.note.ConvergenceCertificate;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.federation.node.CairnNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Nodes that sign one state in turn, and those that cannot. */
class ConvergeCommandTest {
  private static final SigningKey LIAR =
      SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8("liar")));

  @TempDir Path left;
  @TempDir Path right;
  @TempDir Path elsewhere;
  private Shell a;
  private Shell b;
  private Shell auditor;
  private String file;

  @BeforeEach
  void start() {
    a = new Shell(left);
    b = new Shell(right);
    auditor = new Shell(elsewhere);
    a.run("init").ok();
    b.run("init").ok();
    a.put("one", "one");
    b.put("two", "two");
    file = elsewhere.resolve("same.convergence").toString();
  }

  private ConvergenceCertificate read() throws IOException {
    return ConvergenceCertificate.verified(Bytes.wrap(Files.readAllBytes(Path.of(file))));
  }

  private String write(String name, ConvergenceCertificate certificate) {
    return auditor.write(name, certificate.encode().toArray()).toString();
  }

  private static Snapshot with(Snapshot snapshot, Bytes stateRoot) {
    return new Snapshot(snapshot.federation(), snapshot.heads(), stateRoot);
  }

  @Test
  void twoNodesSignWhatTheyHoldAndAnyoneChecksItWithoutAStore() {
    a.run("sync", right.toString()).ok();
    JsonNode begun = a.json("converge", "sign", file);
    assertThat(begun.get("converged").asBoolean()).isFalse();
    assertThat(begun.get("stateRoot")).isEqualTo(a.json("status").get("stateRoot"));
    Shell.Outcome alone = auditor.run("converge", "check", file);
    assertThat(alone.code()).isEqualTo(1);
    assertThat(alone.err()).contains("no convergence");

    // What came since changes nothing: the cut is named in the file.
    b.put("three", "three");
    JsonNode joined = b.json("converge", "sign", file);
    assertThat(joined.get("converged").asBoolean()).isTrue();
    assertThat(joined.get("nodes")).hasSize(2);
    assertThat(joined.get("cut")).isEqualTo(begun.get("cut"));

    JsonNode checked = auditor.json("converge", "check", file);
    assertThat(checked.get("verified").asBoolean()).isTrue();
    assertThat(checked.get("believed").asBoolean()).isFalse();
    assertThat(auditor.json("prove", "--check", file)).isEqualTo(checked);
    String one = a.json("status").get("node").asText();
    String two = b.json("status").get("node").asText();
    assertThat(
            auditor
                .json("converge", "check", file, "--node", one, "--node", two)
                .get("believed")
                .asBoolean())
        .isTrue();
    for (String command : List.of("converge check", "prove --check")) {
      List<String> args = new ArrayList<>(List.of(command.split(" ")));
      args.addAll(List.of(file, "--node", one));
      Shell.Outcome foreign = auditor.run(args.toArray(String[]::new));
      assertThat(foreign.code()).as(command).isEqualTo(1);
      assertThat(foreign.err()).contains(two).contains("no --node names");
    }
    auditor.run("prove", "--check", file, "--file", file).failed(2, "convergence certificate");
    auditor.run("converge", "check", file, "--node", "f00").failed(2, "64 hex digits");
  }

  @Test
  void aSnapshotsCutIsSignedWhenEachNodeIsFurther() {
    a.run("sync", right.toString()).ok();
    String snapshot = a.json("snapshot", "create", "--label", "s").get("snapshot").asText();
    a.put("later", "later");
    assertThat(a.json("converge", "sign", file, "--at", "s").get("snapshot").asText())
        .isEqualTo(snapshot);
    assertThat(b.json("converge", "sign", file).get("snapshot").asText()).isEqualTo(snapshot);
    b.run("converge", "sign", file, "--at", "s").failed(2, "leave --at out");
  }

  @Test
  void whoDoesNotHoldTheRecordsCannotSay() throws IOException {
    a.run("converge", "sign", file).ok();
    byte[] before = Files.readAllBytes(Path.of(file));
    b.run("converge", "sign", file).failed(3, "is held up to logseq 0");
    assertThat(Files.readAllBytes(Path.of(file))).isEqualTo(before);
    a.run("sync", right.toString()).ok();
    b.run("converge", "sign", file).ok();
  }

  @Test
  void whoComputesSomethingElseNamesItAndSignsNothing() throws IOException {
    a.run("sync", right.toString()).ok();
    a.run("converge", "sign", file).ok();
    Snapshot true1 = read().snapshot();
    Snapshot.Head head = true1.heads().get(0);
    Snapshot otherLog =
        new Snapshot(
            true1.federation(),
            List.of(
                new Snapshot.Head(
                    head.origin(), head.logseq(), head.treeSize(), true1.stateRoot())),
            true1.stateRoot());
    Snapshot longer =
        new Snapshot(
            true1.federation(),
            List.of(
                new Snapshot.Head(head.origin(), head.logseq(), head.treeSize() + 1, head.root())),
            true1.stateRoot());
    Snapshot elsewhereNamed = new Snapshot("other", true1.heads(), true1.stateRoot());
    Snapshot otherState = with(true1, head.root());
    record Case(Snapshot stated, String said) {}
    for (Case each :
        List.of(
            new Case(otherState, "state root: there " + head.root().toHex()),
            new Case(otherLog, "first 1 records: root there " + true1.stateRoot().toHex()),
            new Case(longer, "there 2 records, here 1"),
            new Case(elsewhereNamed, "federation: there other, here default"))) {
      String lie = write("lie", ConvergenceCertificate.of(each.stated(), LIAR));
      byte[] before = Files.readAllBytes(Path.of(lie));
      b.run("converge", "sign", lie).failed(1, each.said());
      assertThat(Files.readAllBytes(Path.of(lie))).isEqualTo(before);
    }
  }

  @Test
  void aNodeThatSignsTwoStatesForOneCutIsProvenWrong() throws IOException {
    a.run("sync", right.toString()).ok();
    a.run("converge", "sign", file).ok();
    Snapshot stated = read().snapshot();
    Snapshot other = with(stated, stated.heads().get(0).root());
    String one = write("one", read().signedBy(LIAR));
    String two = write("two", ConvergenceCertificate.of(other, LIAR));
    Shell.Outcome found =
        auditor.run("converge", "check", one, two, "--evidence", "proof.evidence");
    assertThat(found.code()).isEqualTo(4);
    assertThat(found.out())
        .contains("node " + NodeId.of(LIAR.publicKey()) + " signed two states for cut");
    Shell.Outcome audited = auditor.run("audit", "proof.evidence", "--json");
    assertThat(audited.code()).isEqualTo(4);
    assertThat(audited.out()).contains("two-states");

    // Of two nodes that say different things one is wrong, and nobody knows which.
    auditor.run("converge", "check", file, two).failed(1, "two states for one cut");
  }

  @Test
  void damagedFilesAreRefused() throws IOException {
    a.run("converge", "sign", file).ok();
    b.run("sync", left.toString()).ok();
    b.run("converge", "sign", file).ok();
    byte[] bytes = Files.readAllBytes(Path.of(file));
    // A digit in the middle of the last signature, for another one.
    bytes[bytes.length - 20] = (byte) (bytes[bytes.length - 20] == 'A' ? 'B' : 'A');
    Files.write(Path.of(file), bytes);
    auditor.run("converge", "check", file).failed(1, "does not verify");
    auditor.run("prove", "--check", file).failed(1, "does not verify");
    a.run("converge", "sign", file).failed(1, "does not verify");
    auditor.run("converge", "check", "missing").failed(3, "missing");
    auditor.run("converge").failed(2, "no command given");
  }

  @Test
  void aStoreWhoseStateDoesNotFollowFromItsRecordsSignsNothing() {
    Table live =
        StoreConfig.tables(CairnNode.newIndexes(), CairnNode.localTables()).stream()
            .filter(table -> table.name().equals("asl.live"))
            .findFirst()
            .orElseThrow();
    Path database = left.resolve(".cairn/db");
    try (RocksEngine engine =
            RocksEngine.open(
                database,
                StoreConfig.tables(CairnNode.newIndexes(), CairnNode.localTables()),
                RocksOptions.DEFAULT);
        RowCursor rows = engine.scan(live, Bytes.EMPTY, Bytes.EMPTY)) {
      assertThat(rows.next()).isTrue();
      engine.write(List.of(RowChange.delete(live, rows.key())), Durability.SYNCED);
    }
    a.run("converge", "sign", file).failed(1, "nothing is signed");
    assertThat(Path.of(file)).doesNotExist();
    a.run("fsck", "--rebuild").ok();
    a.run("converge", "sign", file).ok();
  }
}
