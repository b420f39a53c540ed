package dev.cairn.pel.model;

import dev.cairn.asl.error.MalformedException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.UnaryOperator;

/**
 * Collects what is wrong with a program, each mistake with its place as an RFC 6901 JSON pointer:
 * {@code /nodes/stats/inputs/0: …}. One owner at a time.
 *
 * <p>After {@link #SHOWN_MAX} mistakes further ones are only counted, and text from outside is
 * quoted and cut, so that a hostile program cannot make a long message.
 */
public final class Mistakes {
  /** Mistakes spelled out in a message. */
  public static final int SHOWN_MAX = 20;

  /** Characters of foreign text shown in a message. */
  public static final int QUOTED_CHARS_MAX = 80;

  private final List<String> shown = new ArrayList<>();
  private final UnaryOperator<String> places;
  private long count;

  /** A collection without mistakes. */
  public Mistakes() {
    this(place -> place.isEmpty() ? "/" : place);
  }

  /**
   * A collection without mistakes.
   *
   * @param places how a place is told: with line and column, where there is a text
   */
  public Mistakes(UnaryOperator<String> places) {
    this.places = places;
  }

  /** Adds a mistake at a place. */
  public void add(String place, String what) {
    count++;
    if (shown.size() < SHOWN_MAX) {
      shown.add(places.apply(place) + ": " + what);
    }
  }

  /** How many there are. */
  public long count() {
    return count;
  }

  /** Refuses {@code what} if there is a mistake. */
  public void throwIfAny(String what) {
    if (count == 0) {
      return;
    }
    String more = count > shown.size() ? "; and " + (count - shown.size()) + " more" : "";
    throw new MalformedException(what + ": " + String.join("; ", shown) + more);
  }

  /** {@code parent/name}, with the name escaped as a JSON pointer demands. */
  public static String at(String parent, String name) {
    return parent + "/" + printable(name).replace("~", "~0").replace("/", "~1");
  }

  /** {@code parent/index}. */
  public static String at(String parent, int index) {
    return parent + "/" + index;
  }

  /** Foreign text as it may stand in a message: in quotes, printable ASCII only, cut. */
  public static String quote(String text) {
    return "'" + printable(text) + "'";
  }

  private static String printable(String text) {
    StringBuilder out = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      if (i == QUOTED_CHARS_MAX) {
        return out.append("...").toString();
      }
      char c = text.charAt(i);
      if (c >= 0x20 && c <= 0x7e) {
        out.append(c);
      } else {
        out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      }
    }
    return out.toString();
  }
}
