package dev.cairn.tgk.finding;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;

/**
 * When an observer saw an occurrence, and what it saw last. A join: of any number of runs, put
 * together in any order and any number of times, comes the same.
 *
 * @param firstMillis when first, in milliseconds since 1970-01-01T00:00:00Z
 * @param lastMillis when last
 * @param version of the program that saw it last
 * @param detail what it saw
 */
public record Seen(long firstMillis, long lastMillis, String version, String detail) {
  public Seen {
    if (firstMillis < 0 || lastMillis < firstMillis) {
      throw new MalformedException(
          "sighting: first seen at " + firstMillis + ", last at " + lastMillis);
    }
    FindingText.check("sighting", "version", version, FindingText.VERSION_BYTES_MAX, false);
    FindingText.check("sighting", "detail", detail, FindingText.DETAIL_BYTES_MAX, true);
  }

  /** Seen in one run. */
  public static Seen once(long atMillis, String version, String detail) {
    return new Seen(atMillis, atMillis, version, detail);
  }

  /** Both together. Of two that end at one time, the greater version and detail by bytes count. */
  public Seen join(Seen other) {
    Seen later = isAfter(other) ? this : other;
    return new Seen(
        Math.min(firstMillis, other.firstMillis), later.lastMillis, later.version, later.detail);
  }

  private boolean isAfter(Seen other) {
    int order = Long.compare(lastMillis, other.lastMillis);
    if (order == 0) {
      order = Bytes.utf8(version).compareTo(Bytes.utf8(other.version));
    }
    if (order == 0) {
      order = Bytes.utf8(detail).compareTo(Bytes.utf8(other.detail));
    }
    return order > 0;
  }
}
