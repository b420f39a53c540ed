package dev.cairn.bench.speed;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.PublicKey;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.rocksdb.RocksEngine;
import dev.cairn.asl.engine.rocksdb.RocksOptions;
import dev.cairn.asl.model.ArtifactHasher;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.ContentCursor;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.asl.time.WallClock;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Path;
import java.util.List;

/**
 * The store under measurement, called as a user would call it: the only place here that knows its
 * interface. Safe for any thread.
 */
final class OwnStore implements AutoCloseable {
  private static final RocksOptions OPTIONS = RocksOptions.DEFAULT;

  /** Of the secret seed of 32 zero bytes; a node's key file has it, too. */
  private static final Bytes PUBLIC_HALF =
      Bytes.fromHex("3b6a27bcceb6a42d62a3a8d02a6f0d73653215771de243a63ac048a18b59da29");

  private final Store store;

  private OwnStore(Store store) {
    this.store = store;
  }

  /** Opens a store, and makes it if there is none. */
  static OwnStore open(Path folder) {
    StoreConfig config =
        new StoreConfig(
            "bench",
            SigningKey.fromHalves(
                Bytes.wrap(new byte[SigningKey.SEED_BYTES]), PublicKey.checkedBefore(PUBLIC_HALF)),
            1,
            List.of(),
            List.of(),
            WallClock.system());
    return new OwnStore(
        Store.open(
            RocksEngine.open(folder, StoreConfig.tables(List.of(), List.of()), OPTIONS), config));
  }

  /** Native memory for blocks, filters, indexes and write buffers together. */
  static long cacheBytes() {
    return OPTIONS.cacheBytes();
  }

  /** What write buffers may take of it. */
  static long writeBufferBytes() {
    return OPTIONS.writeBufferBytes();
  }

  /** Puts payloads in one commit; how many were new. */
  long put(List<byte[]> payloads, Durability durability) {
    return store.commit(draft(payloads), durability).written();
  }

  private CommitDraft draft(List<byte[]> payloads) {
    CommitDraft draft = new CommitDraft();
    for (byte[] payload : payloads) {
      draft.put(store.prepare(null, Bytes.wrap(payload)));
    }
    return draft;
  }

  /** Puts a payload of any size, durably. */
  void put(InputStream payload) throws IOException {
    store.commit(new CommitDraft().put(store.prepare(null, payload)));
  }

  /** The key that a payload has. */
  static ArtifactKey key(byte[] payload) {
    return ArtifactHasher.identify(Bytes.wrap(payload), null).key();
  }

  /** A small payload by its key, verified. */
  Bytes get(ArtifactKey key) {
    return store.reader().get(key, Setting.PAYLOAD_BYTES);
  }

  /** Walks records {@code [from, to)} of the log with their payloads, verified; payload bytes. */
  long scan(long from, long to) {
    long bytes = 0;
    try (ContentCursor records = store.contents(store.origin(), from, to)) {
      while (records.next()) {
        bytes += records.payload(Setting.PAYLOAD_BYTES).length();
      }
    }
    return bytes;
  }

  /** The state root, brought up to the present. */
  Bytes stateRoot() {
    return store.stateRoot();
  }

  /** Records in this node's log. */
  long records() {
    return store.head(store.origin()).map(head -> head.treeSize()).orElse(0L);
  }

  @Override
  public void close() {
    store.close();
  }
}
