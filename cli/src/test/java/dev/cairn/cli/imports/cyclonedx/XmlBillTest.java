package dev.cairn.cli.imports.cyclonedx;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.cli.Fixtures;
import dev.cairn.cli.imports.json.JsonReader;
import dev.cairn.cli.imports.json.JsonTree;
import dev.cairn.cli.imports.json.StableJson;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Assertions;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Bills in XML are read as the JSON that says the same. */
class XmlBillTest {
  private static JsonTree read(String xml) {
    return XmlBill.read(Bytes.utf8(xml));
  }

  private static String bill(String version, String content) {
    return "<bom xmlns='http://cyclonedx.org/schema/bom/" + version + "'>" + content + "</bom>";
  }

  private static String component(String version, String content) {
    return bill(
        version,
        "<components><component type='file'><name>n</name>"
            + content
            + "</component></components>");
  }

  private static String json(JsonTree tree) {
    return tree.bytes().toUtf8();
  }

  /** What of a bill in JSON is read. */
  private static Bytes known(Bytes json) {
    Map<String, Object> all = new TreeMap<>(new JsonReader().read(json).without("compositions"));
    if (all.get("metadata") instanceof Map<?, ?> metadata) {
      Map<String, Object> component = new TreeMap<>();
      component.put("component", metadata.get("component"));
      all.put("metadata", component);
    }
    return StableJson.bytes(all);
  }

  @ParameterizedTest
  @ValueSource(strings = {"lamp", "whole"})
  void aBillIsTheSameInBothForms(String name) {
    Bytes json = Bytes.wrap(Fixtures.bytes(name + ".cdx.json"));
    JsonTree fromXml = XmlBill.read(Bytes.wrap(Fixtures.bytes(name + ".cdx.xml")));
    assertThat(json(fromXml)).isEqualTo(known(json).toUtf8());
  }

  @Test
  void theWholeBillUsesEveryShape() {
    String xml = Fixtures.text("whole.cdx.xml") + Fixtures.text("lamp.cdx.xml");
    for (String name : new XmlShapes().elements()) {
      assertThat(xml).as(name).containsPattern("<" + name + "[ />]");
    }
  }

