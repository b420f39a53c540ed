package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Keys that are given up, revoked and believed again by the command. */
class KeyCommandTest {
  @TempDir Path left;
  @TempDir Path right;
  @TempDir Path elsewhere;
  private Shell a;
  private Shell b;
  private String node;

  @BeforeEach
  void start() {
    a = new Shell(left);
    b = new Shell(right);
    a.run("init").ok();
    b.run("init").ok();
    a.put("one", "one");
    node = a.json("status").get("node").asText();
  }

  @Test
  void aKeyIsRotatedIntoANewStoreAndPeersHearOfIt() {
    a.run("sync", right.toString()).ok();
    Path to = elsewhere.resolve("next");
    JsonNode closed = a.json("key", "rotate", to.toString());
    assertThat(closed.get("node").asText()).isEqualTo(node);
    assertThat(closed.get("index").asText()).isEqualTo("1");
    assertThat(closed.get("store").asText()).isEqualTo(to.toString());
    String successor = closed.get("successor").asText();
    assertThat(a.json("key", "rotate", to.toString())).isEqualTo(closed);
    a.run("key", "rotate", elsewhere.resolve("third").toString()).failed(3, "gave its key up");
    assertThat(Files.exists(elsewhere.resolve("third"))).isFalse();
    a.write("behind", "behind");
    a.run("put", "behind").failed(3, successor);

    Shell next = new Shell(elsewhere).with("CAIRN_STORE", to.toString());
    assertThat(next.json("status").get("node").asText()).isEqualTo(successor);
    next.put("two", "two");
    next.run("sync", right.toString()).ok();
    assertThat(b.run("key", "list").ok().out())
        .contains(node + "/1  closed  2 records, node " + successor + " goes on")
        .contains(successor + "/1  open  1 records");
    assertThat(b.json("status").at("/closed/0/successor").asText()).isEqualTo(successor);
    assertThat(b.run("status").ok().out())
        .contains("closed      " + node + "/1: node " + successor + " goes on");
    b.run("audit", ".cairn").ok();
    String key = closed.get("closing").asText();
    assertThat(b.json("stat", key).get("type").asText()).isEqualTo("asl/closing");
    assertThat(b.json("prove", key).get("origin").asText()).isEqualTo(node + "/1");
  }

  @Test
  void aKeyIsClosedOnlyByItsWholeName() {
    a.run("key", "close", node.substring(0, 12)).failed(2, "is not this node");
    a.put("still", "open");
    JsonNode closed = a.json("key", "close", node);
    assertThat(closed.get("successor").isNull()).isTrue();
    a.write("behind", "behind");
    a.run("put", "behind").failed(3, "given its key up");
    a.run("key", "rotate", elsewhere.resolve("next").toString()).failed(3, "nobody goes on");
    a.run("audit", ".cairn").ok();
    a.run("fsck").ok();
  }

  @Test
  void aRevokedKeyBringsNothingBeyondItsPlaceAndAuditsTellWhatIsHeldBeyond() {
    a.run("sync", right.toString()).ok();
    a.put("two", "two");
    JsonNode revoked = b.json("key", "revoke", node.substring(0, 10), "--at", "1");
    assertThat(revoked.at("/believed/0/treeSize").asText()).isEqualTo("1");
    b.run("sync", left.toString()).ok();
    assertThat(b.json("key", "list").get("state").asText()).isEqualTo("revoked");
    assertThat(b.json("key", "list").get("treeSize").asText()).isEqualTo("1");
    assertThat(b.json("conflicts", "list").get("kind").asText()).isEqualTo("revoked");
    assertThat(b.json("key", "believe", node).get("revoked").asBoolean()).isFalse();
    b.run("sync", left.toString()).ok();
    assertThat(b.json("key", "list").get("treeSize").asText()).isEqualTo("2");
    b.run("audit", ".cairn").ok();

    b.run("key", "revoke", node, "--at", "1", "--epoch", "1").ok();
    Shell.Outcome audited = b.run("audit", ".cairn");
    assertThat(audited.code()).isEqualTo(1);
    assertThat(audited.out()).contains("revoked").contains("beyond the place");
    assertThat(b.run("key", "list").ok().out()).contains("2 records, believed up to 1");
  }

  @Test
  void whatCannotBeIsRefused() {
    b.run("key", "revoke", "f00").failed(2, "not a node");
    b.run("key", "revoke", "f00f00").failed(1, "no record of node");
    b.run("key", "revoke", node, "--at", "-1").failed(2, "--at");
    b.run("key", "revoke", node, "--epoch", "1").failed(2, "--epoch");
    b.run("key", "believe", node).failed(1, "is not revoked here");
    a.run("key", "revoke", node).failed(2, "is this node");
    a.run("key").failed(2, "no command given");
    // A node that nobody met yet may be revoked by its whole name.
    assertThat(b.json("key", "revoke", node).get("believed")).isEmpty();
    a.run("sync", right.toString()).ok();
    assertThat(b.run("key", "list").ok().out())
        .isEqualTo("node " + node + " is not believed at all\n");
    a.write("closing", "x");
    a.run("put", "closing", "--type", "asl/closing").failed(1, "closing");
  }
}
