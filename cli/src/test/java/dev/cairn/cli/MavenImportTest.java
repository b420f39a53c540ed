package dev.cairn.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import java.nio.charset.Charset;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Maven POMs. */
class MavenImportTest {
  private static final String PARENT =
      """
      <project xmlns="http://maven.apache.org/POM/4.0.0">
        <groupId>g</groupId><artifactId>parent</artifactId><version>1</version>
        <properties><lib.version>2.0</lib.version></properties>
        <dependencyManagement><dependencies>
          <dependency><groupId>g</groupId><artifactId>lib</artifactId><version>${lib.version}</version></dependency>
        </dependencies></dependencyManagement>
      </project>
      """;
  private static final String LIBRARY =
      """
      <project><groupId>g</groupId><artifactId>lib</artifactId><version>2.0</version></project>
      """;
  private static final String APPLICATION =
      """
      <?xml version="1.0"?>
      <project>
        <parent><groupId>g</groupId><artifactId>parent</artifactId><version>1</version></parent>
        <artifactId>app</artifactId>
        <description>h&oslash;yt</description>
        <dependencies>
          <dependency><groupId>${project.groupId}</groupId><artifactId>lib</artifactId></dependency>
          <dependency><groupId>else</groupId><artifactId>where</artifactId><version>3</version><scope>test</scope></dependency>
          <dependency><groupId>no</groupId><artifactId>version</artifactId></dependency>
        </dependencies>
      </project>
      """;

  @TempDir Path folder;
  Shell shell;

  @BeforeEach
  void start() {
    shell = new Shell(folder);
    shell.run("init").ok();
    shell.write("r/g/parent/1/parent-1.pom", PARENT);
    shell.write("r/g/lib/2.0/lib-2.0.pom", LIBRARY);
    shell.write("r/g/app/1/app-1.pom", APPLICATION);
    shell.write("r/g/app/1/app-1.jar", "no POM");
  }

  @Test
  void aPomIsReadInTheEncodingThatItDeclares() {
    byte[] pom =
        ("<?xml version='1.0' encoding='windows-1252'?><project><groupId>g</groupId>"
                + "<artifactId>a</artifactId><version>1</version><name>\u20ac</name></project>")
            .getBytes(Charset.forName("windows-1252"));
    shell.write("w/a.pom", pom);
    shell.run("import", "maven", "w").ok();
    assertThat(shell.json("find", "--type", "maven/pom").get("size").asInt()).isEqualTo(pom.length);
  }

  @Test
  void aPomInUtf16IsReadWithAndWithoutItsMark() {
    String pom = "<project><groupId>g</groupId><artifactId>a</artifactId></project>";
    shell.write("u/marked.pom", pom.getBytes(StandardCharsets.UTF_16));
    shell.write("u/big.pom", pom.getBytes(StandardCharsets.UTF_16BE));
    shell.write("u/little.pom", pom.getBytes(StandardCharsets.UTF_16LE));
    shell.run("import", "maven", "u").ok();
    assertThat(shell.run("find", "--type", "maven/pom").ok().lines()).hasSize(3);
  }

  @Test
  void aPomThatCannotBeDecodedIsRefusedByName() {
    String project = "<project><artifactId>a</artifactId><name>\u00e9</name></project>";
    byte[] latin = project.getBytes(StandardCharsets.ISO_8859_1);
    shell.write("bad/latin.pom", latin);
    shell.run("import", "maven", "bad").failed(1, "latin.pom", "bytes that are not UTF-8");
    shell.write("bad/latin.pom", "<?xml version='1.0' encoding='no-such'?>" + project);
    shell.run("import", "maven", "bad").failed(1, "latin.pom", "encoding 'no-such' is not read");
    shell.write("bad/latin.pom", "<?xml version='1.0' encoding='a b'?>" + project);
    shell.run("import", "maven", "bad").failed(1, "latin.pom", "encoding 'a b' is not read");
  }

