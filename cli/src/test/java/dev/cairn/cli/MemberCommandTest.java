package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Members of the federation by the command. */
class MemberCommandTest {
  @TempDir Path left;
  @TempDir Path right;
  private Shell a;
  private Shell b;
  private String ann;
  private String bob;

  @BeforeEach
  void start() {
    a = new Shell(left);
    b = new Shell(right);
    a.run("init").ok();
    b.run("init").ok();
    ann = a.json("status").get("node").asText();
    bob = b.json("status").get("node").asText();
  }

  private void sync() {
    a.run("sync", right.toString()).ok();
  }

  private static void check(JsonNode member, String node, String state) {
    assertThat(member.get("node").asText()).isEqualTo(node);
    assertThat(member.get("state").asText()).isEqualTo(state);
  }

  private static JsonNode of(JsonNode all, String node) {
    for (JsonNode each : all) {
      if (each.get("node").asText().equals(node)) {
        return each;
      }
    }
    throw new AssertionError(node + " is not in " + all);
  }

  @Test
  void statusNamesWhoBlocksAndNobodyOnceAllHaveAcknowledged() {
    a.put("kept", "kept");
    b.put("kept", "kept");
    assertThat(a.json("status").get("members")).isEmpty();
    assertThat(a.run("status").ok().out()).doesNotContain("member ");
    check(a.json("member", "join"), ann, "member");
    b.run("member", "join").ok();
    String key = a.put("gone", "gone");
    a.run("rm", key).ok();
    a.run("member", "ack").ok();
    sync();
    JsonNode members = b.json("status").get("members");
    assertThat(members).hasSize(2);
    assertThat(of(members, ann).get("blocks")).isEmpty();
    JsonNode block = of(members, bob).get("blocks").get(0);
    assertThat(block.get("origin").asText()).isEqualTo(ann + "/1");
    assertThat(block.get("fromIndex").asText()).isEqualTo("0");
    assertThat(block.get("lastRemoval").asText()).isEqualTo("3");
    assertThat(a.run("status").ok().out())
        .contains("member      " + ann + ", has acknowledged all removals")
        .contains("member      " + bob + ", blocks removals in " + ann + "/1 from record 0 on");
    assertThat(a.run("member", "list").ok().out())
        .contains("stable   " + ann + "/1 up to record 0");
    assertThat(b.json("member", "ack").get("written").asBoolean()).isTrue();
    assertThat(b.json("member", "ack").get("written").asBoolean()).isFalse();
    sync();
    assertThat(of(a.json("status").get("members"), bob).get("blocks")).isEmpty();
    assertThat(a.run("member", "list").ok().out())
        .contains("member   " + bob + ", has acknowledged all removals")
        .contains("stable   " + ann + "/1 up to record 4");
    a.run("audit", ".cairn").ok();
    a.run("fsck").ok();
  }

  @Test
  void whoLeavesOrIsEvictedIsListedAndTheRestIsRefused() {
    a.put("kept", "kept");
    b.put("kept", "kept");
    a.run("member", "ack").failed(3, "must join first");
    b.run("member", "join").ok();
    b.run("member", "join").failed(3, "is a member already");
    sync();
    a.run("member", "evict", bob.substring(0, 8)).failed(3, "must join first");
    a.run("member", "join").ok();
    a.run("member", "evict", ann).failed(2, "cairn member leave");
    JsonNode evicted = a.json("member", "evict", bob.substring(0, 8), "--reason", "gone since May");
    check(evicted, bob, "evicted");
    assertThat(evicted.get("index").asText()).isEqualTo("1");
    a.run("member", "evict", bob).failed(1, "is no member");
    a.json("member", "leave");
    assertThat(a.run("member", "list").ok().out())
        .contains("evicted  " + bob + ", by " + ann + ": gone since May")
        .contains("left     " + ann);
    sync();
    assertThat(b.run("member", "list").ok().out()).isEqualTo(a.run("member", "list").ok().out());
    assertThat(b.json("status").get("evictedBy").asText()).isEqualTo(ann);
    assertThat(b.run("status").ok().out())
        .contains("evicted     this node, by " + ann + ": 'cairn member join'");
    assertThat(a.json("status").get("evictedBy").isNull()).as("it left").isTrue();
    b.run("member", "join").ok();
    assertThat(b.json("status").get("evictedBy").isNull()).isTrue();
    assertThat(b.json("status").at("/members/0/node").asText()).isEqualTo(bob);
    b.run("member").failed(2, "cairn member --help");
  }

