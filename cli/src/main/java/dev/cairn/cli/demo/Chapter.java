package dev.cairn.cli.demo;

import dev.cairn.cli.console.JsonArray;
import dev.cairn.cli.console.JsonObject;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/** What one step did and what was checked of it: sentences, facts and claims. One owner. */
final class Chapter {
  private final int number;
  private final Step step;
  private final List<String> sentences = new ArrayList<>();
  private final JsonObject facts = new JsonObject();
  private final List<Claim> claims = new ArrayList<>();
  private long nanos;

  Chapter(int number, Step step) {
    this.number = number;
    this.step = step;
  }

  /** Tells something, for people. */
  void say(String sentence) {
    sentences.add(sentence);
  }

  /** The same for programs: fields of the step's {@code facts}. */
  JsonObject facts() {
    return facts;
  }

  /** Checks that two things are the same text. */
  void claim(String sentence, Object expected, Object found) {
    String wanted = expected.toString();
    String seen = found.toString();
    claims.add(new Claim(sentence, wanted, seen, wanted.equals(seen)));
  }

  /** Checks that something was counted often enough. */
  void claimAtLeast(String sentence, long least, long found) {
    claims.add(new Claim(sentence, "at least " + least, Long.toString(found), found >= least));
  }

  void took(long elapsedNanos) {
    nanos = elapsedNanos;
  }

  List<Claim> claims() {
    return Collections.unmodifiableList(claims);
  }

  /** The first claim that did not hold. */
  Optional<Claim> broken() {
    return claims.stream().filter(claim -> !claim.held()).findFirst();
  }

  String name() {
    return step.name();
  }

  /** The chapter for people: a title, what was done, then what was checked. */
  String toText() {
    StringBuilder text = new StringBuilder();
    text.append(number).append("  ").append(step.title());
    text.append(String.format(Locale.ROOT, " (%.1f s)%n", nanos / 1e9).replace("\r", ""));
    for (String sentence : sentences) {
      text.append("     ").append(sentence).append('\n');
    }
    for (Claim claim : claims) {
      text.append(claim.held() ? "  ok " : "  NO ").append(claim.sentence()).append('\n');
      if (!claim.held()) {
        text.append("       expected: ").append(claim.expected()).append('\n');
        text.append("       found:    ").append(claim.found()).append('\n');
      }
    }
    return text.toString();
  }

  JsonObject toJson() {
    JsonArray checked = new JsonArray();
    claims.forEach(claim -> checked.add(claim.toJson()));
    return new JsonObject()
        .add("step", step.name())
        .add("title", step.title())
        .addSeconds("seconds", nanos)
        .add("facts", facts)
        .add("claims", checked);
  }
}
