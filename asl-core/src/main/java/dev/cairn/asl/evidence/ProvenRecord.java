package dev.cairn.asl.evidence;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.merkle.MerkleProofs;
import dev.cairn.asl.merkle.SubtreeSource;
import java.util.List;

/**
 * A record with the proof that it stands in a log.
 *
 * @param record its canonical bytes
 * @param proof inclusion proof (RFC 6962 section 2.1.1) at the index that the record states
 */
public record ProvenRecord(Bytes record, List<Bytes> proof) {
  public ProvenRecord {
    proof = List.copyOf(proof);
  }

  /** A record of a log of {@code size} records. */
  public static ProvenRecord of(Bytes record, long index, long size, SubtreeSource tree) {
    return new ProvenRecord(record, MerkleProofs.inclusion(tree, index, size));
  }
}
