package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Logs held in part, as commands show them. */
class PartialCommandsTest {
  @TempDir Path folder;
  Shell a;
  Shell b;
  String text;
  String other;
  String gone;

  @BeforeEach
  void start() throws IOException {
    a = new Shell(Files.createDirectory(folder.resolve("A")));
    b = new Shell(Files.createDirectory(folder.resolve("B")));
    a.run("init").ok();
    b.run("init").ok();
    text = put("a.txt", "a text", "text/plain");
    other = put("a.bin", "other bytes", "application/octet-stream");
    gone = put("b.txt", "not for long", "text/plain");
    a.run("rm", gone).ok();
  }

  private String put(String name, String content, String type) throws IOException {
    a.write(name, content);
    return a.json("put", name, "--type", type).get("key").asText();
  }

  @Test
  void aFilteredSyncTellsWhatCameAndThePlainOneBehindItLeavesNothingInPart() {
    JsonNode report = b.json("sync", "../A", "--filter", "type:text/*");
    assertThat(report.at("/filtered/records").asLong()).isEqualTo(3);
    assertThat(report.at("/filtered/leafHashes").asLong()).isEqualTo(1);
    assertThat(report.at("/received/records").asLong()).isZero();
    JsonNode part = report.at("/partial/0");
    assertThat(part.get("held").asText()).isEqualTo("3");
    assertThat(part.get("treeSize").asText()).isEqualTo("4");
    assertThat(b.json("status").get("partial")).isEqualTo(report.get("partial"));
    JsonNode again = b.json("sync", "../A", "--filter", "type:text/*");
    assertThat(again.at("/filtered/records").asLong()).isZero();
    JsonNode whole = b.json("sync", "../A");
    assertThat(whole.at("/received/records").asLong()).isEqualTo(4);
    assertThat(whole.get("partial")).isEmpty();
    assertThat(b.json("status").get("partial")).isEmpty();
    assertThat(b.json("stat", text).get("inPart")).isEmpty();
    assertThat(b.run("get", text).ok().out()).isEqualTo("a text");
  }

  @Test
  void aSyncSaysWhichLogsItCouldNotWiden() throws IOException {
    Shell c = new Shell(Files.createDirectory(folder.resolve("C")));
    c.run("init").ok();
    c.run("sync", "../A", "--pull").ok();
    put("c.txt", "a later text", "text/plain");
    String log = a.json("status").get("node").asText() + "/1";
    JsonNode first = b.json("sync", "../A", "--filter", "type:text/*");
    assertThat(first.at("/filtered/notWidened")).isEmpty();
    Shell.Outcome told = b.run("sync", "../C", "--filter", "all").ok();
    assertThat(told.err()).contains(log, "type:text/*", "../C gave nothing more of it");
    JsonNode wider = b.json("sync", "../C", "--filter", "all");
    assertThat(wider.at("/filtered/notWidened/0").asText()).isEqualTo(log);
    assertThat(wider.at("/filtered/notWidened")).hasSize(1);
    assertThat(wider.at("/partial/0/held").asText()).isEqualTo("5");
    Shell.Outcome whole = b.run("sync", "../A", "--filter", "all").ok();
    assertThat(whole.err()).doesNotContain("still held by");
  }

  @Test
  void aPayloadIsFetchedForARecordHeldInPartAndWhetherItIsLiveIsLeftOpen() {
    b.run("sync", "../A", "--filter", "type:text/*").ok();
    String root = b.json("status").get("stateRoot").asText();
    b.run("get", text).failed(1, "in a log held in part");
    b.run("get", other, "--from", "../A").failed(1);
    JsonNode stat = b.json("stat", text.substring(0, 26));
    assertThat(stat.get("live").isNull()).isTrue();
    assertThat(stat.get("erased").isNull()).isTrue();
    assertThat(stat.get("present").asBoolean()).isFalse();
    assertThat(stat.get("records")).isEmpty();
    assertThat(stat.get("inPart")).hasSize(1);
    assertThat(b.run("stat", text).ok().out()).contains("unknown");
    Shell.Outcome got = b.run("get", text, "--from", "../A").ok();
    assertThat(got.out()).isEqualTo("a text");
    assertThat(got.err()).contains("whether it is live is not known");
    String payload = stat.get("payloadDigest").asText();
    assertThat(b.run("get", payload, "--range", "2-4").ok().out()).isEqualTo("te");
    assertThat(b.json("get", text).get("inPart").asBoolean()).isTrue();
    assertThat(b.json("stat", text).get("present").asBoolean()).isTrue();
    assertThat(b.json("status").get("stateRoot").asText()).isEqualTo(root);
    b.run("get", gone, "--from", "../A").failed(1, "was removed at logseq 4");
    b.run("rm", text).failed(1);
  }

  @Test
  void theLogListsRecordsHeldInPartInTheirPlaceAndSaysSo() {
    b.write("mine", "of B");
    String mine = b.json("put", "mine").get("key").asText();
    b.run("sync", "../A", "--filter", "type:text/*").ok();
    assertThat(b.run("log", "--json").ok().jsonLines())
        .extracting(line -> line.get("key").asText() + " " + line.path("inPart").asBoolean())
        .containsExactlyInAnyOrder(text + " true", mine + " false", gone + " true", gone + " true");
    String node = a.json("status").get("node").asText();
    assertThat(b.run("log", "--origin", node.substring(0, 12), "--from", "3").ok().lines())
        .hasSize(2)
        .allMatch(line -> line.endsWith("in part"));
    b.run("sync", "../A").ok();
    assertThat(b.run("log", "--json").ok().jsonLines()).hasSize(5);
    b.run("audit", ".cairn").ok();
    b.run("fsck").ok();
  }

  @Test
  void fsckAndAuditLookAtWhatIsHeldInPart() {
    long before = b.json("fsck").get("checked").asLong();
    b.run("sync", "../A", "--filter", "type:text/*").ok();
    assertThat(b.json("fsck").get("checked").asLong()).isGreaterThanOrEqualTo(before + 4);
    b.run("fsck", "--rebuild").ok();
    assertThat(b.json("status").get("partial")).hasSize(1);
    b.run("audit", ".cairn").ok();
  }

  @Test
  void whatABundleBringsAsAWholeIsNoLongerHeldInPart() {
    b.run("sync", "../A", "--filter", "type:text/*").ok();
    a.run("bundle", "create", "../all.cairn").ok();
    b.run("bundle", "apply", "../all.cairn").ok();
    assertThat(b.json("status").get("partial")).isEmpty();
    assertThat(b.run("get", text).ok().out()).isEqualTo("a text");
  }
}
