package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nodes that listen, and nodes that call. */
@Timeout(180)
class PeerCommandsTest {
  private static final String ANY_PORT = "127.0.0.1:0";

  @TempDir Path folder;
  Shell a;
  Shell b;

  @BeforeEach
  void start() throws IOException {
    a = store("A");
    b = store("B");
  }

  private Shell store(String name) throws IOException {
    Shell shell = new Shell(Files.createDirectory(folder.resolve(name)));
    shell.run("init").ok();
    return shell;
  }

  private static String root(Shell shell) {
    return shell.json("status").get("stateRoot").asText();
  }

  private static String node(Shell shell) {
    return shell.json("status").get("node").asText();
  }

  private static Shell.Running serve(Shell shell, String... more) throws IOException {
    String[] args = new String[more.length + 2];
    args[0] = "serve";
    args[1] = "--json";
    System.arraycopy(more, 0, args, 2, more.length);
    return shell.start(args);
  }

  @Test
  void threeNodesEndInOneStateThroughTheOneThatListens() throws IOException {
    Shell c = store("C");
    a.put("one", "at A");
    b.put("two", "at B");
    c.put("three", "at C");
    try (Shell.Running server = serve(b, "--listen", ANY_PORT)) {
      JsonNode ready = server.json();
      assertThat(ready.get("ready").asBoolean()).isTrue();
      assertThat(ready.get("tls").asBoolean()).isTrue();
      String address = ready.get("address").asText();
      assertThat(address).matches("127\\.0\\.0\\.1:[1-9][0-9]*");
      JsonNode first = a.json("sync", address);
      assertThat(first.get("peer")).isEqualTo(ready.get("node"));
      assertThat(first.at("/sent/records").asLong()).isEqualTo(1);
      assertThat(first.at("/received/records").asLong()).isEqualTo(1);
      assertThat(c.json("sync", address).at("/received/records").asLong()).isEqualTo(2);
      assertThat(a.json("sync", address).at("/received/records").asLong()).isEqualTo(1);
      JsonNode nothing = a.json("sync", address);
      assertThat(nothing.at("/received/records").asLong()).isZero();
      assertThat(nothing.at("/sent/records").asLong()).isZero();
      b.run("status").ok();
      b.stdin("x").run("put").failed(3, "in use");
      assertThat(server.stop()).isZero();
    }
    assertThat(root(a)).isEqualTo(root(b)).isEqualTo(root(c));
    a.run("sync", "127.0.0.1:1").failed(3, "127.0.0.1:1");
  }

  @Test
  void aNamedPeerIsPinnedToWhoAnswersFirst() throws IOException {
    a.put("one", "at A");
    String port;
    try (Shell.Running server = serve(b, "--listen", ANY_PORT)) {
      JsonNode ready = server.json();
      port = ready.get("address").asText();
      JsonNode added = a.json("peer", "add", "bee", port);
      assertThat(added.get("node").isNull()).isTrue();
      a.run("sync", "bee").ok();
      JsonNode peer = a.json("status").at("/peers/0");
      assertThat(peer.get("name").asText()).isEqualTo("bee");
      assertThat(peer.get("node")).isEqualTo(ready.get("node"));
      assertThat(peer.get("lagRecords").asLong()).isZero();
      assertThat(peer.get("lastSeen").asText()).matches("20.*Z");
      a.put("two", "later");
      assertThat(a.json("status").at("/peers/0/lagRecords").asLong()).isEqualTo(1);
    }
    Shell impostor = store("C");
    try (Shell.Running server = serve(impostor, "--listen", port)) {
      server.json();
      a.run("sync", "bee").failed(3, "pinned", node(b));
    }
    assertThat(a.json("peer", "list").get("pinning").asText()).isEqualTo("first-use");
    a.run("peer", "remove", "bee").ok();
    assertThat(a.json("status").get("peers")).isEmpty();
    a.run("peer", "remove", "bee").failed(1, "bee");
  }

  @Test
  void aGivenPinIsHeldFromTheFirstTime() throws IOException {
    try (Shell.Running server = serve(b, "--listen", ANY_PORT)) {
      JsonNode ready = server.json();
      String address = ready.get("address").asText();
      a.run("peer", "add", "bee", address, "--pin", "00".repeat(32)).ok();
      a.run("sync", "bee").failed(3, "pinned");
      a.run("peer", "add", "bee", address, "--pin", ready.get("node").asText()).ok();
      a.run("sync", "bee").ok();
    }
  }

  @Test
  void aRevokedNodeIsTurnedAway() throws IOException {
    a.put("one", "at A");
    b.run("peer", "revoke", node(a)).ok();
    try (Shell.Running server = serve(b, "--listen", ANY_PORT)) {
      a.run("sync", server.json().get("address").asText()).failed(3);
    }
    assertThat(b.json("status").get("records").asLong()).isZero();
    assertThat(b.json("peer", "list").get("standing").asText()).isEqualTo("revoked");
    b.run("peer", "trust", node(a).substring(0, 8)).ok();
    try (Shell.Running server = serve(b, "--listen", ANY_PORT)) {
      a.run("sync", server.json().get("address").asText()).ok();
    }
    a.run("peer", "revoke", node(a)).failed(3, "this one");
  }

