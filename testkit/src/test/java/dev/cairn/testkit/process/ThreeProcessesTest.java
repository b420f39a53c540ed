package dev.cairn.testkit.process;

import static org.assertj.core.api.Assertions.assertThat;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.node.StoreDirectory;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Three processes that follow each other over bad roads, each killed in its turn while all write:
 * nothing that was acknowledged is lost, and all end in one state. More rounds with {@code
 * -Dcairn.process.rounds=N}.
 */
final class ThreeProcessesTest {
  private static final int ROUNDS = Integer.getInteger("cairn.process.rounds", 1);
  private static final long SEED = Long.getLong("cairn.process.seed", 2026);
  private static final int NODES = 3;
  private static final int PUTS = 40;
  private static final int WAIT_MILLIS = 20;
  private static final int SECONDS_MAX = 120;

  @TempDir Path folder;

  private final List<Peer> peers = new ArrayList<>();

  /** A node, through all its processes. */
  private final class Peer {
    final int number;
    final Path store;
    final FaultProxy[] roads = new FaultProxy[NODES];
    final Set<String> acknowledged = new ConcurrentSkipListSet<>();
    private int starts;
    private Process process;
    private final AtomicInteger ready = new AtomicInteger();
    private volatile boolean resting;
    private volatile @Nullable String state;

    Peer(int number) {
      this.number = number;
      this.store = folder.resolve("n" + number);
      StoreDirectory.init(store, "test");
      for (int other = 0; other < NODES; other++) {
        roads[other] = new FaultProxy(SEED + number * 10L + other);
      }
    }

    void start() {
      List<String> command =
          new ArrayList<>(
              List.of(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-XX:+UseSerialGC",
                  "-Xmx256m",
                  "-cp",
                  System.getProperty("java.class.path"),
                  FollowingProcess.class.getName(),
                  store.toString(),
                  "n" + number + " start " + ++starts));
      for (int other = 0; other < NODES; other++) {
        if (other != number) {
          command.add("n" + other + "=" + roads[other].address());
        }
      }
      int before = ready.get();
      try {
        process =
            new ProcessBuilder(command)
                .redirectError(
                    ProcessBuilder.Redirect.appendTo(
                        folder.resolve("n" + number + ".log").toFile()))
                .start();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      Process started = process;
      Thread reader = new Thread(() -> read(started), "output of n" + number);
      reader.setDaemon(true);
      reader.start();
      await("n" + number + " is ready", () -> ready.get() > before);
    }

    private void read(Process started) {
      try (BufferedReader lines = started.inputReader(StandardCharsets.US_ASCII)) {
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          take(line);
        }
      } catch (IOException e) {
        // It was killed.
      }
    }

    /** A line that ends early was not said. */
    private void take(String line) {
      if (line.startsWith("ready ")) {
        int port = Integer.parseInt(line.substring(line.lastIndexOf(':') + 1));
        peers.forEach(peer -> peer.roads[number].lead(port));
        ready.incrementAndGet();
      } else if (line.equals("resting")) {
        resting = true;
      } else if (line.startsWith("put ") && line.endsWith(" .")) {
        acknowledged.add(line.substring(4, line.length() - 2));
      } else if (line.startsWith("state ") && line.endsWith(" .")) {
        state = line;
      }
    }

    void kill() throws InterruptedException {
      process.destroyForcibly();
      assertThat(process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
    }

    void say(String line) {
      try {
        OutputStream in = process.getOutputStream();
        in.write((line + "\n").getBytes(StandardCharsets.US_ASCII));
        in.flush();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }

    void end() throws Exception {
      process.getOutputStream().close();
      assertThat(process.waitFor(SECONDS_MAX, TimeUnit.SECONDS)).isTrue();
      assertThat(process.exitValue()).isZero();
    }

    /** Cuts it off from both others, in both directions, or ends that. */
    void partition(boolean now) {
      for (Peer other : peers) {
        roads[other.number].cut(now);
        other.roads[number].cut(now);
      }
    }
  }

  @AfterEach
  void killAll() {
    for (Peer peer : peers) {
      if (peer.process != null) {
        peer.process.destroyForcibly();
      }
      for (FaultProxy road : peer.roads) {
        road.close();
      }
    }
  }

  @Test
  void eachIsKilledAndCutOffWhileAllWriteAndNothingAcknowledgedIsLost() throws Exception {
    for (int i = 0; i < NODES; i++) {
      peers.add(new Peer(i));
    }
    peers.forEach(Peer::start);
    awaitPuts(peers);
    for (int turn = 0; turn < ROUNDS * NODES; turn++) {
      Peer killed = peers.get(turn % NODES);
      Peer alone = peers.get((turn + 1) % NODES);
      killed.kill();
      awaitPuts(peers.stream().filter(peer -> peer != killed).toList());
      alone.partition(true);
      killed.start();
      awaitPuts(peers);
      alone.partition(false);
    }
    awaitOneState();
    for (Peer peer : peers) {
      peer.end();
    }
    checkStores();
  }

  private static void awaitPuts(List<Peer> of) {
    for (Peer peer : of) {
      int due = peer.acknowledged.size() + PUTS;
      await("n" + peer.number + " writes", () -> peer.acknowledged.size() >= due);
    }
  }

  private void awaitOneState() {
    for (Peer peer : peers) {
      for (FaultProxy road : peer.roads) {
        road.heal();
      }
      peer.say("rest");
    }
    await("all rest", () -> peers.stream().allMatch(peer -> peer.resting));
    await(
        "one state",
        () -> {
          peers.forEach(peer -> peer.say("state"));
          Set<String> states = new TreeSet<>();
          peers.forEach(peer -> states.add(String.valueOf(peer.state)));
          return states.size() == 1 && !states.contains("null");
        });
  }

  private void checkStores() throws IOException {
    Set<Bytes> roots = new TreeSet<>();
    Set<String> acknowledged = new TreeSet<>();
    peers.forEach(peer -> acknowledged.addAll(peer.acknowledged));
    for (Peer peer : peers) {
      try (CairnNode node = StoreDirectory.open(peer.store, WallClock.system())) {
        roots.add(node.store().stateRoot());
        assertThat(node.store().rebuiltStateRoot()).isEqualTo(node.store().stateRoot());
        assertThat(node.store().frozen()).isEmpty();
        for (String key : acknowledged) {
          try (InputStream in = node.store().reader().open(ArtifactKey.parse(key))) {
            assertThat(in.readAllBytes()).as("n" + peer.number + " " + key).isNotEmpty();
          }
        }
      }
    }
    assertThat(roots).hasSize(1);
    assertThat(acknowledged.size()).isGreaterThan(PUTS * NODES * ROUNDS);
  }

  private static void await(String what, BooleanSupplier holds) {
    CountDownLatch never = new CountDownLatch(1);
    try {
      for (int i = 0; i < SECONDS_MAX * 1_000 / WAIT_MILLIS; i++) {
        if (holds.getAsBoolean() || never.await(WAIT_MILLIS, TimeUnit.MILLISECONDS)) {
          return;
        }
      }
    } catch (InterruptedException e) {
      throw new AssertionError(e);
    }
    throw new AssertionError("not within " + SECONDS_MAX + " s: " + what);
  }
}
