package dev.cairn.bench.speed;

import java.io.IOException;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The rival: a Git repository of the same payloads as blobs of one commit, served by {@code git
 * daemon} on loopback, and fetched into empty repositories. One owner.
 */
final class GitDaemon implements AutoCloseable {
  private static final long START_MILLIS = 10_000;

  private final Path folder;
  private final Path log;
  private final int port;
  private final Process daemon;

  private GitDaemon(Path folder, int port, Process daemon) {
    this.folder = folder;
    this.log = folder.resolve("log");
    this.port = port;
    this.daemon = daemon;
  }

  /** True if git and its daemon are here. */
  static boolean isHere() throws IOException, InterruptedException {
    try {
      Process tried =
          new ProcessBuilder("git", "daemon", "-h")
              .redirectErrorStream(true)
              .redirectOutput(Redirect.DISCARD)
              .start();
      // It prints its usage and ends with 129; git without a daemon ends with 1.
      return tried.waitFor() == 129;
    } catch (IOException e) {
      return false;
    }
  }

  /** Makes the repository and serves it. */
  static GitDaemon start(Path folder, long seed, long count)
      throws IOException, InterruptedException {
    Files.createDirectories(folder);
    Path source = folder.resolve("source");
    GitBlobs.make(source, folder.resolve("log"), seed, count);
    int port = freePort();
    Process daemon =
        new ProcessBuilder(
                "git",
                "daemon",
                "--reuseaddr",
                "--export-all",
                "--listen=127.0.0.1",
                "--port=" + port,
                "--base-path=" + folder)
            .redirectErrorStream(true)
            .redirectOutput(Redirect.appendTo(folder.resolve("log").toFile()))
            .start();
    GitDaemon started = new GitDaemon(folder, port, daemon);
    started.awaitListening();
    return started;
  }

  /** Fetches all into a new repository; seconds, from before the process to behind it. */
  double fetch(int round) throws IOException, InterruptedException {
    Path target = folder.resolve("target" + round);
    GitBlobs.run(log, List.of("git", "init", "-q", "--bare", target.toString()));
    long start = System.nanoTime();
    GitBlobs.run(
        log,
        List.of(
            "git",
            "-C",
            target.toString(),
            "-c",
            "core.fsync=all",
            "fetch",
            "-q",
            "git://127.0.0.1:" + port + "/source",
            "main:main"));
    double seconds = (System.nanoTime() - start) / 1e9;
    Folders.delete(target);
    return seconds;
  }

  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }

  private void awaitListening() throws IOException, InterruptedException {
    long end = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(START_MILLIS);
    while (true) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port)) {
        if (socket.isConnected()) {
          return;
        }
      } catch (IOException e) {
        if (System.nanoTime() > end || !daemon.isAlive()) {
          throw new IOException("git daemon does not listen on port " + port, e);
        }
        TimeUnit.MILLISECONDS.sleep(20);
      }
    }
  }

  /** Ends the daemon and what it began. */
  @Override
  public void close() {
    daemon.descendants().forEach(ProcessHandle::destroy);
    daemon.destroy();
    daemon.onExit().orTimeout(START_MILLIS, TimeUnit.MILLISECONDS).join();
  }
}
