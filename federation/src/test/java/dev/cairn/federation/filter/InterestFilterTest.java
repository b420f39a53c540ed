package dev.cairn.federation.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.TypeTag;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class InterestFilterTest {
  private static final NodeId NODE = new NodeId(Bytes.wrap(new byte[32]));
  private static final ArtifactKey KEY = ArtifactKey.of(Bytes.utf8("a"), null);

  static InterestFilter random(Random random, int depth) {
    if (depth > 0 && random.nextInt(3) > 0) {
      List<InterestFilter> operands = new ArrayList<>();
      for (int i = 0; i <= random.nextInt(3); i++) {
        operands.add(random(random, depth - 1));
      }
      return switch (random.nextInt(3)) {
        case 0 -> InterestFilter.anyOf(operands);
        case 1 -> InterestFilter.allOf(operands);
        default -> InterestFilter.not(operands.get(0));
      };
    }
    return switch (random.nextInt(8)) {
      case 0 -> new InterestFilter.OfType(random.nextBoolean() ? "text/" : "app", true);
      case 1 -> new InterestFilter.OfType(random.nextBoolean() ? "" : "text/plain", false);
      case 2 -> new InterestFilter.OfKind(List.of(Candidate.Kind.values()).get(random.nextInt(4)));
      case 3 -> new InterestFilter.OfOrigin(NODE);
      case 4 -> new InterestFilter.KeyRange("", Integer.toHexString(1 + random.nextInt(15)));
      case 5 -> new InterestFilter.KeyRange(Integer.toHexString(random.nextInt(15)), "ff");
      case 6 -> new InterestFilter.OfEdgeType("prov:wasDerivedFrom");
      default -> new InterestFilter.Above(KEY);
    };
  }

  @Test
  void theTextOfAnyFilterReadsAsThatFilter() {
    for (long seed = 0; seed < 2_000; seed++) {
      InterestFilter filter = random(new Random(seed), 4);
      InterestFilter again = InterestFilter.parse(filter.toString());
      assertThat(again).as(filter.toString()).isEqualTo(filter);
      assertThat(again.toString()).isEqualTo(filter.toString());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '~',
      value = {
        "all ~ all",
        "  type:b|type:a ~ type:a | type:b",
        "type:a&type:b & type:a ~ type:a & type:b",
        "(type:a) ~ type:a",
        "type:a | (type:b | type:c) ~ type:a | type:b | type:c",
        "!!kind:edge ~ kind:edge",
        "!all | kind:edge ~ kind:edge",
        "all & kind:edge ~ kind:edge",
        "none & kind:edge ~ none",
        "(type:a | type:b) & kind:edge ~ kind:edge & (type:a | type:b)",
        "type:a & kind:edge | type:- ~ kind:edge & type:a | type:-",
        "!(type:a | type:b) ~ !(type:a | type:b)",
        "type:text/* ~ type:text/*",
        "key:..7f ~ key:..7f"
      })
  void oneMeaningHasOneText(String text, String canonical) {
    assertThat(InterestFilter.parse(text).toString()).isEqualTo(canonical);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "type:",
        "type",
        "type:*",
        "kind:thing",
        "origin:12",
        "key:ab",
        "key:..",
        "key:b..a",
        "key:A..B",
        "key:g..",
        "above:12",
        "all all",
        "all |",
        "| all",
        "(all",
        "all)",
        "!",
        "()",
        "ALL",
        "type:a && type:b",
        "edge:",
        "nothing:x",
        "all:x",
        "type:ä",
        "type:a*b"
      })
  void whatIsNoFilterIsRefusedWithItsPlace(String text) {
    assertThatThrownBy(() -> InterestFilter.parse(text))
        .isInstanceOf(MalformedException.class)
        .hasMessageStartingWith("filter: character ");
  }

  @Test
  void depthLengthAndRootsAreBounded() {
    String deep = "(".repeat(InterestFilter.DEPTH_MAX + 1);
    assertThatThrownBy(() -> InterestFilter.parse(deep + "all" + ")".repeat(33)))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> InterestFilter.parse("!".repeat(10_000) + "all"))
        .isInstanceOf(MalformedException.class);
    assertThatThrownBy(() -> InterestFilter.parse("all" + " ".repeat(InterestFilter.CHARS_MAX)))
        .isInstanceOf(MalformedException.class);
    StringBuilder many = new StringBuilder("above:" + KEY);
    for (int i = 0; i < InterestFilter.ROOTS_MAX; i++) {
      many.append(" | above:").append(ArtifactKey.of(Bytes.utf8("r" + i), null));
    }
    assertThatThrownBy(() -> InterestFilter.parse(many.toString()))
        .isInstanceOf(MalformedException.class);
  }

  @Test
  void eachTestLooksAtItsOwn() {
    Candidate edge =
        new Candidate(
            new Origin(NODE, 3),
            Candidate.Kind.EDGE,
            KEY,
            TypeTag.EDGE,
            "a:b",
            Map.of(KEY, Set.of()));
    assertThat(InterestFilter.parse("type:tgk/edge & kind:edge & edge:a:b").matches(edge)).isTrue();
    assertThat(InterestFilter.parse("edge:a:c | kind:receipt | type:-").matches(edge)).isFalse();
    assertThat(InterestFilter.parse("origin:" + NODE).matches(edge)).isTrue();
    assertThat(InterestFilter.parse("above:" + KEY).matches(edge)).isTrue();
    String hex = KEY.digest().toHex();
    assertThat(InterestFilter.parse("key:" + hex + "..").matches(edge)).isTrue();
    assertThat(InterestFilter.parse("key:.." + hex).matches(edge)).isFalse();
    assertThat(InterestFilter.parse("key:" + hex.substring(0, 3) + "..").matches(edge)).isTrue();
  }
}
