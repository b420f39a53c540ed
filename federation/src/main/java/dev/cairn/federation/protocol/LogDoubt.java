package dev.cairn.federation.protocol;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.error.UnextendedException;
import dev.cairn.asl.evidence.Evidence;
import dev.cairn.asl.merkle.SubtreeSource;
import dev.cairn.asl.model.Origin;
import java.util.Optional;

/**
 * That something of a log came which does not verify on top of what is held of it: the peer changed
 * it, or the log's node signed two logs and the peer holds the other. The peer's proof of how its
 * log begins tells which; see {@link SessionLogs#doubt}.
 *
 * @param origin whose log
 * @param key the origin's public key
 * @param ours the last checkpoint of what is held; empty for a log that the store holds as a whole
 * @param shorter what a checkpoint that covers no more than {@code ours} proves against that
 * @param what did not verify, in words
 */
public record LogDoubt(
    Origin origin, PublicKey key, Bytes ours, Examination shorter, UnextendedException what) {

  /** Compares a signed note with the log that is held. */
  @FunctionalInterface
  public interface Examination {
    /** The evidence, if the two cannot both be true. */
    Optional<Evidence> of(Bytes note);
  }

  /** About a log that the store holds as a whole. */
  public static LogDoubt ofWhole(Origin origin, PublicKey key, UnextendedException what) {
    return new LogDoubt(origin, key, Bytes.EMPTY, note -> Optional.empty(), what);
  }

  /** About a log of which some records are held, and the leaf hash of each other. */
  public static LogDoubt ofPart(
      Origin origin, PublicKey key, Bytes ours, SubtreeSource tree, UnextendedException what) {
    return new LogDoubt(origin, key, ours, note -> Evidence.between(key, note, ours, tree), what);
  }
}
