package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.RecordKind;
import java.nio.ByteBuffer;
import java.util.Optional;

/**
 * A leaf entry of the state tree.
 *
 * <pre>
 *   path 34 | u8 kind | payload digest 32 | u64be logseq | origin 36          111 bytes
 * </pre>
 *
 * @param path where it hangs: digest, then hash id
 * @param kind what its records state
 * @param encoded all of it
 */
record StateEntry(Bytes path, RecordKind kind, Bytes encoded) {
  static final int BYTES =
      ArtifactKey.BYTES + 1 + HashAlgorithm.DIGEST_BYTES + Long.BYTES + Origin.BYTES;

  static StateEntry of(LiveEntry entry) {
    Bytes path = Paths.of(entry.key());
    Bytes encoded =
        Bytes.wrap(
            ByteBuffer.allocate(BYTES)
                .put(path.toByteBuffer())
                .put((byte) entry.kind().code())
                .put(entry.artifact().payloadDigest().digest().toByteBuffer())
                .putLong(entry.logseq())
                .put(entry.origin().bytes().toByteBuffer())
                .array());
    return new StateEntry(path, entry.kind(), encoded);
  }

  /** The entry of a row of {@link StoreTables#LIVE}, empty if what it shows is not live. */
  static Optional<StateEntry> ofLive(Bytes path, Bytes row) {
    return LiveRow.decode(row).live(Paths.key(path)).map(StateEntry::of);
  }

  LiveCounts counts() {
    return switch (kind) {
      case ARTIFACT -> new LiveCounts(1, 0, 0);
      case TGK_EDGE -> new LiveCounts(0, 1, 0);
      case PER -> new LiveCounts(0, 0, 1);
      case TOMBSTONE -> throw new AssertionError("a tombstone is not live");
    };
  }
}
