package dev.cairn.federation.reconcile;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.federation.reconcile.ReconcilerTest.Found;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/**
 * Conversations recorded from the reference implementation of Negentropy, where this machine has
 * them; one of them stands here.
 */
class PublishedTranscriptsTest {
  private static final String ONE =
      "{\"cases\":[{\"name\":\"client-one\",\"frameSizeLimit\":0,\"client\":[[1,\""
          + "4e1195df020de59e0d65a33a4279f1183e7ae4e5d980e309f8b55adff2e61c3e"
          + "\"]],\"server\":[],\"rounds\":[{\"c2s\":\"6100000201"
          + "4e1195df020de59e0d65a33a4279f1183e7ae4e5d980e309f8b55adff2e61c3e"
          + "\",\"s2c\":\"6100000200\",\"have\":[\""
          + "4e1195df020de59e0d65a33a4279f1183e7ae4e5d980e309f8b55adff2e61c3e"
          + "\"],\"need\":[]}],\"have\":[],\"need\":[]}]}";

  private static final Pattern CASE =
      Pattern.compile(
          "\\{\"name\":\"([^\"]+)\",\"frameSizeLimit\":(\\d+),\"client\":(.*?),\"server\":(.*?),"
              + "\"rounds\":\\[(.*?)\\],\"have\":\\[[^\\]]*\\],\"need\":\\[[^\\]]*\\]\\}(?=,\\{\"name\"|\\]\\})");
  private static final Pattern ITEM = Pattern.compile("\\[(\\d+),\"([0-9a-f]{64})\"\\]");
  private static final Pattern ROUND =
      Pattern.compile(
          "\\{\"c2s\":\"([0-9a-f]*)\",\"s2c\":\"([0-9a-f]*)\",\"have\":\\[(.*?)\\],\"need\":\\[(.*?)\\]\\}");
  private static final Pattern ID = Pattern.compile("\"([0-9a-f]{64})\"");

  @Test
  void ourMessagesAreTheirsByteForByte() throws IOException {
    assertThat(check(ONE)).isEqualTo(1);
    Optional<Path> file = find("negentropy/negentropy_vectors.json");
    if (file.isPresent()) {
      assertThat(check(Files.readString(file.get(), StandardCharsets.UTF_8))).isEqualTo(9);
    }
  }

  private static int check(String transcripts) {
    int count = 0;
    Matcher cases = CASE.matcher(transcripts);
    while (cases.find()) {
      int limit = Integer.parseInt(cases.group(2));
      ReconcileOptions options =
          new ReconcileOptions(16, 16, limit == 0 ? Integer.MAX_VALUE : limit, 1_000);
      Reconciler asking = new Reconciler(items(cases.group(3)), options);
      Reconciler answering = new Reconciler(items(cases.group(4)), options);
      Optional<Bytes> question = Optional.of(asking.open());
      Matcher rounds = ROUND.matcher(cases.group(5));
      while (rounds.find()) {
        String where = cases.group(1) + ", round " + asking.rounds();
        assertThat(question.orElseThrow().toHex()).as(where).isEqualTo(rounds.group(1));
        Bytes answer = answering.answer(question.orElseThrow());
        Bytes published = Bytes.fromHex(rounds.group(2));
        assertThat(withoutRest(answer, limit)).as(where).isEqualTo(withoutRest(published, limit));
        Found found = new Found();
        question = asking.conclude(published, found);
        assertThat(found.have).as(where).isEqualTo(ids(rounds.group(3)));
        assertThat(found.need).as(where).isEqualTo(ids(rounds.group(4)));
      }
      assertThat(question).as(cases.group(1)).isEmpty();
      count++;
    }
    return count;
  }

  /**
   * A message that was cut short ends with a fingerprint that says there is more; ours is that of
   * all that is left, theirs begins one range later, and either differs from any right one.
   */
  private static String withoutRest(Bytes message, int limit) {
    int rest = limit == 0 ? 0 : RangeSum.FINGERPRINT_BYTES;
    return message.length() + ": " + message.slice(0, message.length() - rest).toHex();
  }

  private static SortedItems items(String text) {
    List<RangeItem> items = new ArrayList<>();
    Matcher matcher = ITEM.matcher(text);
    while (matcher.find()) {
      items.add(new RangeItem(Long.parseLong(matcher.group(1)), Bytes.fromHex(matcher.group(2))));
    }
    return new SortedItems(items);
  }

  private static Set<Bytes> ids(String text) {
    TreeSet<Bytes> ids = new TreeSet<>();
    Matcher matcher = ID.matcher(text);
    while (matcher.find()) {
      ids.add(Bytes.fromHex(matcher.group(1)));
    }
    return ids;
  }

  private static Optional<Path> find(String name) {
    String given = System.getProperty("cairn.vectors");
    if (given != null) {
      return Optional.of(Path.of(given, name)).filter(Files::exists);
    }
    for (Path folder = Path.of("").toAbsolutePath(); folder != null; folder = folder.getParent()) {
      Path candidate = folder.resolve("shared").resolve("vectors").resolve(name);
      if (Files.exists(candidate)) {
        return Optional.of(candidate);
      }
    }
    return Optional.empty();
  }
}