  @Test
  void aReasonIsShownWithoutWhatATerminalObeys() {
    a.run("member", "join").ok();
    a.run("member", "leave", "--reason", "gone\u001b[2J\nmember   forged").ok();
    assertThat(a.run("member", "list").ok().out())
        .isEqualTo("left     " + ann + ": gone\ufffd[2J\ufffdmember   forged" + "\n");
  }

  @Test
  void aMemberThatGivesItsKeyUpBlocksNothingAndItsSuccessorJoinsByItself() {
    a.run("member", "join").ok();
    b.run("member", "join").ok();
    sync();
    a.run("rm", a.put("gone", "gone")).ok();
    a.run("member", "ack").ok();
    sync();
    Path next = right.resolve("next");
    Shell.Outcome rotated = b.run("key", "rotate", next.toString()).ok();
    assertThat(rotated.err()).contains(bob + " was a member", "member join --store");
    sync();
    JsonNode members = a.json("status").get("members");
    assertThat(members).hasSize(1);
    assertThat(of(members, ann).get("blocks")).isEmpty();
    assertThat(a.run("member", "list").ok().out()).contains("closed   " + bob + "\n");
    assertThat(a.json("status").get("evictedBy").isNull()).isTrue();
    assertThat(b.run("member", "join", "--store", next.toString()).ok().out())
        .contains("is a member");
    b.run("key", "rotate", next.toString()).ok();
    a.run("sync", next.toString()).ok();
    assertThat(a.json("status").get("members")).hasSize(2);
  }

  @Test
  void aSuccessorWhoseStoreCannotBeOpenedForTheNoteHidesNothingOfTheRotation() {
    b.run("member", "join").ok();
    Path next = right.resolve("next");
    boolean[] printed = {false};
    // As soon as the result is read the successor's store is taken away.
    ByteArrayOutputStream out =
        new ByteArrayOutputStream() {
          @Override
          public synchronized void flush() throws IOException {
            if (size() > 0 && !printed[0]) {
              printed[0] = true;
              Files.move(next, right.resolve("away"));
            }
          }
        };
    Shell.Outcome rotated = b.run(out, "key", "rotate", next.toString(), "--json").ok();
    assertThat(rotated.json().get("node").asText()).isEqualTo(bob);
    assertThat(rotated.err()).contains("cairn: ", "member list --store " + next, "no store at");
  }

  @Test
  void aNodeThatWasEvictedAndGaveItsKeyUpIsNotToldToJoin() {
    a.run("member", "join").ok();
    b.run("member", "join").ok();
    sync();
    a.run("member", "evict", bob).ok();
    sync();
    assertThat(b.run("status").ok().out()).contains("evicted     this node");
    b.run("key", "close", bob).ok();
    assertThat(b.run("status").ok().out()).doesNotContain("evicted ", "member join");
    assertThat(b.json("status").get("evictedBy").isNull()).isTrue();
    assertThat(b.run("member", "list").ok().out()).contains("evicted  " + bob);
  }

  @Test
  void aNodeThatHoldsLogsInPartIsToldThatItAcknowledgesNothingThere() {
    a.run("rm", a.put("gone", "gone")).ok();
    b.run("sync", left.toString(), "--pull", "--filter", "type:text/*").ok();
    Shell.Outcome joined = b.run("member", "join", "--json").ok();
    assertThat(joined.err()).contains("holds 1 log in part", "without --filter");
    assertThat(joined.json().get("inPart").asInt()).isOne();
    assertThat(b.run("status").ok().out()).contains("holds 1 log in part and never acknowledges");
    assertThat(b.run("member", "ack").ok().out()).contains("nothing to acknowledge");
    // What it is told to do helps.
    b.run("sync", left.toString(), "--pull").ok();
    assertThat(b.run("status").ok().out()).doesNotContain("in part");
    assertThat(b.run("member", "ack").ok().out()).contains("acknowledged");
    assertThat(b.json("status").at("/members/0/blocks")).isEmpty();
  }

