package dev.cairn.bench.speed;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.engine.rocksdb.RocksEngine;
import dev.cairn.asl.engine.rocksdb.RocksOptions;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.asl.time.Ticker;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.bootstrap.BootstrapPart;
import dev.cairn.federation.bootstrap.BootstrapStore;
import dev.cairn.federation.grpc.GrpcPeerClient;
import dev.cairn.federation.grpc.GrpcPeerServer;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.sync.StoreSync;
import dev.cairn.federation.sync.SyncReport;
import dev.cairn.federation.tls.TlsIdentity;
import dev.cairn.federation.tls.TrustPolicy;
import dev.cairn.federation.transport.PeerAddress;
import dev.cairn.federation.transport.PeerLink;
import java.nio.file.Path;
import java.util.List;

/** A node of the sync measurements: a store on RocksDB with a key and a certificate. */
final class SyncNode implements AutoCloseable {
  private final Store store;
  private final TlsIdentity identity;
  private final StoreSync sync;

  /** Opens or makes the node {@code name} in a folder. */
  SyncNode(Path folder, String name) {
    SigningKey key = SigningKey.fromSeed(HashAlgorithm.SHA_256.hash(Bytes.utf8(name)));
    store =
        Store.open(
            RocksEngine.open(
                folder, StoreConfig.tables(List.of(), List.of()), RocksOptions.DEFAULT),
            new StoreConfig("bench", key, 1, List.of(), List.of(), WallClock.system()));
    identity = new TlsIdentity(key, WallClock.system());
    sync = new StoreSync(store, SessionOptions.DEFAULT, ReplicationListener.NONE, Ticker.system());
  }

  Store store() {
    return store;
  }

  TlsIdentity identity() {
    return identity;
  }

  /** Puts payloads in one durable commit. */
  void put(List<byte[]> payloads) {
    CommitDraft draft = new CommitDraft();
    for (byte[] payload : payloads) {
      draft.put(store.prepare(null, Bytes.wrap(payload)));
    }
    store.commit(draft, Durability.SYNCED);
  }

  /** Answers peers over TLS on loopback. */
  GrpcPeerServer serve() {
    return GrpcPeerServer.start(
        PeerAddress.parse("127.0.0.1:0"),
        identity,
        TrustPolicy.anyNode(),
        link -> {
          var unused = sync.respond(link);
        });
  }

  /** The same, and hands over snapshots. */
  GrpcPeerServer serveSnapshots() {
    StoreSync whole =
        new StoreSync(
            store,
            SessionOptions.DEFAULT,
            ReplicationListener.NONE,
            Ticker.system(),
            () -> List.of(BootstrapPart.answering(BootstrapStore.of(store))));
    return GrpcPeerServer.start(
        PeerAddress.parse("127.0.0.1:0"),
        identity,
        TrustPolicy.anyNode(),
        link -> {
          var unused = whole.respond(link);
        });
  }

  /** A connection to another node. */
  PeerLink connect(PeerAddress address) {
    return GrpcPeerClient.connect(address, identity, TrustPolicy.anyNode());
  }

  /** Takes what the peer has and this node lacks. */
  SyncReport pull(PeerLink link) {
    return sync.initiate(link, false, true, null).orThrow();
  }

  @Override
  public void close() {
    store.close();
  }
}
