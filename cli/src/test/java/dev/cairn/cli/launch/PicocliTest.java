package dev.cairn.cli.launch;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.cli.Main;
import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;

/** picocli is compiled from its sources into the command's own classes. */
class PicocliTest {
  private static final int JAVA_17 = 61;

  @Test
  void itIsAmongOurClassesInTheirFormat() throws IOException {
    assertThat(CommandLine.class.getProtectionDomain().getCodeSource().getLocation())
        .isEqualTo(Main.class.getProtectionDomain().getCodeSource().getLocation());
    try (DataInputStream in =
        new DataInputStream(CommandLine.class.getResourceAsStream("CommandLine.class"))) {
      in.skipNBytes(Integer.BYTES + Short.BYTES); // magic number, minor version
      assertThat(in.readUnsignedShort()).isEqualTo(JAVA_17);
    }
  }

  @Test
  void theNoticeNamesItsVersion() throws IOException {
    List<String> notices = new ArrayList<>();
    for (URL notice :
        Collections.list(Main.class.getClassLoader().getResources("META-INF/NOTICE"))) {
      try (InputStream in = notice.openStream()) {
        notices.add(new String(in.readAllBytes(), StandardCharsets.UTF_8));
      }
    }
    assertThat(notices)
        .anyMatch(text -> text.contains("picocli " + CommandLine.VERSION + " by Remko Popma"));
  }
}
