package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A peer of a federation of which who looks at it has no store. */
class PeerFederationTest {
  private static final String FEDERATION = "others.org";

  @TempDir Path folder;
  private Shell.Running serving;
  private String peer;
  private String key;

  @BeforeEach
  void start() throws IOException {
    Shell node = shell("node");
    node.run("init", "--federation", FEDERATION).ok();
    key = node.put("one", "at the peer");
    node.run("bundle", "create", "../all.cairn").ok();
    serving = node.start("serve", "--json", "--no-follow", "--listen", "127.0.0.1:0");
    peer = serving.json().get("address").asText();
  }

  @AfterEach
  void stop() throws IOException {
    serving.close();
  }

  private Shell shell(String name) throws IOException {
    return new Shell(Files.createDirectories(folder.resolve(name)));
  }

  private List<List<String>> commands() {
    return List.of(
        List.of("audit", peer),
        List.of("audit", peer, "--check", "records"),
        List.of("replay", peer),
        List.of("replay", peer, "--into", "copy"),
        List.of("audit", "bisect", peer, "--not-live", key));
  }

  private static String[] with(List<String> command, String... more) {
    return Stream.concat(command.stream(), List.of(more).stream()).toArray(String[]::new);
  }

  @Test
  void whoHasNoStoreNamesIt() throws IOException {
    Shell stranger = shell("stranger");
    for (List<String> command : commands()) {
      stranger
          .run(with(command))
          .failed(3, "of federation default", "of " + FEDERATION, "--federation", "audit");
    }
    assertThat(folder.resolve("stranger/copy")).doesNotExist();
    for (List<String> command : commands()) {
      stranger.run(with(command, "--federation", FEDERATION)).ok();
    }
    assertThat(folder.resolve("stranger/copy")).isDirectory();
    JsonNode told = stranger.json(with(commands().get(0), "--federation", FEDERATION));
    assertThat(told.get("verified").asBoolean()).isTrue();
    assertThat(told.get("sources").get(0).get("records").asLong()).isEqualTo(1);
  }

  /** The store in whose folder somebody stands has nothing to do with the peer. */
  @Test
  void otherSourcesSayItBeforeTheStoreHere() throws IOException {
    Shell here = shell("here");
    here.run("init").ok();
    here.run("audit", peer).failed(3, "of federation default");
    here.run("audit", peer, "../all.cairn").ok();
    here.run("audit", "../all.cairn", peer).ok();
    here.run("audit", "../node", peer, "--check", "comparison").ok();
    assertThat(bisected(here, "../node", "--same-as", peer)).contains("still holds");
    assertThat(bisected(here, peer, "--same-as", "../node")).contains("still holds");
    here.run("audit", peer, "--federation", FEDERATION).ok();
  }

  private static String bisected(Shell shell, String... asked) {
    Shell.Outcome outcome = shell.run(with(List.of("audit", "bisect"), asked));
    assertThat(outcome.code()).as(outcome.err()).isEqualTo(1);
    return outcome.output().toUtf8();
  }

  /** Nothing is asked of the store here where something else says what is to be known. */
  @Test
  void aStoreHereThatDoesNotOpenIsInNobodysWay() throws IOException {
    Shell here = shell("here");
    here.run("init").ok();
    Files.writeString(folder.resolve("here/.cairn/format"), "garbage");
    here.run("audit", peer, "--federation", FEDERATION).ok();
    here.run("audit", "../all.cairn", peer).ok();
    here.run("clone", peer, "copy", "--federation", FEDERATION).ok();
    assertThat(here.run("audit", ".cairn", "../all.cairn", peer).err()).doesNotContain("default");
  }

  /** The option comes before what the sources say, and two federations are compared by nothing. */
  @Test
  void sourcesOfTwoFederationsAreNotCompared() throws IOException {
    Shell here = shell("here");
    here.run("init").ok();
    for (String[] checks : new String[][] {{}, {"--check", "comparison"}}) {
      Shell.Outcome outcome =
          here.run(with(List.of("audit", ".cairn", peer, "--federation", FEDERATION), checks));
      assertThat(outcome.code()).isEqualTo(3);
      assertThat(outcome.output().toUtf8())
          .contains(peer + " is of federation " + FEDERATION + ", .cairn of default");
    }
  }

  @Test
  void aNameThatIsNoneIsToldBeforeAnythingIsAsked() throws IOException {
    Shell stranger = shell("stranger");
    for (List<String> command : commands()) {
      stranger.run(with(command, "--federation", "Others/org")).failed(2, "--federation", "10");
    }
    stranger.run("clone", peer, "copy", "--federation", "").failed(2, "--federation", "0");
    assertThat(folder.resolve("stranger/copy")).doesNotExist();
  }
}
