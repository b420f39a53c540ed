package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code cairn bricks}, as a person uses it. */
class BricksCommandTest {
  private static final int SIDE = 16;
  private static final int ROW = 8;

  /** The second and third brick of the row, and what touches them. */
  private static final String VIEW = "1,0,0,-20; -1,0,0,40; 0,1,0,0; 0,-1,0,16; 0,0,1,0; 0,0,-1,16";

  @TempDir private Path folder;
  private Shell a;
  private Shell b;
  private final List<String> keys = new ArrayList<>();
  private String manifest;

  @BeforeEach
  void makeARowOfBricks() throws IOException {
    a = new Shell(Files.createDirectory(folder.resolve("A")));
    b = new Shell(Files.createDirectory(folder.resolve("B")));
    a.run("init").ok();
    b.run("init").ok();
    StringBuilder lines = new StringBuilder("# a row along x\n\n");
    for (int i = 0; i < ROW; i++) {
      keys.add(a.put("brick" + i, ("voxels of brick " + i + " ").repeat(100)));
      lines.append(i * SIDE).append(" 0 0 ").append((i + 1) * SIDE).append(" 16 16 ");
      lines.append(i % 2 == 0 ? keys.get(i) : "@brick" + i).append('\n');
    }
    a.write("row.txt", lines.toString());
    JsonNode made = a.json("bricks", "make", "row.txt");
    manifest = made.get("key").asText();
    assertThat(made.get("type").asText()).isEqualTo("spatial/bricks");
    assertThat(made.get("bricks").asInt()).isEqualTo(ROW);
  }

  @Test
  void aManifestThatIsNotHereIsFetchedWithItsBricks() {
    b.run("sync", "../A", "--headers-only").ok();
    b.run("bricks", "find", manifest, "--view", VIEW).failed(3, "not held here");
    JsonNode found = b.json("bricks", "find", manifest, "--view", VIEW, "--from", "../A");
    assertThat(found.at("/bricks").findValuesAsText("key"))
        .containsExactly(keys.get(1), keys.get(2));
    assertThat(b.json("status").get("payloadsNotHeld").asInt()).isEqualTo(ROW - 2);
  }

  @Test
  void onlyTheBricksInViewAreListedAndFetched() {
    b.run("sync", "../A", "--headers-only").ok();
    b.run("get", manifest, "--from", "../A").ok();
    Shell.Outcome before = b.run("bricks", "find", manifest, "--view", VIEW, "--json");
    assertThat(before.code()).as("they are not here yet").isEqualTo(1);
    assertThat(before.err()).contains("2 of 2 bricks are not here").contains("--from PEER");
    assertThat(before.json().at("/bricks/0/here").asBoolean()).isFalse();

    JsonNode found = b.json("bricks", "find", manifest, "--view", VIEW, "--from", "../A");
    assertThat(found.at("/bricks").findValuesAsText("key"))
        .containsExactly(keys.get(1), keys.get(2));
    assertThat(found.at("/bricks/0/box").asText()).isEqualTo("16 0 0 32 16 16");
    assertThat(found.get("of").asInt()).isEqualTo(ROW);
    assertThat(found.get("missing").asInt()).isZero();
    assertThat(found.get("fetchedBytes").asInt())
        .as("of the two payloads, and no more")
        .isEqualTo(2 * "voxels of brick 1 ".length() * 100);
    assertThat(b.json("status").get("payloadsNotHeld").asInt()).isEqualTo(ROW - 2);
    String again = b.run("bricks", "find", manifest, "--view", VIEW).ok().out();
    assertThat(again.lines()).hasSize(2).noneMatch(line -> line.contains("not here"));
  }

  @Test
  void whatIsNoListNoViewAndNoManifestIsSaidWithItsPlace() {
    a.write("short.txt", "0 0 0 16 16 16 " + keys.get(0) + "\n1 2 3\n");
    Shell.Outcome shortLine = a.run("bricks", "make", "short.txt");
    assertThat(shortLine.code()).isEqualTo(2);
    assertThat(shortLine.err()).contains("short.txt, line 2: not six numbers and a key");
    a.write("word.txt", "0 0 x 16 16 16 " + keys.get(0) + "\n");
    assertThat(a.run("bricks", "make", "word.txt").err())
        .contains("line 1: 'x' is no whole number");
    a.write("turned.txt", "16 0 0 0 16 16 " + keys.get(0) + "\n");
    assertThat(a.run("bricks", "make", "turned.txt").err()).contains("turned.txt, line 1: ");
    String twice = "0 0 0 16 16 16 " + keys.get(0) + "\n";
    a.write("twice.txt", twice + twice);
    assertThat(a.json("bricks", "make", "twice.txt").get("bricks").asInt()).isEqualTo(1);
    Shell.Outcome view = a.run("bricks", "find", manifest, "--view", "1,0,0");
    assertThat(view.code()).isEqualTo(2);
    assertThat(view.err()).contains("--view: ");
    assertThat(a.run("bricks", "find", keys.get(0), "--view", VIEW).err())
        .contains("no brick manifest");
    assertThat(a.run("bricks").code()).isEqualTo(2);
  }
}
