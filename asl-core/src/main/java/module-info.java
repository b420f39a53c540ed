import org.jspecify.annotations.NullMarked;

/**
 * The artifact storage layer: artifacts, their canonical encoding and hashing, the log and its
 * Merkle tree, snapshots, and the storage engines.
 */
@NullMarked
module dev.cairn.asl {
  requires static transitive org.jspecify;
  requires org.slf4j;
  requires rocksdbjni;
  requires org.bouncycastle.provider;
}