  @Test
  void aServingMemberAcknowledgesByItself() throws IOException {
    a.put("gone", "gone");
    a.run("member", "join").ok();
    a.run("rm", a.put("gone", "gone")).ok();
    assertThat(a.json("status").at("/members/0/blocks")).hasSize(1);
    try (Shell.Running server = a.start("serve", "--json", "--listen", "127.0.0.1:0")) {
      assertThat(server.json().get("ready").asBoolean()).isTrue();
      assertThat(server.stop()).isZero();
      assertThat(server.err()).contains("acknowledged removals");
    }
    assertThat(a.json("status").at("/members/0/blocks")).isEmpty();
  }

  @Test
  void rangesAreDeclaredAndEveryNodeTellsThem() {
    a.put("kept", "kept");
    a.run("member", "range", "auto").failed(3, "must join first");
    a.run("serve", "--enforce-range").failed(2, "--enforce-range without --api");
    a.run("member", "range", "40..40").failed(2, "give auto, all, or a range");
    a.run("member", "range", "auto", "--copies", "9").failed(2, "1 to 8 copies");
    a.run("member", "range", "all", "--copies", "2").failed(2, "--copies without auto");
    assertThat(a.json("status").get("range").isNull()).isTrue();
    a.run("member", "join").ok();
    b.put("kept", "kept");
    b.run("member", "join").ok();
    JsonNode quarter = a.json("member", "range", "40..80");
    assertThat(quarter.get("declares").asText()).isEqualTo("4..8");
    assertThat(quarter.get("gaps")).hasSize(2);
    assertThat(a.run("status").ok().out())
        .contains("gap         ..4: no member declares that it holds these payloads")
        .contains("gap         8..: ")
        .contains("member      " + ann + ", has acknowledged all removals, holds 4..8\n");
    assertThat(a.json("member", "range", "auto").get("range").asText()).isEqualTo("all");
    assertThat(a.json("member", "range", "auto").get("written").asBoolean()).isFalse();
    b.run("member", "range", "auto").ok();
    sync();
    assertThat(a.json("status").get("gaps")).isEmpty();
    assertThat(a.json("status").get("range").asText())
        .isEqualTo(ann.compareTo(bob) < 0 ? "..8" : "8..");
    assertThat(of(b.json("status").get("members"), bob).get("range").asText())
        .isEqualTo(ann.compareTo(bob) < 0 ? "8.." : "..8");
    assertThat(a.run("member", "list").ok().out())
        .contains("its part at 1 copy")
        .isEqualTo(b.run("member", "list").ok().out());
    b.run("member", "leave").ok();
    sync();
    assertThat(a.json("status").get("range").asText()).as("the other left").isEqualTo("all");
    a.run("fsck").ok();
    a.run("audit", ".cairn").ok();
  }

  @Test
  void aNodeHoldsItsRangeAndWhatWasPutThereAndIsSound() {
    for (int i = 0; i < 20; i++) {
      a.put("file " + i, "payload " + i);
    }
    a.run("member", "join").ok();
    b.put("kept", "kept");
    b.run("member", "join").ok();
    b.run("member", "range", "40..80").ok();
    a.run("member", "range", "all").ok();
    sync();
    JsonNode status = b.json("status");
    long outside = status.get("payloadsNotHeld").asLong();
    assertThat(outside).isBetween(1L, 19L);
    assertThat(status.get("payloadsLacking").asLong()).isZero();
    assertThat(status.get("gaps")).isEmpty();
    assertThat(b.run("status").ok().out())
        .contains("others hold them, but for 0 of its range: 'cairn sync PEER' fetches these");
    assertThat(status.get("stateRoot")).isEqualTo(a.json("status").get("stateRoot"));
    b.run("fsck").ok();
    assertThat(b.run("audit", ".cairn").ok().out())
        .contains(
            outside + (outside == 1 ? " payload" : " payloads") + " outside the node's range");
    b.run("member", "range", "40..").ok();
    long lacking = b.json("status").get("payloadsLacking").asLong();
    assertThat(b.run("audit", ".cairn").out())
        .as("it says that it holds these")
        .contains("payload-missing");
    assertThat(lacking).isBetween(1L, outside - 1);
    JsonNode widened = b.json("sync", left.toString());
    assertThat(widened.get("fetched").get("payloads").asLong()).isEqualTo(lacking);
    assertThat(b.json("status").get("payloadsNotHeld").asLong()).isEqualTo(outside - lacking);
    b.run("member", "range", "40..41").ok();
    b.run("sync", left.toString()).ok();
    assertThat(b.json("status").get("payloadsNotHeld").asLong())
        .as("what is here stays")
        .isEqualTo(outside - lacking);
  }
}
