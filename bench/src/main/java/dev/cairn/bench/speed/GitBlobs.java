package dev.cairn.bench.speed;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ProcessBuilder.Redirect;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;

/** Git repositories of small payloads as blobs, and calls of {@code git} beside them. */
final class GitBlobs {
  private static final int NAME_DIGITS = 7;
  private static final int DIRECTORY_DIGITS = 3;

  private GitBlobs() {}

  /**
   * Makes a bare repository of the first {@code count} small payloads of a series, in one pack as
   * {@code git fast-import} writes it: blobs of one commit in folders of a thousand.
   */
  static void make(Path repository, Path log, long seed, long count)
      throws IOException, InterruptedException {
    run(log, List.of("git", "init", "-q", "--bare", repository.toString()));
    Process importing =
        new ProcessBuilder("git", "-C", repository.toString(), "fast-import", "--quiet")
            .redirectErrorStream(true)
            .redirectOutput(Redirect.appendTo(log.toFile()))
            .start();
    try (OutputStream out = new BufferedOutputStream(importing.getOutputStream(), 1 << 20)) {
      text(out, "commit refs/heads/main\ncommitter B <b@b> 0 +0000\ndata 1\nx\n");
      for (long i = 0; i < count; i++) {
        byte[] payload = Payloads.small(seed, i);
        text(out, "M 100644 inline " + name(i) + "\ndata " + payload.length + "\n");
        out.write(payload);
        text(out, "\n");
      }
    }
    if (importing.waitFor() != 0) {
      throw new IllegalStateException("git fast-import failed: see " + log);
    }
  }

  /** Where payload {@code index} lies in a tree of files: folders of a thousand. */
  static String name(long index) {
    String name = Long.toString(index + (long) Math.pow(10, NAME_DIGITS)).substring(1);
    int folder = NAME_DIGITS - DIRECTORY_DIGITS;
    return name.substring(0, folder) + "/" + name.substring(folder);
  }

  private static void text(OutputStream out, String text) throws IOException {
    out.write(text.getBytes(StandardCharsets.US_ASCII));
  }

  /** Runs git without a user's settings; what it says goes to the log. */
  static void run(Path log, List<String> command) throws IOException, InterruptedException {
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(Redirect.appendTo(log.toFile()));
    builder.environment().put("GIT_CONFIG_GLOBAL", "/dev/null");
    builder.environment().put("GIT_CONFIG_SYSTEM", "/dev/null");
    int code = builder.start().waitFor();
    if (code != 0) {
      throw new IllegalStateException(String.join(" ", command) + " ended with " + code);
    }
  }
}
