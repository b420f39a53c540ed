package dev.cairn.federation.peers;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.model.NodeId;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What a serving process says about the peers that it follows, in a file of the store's directory,
 * so that another process can tell while the store is in use.
 *
 * <pre>
 *   cairn-following 1 MILLIS
 *   NAME TAB STATE TAB SINCE TAB NODE or - TAB PUSHES TAB CLOCKAHEAD TAB WHY        each peer
 * </pre>
 *
 * <p>It is no part of the store: it is written anew every second, put in place whole, never synced,
 * and believed for {@value #FRESH_MILLIS} ms only. Safe for any thread; one process writes.
 */
public final class FollowStatusFile {
  /** How long what it says is believed. */
  public static final long FRESH_MILLIS = 30_000;

  private static final Logger LOG = LoggerFactory.getLogger(FollowStatusFile.class);
  private static final String NAME = "following";
  private static final String MAGIC = "cairn-following 1 ";
  private static final int FIELDS = 7;
  private static final int WHY_CHARS_MAX = 300;
  private static final int BYTES_MAX = 1 << 20;

  private final Path file;

  /** That of a store's directory. */
  public FollowStatusFile(Path directory) {
    this.file = directory.resolve(NAME);
  }

  /** Says how things stand. A disk that does not take it is not an error: nobody is told then. */
  public void write(List<FollowStatus> statuses, long nowMillis) {
    String text =
        MAGIC
            + nowMillis
            + "\n"
            + statuses.stream().map(FollowStatusFile::line).collect(Collectors.joining());
    Path draft = file.resolveSibling("." + NAME + ".part");
    try {
      Files.writeString(draft, text, StandardCharsets.UTF_8);
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (IOException e) {
      LOG.debug("{} was not written", file, e);
    }
  }

  /** Nobody is followed any more. */
  public void remove() {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** What was said last, if that is not long ago; else, and if it cannot be read, nothing. */
  public List<FollowStatus> read(long nowMillis) {
    try {
      if (Files.size(file) > BYTES_MAX) {
        return List.of();
      }
      List<String> lines = Files.readAllLines(file, StandardCharsets.UTF_8);
      if (lines.isEmpty() || !lines.get(0).startsWith(MAGIC)) {
        return List.of();
      }
      long written = Long.parseLong(lines.get(0).substring(MAGIC.length()));
      List<FollowStatus> statuses = new ArrayList<>();
      for (String line : lines.subList(1, lines.size())) {
        statuses.add(status(line));
      }
      return Math.abs(nowMillis - written) > FRESH_MILLIS ? List.of() : List.copyOf(statuses);
    } catch (IOException | IllegalArgumentException | MalformedException e) {
      return List.of();
    }
  }

  private static String line(FollowStatus status) {
    @Nullable NodeId node = status.node();
    String why = status.why().replaceAll("\\p{Cntrl}+", " ");
    return String.join(
            "\t",
            status.name(),
            status.state().name(),
            Long.toString(status.sinceMillis()),
            node == null ? "-" : node.toString(),
            Long.toString(status.pushes()),
            Long.toString(status.clockAheadMillis()),
            why.substring(0, Math.min(why.length(), WHY_CHARS_MAX)))
        + "\n";
  }

  private static FollowStatus status(String line) {
    String[] fields = line.split("\t", -1);
    if (fields.length != FIELDS) {
      throw new MalformedException("following: " + fields.length + " fields");
    }
    return new FollowStatus(
        fields[0],
        FollowState.valueOf(fields[1]),
        Long.parseLong(fields[2]),
        fields[3].equals("-") ? null : NodeId.parse(fields[3]),
        fields[6],
        Long.parseLong(fields[4]),
        Long.parseLong(fields[5]));
  }
}
