package dev.cairn.bench.speed;

import dev.cairn.asl.store.Store;
import dev.cairn.asl.time.Ticker;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.grpc.GrpcPeerClient;
import dev.cairn.federation.grpc.GrpcPeerServer;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.node.StoreBootstrap;
import dev.cairn.federation.node.StoreDirectory;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.protocol.SessionPart;
import dev.cairn.federation.sync.StoreSync;
import dev.cairn.federation.sync.SyncReport;
import dev.cairn.federation.tls.TlsIdentity;
import dev.cairn.federation.tls.TrustPolicy;
import dev.cairn.federation.transport.PeerAddress;
import dev.cairn.federation.transport.PeerLink;
import java.nio.file.Path;
import java.util.List;

/**
 * A fresh node from a snapshot of {@code count} artifacts of 1 KiB, over gRPC with TLS on loopback,
 * both nodes in this process, until its store is verified, durable and in its place; beside a sync
 * of the same records into the same kind of node, record by record.
 */
final class BootstrapWork implements Work {
  private static final long SEED = 12;
  private static final int WARM_UPS = 1;
  private static final int ROUNDS = 3;
  private static final double TARGET = 2;

  @Override
  public void run(Setting setting, Report report) throws Exception {
    Path folder = IngestFloor.fresh(setting.folder().resolve("bootstrap"));
    try (SyncNode source = new SyncNode(folder.resolve("source"), "source")) {
      for (long at = 0; at < setting.count(); at += Setting.BATCH) {
        source.put(IngestFloor.payloads(SEED, at, Setting.BATCH));
      }
      try (GrpcPeerServer server = source.serveSnapshots()) {
        Duel duel =
            Duel.run(
                WARM_UPS,
                ROUNDS,
                (round, lap) -> snapshot(folder, server, setting.count(), lap),
                (round, lap) -> records(folder, server, setting.count(), lap));
        report.ratio(
            Report.text("bootstrap of %,d artifacts, to a sync of them", setting.count()),
            "artifacts",
            duel,
            TARGET);
      }
    } finally {
      Folders.delete(folder);
    }
  }

  private static long snapshot(Path folder, GrpcPeerServer server, long count, Lap lap)
      throws Exception {
    Path place = folder.resolve("snapshot");
    lap.go();
    StoreBootstrap.Result result =
        StoreBootstrap.run(
            place,
            "bench",
            (self, part) -> talk(server, self, part),
            WallClock.system(),
            StoreBootstrap.Watcher.NONE);
    lap.halt();
    require(result.records(), count);
    Folders.delete(place);
    return count;
  }

  private static SyncReport talk(GrpcPeerServer server, Store self, SessionPart part) {
    return new StoreSync(
            self,
            SessionOptions.DEFAULT,
            ReplicationListener.NONE,
            Ticker.system(),
            () -> List.of(part))
        .initiate(connect(server.address(), self), false, false, null);
  }

  private static long records(Path folder, GrpcPeerServer server, long count, Lap lap)
      throws Exception {
    Path place = folder.resolve("records");
    StoreDirectory.init(place, "bench");
    lap.go();
    try (CairnNode node = StoreDirectory.open(place)) {
      SyncReport report =
          new StoreSync(
                  node.store(), SessionOptions.DEFAULT, ReplicationListener.NONE, Ticker.system())
              .initiate(connect(server.address(), node.store()), false, true, null)
              .orThrow();
      lap.halt();
      require(report.received().records(), count);
    }
    Folders.delete(place);
    return count;
  }

  private static PeerLink connect(PeerAddress address, Store self) {
    return GrpcPeerClient.connect(
        address, new TlsIdentity(self.signingKey(), WallClock.system()), TrustPolicy.anyNode());
  }

  private static void require(long came, long count) {
    if (came != count) {
      throw new IllegalStateException(came + " of " + count + " came");
    }
  }
}
