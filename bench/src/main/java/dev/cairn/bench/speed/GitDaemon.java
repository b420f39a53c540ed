package dev.cairn.bench.speed;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * The rival: a Git repository of the same payloads as blobs of one commit, served by {@code git
 * daemon} on loopback, and fetched into empty repositories. One owner.
 */
final class GitDaemon implements AutoCloseable {
  private static final int NAME_DIGITS = 7;
  private static final int DIRECTORY_DIGITS = 3;
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
    run(folder.resolve("log"), "git", "init", "-q", "--bare", source.toString());
    fill(folder, source, seed, count);
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
    run(log, "git", "init", "-q", "--bare", target.toString());
    long start = System.nanoTime();
    run(
        log,
        "git",
        "-C",
        target.toString(),
        "-c",
        "core.fsync=all",
        "fetch",
        "-q",
        "git://127.0.0.1:" + port + "/source",
        "main:main");
    double seconds = (System.nanoTime() - start) / 1e9;
    Folders.delete(target);
    return seconds;
  }

  private static void fill(Path folder, Path source, long seed, long count)
      throws IOException, InterruptedException {
    Process importing =
        new ProcessBuilder("git", "-C", source.toString(), "fast-import", "--quiet")
            .redirectErrorStream(true)
            .redirectOutput(Redirect.appendTo(folder.resolve("log").toFile()))
            .start();
    try (OutputStream out = new BufferedOutputStream(importing.getOutputStream(), 1 << 20)) {
      text(out, "commit refs/heads/main\ncommitter B <b@b> 0 +0000\ndata 1\nx\n");
      for (long i = 0; i < count; i++) {
        byte[] payload = Payloads.small(seed, i);
        String name = Long.toString(i + (long) Math.pow(10, NAME_DIGITS)).substring(1);
        text(
            out,
            "M 100644 inline "
                + name.substring(0, NAME_DIGITS - DIRECTORY_DIGITS)
                + "/"
                + name.substring(NAME_DIGITS - DIRECTORY_DIGITS)
                + "\ndata "
                + payload.length
                + "\n");
        out.write(payload);
        text(out, "\n");
      }
    }
    if (importing.waitFor() != 0) {
      throw new IllegalStateException("git fast-import failed: see " + folder.resolve("log"));
    }
  }

  private static void text(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.US_ASCII));
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

  private static void run(Path log, String... command) throws IOException, InterruptedException {
    List<String> words = new ArrayList<>(Arrays.asList(command));
    ProcessBuilder builder =
        new ProcessBuilder(words)
            .redirectErrorStream(true)
            .redirectOutput(Redirect.appendTo(log.toFile()));
    builder.environment().put("GIT_CONFIG_GLOBAL", "/dev/null");
    builder.environment().put("GIT_CONFIG_SYSTEM", "/dev/null");
    int code = builder.start().waitFor();
    if (code != 0) {
      throw new IllegalStateException(String.join(" ", words) + " ended with " + code);
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