  private static String key(String text, String type) {
    return ArtifactKey.of(Bytes.utf8(text), new TypeTag(type)).toString();
  }

  @Test
  void aPomHasAnEdgeFromItsParentAndItsDependencies() {
    JsonNode told = shell.json("import", "maven", "r");
    assertThat(told.get("poms").asLong()).isEqualTo(3);
    assertThat(told.get("edges").asLong()).isEqualTo(1);
    assertThat(told.get("references").asLong()).isEqualTo(2);
    assertThat(told.get("new").asLong()).isEqualTo(6);
    JsonNode edge = shell.json("edges", key(APPLICATION, "maven/pom"));
    assertThat(edge.get("type").asText()).isEqualTo("maven:dependency");
    List<String> ends = new ArrayList<>();
    edge.get("from").forEach(e -> ends.add(e.get("key").asText() + " " + e.get("role").asText()));
    assertThat(ends)
        .containsExactlyInAnyOrder(
            key(PARENT, "maven/pom") + " parent",
            key(LIBRARY, "maven/pom") + " compile",
            key("else:where:3", "maven/coordinate") + " test",
            key("no:version", "maven/coordinate") + " compile");
    assertThat(shell.json("import", "maven", "r").get("new").asLong()).isZero();
  }

  @Test
  void aFileThatIsNoPomIsNamedAndNothingIsWritten() {
    shell.write("r/z/bad.pom", "<project><artifactId>a</artifactId>");
    shell.run("import", "maven", "r").failed(1, "bad.pom");
    shell.write("r/z/bad.pom", "<html/>");
    shell.run("import", "maven", "r").failed(1, "bad.pom", "root element");
    assertThat(shell.json("status").get("records").asLong()).isZero();
    Shell.Outcome kept = shell.run("import", "maven", "r", "--keep-going", "--json");
    assertThat(kept.code()).isEqualTo(1);
    assertThat(kept.json().get("skipped").asLong()).isEqualTo(1);
    assertThat(kept.json().get("poms").asLong()).isEqualTo(3);
  }

  @Test
  void externalEntitiesAndEntityBombsAreRefused() {
    shell.write("secret", "top secret");
    shell.write(
        "r/z/bad.pom",
        "<!DOCTYPE project [<!ENTITY x SYSTEM \""
            + folder.resolve("secret").toUri()
            + "\">]><project><artifactId>&x;</artifactId></project>");
    shell.run("import", "maven", "r").failed(1, "bad.pom");
    StringBuilder bomb = new StringBuilder("<!DOCTYPE project [<!ENTITY a0 \"aaaaaaaaaa\">");
    for (int i = 1; i < 12; i++) {
      bomb.append("<!ENTITY a").append(i).append(" \"");
      bomb.append(("&a" + (i - 1) + ";").repeat(10)).append("\">");
    }
    shell.write("r/z/bad.pom", bomb + "]><project><artifactId>&a11;</artifactId></project>");
    shell.run("import", "maven", "r").failed(1, "bad.pom");
    shell.write("r/z/bad.pom", "<project>" + "<a>".repeat(100_000));
    shell.run("import", "maven", "r").failed(1, "bad.pom");
    assertThat(shell.json("status").get("records").asLong()).isZero();
  }

  @Test
  void parentsAndPropertiesThatGoInCirclesEnd() {
    shell.write(
        "c/a.pom",
        "<project><parent><groupId>c</groupId><artifactId>a</artifactId><version>1</version></parent>"
            + "<artifactId>a</artifactId>"
            + "<properties><x>${y}</x><y>${x}</y><z>${z}${z}</z></properties>"
            + "<dependencies><dependency><groupId>${x}</groupId><artifactId>${z}</artifactId>"
            + "</dependency></dependencies></project>");
    assertThat(shell.json("import", "maven", "c").get("poms").asLong()).isEqualTo(1);
  }
}
