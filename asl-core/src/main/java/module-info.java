import org.jspecify.annotations.NullMarked;

/**
 * The artifact storage layer: artifacts, their canonical encoding and hashing, the log and its
 * Merkle tree, snapshots, and the storage engines.
 */
@NullMarked
module dev.cairn.asl {
  exports dev.cairn.asl.bytes;
  exports dev.cairn.asl.cbor;
  exports dev.cairn.asl.crypto;
  exports dev.cairn.asl.engine;
  exports dev.cairn.asl.engine.memory;
  exports dev.cairn.asl.engine.rocksdb;
  exports dev.cairn.asl.error;
  exports dev.cairn.asl.files;
  exports dev.cairn.asl.merkle;
  exports dev.cairn.asl.evidence;
  exports dev.cairn.asl.metrics;
  exports dev.cairn.asl.metrics.micrometer;
  exports dev.cairn.asl.model;
  exports dev.cairn.asl.note;
  exports dev.cairn.asl.store;
  exports dev.cairn.asl.time;

  requires static transitive org.jspecify;
  requires org.slf4j;
  requires static micrometer.core;
  requires rocksdbjni;
  requires org.bouncycastle.provider;
}
