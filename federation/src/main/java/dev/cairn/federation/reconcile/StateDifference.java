package dev.cairn.federation.reconcile;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
import java.util.Optional;

/**
 * A key of which two live states say different things.
 *
 * @param key what is live on one side, or on both but otherwise
 * @param mine what is live on the side that asked
 * @param theirs what is live on the other side
 */
public record StateDifference(ArtifactKey key, Optional<Entry> mine, Optional<Entry> theirs) {
  /**
   * What a state says of a key.
   *
   * @param kind code of the record's kind
   * @param payloadDigest of the latest live put
   * @param logseq of that put
   * @param origin whose put it is
   */
  public record Entry(int kind, PayloadDigest payloadDigest, long logseq, Origin origin) {}

  static final int PATH_BYTES = ArtifactKey.BYTES;
  static final int ENTRY_BYTES =
      PATH_BYTES + 1 + HashAlgorithm.DIGEST_BYTES + Long.BYTES + Origin.BYTES;

  static Entry entry(Bytes encoded) {
    int at = PATH_BYTES + 1;
    int behindDigest = at + HashAlgorithm.DIGEST_BYTES;
    return new Entry(
        encoded.at(PATH_BYTES),
        new PayloadDigest(encoded.slice(at, behindDigest)),
        encoded.u64At(behindDigest),
        Origin.fromBytes(encoded.slice(behindDigest + Long.BYTES)));
  }

  static ArtifactKey key(Bytes path) {
    int algorithm =
        path.at(HashAlgorithm.DIGEST_BYTES) << 8 | path.at(HashAlgorithm.DIGEST_BYTES + 1);
    try {
      return new ArtifactKey(
          HashAlgorithm.byId(algorithm), path.slice(0, HashAlgorithm.DIGEST_BYTES));
    } catch (IllegalArgumentException e) {
      throw new MalformedException("state entry: hash id " + algorithm, e);
    }
  }
}
