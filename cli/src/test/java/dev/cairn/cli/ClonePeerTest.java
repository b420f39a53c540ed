package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Nodes that begin with what a peer holds. */
@Timeout(180)
class ClonePeerTest {
  @TempDir Path folder;

  private Shell store(String name, String... more) throws IOException {
    Shell shell = new Shell(Files.createDirectory(folder.resolve(name)));
    String[] args = new String[more.length + 1];
    args[0] = "init";
    System.arraycopy(more, 0, args, 1, more.length);
    shell.run(args).ok();
    return shell;
  }

  @Test
  void aCloneOfAPeerHoldsTheSameAndGoesOnFromThere() throws IOException {
    Shell peer = store("peer");
    String key = peer.put("one", "at the peer");
    peer.write("large", new byte[400_000]);
    peer.run("put", "large").ok();
    Shell here = store("here");
    try (Shell.Running server = peer.start("serve", "--json", "--listen", "127.0.0.1:0")) {
      String address = server.json().get("address").asText();
      JsonNode made = here.json("clone", address, "../fresh/.cairn");
      assertThat(made.at("/received/records").asLong()).isEqualTo(2);
      assertThat(made.at("/received/bytes").asLong()).isGreaterThan(400_000);
      assertThat(made.get("snapshot").asText()).startsWith("asl1-sha256:");
      here.run("clone", address, "../fresh/.cairn").failed(3);
      Shell fresh = new Shell(folder.resolve("fresh"));
      assertThat(fresh.run("get", key).ok().out()).isEqualTo("at the peer");
      assertThat(fresh.json("fsck").get("damaged")).isEmpty();
      assertThat(fresh.json("status").get("node")).isNotEqualTo(here.json("status").get("node"));
      fresh.put("two", "at the clone");
      JsonNode sync = fresh.json("sync", address);
      assertThat(sync.at("/received/records").asLong()).isZero();
      assertThat(sync.at("/sent/records").asLong()).isOne();
      here.run("peer", "add", "mirror", address).ok();
      here.run("clone", "mirror", "../named/.cairn").ok();
      Shell other = new Shell(folder.resolve("named"));
      assertThat(other.json("status").get("stateRoot"))
          .isEqualTo(fresh.json("status").get("stateRoot"));
    }
    assertThat(folder.resolve("fresh").toFile().list()).containsOnly(".cairn", "two");
  }

  @Test
  void aPeerOfAnotherFederationOrThatIsNotThereGivesNothing() throws IOException {
    Shell peer = store("peer", "--federation", "others.org");
    peer.put("one", "at the peer");
    Shell here = store("here");
    try (Shell.Running server = peer.start("serve", "--json", "--listen", "127.0.0.1:0")) {
      String address = server.json().get("address").asText();
      here.run("clone", address, "../fresh").failed(3, "federation");
      assertThat(folder.resolve("fresh")).doesNotExist();
      here.run("clone", address, "../other", "--federation", "others.org").ok();
    }
    here.run("clone", "127.0.0.1:1", "../none").failed(3, "127.0.0.1:1");
    assertThat(folder.resolve("none")).doesNotExist();
    here.run("clone", "nobody", "../none").failed(3, "nobody");
  }
}