  @Test
  void plainTextIsForThisMachineOnly() throws IOException {
    a.put("one", "at A");
    try (Shell.Running server = serve(b, "--listen", ANY_PORT, "--no-tls")) {
      JsonNode ready = server.json();
      assertThat(ready.get("tls").asBoolean()).isFalse();
      a.run("sync", ready.get("address").asText()).ok();
    }
    try (Shell.Running server = serve(b, "--listen", "unix:socket", "--no-tls")) {
      String address = server.json().get("address").asText();
      assertThat(address).isEqualTo("unix:" + folder.resolve("B/socket"));
      a.put("two", "again");
      assertThat(a.json("sync", "unix:../B/socket").at("/sent/records").asLong()).isEqualTo(1);
    }
    assertThat(folder.resolve("B/socket")).doesNotExist();
    b.run("serve", "--listen", "0.0.0.0:0", "--no-tls").failed(2, "without TLS");
    b.run("serve", "--listen", "nonsense").failed(2, "nonsense");
  }

  @Test
  void aPeerCanBeReplayedAndAudited() throws IOException {
    b.put("one", "at B");
    String expected = root(b);
    try (Shell.Running server = serve(b, "--listen", ANY_PORT)) {
      String address = server.json().get("address").asText();
      a.run("peer", "add", "bee", address).ok();
      JsonNode replayed = a.json("replay", "bee");
      assertThat(replayed.get("records").asLong()).isEqualTo(1);
      assertThat(replayed.get("stateRoot").asText()).isEqualTo(expected);
      a.run("sync", "bee").ok();
      JsonNode audited = a.json("audit", ".cairn", address);
      assertThat(audited.get("verified").asBoolean()).isTrue();
      assertThat(audited.get("sources").findValuesAsText("stateRoot")).containsOnly(expected);
      a.put("two", "only A");
      JsonNode behind = a.json("audit", address, ".cairn");
      assertThat(behind.at("/lags/0/source").asText()).isEqualTo(address);
      Shell.Outcome compared =
          a.run("audit", ".cairn", "bee", "--check", "comparison", "--json").ok();
      assertThat(compared.err()).as("no copy is made").containsPattern("exchanged [0-9]+ bytes");
      JsonNode report = compared.json();
      assertThat(report.get("verified").asBoolean()).isTrue();
      assertThat(report.at("/sources/1/records").asLong()).isEqualTo(1);
      assertThat(report.at("/lags/0/source").asText()).isEqualTo("bee");
      assertThat(report.at("/lags/0/behind").asText()).isEqualTo("1");
      assertThat(report.get("notWhole")).hasSizeGreaterThan(10);
      String[] again = {"audit", "bee", ".cairn", "--check", "comparison", "--fail-on", "lag"};
      assertThat(a.run(again).code()).isEqualTo(1);
    }
  }

  @Test
  void aPeerIsAuditedBesideItsCopyWhereNoStoreSaysOfWhichFederation() throws IOException {
    Shell peer = new Shell(Files.createDirectory(folder.resolve("peer")));
    peer.run("init", "--federation", "others.org").ok();
    peer.put("one", "at the peer");
    peer.run("clone", ".cairn", "../copy").ok();
    Shell nowhere = new Shell(folder);
    try (Shell.Running server = serve(peer, "--listen", ANY_PORT)) {
      String address = server.json().get("address").asText();
      assertThat(nowhere.json("audit", "copy", address).get("verified").asBoolean()).isTrue();
      nowhere
          .run("audit", address)
          .failed(3, "federation default", "of others.org", node(peer).substring(0, 64));
    }
    nowhere.run("audit", "copy", "nobody").failed(3, "'nobody' is no store, no file", "--store");
  }

  @Test
  void whoIsNotThereIsNamed() throws IOException {
    a.run("sync", "nobody").failed(1, "nobody", "peer add");
    a.run("audit", "nobody").failed(1, "nobody");
    a.run("peer", "add", "a b", "x:1").failed(2, "a b");
    a.run("peer", "add", "bee", "nowhere").failed(2, "nowhere");
    a.run("peer", "add", "bee", "x:1", "--pin", "12").failed(2, "12");
    a.run("peer", "trust", "bee").failed(2, "bee");
    a.run("peer", "trust", "123456").failed(1, "123456");
    try (Shell.Running server = serve(b, "--listen", ANY_PORT)) {
      String address = server.json().get("address").asText();
      a.run("serve", "--listen", address).failed(3, address);
      Shell other = new Shell(Files.createDirectory(folder.resolve("C")));
      other.run("init", "--federation", "another").ok();
      other.run("sync", address).failed(3, "federation");
    }
  }
}
