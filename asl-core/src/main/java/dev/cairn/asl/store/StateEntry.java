package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.PayloadDigest;
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
  private static final int KIND_AT = ArtifactKey.BYTES;
  private static final int DIGEST_AT = KIND_AT + 1;
  private static final int LOGSEQ_AT = DIGEST_AT + HashAlgorithm.DIGEST_BYTES;
  private static final int ORIGIN_AT = LOGSEQ_AT + Long.BYTES;

  static final int BYTES = ORIGIN_AT + Origin.BYTES;

  static StateEntry of(LiveEntry entry) {
    return of(
        Paths.of(entry.key()),
        entry.kind(),
        entry.artifact().payloadDigest(),
        entry.logseq(),
        entry.origin());
  }

  private static StateEntry of(
      Bytes path, RecordKind kind, PayloadDigest digest, long logseq, Origin origin) {
    byte[] encoded = new byte[BYTES];
    path.copyTo(encoded, 0);
    encoded[KIND_AT] = (byte) kind.code();
    digest.digest().copyTo(encoded, DIGEST_AT);
    ByteBuffer.wrap(encoded).putLong(LOGSEQ_AT, logseq);
    origin.bytes().copyTo(encoded, ORIGIN_AT);
    return new StateEntry(path, kind, Bytes.wrap(encoded));
  }

  /** The entry of a row of {@link StoreTables#LIVE}, empty if what it shows is not live. */
  static Optional<StateEntry> ofLive(Bytes path, LiveRow row) {
    Paths.check(path);
    Fact.Put put = row.put();
    if (put == null || !row.isLive()) {
      return Optional.empty();
    }
    Place place = put.place();
    return Optional.of(of(path, put.kind(), put.payloadDigest(), place.logseq(), place.origin()));
  }

  /** The same of the row as it is stored; shorter for what most rows are, an untagged put alone. */
  static Optional<StateEntry> ofRow(Bytes path, Bytes row) {
    Optional<StateEntry> plain = StoreTables.LIVE.read(path, row, StateEntry::ofPlainPut);
    return plain.isPresent() ? plain : ofLive(path, LiveRow.read(path, row));
  }

  /** Empty if the row is not just that: {@link LiveRow} reads it then, or says what is wrong. */
  private static Optional<StateEntry> ofPlainPut(Bytes path, Bytes row) {
    Paths.check(path);
    Fact.Reader in = new Fact.Reader(row);
    if (!LiveRow.isPutAlone(in.u8())) {
      return Optional.empty();
    }
    long logseq = in.varint();
    Bytes origin = in.bytes(Origin.BYTES);
    int form = in.u8();
    long index = in.varint();
    long length = in.varint();
    int tagLength = in.u8();
    if (!Fact.isPut(form) || index < 0 || length < 0 || tagLength != 0 || !Origin.isOne(origin)) {
      return Optional.empty();
    }
    RecordKind kind = Fact.putKind(form);
    byte[] encoded = new byte[BYTES];
    path.copyTo(encoded, 0);
    encoded[KIND_AT] = (byte) kind.code();
    in.bytes(HashAlgorithm.DIGEST_BYTES).copyTo(encoded, DIGEST_AT);
    in.end();
    ByteBuffer.wrap(encoded).putLong(LOGSEQ_AT, logseq);
    origin.copyTo(encoded, ORIGIN_AT);
    return Optional.of(new StateEntry(path, kind, Bytes.wrap(encoded)));
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
