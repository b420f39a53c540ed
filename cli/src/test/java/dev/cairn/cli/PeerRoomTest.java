package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the copy of a peer may fill of a disk. */
class PeerRoomTest {
  private static final Pattern PLACE = Pattern.compile("copy of a peer in (\\S+) takes more");

  @TempDir Path folder;
  Shell shell;
  private String socket;

  @BeforeEach
  void start() {
    shell = new Shell(folder);
    socket = "unix:" + folder.resolve("socket");
    shell.run("init", "--federation", "f").ok();
    Random random = new Random(1);
    for (int i = 0; i < 4; i++) {
      byte[] payload = new byte[1 << 20];
      random.nextBytes(payload);
      shell.write("large/" + i, payload);
    }
    shell.run("put", "large").ok();
  }

  @Test
  void aPeerThatSendsMoreLeavesItUndecidedAndNothingBehind() throws IOException {
    try (Shell.Running serving =
        shell.start("serve", "--no-tls", "--no-follow", "--listen", socket, "--json")) {
      assertThat(serving.json().get("ready").asBoolean()).isTrue();
      for (List<String> command :
          List.of(
              List.of("audit", socket, "--room", "2"),
              List.of("replay", socket, "--room", "2"),
              List.of("replay", socket, "--room", "2", "--into", "copy"),
              List.of("audit", "bisect", socket, "--room", "2", "--live", "abcdef"))) {
        Shell.Outcome outcome = shell.run(command.toArray(String[]::new));
        assertThat(outcome.code()).as(String.join(" ", command)).isEqualTo(3);
        assertThat(outcome.err())
            .contains("takes more than 2", "--room MIB")
            .contains("takes more room than the " + (2 << 20) + " bytes that it may");
        Matcher place = PLACE.matcher(outcome.err());
        assertThat(place.find()).as(outcome.err()).isTrue();
        assertThat(Path.of(place.group(1))).doesNotExist();
      }
      assertThat(folder.resolve("copy")).doesNotExist();
      shell.run("audit", socket, "--room", "64").ok();
      shell.run("replay", socket).ok();
      shell.run("replay", socket, "--into", "copy", "--room", "64").ok();
      assertThat(Files.isDirectory(folder.resolve("copy"))).isTrue();
    }
  }

  @Test
  void roomIsSome() {
    for (String room : List.of("0", "-1", "9223372036854775807")) {
      for (String command : List.of("audit", "replay")) {
        Shell.Outcome outcome = shell.run(command, ".cairn", "--room", room);
        assertThat(outcome.code()).as(room).isEqualTo(2);
        assertThat(outcome.err()).contains("--room " + room);
      }
    }
  }
}