  @Test
  void whatOneVersionHasInAnotherFormStaysSo() {
    String identity = "<evidence><identity><field>purl</field></identity></evidence>";
    assertThat(json(read(component("1.5", identity))))
        .contains("\"identity\":{\"field\":\"purl\"}");
    assertThat(json(read(component("1.6", identity))))
        .contains("\"identity\":[{\"field\":\"purl\"}]");
    assertThat(json(read(component("1.4", "<licenses><expression>MIT</expression></licenses>"))))
        .isEqualTo(
            "{\"bomFormat\":\"CycloneDX\",\"components\":[{\"licenses\":[{\"expression\":\"MIT\"}],"
                + "\"name\":\"n\",\"type\":\"file\"}],\"specVersion\":\"1.4\"}");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "<a/>|line 1, column 1: not a bill",
        "<bom/>|line 1, column 1: not a bill",
        "<bom xmlns='http://cyclonedx.org/schema/bom/1.7'/>|line 1, column 1: '1.7' is not a"
            + " version",
        "<bom xmlns='http://cyclonedx.org/schema/bom/1.1'/>|line 1, column 1: '1.1' is not a"
            + " version",
        "<!DOCTYPE bom><bom/>|line 1, column 1: a document type, which is not read",
        "<?xml version='1.0'?><!DOCTYPE bom [<!ENTITY e SYSTEM 'file:///etc/passwd'>]>"
            + "<bom xmlns='http://cyclonedx.org/schema/bom/1.6'>&e;</bom>"
            + "|line 1, column 22: a document type, which is not read",
        "<bom xmlns='http://cyclonedx.org/schema/bom/1.6'>&e;</bom>|line 1, column",
        "<bom xmlns='http://cyclonedx.org/schema/bom/1.6'>|line 1, column",
        "<?xml version='1.0' encoding='EBCDIC'?><bom/>"
            + "|line 1, column 1: the encoding 'EBCDIC' is not read: write",
        "<bom xmlns='http://cyclonedx.org/schema/bom/1.6' version='x'/>"
            + "|line 1, column 1: 'version' is no number: 'x'",
        "<bom xmlns='http://cyclonedx.org/schema/bom/1.6' colour='x'/>"
            + "|line 1, column 1: 'colour' is no attribute of 'bom'",
      })
  void whatIsNoBillIsRefusedWithItsPlace(String xml, String told) {
    assertThatThrownBy(() -> read(xml))
        .isInstanceOf(MalformedException.class)
        .hasMessageStartingWith(told);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      value = {
        "<colour/>|'colour' is no element of 'component' in 1.6",
        "<name>again</name>|'name' twice",
        "<version type='x'/>|'type' is no attribute of 'version'",
        "<hashes type='x'/>|'type' is no attribute of 'hashes'",
        "<evidence><identity><tools><tool ref='b' type='x'/></tools></identity></evidence>"
            + "|'type' is no attribute of 'tool'",
        "<licenses/><licenses><expression>MIT</expression></licenses>|'licenses' twice",
        "<components/><components/>|'components' twice",
        "<evidence><identity/><identity/><copyright/><copyright/></evidence>|'copyright' twice",
        "<modified>perhaps</modified>|'modified' is no truth: 'perhaps'",
        "words|text in 'component', which has only elements",
        "<hashes>words</hashes>|text in 'hashes', which has only elements",
        "<hashes><hush/></hashes>|'hush' is no element of 'hashes' in 1.6",
        "<version><name/></version>|an element in 'version', which has only text",
        "<evidence><occurrences><occurrence><line>1e</line></occurrence></occurrences></evidence>"
            + "|'line' is no number: '1e'",
        "<evidence><identity><tools><tool/></tools></identity></evidence>|'tool' without 'ref'",
        "<evidence><identity><tools><tool xmlns:x='urn:x' x:ref='b'/></tools></identity></evidence>"
            + "|'tool' without 'ref'",
        "<hashes xmlns='http://cyclonedx.org/schema/bom/1.4'/>"
            + "|'hashes' is not of the bill's namespace http://cyclonedx.org/schema/bom/1.6",
        "<hashes xmlns=''/>"
            + "|'hashes' is not of the bill's namespace http://cyclonedx.org/schema/bom/1.6",
      })
  void whatIsWrongInAComponentIsToldWithItsPlace(String content, String told) {
    assertThatThrownBy(() -> read(component("1.6", "\n  " + content)))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("line 2, column")
        .hasMessageEndingWith(": " + told);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "@",
        "\n\n   @",
        "\n <!-- c -->@",
        "\n <!-- c -->  @",
        "<version>1</version>@",
        "\n<version>1</version> @",
        "<version>1\n</version>@",
        "<version/>@",
        "\n<?go on?>@",
        "<version><![CDATA[x]]></version>\r\n\t@",
        "<version>&lt;&#10;</version> @",
        "<version>ünï</version>@"
      })
  void thePlaceOfAnElementIsWhereItBegins(String before) {
    String marked = component("1.6", before);
    String[] lines = marked.substring(0, marked.indexOf('@')).replace("\r", "").split("\n", -1);
    int column = lines[lines.length - 1].length() + 1;
    assertThatThrownBy(() -> read(marked.replace("@", "<colour a='b'>x</colour>")))
        .hasMessageStartingWith("line " + lines.length + ", column " + column + ": 'colour'");
  }

  @Test
  void otherNamespacesAreNoConcern() {
    assertThat(
            json(
                read(
                    component(
                        "1.6",
                        "<s:Signature xmlns:s='http://www.w3.org/2000/09/xmldsig#'><s:x>"
                            + "<name xmlns='http://cyclonedx.org/schema/bom/1.6'>no</name>"
                            + "</s:x>words</s:Signature>"))))
        .contains("{\"name\":\"n\",\"type\":\"file\"}");
  }

  @Test
  void depthAndNumberAreBounded() {
    String nested = "<components><component type='file'><name>n</name>".repeat(100_000);
    Assertions.assertTimeoutPreemptively(
        Duration.ofSeconds(30),
        () ->
            assertThatThrownBy(() -> read(bill("1.6", nested)))
                .isInstanceOf(MalformedException.class)
                .hasMessageContaining("elements nested deeper than " + XmlBill.DEPTH_MAX));
    String elsewhere = "<x:a xmlns:x='urn:x'>".repeat(100_000);
    assertThatThrownBy(() -> read(bill("1.6", elsewhere)))
        .hasMessageContaining("nested deeper than");
    StringBuilder attributes = new StringBuilder();
    for (int i = 0; i < 300; i++) {
      attributes.append(" x:a").append(i).append("='1'");
    }
    String busy = "<x:e xmlns:x='urn:x'" + attributes + "/>";
    assertThatThrownBy(() -> read(component("1.6", busy)))
        .isInstanceOf(MalformedException.class)
        .hasMessageContaining("line 1, column");
    String many = "<tags>" + "<tag/>".repeat(XmlBill.VALUES_MAX) + "</tags>";
    assertThatThrownBy(() -> read(component("1.6", many)))
        .hasMessageContaining("more than " + XmlBill.VALUES_MAX + " elements and attributes");
  }

  @Test
  void mergedElementsStandOnceToo() {
    String data =
        "<services><service><name>s</name><data><dataflow><classification flow='inbound'>c"
            + "</classification>@</dataflow></data></service></services>";
    assertThat(json(read(bill("1.6", data.replace("@", ""))))).contains("\"flow\":\"inbound\"");
    String twice = "<classification flow='outbound'>d</classification>";
    assertThatThrownBy(() -> read(bill("1.6", data.replace("@", twice))))
        .isInstanceOf(MalformedException.class)
        .hasMessageEndingWith("'classification' twice");
  }

  @Test
  void whereValuesStandIsRememberedWithinABound() {
    String nested = "<component type='file'><name>n</name><components>".repeat(55);
    String ends = "</components></component>".repeat(55);
    int count = 2 * XmlBill.PLACES_BYTES_MAX / ("/components/0".length() * 55);
    String leaves = "<component/>".repeat(count);
    List<JsonTree> within =
        read(bill("1.6", "<components>" + nested + leaves + ends + "</components>"))
            .require("components")
            .items();
    for (int i = 0; i < 55; i++) {
      within = within.get(0).items("components");
    }
    assertThat(within).hasSize(count);
    assertThat(column(within.get(1)) - column(within.get(0))).isEqualTo("<component/>".length());
    assertThat(column(within.get(count - 1)))
        .as("behind the bound it stands where what is around it does")
        .isEqualTo(column(within.get(count - 2)))
        .isLessThan(column(within.get(0)));
  }

  private static int column(JsonTree value) {
    Matcher place = Pattern.compile("line 1, column ([0-9]+), at .*").matcher(value.place());
    assertThat(place.matches()).as(value.place()).isTrue();
    return Integer.parseInt(place.group(1));
  }

  @Test
  void otherEncodingsAreRead() {
    String xml = component("1.6", "<description>ünï</description>");
    String expected = json(read(xml));
    assertThat(
            json(
                XmlBill.read(
                    Bytes.wrap(
                        ("<?xml version='1.0' encoding='ISO-8859-1'?>" + xml)
                            .getBytes(StandardCharsets.ISO_8859_1)))))
        .isEqualTo(expected);
    assertThat(json(XmlBill.read(Bytes.wrap(xml.getBytes(StandardCharsets.UTF_16)))))
        .isEqualTo(expected);
    byte[] wrong = xml.getBytes(StandardCharsets.ISO_8859_1);
    assertThatThrownBy(() -> XmlBill.read(Bytes.wrap(wrong)))
        .isInstanceOf(MalformedException.class)
        .hasMessageMatching("line [0-9]+, column [0-9]+: not well-formed XML");
  }
}
