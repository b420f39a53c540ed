package dev.cairn.pel.operator;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborValue;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.pel.model.OperatorId;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.TreeMap;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Patterns match what they say, and what they take is told before. */
@Timeout(60)
class GlobTest {
  private static final String[] PARTS = {"*", "**", "?", "a", "/", "\\*", "\\\\", "\uD83D\uDE00"};
  private static final String[] CHARS = {"a", "/", "*", "\\", "b", "\uD83D\uDE00"};

  private static String some(Random random, String[] of) {
    StringBuilder text = new StringBuilder();
    for (int i = random.nextInt(8); i > 0; i--) {
      text.append(of[random.nextInt(of.length)]);
    }
    return text.toString();
  }

  /** The same pattern as the platform's library has it. */
  private static Pattern regular(String glob) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < glob.length(); i++) {
      if (glob.startsWith("**", i)) {
        text.append("(?s:.*)");
        i++;
      } else if (glob.charAt(i) == '*') {
        text.append("[^/]*");
      } else if (glob.charAt(i) == '?') {
        text.append("[^/]");
      } else {
        i += glob.charAt(i) == '\\' ? 1 : 0;
        text.append(Pattern.quote(Character.toString(glob.codePointAt(i))));
        i += Character.charCount(glob.codePointAt(i)) - 1;
      }
    }
    return Pattern.compile(text.toString());
  }

  @Test
  void aPatternMatchesWhatTheSameRegularExpressionDoes() {
    Random random = new Random(5);
    int matching = 0;
    for (int i = 0; i < 100_000; i++) {
      String glob = some(random, PARTS);
      String label = some(random, CHARS);
      boolean expected = regular(glob).matcher(label).matches();
      assertThat(new Glob("labels", glob).matches(label, work -> {}))
          .as("%s on %s", glob, label)
          .isEqualTo(expected);
      matching += expected ? 1 : 0;
    }
    assertThat(matching).isBetween(5_000, 95_000);
  }

  private static CborValue texts(String text, int count) {
    return new CborValue.Array(Collections.nCopies(count, new CborValue.Text(text)));
  }

  private static OperatorOutput select(WorkHost host) throws IOException {
    List<OperatorInput> items = new ArrayList<>();
    for (int i = 0; i < 2; i++) {
      items.add(new MemoryInput(null, Bytes.EMPTY, "a".repeat(4_095) + i, List.of()));
    }
    TreeMap<String, CborValue> parameters = new TreeMap<>();
    parameters.put("labels", texts("*?".repeat(2_047) + "/", 3));
    Operator select =
        OperatorRegistry.builtIn().find(OperatorId.parse("list/select@1")).orElseThrow();
    return select.run(
        new OperatorContext(
            List.of(MemoryInput.list(items.toArray(OperatorInput[]::new))),
            new Parameters(new CborValue.Dict(parameters)),
            host));
  }

  @Test
  void patternsTimesLabelsAreWorkThatIsToldBefore() throws IOException {
    long match = 4L * 4_096 * 4_097;
    WorkHost host = new WorkHost(Long.MAX_VALUE);
    select(host);
    assertThat(host.work()).isEqualTo(3 * 2 * match);
    WorkHost bounded = new WorkHost(2_200_000);
    assertThatThrownBy(() -> select(bounded)).isInstanceOf(RefusedException.class);
    assertThat(bounded.work()).as("at the first pattern").isLessThan(2 * match);
  }

  @Test
  void aSelectionEndsWhenItsThreadIsInterrupted() {
    Thread.currentThread().interrupt();
    try {
      assertThatThrownBy(() -> select(new WorkHost(Long.MAX_VALUE)))
          .isInstanceOf(UnavailableException.class);
    } finally {
      assertThat(Thread.interrupted()).isTrue();
    }
  }
}
