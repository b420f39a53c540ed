package dev.cairn.testkit.crash;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/**
 * A model of a medium to which a recorded process wrote: what is certainly on it, and what may be.
 * From it images are made of what a machine finds after it lost its power.
 *
 * <p>What was written to a file since its last sync may be there or not; of names that were made,
 * changed or removed since the last sync of the folder, the first few may be there. This is less
 * than common file systems promise. One owner.
 */
final class Medium {
  /** What becomes of writes that were not synced, file by file. */
  enum Loss {
    /** All gone. */
    LOST,
    /** The first few are there, the next one in part. */
    TORN,
    /** The same, and the rest is zeros: the length had reached the medium, the bytes had not. */
    ZEROED,
    /** The same, and the rest is anything. */
    GARBAGE
  }

  private static final class Node {
    private byte[] content = new byte[0];
    private int length;
    private final List<Recording.Operation> unsynced = new ArrayList<>();

    void sync() {
      for (Recording.Operation operation : unsynced) {
        apply(operation, operation.data());
      }
      unsynced.clear();
    }

    private void apply(Recording.Operation operation, ByteBuffer data) {
      if (operation.kind() == 'T') {
        truncate((int) operation.offset());
      } else {
        write((int) operation.offset(), data.duplicate());
      }
    }

    void truncate(int bytes) {
      grow(bytes);
      if (bytes < length) {
        Arrays.fill(content, bytes, length, (byte) 0);
      }
      length = bytes;
    }

    void write(int at, ByteBuffer data) {
      int count = data.remaining();
      grow(at + count);
      data.get(content, at, count);
      length = Math.max(length, at + count);
    }

    private void grow(int bytes) {
      if (content.length < bytes) {
        content = Arrays.copyOf(content, Math.max(bytes, 2 * content.length));
      }
    }
  }

  private interface NameChange {
    void on(Map<String, Node> names);
  }

  private final String folder;
  private final Map<String, Node> now = new TreeMap<>();
  private final Map<String, Node> synced = new TreeMap<>();
  private final List<NameChange> unsyncedNames = new ArrayList<>();
  private final StringBuilder acknowledged = new StringBuilder();

  /**
   * A medium with the files of {@code folder/db}, all of them durable.
   *
   * @param initial a folder with the same files
   */
  Medium(Path folder, Path initial) {
    this.folder = folder + "/" + CommittingProcess.DATABASE;
    if (Files.exists(initial)) {
      Campaign.allContents(initial)
          .forEach(
              (name, bytes) -> {
                Node node = new Node();
                node.content = bytes;
                node.length = bytes.length;
                now.put(name, node);
                synced.put(name, node);
              });
    }
  }

  /** Does one recorded operation. */
  void apply(Recording.Operation operation) {
    String path = operation.path();
    if (path.endsWith("/" + CommittingProcess.ACKNOWLEDGED)) {
      if (operation.kind() == 'W') {
        byte[] line = new byte[operation.data().remaining()];
        operation.data().duplicate().get(line);
        acknowledged.append(new String(line, java.nio.charset.StandardCharsets.US_ASCII));
      }
      return;
    }
    if (path.equals(folder)) {
      if (operation.kind() == 'D') {
        synced.clear();
        synced.putAll(now);
        unsyncedNames.clear();
      }
      return;
    }
    String name = path.substring(folder.length() + 1);
    switch (operation.kind()) {
      case 'C' -> {
        Node node = new Node();
        names(map -> map.put(name, node));
      }
      case 'U' -> names(map -> map.remove(name));
      case 'R' -> {
        Node node = node(name);
        String to = operation.dataAsPath().substring(folder.length() + 1);
        names(
            map -> {
              map.remove(name);
              map.put(to, node);
            });
      }
      case 'S' -> node(name).sync();
      default -> node(name).unsynced.add(operation);
    }
  }

  private void names(NameChange change) {
    change.on(now);
    unsyncedNames.add(change);
  }

  private Node node(String name) {
    Node node = now.get(name);
    if (node == null) {
      throw new AssertionError("no file " + name);
    }
    return node;
  }

  /** True if there is a database to lose. */
  boolean hasDatabase() {
    return now.containsKey("CURRENT");
  }

  /** The last commit that each thread has acknowledged. */
  Map<Integer, Integer> acknowledged() {
    Map<Integer, Integer> last = new TreeMap<>();
    for (String line : acknowledged.toString().lines().toList()) {
      if (!line.isEmpty()) {
        String[] words = line.split(" ", -1);
        last.put(Integer.valueOf(words[0]), Integer.valueOf(words[1]));
      }
    }
    return last;
  }

  /** What a machine may find: files with their bytes. */
  Map<String, ByteBuffer> image(Loss loss, Random random) {
    Map<String, Node> names = new TreeMap<>(synced);
    int kept = loss == Loss.LOST ? 0 : random.nextInt(unsyncedNames.size() + 1);
    for (int i = 0; i < kept; i++) {
      unsyncedNames.get(i).on(names);
    }
    Map<String, ByteBuffer> files = new TreeMap<>();
    names.forEach((name, node) -> files.put(name, content(node, loss, random)));
    return files;
  }

  private static ByteBuffer content(Node node, Loss loss, Random random) {
    if (node.unsynced.isEmpty() || loss == Loss.LOST) {
      return ByteBuffer.wrap(Arrays.copyOf(node.content, node.length));
    }
    Node after = new Node();
    after.content = Arrays.copyOf(node.content, node.length);
    after.length = node.length;
    int whole = random.nextInt(node.unsynced.size() + 1);
    for (int i = 0; i < node.unsynced.size(); i++) {
      Recording.Operation operation = node.unsynced.get(i);
      if (i < whole) {
        after.apply(operation, operation.data());
      } else if (operation.kind() == 'W') {
        ByteBuffer part = operation.data().duplicate();
        int good = i == whole ? random.nextInt(part.remaining() + 1) : 0;
        if (loss == Loss.TORN) {
          after.write((int) operation.offset(), part.limit(good));
          break;
        }
        byte[] wrong = new byte[part.remaining()];
        if (loss == Loss.GARBAGE) {
          random.nextBytes(wrong);
        }
        part.get(wrong, 0, good);
        after.write((int) operation.offset(), ByteBuffer.wrap(wrong));
      } else {
        break;
      }
    }
    return ByteBuffer.wrap(after.content, 0, after.length);
  }

  /** Writes files into a fresh folder. */
  static void write(Map<String, ByteBuffer> files, Path folder) {
    try {
      Files.createDirectories(folder);
      for (Map.Entry<String, ByteBuffer> file : files.entrySet()) {
        try (var channel =
            java.nio.channels.FileChannel.open(
                folder.resolve(file.getKey()),
                java.nio.file.StandardOpenOption.CREATE_NEW,
                java.nio.file.StandardOpenOption.WRITE)) {
          ByteBuffer bytes = file.getValue().duplicate();
          while (bytes.hasRemaining()) {
            channel.write(bytes);
          }
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
