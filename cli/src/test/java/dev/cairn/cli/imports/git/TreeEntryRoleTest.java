package dev.cairn.cli.imports.git;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.tgk.model.Endpoint;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

class TreeEntryRoleTest {
  private static String role(String name) {
    return TreeEntryRole.of(0100644, name.getBytes(StandardCharsets.UTF_8));
  }

  private static String role(int... name) {
    byte[] bytes = new byte[name.length];
    for (int i = 0; i < name.length; i++) {
      bytes[i] = (byte) name[i];
    }
    return TreeEntryRole.of(0100644, bytes);
  }

  @Test
  void ordinaryNamesStayAsTheyAre() {
    assertThat(role("README.md")).isEqualTo("100644 README.md");
    assertThat(role("größe 1")).isEqualTo("100644 größe 1");
    assertThat(TreeEntryRole.of(0040000, new byte[] {'d'})).isEqualTo("040000 d");
  }

  @Test
  void whatWouldCollideIsEscaped() {
    assertThat(role("100%")).isEqualTo("100644 100%25");
    assertThat(role("a\nb\u007f")).isEqualTo("100644 a%0Ab%7F");
    assertThat(role('a', 0xff)).isEqualTo("100644 a%FF");
    assertThat(role("e\u0301")).isEqualTo("100644 e%CC%81");
    assertThat(role("\u00e9")).isEqualTo("100644 \u00e9");
    // The escape of the line feed ends in a letter, with which the accent would combine.
    assertThat(role("\n\u0301")).isEqualTo("100644 %0A%CC%81");
  }

  @Test
  void namesTooLongForARoleAreNamedByTheirDigest() {
    String one = role("x".repeat(Endpoint.ROLE_BYTES_MAX));
    String two = role("x".repeat(Endpoint.ROLE_BYTES_MAX - 1) + "y");
    assertThat(one).startsWith("100644 %%sha256:").isNotEqualTo(two);
    assertThat(role("x".repeat(Endpoint.ROLE_BYTES_MAX - 7)).length())
        .isEqualTo(Endpoint.ROLE_BYTES_MAX);
  }

  @Test
  void noTwoNamesGiveOneRoleAndEveryRoleIsInNfc() {
    int[] alphabet = {'a', 'e', '%', '0', 'A', '\n', 0x7f, 0xcc, 0x81, 0xc3, 0xa9, 0xff, ' '};
    Random random = new Random(11);
    Map<String, String> names = new HashMap<>();
    for (int i = 0; i < 200_000; i++) {
      byte[] name = new byte[1 + random.nextInt(4)];
      for (int j = 0; j < name.length; j++) {
        name[j] = (byte) alphabet[random.nextInt(alphabet.length)];
      }
      String role = TreeEntryRole.of(0100644, name);
      assertThat(CborWriter.normalise(role)).isEqualTo(role);
      String latin = new String(name, StandardCharsets.ISO_8859_1);
      String before = names.put(role, latin);
      assertThat(before == null || before.equals(latin)).as(role).isTrue();
    }
  }
}
