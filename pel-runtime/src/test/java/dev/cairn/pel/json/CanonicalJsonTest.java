package dev.cairn.pel.json;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class CanonicalJsonTest {
  private static String canonical(String json) {
    return CanonicalJson.encode(new JsonReader("JSON", 64).read(Bytes.utf8(json))).toUtf8();
  }

  /** The samples of RFC 8785, appendix B: bits of a double and how it is printed. */
  @ParameterizedTest
  @CsvSource({
    "0000000000000000, 0",
    "8000000000000000, 0",
    "0000000000000001, 5e-324",
    "8000000000000001, -5e-324",
    "7fefffffffffffff, 1.7976931348623157e+308",
    "ffefffffffffffff, -1.7976931348623157e+308",
    "4340000000000000, 9007199254740992",
    "c340000000000000, -9007199254740992",
    "4430000000000000, 295147905179352830000",
    "44b52d02c7e14af5, 9.999999999999997e+22",
    "44b52d02c7e14af6, 1e+23",
    "44b52d02c7e14af7, 1.0000000000000001e+23",
    "444b1ae4d6e2ef4e, 999999999999999700000",
    "444b1ae4d6e2ef4f, 999999999999999900000",
    "444b1ae4d6e2ef50, 1e+21",
    "3eb0c6f7a0b5ed8c, 9.999999999999997e-7",
    "3eb0c6f7a0b5ed8d, 0.000001",
    "41b3de4355555553, 333333333.3333332",
    "41b3de4355555554, 333333333.33333325",
    "41b3de4355555555, 333333333.3333333",
    "41b3de4355555556, 333333333.3333334",
    "41b3de4355555557, 333333333.33333343",
    "becbf647612f3696, -0.0000033333333333333333",
    "43143ff3c1cb0959, 1424953923781206.2",
  })
  void doublesArePrintedAsEcmaScriptPrintsThem(String bits, String expected) {
    double value = Double.longBitsToDouble(Long.parseUnsignedLong(bits, 16));

    assertThat(EcmaNumber.format(value)).isEqualTo(expected);
  }

  @Test
  void atAPowerOfTwoTheShorterNumberAboveIsFound() {
    assertThat(EcmaNumber.format(0x1p-44)).isEqualTo("5.684341886080802e-14");
  }

  @Test
  void everyDoubleReadsBackAndIsNoLongerThanTheJavaForm() {
    Random random = new Random(8785);
    for (int i = 0; i < 20_000; i++) {
      double value = Double.longBitsToDouble(random.nextLong());
      if (Double.isFinite(value)) {
        String printed = EcmaNumber.format(value);
        assertThat(Double.parseDouble(printed)).isEqualTo(value);
        assertThat(digits(printed)).isLessThanOrEqualTo(digits(Double.toString(value)));
      }
    }
  }

  private static int digits(String number) {
    String mantissa = number.replaceAll("[eE].*", "").replaceAll("[-.]", "");
    return mantissa.replaceAll("^0+", "").replaceAll("0+$", "").length();
  }

  @Test
  void namesAreOrderedByTheirUtf16UnitsAndWhiteSpaceGoes() {
    assertThat(
            canonical(
                "{\"\\u20ac\": 1, \"\\r\": 2, \"\\ufb33\": 3, \"1\": 4, \"\\ud83d\\ude00\": 5,"
                    + " \"\\u0080\": 6, \"\\u00f6\": 7}"))
        .isEqualTo(
            "{\"\\r\":2,\"1\":4,\"\u0080\":6,\"ö\":7,\"€\":1,\"\ud83d\ude00\":5,\"\ufb33\":3}");
  }

  @Test
  void stringsTakeTheShortestEscapes() {
    assertThat(canonical("\"\\u20ac$\\u000f\\u000aA'\\u0042\\u0022\\u005c\\\\\\\"\\/\\u007f\""))
        .isEqualTo("\"€$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\u007f\"");
  }

  @Test
  void numbersTakeTheirCanonicalForm() {
    assertThat(canonical("[333333333.33333329, 1E30, 4.50, 2e-3, 1e-27, -0, -0.0, 100, 1e2]"))
        .isEqualTo("[333333333.3333333,1e+30,4.5,0.002,1e-27,0,0,100,100]");
  }

  @Test
  void theCanonicalFormIsItsOwn() {
    String once = canonical("[295147905179352830000, 1e21, 5e-324, 9007199254740992, 0.1]");

    assertThat(canonical(once)).isEqualTo(once);
  }

  @Test
  void numbersThatTheFormWouldChangeAreRefused() {
    for (String number :
        new String[] {"9007199254740993", "1e400", "-1e309", "295147905179352825856"}) {
      assertThatThrownBy(() -> canonical(number))
          .isInstanceOf(MalformedException.class)
          .hasMessageContaining("JSON number " + number);
    }
  }

  @Test
  void literalsAndNestingAreKept() {
    assertThat(canonical(" { \"a\" : [ null , true , false , { } , [ ] ] } "))
        .isEqualTo("{\"a\":[null,true,false,{},[]]}");
  }
}
