package dev.cairn.pel.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.pel.model.Program;
import dev.cairn.pel.text.ProgramText;
import java.util.List;
import org.junit.jupiter.api.Test;

class OperatorRegistryTest {
  private static Program program(String node) {
    String json = "{'program':1,'inputs':['i'],'nodes':{'n':" + node + "},'outputs':{'o':'n'}}";
    return ProgramText.readJson(Bytes.utf8(json.replace('\'', '"')));
  }

  private static void refused(String node, String message) {
    assertThatThrownBy(() -> OperatorRegistry.builtIn().check(program(node)))
        .isInstanceOf(MalformedException.class)
        .hasMessage("program: " + message);
  }

  @Test
  void theOperatorsThatComeAlongStandInOrder() {
    assertThat(OperatorRegistry.discover().operators().keySet())
        .extracting(Object::toString)
        .isSorted()
        .contains("bytes/concat@1", "list/map@1", "wasm/run@1", "zstd/decompress@1")
        .hasSizeGreaterThan(30);
  }

  @Test
  void anUnknownOperatorIsRefusedWithItsPlace() {
    refused("{'operator':'no/such@1'}", "/nodes/n/operator: no operator no/such@1");
    refused(
        "{'operator':'text/stats@2'}",
        "/nodes/n/operator: no operator text/stats@2; there is version 1");
  }

  @Test
  void aWrongNumberOfInputsIsRefusedWithItsPlace() {
    refused(
        "{'operator':'digest/sha256@1','inputs':['i','i']}",
        "/nodes/n/inputs: 2 inputs where digest/sha256@1 takes 1");
    refused(
        "{'operator':'json/merge@1'}",
        "/nodes/n/inputs: 0 inputs where json/merge@1 takes 1 or more");
  }

  @Test
  void wrongParametersAreRefusedWithTheirPlaces() {
    refused(
        "{'operator':'bytes/slice@1','inputs':['i'],'parameters':{'from':'x','till':3}}",
        "/nodes/n/parameters/from: not an integer;"
            + " /nodes/n/parameters/till: bytes/slice@1 has no such parameter");
    refused(
        "{'operator':'bytes/slice@1','inputs':['i'],'parameters':{'from':3,'to':2}}",
        "/nodes/n/parameters: from 3 to 2 is no range");
    refused(
        "{'operator':'json/merge@1','inputs':['i'],'parameters':{'max':['a',1]}}",
        "/nodes/n/parameters/max: not a list of strings");
    refused(
        "{'operator':'bytes/concat@1','parameters':{'type':'pel/receipt'}}",
        "/nodes/n/parameters: an operator cannot make a pel/receipt");
  }

  @Test
  void whatFitsIsAccepted() {
    assertThatCode(
            () ->
                OperatorRegistry.builtIn()
                    .check(
                        program(
                            "{'operator':'bytes/slice@1','inputs':['i'],'parameters':{'to':2}}")))
        .doesNotThrowAnyException();
  }

  @Test
  void twoOperatorsOfOneNameAndVersionAreRefused() {
    assertThatThrownBy(() -> OperatorRegistry.of(List.of(new ListOf(), new ListOf())))
        .isInstanceOf(RefusedException.class)
        .hasMessageContaining("operator list/of@1 is given twice");
  }
}
