package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Proofs that are made in one folder and checked in another, where no store is. */
class ProveCommandTest {
  private static final String JOIN =
      """
      {"program": 1, "inputs": ["left", "right"],
       "nodes": {"joined": {"operator": "bytes/concat@1", "inputs": ["left", "right"]}},
       "outputs": {"joined": "joined"}}
      """;

  @TempDir Path folder;
  @TempDir Path elsewhere;
  private Shell shell;
  private Shell auditor;
  private String node;

  @BeforeEach
  void start() {
    shell = new Shell(folder);
    auditor = new Shell(elsewhere);
    shell.run("init").ok();
    node = shell.json("status").get("node").asText();
  }

  private Path proof(String key, String... more) {
    Path file = elsewhere.resolve("made.tlog-proof");
    String[] args = new String[4 + more.length];
    args[0] = "prove";
    args[1] = key;
    args[2] = "-o";
    args[3] = file.toString();
    System.arraycopy(more, 0, args, 4, more.length);
    shell.run(args).ok();
    return file;
  }

  @Test
  void aProofIsCheckedWithoutAStore() throws IOException {
    shell.put("first", "one");
    String key = shell.put("second", "two");
    Path file = proof(key);
    assertThat(shell.run("prove", key).ok().out()).isEqualTo(Files.readString(file));

    JsonNode checked = auditor.json("prove", "--check", file.toString());
    assertThat(checked.get("key").asText()).isEqualTo(key);
    assertThat(checked.get("index").asText()).isEqualTo("1");
    assertThat(checked.get("verified").asBoolean()).isTrue();
    assertThat(checked.get("believed").asBoolean()).isFalse();
    assertThat(checked.get("nodes").get(0).asText()).isEqualTo(node);
    assertThat(auditor.run("prove", "--check", file.toString()).ok().out())
        .endsWith("verified, if you believe node " + node + "\n");

    Files.writeString(elsewhere.resolve("copy"), "two");
    Files.writeString(elsewhere.resolve("other"), "twO");
    String[] check = {"prove", "--check", file.toString(), "--node", node, "--file", "copy"};
    assertThat(auditor.run(check).ok().out()).endsWith("\nverified\n");
    check[6] = "other";
    assertThat(auditor.run(check).code()).isEqualTo(1);
    String stranger = "0".repeat(63) + "1";
    Shell.Outcome refused = auditor.run("prove", "--check", file.toString(), "--node", stranger);
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.err()).contains(node).contains("no --node names");
  }

  @Test
  void whoHasVerifiedTheLogStandsUnderTheProofAndIsCheckedByKey() throws IOException {
    Path there = Files.createDirectory(elsewhere.resolve("other"));
    Shell other = new Shell(there);
    other.run("init").ok();
    String key = shell.put("a.txt", "cosigned");
    shell.run("sync", there.toString()).ok();
    JsonNode status = other.json("status");
    String cosigner = status.get("cosignerKey").asText();
    assertThat(shell.json("status").at("/heads/0/cosigners/0/node").asText())
        .isEqualTo(status.get("node").asText());
    assertThat(shell.run("status").ok().out()).contains("cosigned up to 1 records by 1 node");
    Path file = proof(key);
    JsonNode checked = auditor.json("prove", "--check", file.toString(), "--cosigner", cosigner);
    assertThat(checked.get("cosigners")).hasSize(1);
    assertThat(checked.get("cosignersChecked").get(0).asText()).isEqualTo(cosigner);
    assertThat(auditor.run("prove", "--check", file.toString()).ok().out())
        .contains("cosigned  by cairn/v1/default/" + status.get("node").asText() + ", not checked");
    String own = shell.json("status").get("cosignerKey").asText();
    assertThat(auditor.run("prove", "--check", file.toString(), "--cosigner", own).code())
        .isEqualTo(1);
    assertThat(auditor.run("prove", "--check", file.toString(), "--cosigner", "x").code())
        .isEqualTo(2);
    assertThat(shell.run("prove", key, "--cosigner", own).code()).isEqualTo(2);
    String text = Files.readString(file);
    int last = text.length() - 8;
    char flipped = text.charAt(last) == 'A' ? 'B' : 'A';
    Files.writeString(file, text.substring(0, last) + flipped + text.substring(last + 1));
    assertThat(auditor.run("prove", "--check", file.toString(), "--cosigner", cosigner).code())
        .isEqualTo(1);
  }

  @Test
  void theReceiptsBehindAnArtifactTravelWithIt() {
    shell.put("left", "one ");
    shell.put("right", "two");
    shell.write("join.json", JOIN);
    JsonNode first = shell.json("run", "join.json", "--in", "left=@left", "--in", "right=@right");
    String middle = first.get("outputs").get("joined").asText();
    JsonNode second =
        shell.json("run", "join.json", "--in", "left=" + middle, "--in", "right=@right");
    String last = second.get("outputs").get("joined").asText();

    Path file = proof(last, "--receipts");
    JsonNode receipts = auditor.json("prove", "--check", file.toString()).get("receipts");
    assertThat(receipts).hasSize(2);
    assertThat(receipts.get(0).get("receipt")).isEqualTo(second.get("receipt"));
    assertThat(receipts.get(1).get("receipt")).isEqualTo(first.get("receipt"));
    assertThat(auditor.json("prove", "--check", proof(last).toString()).get("receipts")).isEmpty();
  }

  @Test
  void aPublishedSnapshotShowsWhatIsLiveInItAndWhatIsNot() {
    String kept = shell.put("kept", "one");
    String gone = shell.put("gone", "two");
    shell.run("rm", gone).ok();
    shell.run("snapshot", "create", "--label", "s").ok();
    Shell.Outcome early = shell.run("prove", kept, "--at", "s");
    assertThat(early.code()).isEqualTo(1);
    assertThat(early.err()).contains("snapshot publish");
    shell.run("snapshot", "publish", "s").ok();

    JsonNode live = auditor.json("prove", "--check", proof(kept, "--at", "s").toString());
    assertThat(live.get("state").get("key").asText()).isEqualTo(kept);
    assertThat(live.get("state").get("live").asBoolean()).isTrue();
    Path absent = proof(gone, "--at", "s");
    JsonNode dead = auditor.json("prove", "--check", absent.toString());
    assertThat(dead.get("state").get("live").asBoolean()).isFalse();
    assertThat(auditor.run("prove", "--check", absent.toString()).ok().out())
        .startsWith("not live  " + gone);
  }

  /** What a refusal would not change by signing is not signed for it. */
  @Test
  void whatSigningDoesNotHelpLeavesTheEndOfTheLogUnsigned() {
    Shell peer = new Shell(elsewhere.resolve("peer"));
    peer.run("init").ok();
    String theirs = peer.put("theirs", "one");
    String signer = peer.json("status").get("node").asText();
    shell.run("sync", elsewhere.resolve("peer").toString()).ok();
    shell.run("key", "revoke", signer, "--at", "0").ok();
    String own = shell.put("own", "two");
    long signed = checkpoints();

    shell.run("prove", theirs).failed(1, "no checkpoint covers", theirs);
    assertThat(checkpoints()).isEqualTo(signed);
    proof(own);
    assertThat(checkpoints()).isEqualTo(signed + 1);
  }

  private long checkpoints() {
    JsonNode audited = shell.run("audit", ".cairn", "--json").json();
    for (JsonNode check : audited.get("checks")) {
      if (check.get("check").asText().equals("checkpoints")) {
        return check.get("looked").get("checkpoints").asLong();
      }
    }
    throw new AssertionError("no such check");
  }

  @Test
  void everyFlippedByteIsNoticed() throws IOException {
    Path file = proof(shell.put("only", "one"));
    byte[] good = Files.readAllBytes(file);
    for (int at = 0; at < good.length; at += 13) {
      byte[] bad = good.clone();
      bad[at] ^= 1;
      Files.write(file, bad);
      Shell.Outcome result = auditor.run("prove", "--check", file.toString());
      assertThat(result.code())
          .as("byte %s of %s: %s", at, new String(good, StandardCharsets.UTF_8), result.out())
          .isEqualTo(1);
      assertThat(result.err()).startsWith("cairn: " + file + ": ");
    }
  }

  @Test
  void whatIsAskedWronglyIsAUsageError() {
    String key = shell.put("only", "one");
    Path file = proof(key);
    for (String[] args :
        new String[][] {
          {"prove"},
          {"prove", key, "--check", file.toString()},
          {"prove", key, "--node", node},
          {"prove", key, "--at", "s", "--receipts"},
          {"prove", "--check", file.toString(), "-o", "x"},
          {"prove", "--check", file.toString(), "--node", "abc"},
        }) {
      assertThat(shell.run(args).code()).as(String.join(" ", args)).isEqualTo(2);
    }
    assertThat(shell.run("prove", "--check", "missing").code()).isEqualTo(3);
    assertThat(shell.run("prove", "asl1-sha256:" + "0".repeat(64)).code()).isEqualTo(1);
  }
}
