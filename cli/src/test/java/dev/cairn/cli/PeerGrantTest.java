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

/** What others may do here, of whom nothing was said. */
@Timeout(180)
class PeerGrantTest {
  @TempDir Path folder;
  Shell hub;
  Shell stranger;
  String open;
  String secret;

  @BeforeEach
  void start() throws IOException {
    hub = new Shell(Files.createDirectory(folder.resolve("hub")));
    stranger = new Shell(Files.createDirectory(folder.resolve("stranger")));
    hub.run("init").ok();
    stranger.run("init").ok();
    open = put("open", "text/plain");
    secret = put("secret", "app/secret");
  }

  private String put(String content, String type) throws IOException {
    hub.write(content, content);
    return hub.json("put", content, "--type", type).get("key").asText();
  }

  private String serving(Shell.Running server) throws IOException {
    return server.json().get("address").asText();
  }

  private Shell.Running serve() throws IOException {
    return hub.start("serve", "--json", "--no-follow", "--listen", "127.0.0.1:0");
  }

  @Test
  void othersGetWhatIsGrantedToThemAndWhoIsNamedGetsHisOwn() throws IOException {
    JsonNode said =
        hub.json("peer", "grant", "--others", "--right", "read", "--type", "text/plain");
    assertThat(said.get("node").isNull()).isTrue();
    assertThat(said.get("default").asBoolean()).isFalse();
    assertThat(said.get("rights")).extracting(JsonNode::asText).containsExactly("read");
    assertThat(said.get("types")).extracting(JsonNode::asText).containsExactly("text/plain");
    assertThat(said.get("prefixes")).isEmpty();
    assertThat(hub.run("peer", "list").ok().out())
        .contains("others  read, of")
        .contains("text/plain");
    try (Shell.Running server = serve()) {
      String address = serving(server);
      stranger.run("sync", address).failed(3, "may take logs in part");
      JsonNode part = stranger.json("sync", address, "--filter", "all");
      assertThat(part.at("/filtered/filter").asText()).isEqualTo("type:text/plain");
      assertThat(part.at("/partial/0/held").asText()).isEqualTo("1");
      assertThat(stranger.json("stat", open).get("inPart")).hasSize(1);
      stranger.run("stat", secret).failed(1);
    }
    assertThat(hub.json("peer", "grant", "--others", "--none").get("rights")).isEmpty();
    hub.run("peer", "grant", node(stranger), "--right", "read").ok();
    Shell third = new Shell(Files.createDirectory(folder.resolve("third")));
    third.run("init").ok();
    try (Shell.Running server = serve()) {
      String address = serving(server);
      third.run("sync", address, "--filter", "all").failed(3);
      third.run("sync", address).failed(3);
      stranger.run("sync", address, "--pull").ok();
      assertThat(stranger.run("get", secret).ok().out()).isEqualTo("secret");
    }
    JsonNode taken = hub.json("peer", "grant", "--others", "--default");
    assertThat(taken.get("default").asBoolean()).isTrue();
    assertThat(hub.run("peer", "list").ok().out()).doesNotContain("others");
    try (Shell.Running server = serve()) {
      third.run("sync", serving(server)).ok();
      assertThat(third.run("get", secret).ok().out()).isEqualTo("secret");
    }
  }

  private static String node(Shell shell) {
    return shell.json("status").get("node").asText();
  }

  @Test
  void othersAndANodeAreOneOrTheOther() {
    hub.run("peer", "grant", "--others", node(stranger), "--none").failed(2, "--others");
    hub.run("peer", "grant", "--none").failed(2, "--others");
    hub.run("peer", "grant", "--others").failed(2, "--right");
    hub.run("peer", "grant", "--others", "--none", "--default").failed(2, "--right");
    hub.run("peer", "grant", "--others", "--none", "--type", "text/plain").failed(2, "--right");
    hub.run("peer", "grant", "--others", "--right", "write", "--prefix", "xy").failed(2);
    assertThat(hub.run("peer", "list").ok().out()).doesNotContain("others");
  }
}
