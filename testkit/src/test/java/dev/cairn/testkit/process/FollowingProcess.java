package dev.cairn.testkit.process;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.TypeTag;
import dev.cairn.asl.store.CommitDraft;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.PreparedArtifact;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.time.Entropy;
import dev.cairn.asl.time.Ticker;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.grpc.GrpcPeerServer;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.node.StoreDirectory;
import dev.cairn.federation.peers.FollowSettings;
import dev.cairn.federation.peers.Followers;
import dev.cairn.federation.peers.PeerSync;
import dev.cairn.federation.transport.PeerAddress;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;

/**
 * A node as {@code cairn serve} makes it, listening on loopback with TLS and following its peers,
 * that writes all the time.
 *
 * <pre>
 *   FollowingProcess STORE PREFIX [NAME=HOST:PORT]...
 *   says: ready ADDRESS    put KEY .    resting    state ROOT RECORDS .
 *   hears: rest, state; ends when its input does
 * </pre>
 */
final class FollowingProcess {
  private static final TypeTag TEXT = new TypeTag("text/plain");
  private static final int PAUSE_MILLIS = 4;
  private static final int LARGE_EVERY = 16;
  private static final int LARGE_CHARS = 90_000;

  private FollowingProcess() {}

  public static void main(String[] arguments) throws IOException, InterruptedException {
    PrintStream out = new PrintStream(System.out, true, StandardCharsets.US_ASCII);
    CountDownLatch rest = new CountDownLatch(1);
    try (CairnNode node = StoreDirectory.open(Path.of(arguments[0]), WallClock.system())) {
      PeerSync sync = new PeerSync(node.store(), node.peers(), WallClock.system(), Ticker.system());
      try (Followers followers =
              new Followers(
                  node.store(),
                  node.peers(),
                  sync,
                  WallClock.system(),
                  Ticker.system(),
                  Entropy.system(),
                  FollowSettings.DEFAULT,
                  statuses -> {});
          GrpcPeerServer server =
              followers.serve(PeerAddress.parse("127.0.0.1:0"), false, report -> {})) {
        for (int i = 2; i < arguments.length; i++) {
          String[] peer = arguments[i].split("=", 2);
          if (node.peers().find(peer[0]).isEmpty()) {
            node.peers().add(peer[0], PeerAddress.parse(peer[1]), null);
          }
        }
        followers.start(node.peers().list());
        out.println("ready " + server.address());
        Thread writer = new Thread(() -> write(node.store(), arguments[1], rest, out));
        writer.start();
        obey(node.store(), rest, out);
        rest.countDown();
        writer.join();
      }
    }
  }

  private static void write(Store store, String prefix, CountDownLatch rest, PrintStream out) {
    try {
      for (int i = 0; !rest.await(PAUSE_MILLIS, TimeUnit.MILLISECONDS); i++) {
        String more = i % LARGE_EVERY == 0 ? "+".repeat(LARGE_CHARS) : "";
        PreparedArtifact artifact = store.prepare(TEXT, Bytes.utf8(prefix + " " + i + more));
        store.commit(new CommitDraft().put(artifact));
        out.println("put " + artifact.id().key() + " .");
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    out.println("resting");
  }

  private static void obey(Store store, CountDownLatch rest, PrintStream out) throws IOException {
    BufferedReader in =
        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.US_ASCII));
    for (String line = in.readLine(); line != null; line = in.readLine()) {
      if (line.equals("rest")) {
        rest.countDown();
      } else {
        long records = store.heads().stream().mapToLong(LogHead::treeSize).sum();
        out.println("state " + store.stateRoot().toHex() + " " + records + " .");
      }
    }
  }
}
