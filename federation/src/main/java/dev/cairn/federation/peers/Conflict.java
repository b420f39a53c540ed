package dev.cairn.federation.peers;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.NodeId;
import dev.cairn.federation.protocol.ConflictSeen;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A conflict as it is kept.
 *
 * @param number its id, from 1, in order of first sight
 * @param seen what was met, with the beginning of each side's bytes
 * @param peer who brought it; null if no one did
 * @param firstMillis when it was met first, since 1970
 * @param lastMillis when it was met last
 * @param times how often
 * @param resolution what a person decided
 */
public record Conflict(
    long number,
    ConflictSeen seen,
    @Nullable NodeId peer,
    long firstMillis,
    long lastMillis,
    long times,
    Resolution resolution) {
  /** What a person decided about a conflict. */
  public enum Resolution {
    /** Nothing yet. */
    OPEN,
    /** What is held here counts. */
    KEEP_A,
    /** What came counts. */
    KEEP_B,
    /** It has settled itself: a log that was held back came in. */
    SETTLED
  }

  /** True until a person has decided. */
  public boolean isOpen() {
    return resolution == Resolution.OPEN;
  }

  Conflict again(long nowMillis) {
    return new Conflict(
        number, seen, peer, firstMillis, Math.max(lastMillis, nowMillis), times + 1, resolution);
  }

  Conflict resolved(Resolution decided) {
    return new Conflict(number, seen, peer, firstMillis, lastMillis, times, decided);
  }

  boolean isOf(ConflictSeen other, @Nullable NodeId by) {
    return isOpen()
        && seen.kind() == other.kind()
        && seen.subject().equals(other.subject())
        && (seen.kind() == ConflictSeen.Kind.EQUIVOCATION || Objects.equals(peer, by));
  }

  static Bytes first(Bytes bytes) {
    return bytes.length() <= ConflictLog.SIDE_BYTES_MAX
        ? bytes
        : bytes.slice(0, ConflictLog.SIDE_BYTES_MAX);
  }
}
