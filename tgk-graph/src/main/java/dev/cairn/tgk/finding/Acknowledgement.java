package dev.cairn.tgk.finding;

import dev.cairn.asl.error.MalformedException;

/**
 * That somebody has taken note of an occurrence, or takes that back.
 *
 * @param atMillis when, in milliseconds since 1970-01-01T00:00:00Z
 * @param standing false if it was withdrawn
 * @param reason why, for people
 */
public record Acknowledgement(long atMillis, boolean standing, String reason) {
  public Acknowledgement {
    if (atMillis < 0) {
      throw new MalformedException("sighting: acknowledged at " + atMillis);
    }
    FindingText.check("sighting", "reason", reason, FindingText.REASON_BYTES_MAX, false);
  }
}
