package dev.cairn.bench.speed;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.SplittableRandom;

/**
 * A seeded tree of files: 10 KiB to 20 MiB each, every order of magnitude as frequent as another,
 * random bytes, 32 in a folder, until the total is reached (about 390 files for 1 GiB).
 */
final class FileTree {
  private static final double LEAST_BYTES = 10 << 10;
  private static final double MOST_BYTES = 20 << 20;
  private static final int FILES_A_FOLDER = 32;
  private static final int INSERTED_BYTES = 1024;
  private static final long SEED = 9;

  private final List<Path> files = new ArrayList<>();
  private long bytes;

  private FileTree() {}

  /** Makes the tree below {@code root}. */
  static FileTree make(Path root, long totalBytes) throws IOException {
    FileTree tree = new FileTree();
    while (tree.bytes < totalBytes) {
      int number = tree.files.size();
      SplittableRandom random = Payloads.random(SEED, number);
      double size = LEAST_BYTES * Math.pow(MOST_BYTES / LEAST_BYTES, random.nextDouble());
      byte[] content = new byte[(int) size];
      random.nextBytes(content);
      Path folder =
          Files.createDirectories(root.resolve(Report.text("d%03d", number / FILES_A_FOLDER)));
      Path file = folder.resolve(Report.text("f%05d", number));
      Files.write(file, content);
      tree.files.add(file);
      tree.bytes += content.length;
    }
    return tree;
  }

  /** Inserts 1 KiB of fresh random bytes in the middle of every file. */
  void insert(int round) throws IOException {
    for (int i = 0; i < files.size(); i++) {
      byte[] before = Files.readAllBytes(files.get(i));
      byte[] inserted = Payloads.of(SEED + 1 + round, i, INSERTED_BYTES);
      int middle = before.length / 2;
      byte[] after = new byte[before.length + inserted.length];
      System.arraycopy(before, 0, after, 0, middle);
      System.arraycopy(inserted, 0, after, middle, inserted.length);
      System.arraycopy(before, middle, after, middle + inserted.length, before.length - middle);
      Files.write(files.get(i), after);
      bytes += inserted.length;
    }
  }

  List<Path> files() {
    return Collections.unmodifiableList(files);
  }

  long bytes() {
    return bytes;
  }
}
