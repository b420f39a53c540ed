package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DoctorTest {
  @TempDir Path folder;

  private static String state(JsonNode told, String check) {
    for (JsonNode each : told.get("checks")) {
      if (each.get("check").asText().equals(check)) {
        return each.get("state").asText();
      }
    }
    throw new AssertionError("no check " + check + " in " + told);
  }

  private JsonNode doctor(int code) {
    Shell.Outcome outcome = new Shell(folder).run("doctor", "--store", "s", "--json");
    assertThat(outcome.code()).as(outcome.toString()).isEqualTo(code);
    return outcome.json();
  }

  @Test
  void aGoodStoreIsWellAndNothingIsLeftInItsFolder() throws IOException {
    new Shell(folder).run("init", "s").ok();
    JsonNode told = doctor(0);
    assertThat(told.get("well").asBoolean()).isTrue();
    for (String check : new String[] {"java", "key", "disk", "store", "clock"}) {
      assertThat(state(told, check)).as(check).isEqualTo("ok");
    }
    assertThat(told.toString()).contains("opens: 0 records in 0 logs");
    new Shell(folder).with("CAIRN_STORE", "s").put("text", "a text");
    assertThat(doctor(0).toString()).contains("opens: 1 record in 1 log\"");
    try (var files = Files.list(folder.resolve("s"))) {
      assertThat(files).noneMatch(file -> file.getFileName().toString().startsWith("doctor"));
    }
  }

  @Test
  void aKeyThatOthersCanReadIsAFailure() throws IOException {
    new Shell(folder).run("init", "s").ok();
    Files.setPosixFilePermissions(
        folder.resolve("s/node.key"), PosixFilePermissions.fromString("rw-r--r--"));
    assertThat(state(doctor(1), "key")).isEqualTo("failed");
  }

  @Test
  void aStoreThatDoesNotOpenIsAFailureThatNamesThePlace() throws IOException {
    new Shell(folder).run("init", "s").ok();
    Files.writeString(folder.resolve("s/db/CURRENT"), "MANIFEST-999999\n");
    JsonNode told = doctor(1);
    assertThat(state(told, "store")).isEqualTo("failed");
    assertThat(told.toString()).contains("CURRENT");
  }

  @Test
  void aStoreOfALaterFormatIsAFailureToo() throws IOException {
    new Shell(folder).run("init", "s").ok();
    Path format = folder.resolve("s/format");
    Files.writeString(format, Files.readString(format).replace("cairn-store 2", "cairn-store 3"));
    JsonNode told = doctor(1);
    assertThat(state(told, "store")).isEqualTo("failed");
    assertThat(told.toString()).contains("3");
  }

  @Test
  void withoutAStoreTheMachineIsLookedAtAlone() {
    Shell.Outcome outcome = new Shell(folder).run("doctor").ok();
    assertThat(outcome.out()).contains("ok       java").contains("warning  store");
  }
}
