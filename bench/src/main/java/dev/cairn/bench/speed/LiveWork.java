package dev.cairn.bench.speed;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.Durability;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.time.Entropy;
import dev.cairn.asl.time.Ticker;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.grpc.GrpcPeerServer;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.node.StoreDirectory;
import dev.cairn.federation.peers.FollowSettings;
import dev.cairn.federation.peers.FollowState;
import dev.cairn.federation.peers.Followers;
import dev.cairn.federation.peers.PeerSync;
import dev.cairn.federation.tls.TlsIdentity;
import dev.cairn.federation.transport.PeerAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.locks.LockSupport;

/**
 * How long one durable commit takes to a peer that follows, over gRPC with mutual TLS on loopback,
 * both nodes in this process as {@code cairn serve} runs them: from the moment the commit is called
 * for until the peer has the artifact durable and gives it, verified. Beside it, in turn and on the
 * same beat, one synced write of the rows of such a commit by rocksdbjni alone and one message
 * there and back by gRPC alone.
 *
 * <p>Propagation has two syncs, the commit's and the peer's, and one way:
 *
 * <pre>
 *   commit: sync -> news -> delta signed, written unsynced, sent -> one way -> verified -> sync -> read
 *   floor:  sync -> one message, one answer
 * </pre>
 */
final class LiveWork implements Work {
  private static final long SEED = 12;
  private static final int WARM_UPS = 1_000;
  private static final int COMMITS = 1_000;
  private static final double TARGET = 3;

  /** From one commit to the next; the floor's turn is in the middle. */
  private static final long BEAT_NANOS = 20_000_000;

  private static final long TIMEOUT_MILLIS = 30_000;

  /** What a delta of one small artifact has beside the payload: record, checkpoint, framing. */
  private static final int DELTA_BYTES = 500;

  private final double[] called = new double[COMMITS];
  private final double[] acknowledged = new double[COMMITS];
  private final double[] committing = new double[COMMITS];
  private final double[] floor = new double[COMMITS];
  private final double[] sync = new double[COMMITS];
  private final double[] trip = new double[COMMITS];

  @Override
  public void run(Setting setting, Report report) throws Exception {
    Path folder = IngestFloor.fresh(setting.folder().resolve("live"));
    try (Node source = new Node(folder.resolve("source"));
        Node target = new Node(folder.resolve("target"));
        IngestFloor ingest = IngestFloor.open(folder, 1);
        StreamFloor stream =
            new StreamFloor(new TlsIdentity(source.store().signingKey(), WallClock.system()));
        StreamFloor.Pinger pinger = stream.pinger()) {
      source.follow(target);
      measure(source.store(), target.store(), ingest, pinger);
    } finally {
      Folders.delete(folder);
    }
    report.note("synced write by rocksdbjni alone", spread(sync));
    report.note("gRPC with TLS alone, there and back", spread(trip));
    report.note("the commit alone", spread(committing));
    report.note("from the commit's acknowledgement on", spread(acknowledged));
    report.tail(
        "live propagation of one durable commit to a peer, to a synced write and a round trip",
        called,
        floor,
        TARGET);
  }

  private static String spread(double[] millis) {
    return Report.text(
        "median %.3f ms, p99 %.3f", Samples.median(millis), Samples.percentile99(millis));
  }

  private void measure(Store source, Store target, IngestFloor ingest, StreamFloor.Pinger pinger)
      throws Exception {
    RowMaker maker = ingest.maker(SEED);
    byte[] delta = Payloads.of(SEED, -1, Setting.PAYLOAD_BYTES + DELTA_BYTES);
    long beat = 0;
    for (int i = -WARM_UPS; i < COMMITS; i++) {
      byte[] payload = Payloads.small(SEED, i + WARM_UPS);
      var rows = maker.batch();
      beat = i < 0 ? System.nanoTime() : beat + BEAT_NANOS;
      await(beat);
      propagate(source, target, payload, i);
      await(beat + (i < 0 ? 0 : BEAT_NANOS / 2));
      long start = System.nanoTime();
      ingest.put(List.of(payload), rows, true);
      long middle = System.nanoTime();
      pinger.ping(delta);
      long end = System.nanoTime();
      if (i >= 0) {
        sync[i] = millis(middle - start);
        trip[i] = millis(end - middle);
        floor[i] = millis(end - start);
      }
    }
  }

  private void propagate(Store source, Store target, byte[] payload, int i) throws Exception {
    ArtifactKey key = OwnStore.key(payload);
    long start = System.nanoTime();
    CommitDraft draft = new CommitDraft();
    draft.put(source.prepare(null, Bytes.wrap(payload)));
    source.commit(draft, Durability.SYNCED);
    long middle = System.nanoTime();
    if (!target.waitFor(key, TIMEOUT_MILLIS)
        || target.reader().get(key, Setting.PAYLOAD_BYTES).length() != payload.length) {
      throw new IllegalStateException("artifact " + i + " did not come");
    }
    long end = System.nanoTime();
    if (i >= 0) {
      called[i] = millis(end - start);
      acknowledged[i] = millis(end - middle);
      committing[i] = millis(middle - start);
    }
  }

  private static double millis(long nanos) {
    return nanos / 1e6;
  }

  private static void await(long moment) {
    long left = moment - System.nanoTime();
    while (left > 0) {
      LockSupport.parkNanos(left);
      left = moment - System.nanoTime();
    }
  }

  /** A node that serves and follows. */
  private static final class Node implements AutoCloseable {
    private final CairnNode node;
    private final Followers followers;
    private final GrpcPeerServer server;

    Node(Path folder) {
      StoreDirectory.init(folder, "bench");
      node = StoreDirectory.open(folder);
      followers =
          new Followers(
              node.store(),
              node.peers(),
              new PeerSync(node.store(), node.peers(), WallClock.system(), Ticker.system()),
              WallClock.system(),
              Ticker.system(),
              Entropy.system(),
              FollowSettings.DEFAULT,
              statuses -> {});
      server = followers.serve(PeerAddress.parse("127.0.0.1:0"), false, ended -> {});
    }

    Store store() {
      return node.store();
    }

    /** Calls another node; returns once they are in conversation. */
    void follow(Node other) {
      node.peers().add("other", other.server.address(), null);
      followers.start(node.peers().list());
      other.followers.start(List.of());
      long end = System.nanoTime() + TIMEOUT_MILLIS * 1_000_000;
      while (followers.statuses().get(0).state() != FollowState.CONNECTED) {
        if (System.nanoTime() > end) {
          throw new IllegalStateException("not connected: " + followers.statuses());
        }
        LockSupport.parkNanos(BEAT_NANOS);
      }
    }

    @Override
    public void close() {
      followers.close();
      server.close();
      node.close();
    }
  }
}
