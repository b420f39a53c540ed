package dev.cairn.federation.filter;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.NotGrantedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.federation.access.Grant;
import dev.cairn.federation.access.Right;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GrantedReadingTest {
  private static final NodeId NODE = new NodeId(Bytes.wrap(new byte[32]));
  private static final List<String> TYPES =
      List.of("text/plain", "text/html", "app", "tgk/edge", "odd type (1)");

  static Grant grant(List<String> types, List<String> prefixes) {
    return new Grant(
        new TreeSet<>(EnumSet.of(Right.READ)), new TreeSet<>(types), new TreeSet<>(prefixes));
  }

  private static List<String> words(String text) {
    return text == null ? List.of() : Arrays.asList(text.split(" ", -1));
  }

  private static Candidate candidate(Random random) {
    boolean typed = random.nextInt(5) > 0;
    TypeTag type = typed ? new TypeTag(TYPES.get(random.nextInt(TYPES.size()))) : null;
    return new Candidate(
        new Origin(NODE, 1),
        List.of(Candidate.Kind.values()).get(random.nextInt(4)),
        ArtifactKey.of(Bytes.u64(random.nextInt(400)), null),
        type,
        random.nextBoolean() ? "prov:wasDerivedFrom" : null,
        Map.of());
  }

  /** Any filter, or some that lie within, joined. */
  private static InterestFilter asked(Random random, GrantedReading reading) {
    InterestFilter any = InterestFilterTest.random(random, 2);
    InterestFilter within = InterestFilter.allOf(List.of(any, reading.all()));
    return switch (random.nextInt(4)) {
      case 0 -> any;
      case 1 -> within;
      case 2 -> InterestFilter.anyOf(List.of(within, InterestFilterTest.random(random, 1)));
      default -> InterestFilter.allOf(List.of(within, InterestFilterTest.random(random, 2)));
    };
  }

  private static boolean isRequired(GrantedReading reading, InterestFilter filter) {
    try {
      reading.require(filter, "it");
      return true;
    } catch (NotGrantedException e) {
      return false;
    }
  }

  @Test
  void whatIsNarrowedNestsNoDeeperThanTheFilterThatWasAskedFor() {
    GrantedReading reading =
        new GrantedReading(grant(List.of("text/plain", "text/html"), List.of("3", "a")));
    InterestFilter asked = InterestFilter.parse("key:0..1");
    for (int depth = 0; depth <= InterestFilter.DEPTH_MAX; depth++) {
      asked =
          InterestFilter.anyOf(
              List.of(
                  InterestFilter.parse("type:app/" + depth),
                  InterestFilter.allOf(
                      List.of(InterestFilter.parse("type:text/" + depth + "*"), asked))));
    }
    String widest = asked + " | kind:edge";
    InterestFilter deepest = InterestFilter.parse(widest);
    assertThatThrownBy(() -> InterestFilter.parse("(" + widest + ") & kind:edge"))
        .as("as deep as it may be")
        .isInstanceOf(MalformedException.class);
    InterestFilter narrowed = reading.narrow(deepest);
    assertThat(InterestFilter.parse(narrowed.toString())).isEqualTo(narrowed);
    assertThatCode(() -> reading.require(narrowed, "it")).doesNotThrowAnyException();
    for (long seed = 0; seed < 300; seed++) {
      Candidate one = candidate(new Random(seed));
      assertThat(narrowed.matches(one))
          .isEqualTo(deepest.matches(one) && reading.all().matches(one));
    }
  }

  @Test
  void howDeepAFilterNestsIsWhatItsTextSays() {
    for (int seed = 0; seed < 400; seed++) {
      InterestFilter filter = InterestFilterTest.random(new Random(seed), 4);
      int open = 0;
      int deepest = 0;
      int negations = 0;
      ArrayDeque<Integer> outer = new ArrayDeque<>();
      for (char c : filter.toString().toCharArray()) {
        if (c == '!') {
          negations++;
        } else if (c == '(') {
          outer.push(negations);
          open += 1 + negations;
          negations = 0;
        } else if (c == ')') {
          open -= 1 + outer.pop();
        } else if (c != ' ') {
          deepest = Math.max(deepest, open + negations);
          negations = 0;
        }
      }
      assertThat(InterestFilter.depthOf(filter)).as(filter.toString()).isEqualTo(deepest);
    }
  }

  @Test
  void noFilterThatIsLetThroughShowsMoreThanTheGrant() {
    int within = 0;
    for (int seed = 0; seed < 1_500; seed++) {
      Random random = new Random(seed);
      List<String> types = new ArrayList<>();
      TYPES.stream().filter(type -> random.nextInt(3) == 0).forEach(types::add);
      List<String> prefixes = new ArrayList<>();
      for (int i = random.nextInt(3); i > 0; i--) {
        prefixes.add(Integer.toHexString(random.nextInt(256)));
      }
      Grant grant = grant(types, prefixes);
      GrantedReading reading = new GrantedReading(grant);
      InterestFilter asked = asked(random, reading);
      InterestFilter narrowed = reading.narrow(asked);
      boolean alone = InterestFilter.rootsOf(narrowed).isEmpty();
      assertThat(isRequired(reading, narrowed)).as("%s of %s", asked, grant).isEqualTo(alone);
      boolean let = isRequired(reading, asked);
      within += let ? 1 : 0;
      if (let) {
        assertThat(narrowed).isEqualTo(asked);
      }
      for (int i = 0; i < 40; i++) {
        Candidate candidate = candidate(random);
        boolean covered = grant.covers(candidate.key(), candidate.type());
        boolean nameable = candidate.type() == null || !candidate.type().text().contains(" ");
        if (nameable || types.isEmpty()) {
          assertThat(reading.all().matches(candidate)).isEqualTo(covered);
          assertThat(narrowed.matches(candidate)).isEqualTo(covered && asked.matches(candidate));
        }
        if (let && asked.matches(candidate)) {
          assertThat(covered).as("%s shows %s under %s", asked, candidate, grant).isTrue();
        }
      }
    }
    assertThat(within).isGreaterThan(100);
  }

  @ParameterizedTest
  @CsvSource({
    "text/plain,, type:text/plain",
    "text/plain,, type:text/plain & kind:artifact",
    "text/plain app,, type:app | type:text/plain & key:a..",
    "text/plain app,, (type:app | type:text/plain) & !key:a..",
    "tgk/edge,, edge:used & type:tgk/edge",
    "app,, none",
    ", a, key:a..b",
    ", af, key:af..b",
    ", af, key:af1..af2",
    ", ff, key:ff..",
    ", ff, key:ff3..",
    "app, 0 a, type:app & (key:0..1 | key:a1..a2)",
  })
  void whatSaysItselfThatItLiesWithinIsLetThrough(String types, String prefixes, String filter) {
    GrantedReading reading = new GrantedReading(grant(words(types), words(prefixes)));
    InterestFilter asked = InterestFilter.parse(filter);
    assertThatCode(() -> reading.require(asked, "it")).doesNotThrowAnyException();
    assertThat(reading.narrow(asked)).isEqualTo(asked);
  }

  @ParameterizedTest
  @CsvSource({
    "text/plain,, all, all",
    "text/plain,, type:text/*, type:text/*",
    "text/plain,, type:-, type:-",
    "text/plain,, kind:edge | type:text/plain, kind:edge",
    "text/plain,, !type:app, !type:app",
    "text/plain, a, type:text/plain, type:text/plain",
    "text/plain, a, key:a..b, key:a..b",
    ", a, key:a.., key:a..",
    ", a, key:a..b1, key:a..b1",
    ", af, key:ae..b, key:ae..b",
    ", a b, key:a..c, key:a..c",
  })
  void whatDoesNotIsRefusedAndNamed(String types, String prefixes, String filter, String named) {
    GrantedReading reading = new GrantedReading(grant(words(types), words(prefixes)));
    assertThatThrownBy(() -> reading.require(InterestFilter.parse(filter), "node 7"))
        .isInstanceOf(NotGrantedException.class)
        .hasMessageContaining("node 7")
        .hasMessageContaining("'" + named + "' shows more")
        .hasMessageContaining("'" + reading.all() + "'");
  }

  @Test
  void causesAreNotTold() {
    GrantedReading reading = new GrantedReading(grant(List.of("app"), List.of()));
    InterestFilter asked =
        InterestFilter.parse("type:app & above:" + ArtifactKey.of(Bytes.utf8("a"), null));
    assertThatThrownBy(() -> reading.require(asked, "it"))
        .isInstanceOf(NotGrantedException.class)
        .hasMessageContaining("above:");
  }

  @Test
  void ofTypesThatNoFilterCanNameNothingIsShown() {
    GrantedReading reading = new GrantedReading(grant(List.of("odd type (1)", "-"), List.of()));
    assertThat(reading.all()).isEqualTo(InterestFilter.Constant.NONE);
    assertThat(reading.narrow(InterestFilter.Constant.ALL)).isEqualTo(InterestFilter.Constant.NONE);
  }
}
