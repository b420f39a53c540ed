package dev.cairn.federation.node;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.SigningKey;
import dev.cairn.asl.engine.StorageEngine;
import dev.cairn.asl.engine.rocksdb.LostTail;
import dev.cairn.asl.engine.rocksdb.RocksEngine;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.metrics.StoreMetrics;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.store.Plausibility;
import dev.cairn.asl.store.StoreIdentity;
import dev.cairn.asl.time.Entropy;
import dev.cairn.asl.time.WallClock;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.function.Consumer;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * Backups, and stores made of them.
 *
 * <p>A backup is a directory as {@link StoreDirectory} draws it, with the node's secret key, marked
 * as a backup: it opens for reading only, and may be copied by any means. A <b>restored</b> store
 * takes the place of the one that was backed up: the same node, in the next epoch. A <b>clone</b>
 * is another node, with a key of its own, that begins with what the source holds: two nodes under
 * one key would contradict each other.
 *
 * <p>Everything made here is whole or not there. Table and blob files, which nobody changes, become
 * hard links where the file system allows it. Safe for any thread.
 */
public final class StoreCopies {
  /** Locks and RocksDB's diary. */
  private static final Pattern LEFT_BEHIND = Pattern.compile("LOCK|LOG.*|cairn[.](lock|holder)");

  private StoreCopies() {}

  /**
   * What became of a store whose log may have lost its end.
   *
   * @param epochBefore under which it wrote
   * @param epoch under which it goes on
   * @param lost the logs that are shorter than they were acknowledged to be
   */
  public record Recovery(int epochBefore, int epoch, List<LostTail> lost) {
    public Recovery {
      lost = List.copyOf(lost);
    }
  }

  /**
   * Makes a backup of an open store, while it is used: all that was acknowledged before this
   * returns, and nothing half.
   *
   * @throws RefusedException if something is at {@code place}
   */
  public static void backup(CairnNode node, Path place) {
    backup(node, place, draft -> {});
  }

  /**
   * The same, for who watches.
   *
   * @param making told of the folder beside {@code place} in which the backup is made, which
   *     becomes that place in the end, or goes
   */
  public static void backup(CairnNode node, Path place, Consumer<Path> making) {
    StoreFormat format =
        new StoreFormat(
            StoreFormat.VERSION, node.store().federation(), node.store().origin().epoch(), true);
    StoreDirectory.make(
        place,
        draft -> {
          making.accept(draft);
          node.store().copyTo(StoreDirectory.database(draft));
          StoreDirectory.writeText(draft.resolve(StoreDirectory.FORMAT), format.encode(), false);
          StoreDirectory.writeText(
              draft.resolve(StoreDirectory.KEY), KeyFile.encode(node.store().signingKey()), true);
          RocksEngine.check(StoreDirectory.database(draft));
        });
  }

  /**
   * Makes a store of a backup, in the place of the one that was backed up, which must not be used
   * any more. It goes on in another epoch.
   *
   * @throws RefusedException if {@code backup} is none, or something is at {@code place}
   */
  public static void restore(Path backup, Path place, WallClock clock) {
    restore(backup, place, clock, draft -> {});
  }

  /**
   * The same, for who watches.
   *
   * @param making told of the folder in which the store is made, as for a backup
   */
  public static void restore(Path backup, Path place, WallClock clock, Consumer<Path> making) {
    StoreFormat format = StoreDirectory.format(backup);
    if (!format.backup()) {
      throw new RefusedException(
          backup + " is a store, not a backup: use it where it is, or clone it");
    }
    SigningKey key = StoreDirectory.key(backup);
    StoreFormat restored =
        new StoreFormat(format.version(), format.federation(), format.epoch(), false);
    StoreDirectory.make(
        place,
        draft -> {
          making.accept(draft);
          copyDatabase(StoreDirectory.database(backup), StoreDirectory.database(draft));
          StoreDirectory.writeText(draft.resolve(StoreDirectory.FORMAT), restored.encode(), false);
          StoreDirectory.writeText(draft.resolve(StoreDirectory.KEY), KeyFile.encode(key), true);
          // Without a note of its incarnation it is taken for a copy, and gets the next epoch.
          CairnNode.open(draft, restored, key, clock, Plausibility.DEFAULT, StoreMetrics.NONE)
              .close();
        });
  }

  /**
   * Makes another node that begins with what a store or backup holds; its identity.
   *
   * @throws RefusedException if something is at {@code place}
   * @throws dev.cairn.asl.error.UnavailableException if another process has the store open
   */
  public static NodeId clone(Path source, Path place, WallClock clock) {
    return clone(source, place, clock, draft -> {});
  }

  /**
   * The same, for who watches.
   *
   * @param making told of the folder in which the store is made, as for a backup
   */
  public static NodeId clone(Path source, Path place, WallClock clock, Consumer<Path> making) {
    StoreFormat format = StoreDirectory.format(source);
    SigningKey key = SigningKey.fromSeed(Entropy.system().bytes(SigningKey.SEED_BYTES));
    NodeId node = NodeId.of(key.publicKey());
    StoreFormat cloned = new StoreFormat(format.federation(), 1);
    StoreDirectory.make(
        place,
        draft -> {
          making.accept(draft);
          Path database = StoreDirectory.database(draft);
          if (format.backup()) {
            copyDatabase(StoreDirectory.database(source), database);
          } else {
            try (CairnNode open = StoreDirectory.open(source, clock)) {
              open.store().copyTo(database);
            }
          }
          Bytes mark = Incarnation.freshMark(Entropy.system());
          try (StorageEngine engine = CairnNode.openEngine(draft, false)) {
            StoreIdentity.changeNode(engine, node, mark);
          }
          Incarnation.write(draft, mark);
          StoreDirectory.writeText(draft.resolve(StoreDirectory.FORMAT), cloned.encode(), false);
          StoreDirectory.writeText(draft.resolve(StoreDirectory.KEY), KeyFile.encode(key), true);
          CairnNode.open(draft, cloned, key, clock, Plausibility.DEFAULT, StoreMetrics.NONE)
              .close();
        });
    return node;
  }

  /**
   * Lets a store go on that lost the tail of a log: what is gone is accepted, and its own log goes
   * on in the next epoch. One that lost nothing stays as it is.
   */
  public static Recovery recover(Path directory, WallClock clock) {
    StoreFormat format = StoreDirectory.format(directory);
    if (format.backup()) {
      throw StoreDirectory.isBackup(directory);
    }
    SigningKey key = StoreDirectory.key(directory);
    try (RocksEngine engine = CairnNode.openEngine(directory, true)) {
      List<LostTail> lost = engine.losses();
      StoreFormat settled =
          Incarnation.settle(
              directory,
              engine,
              format,
              NodeId.of(key.publicKey()),
              !lost.isEmpty(),
              Entropy.system());
      if (!lost.isEmpty()) {
        engine.acceptLosses();
      }
      return new Recovery(format.epoch(), settled.epoch(), lost);
    }
  }

  private static void copyDatabase(Path from, Path to) throws IOException {
    RocksEngine.check(from);
    Files.createDirectory(to);
    List<Path> files;
    try (Stream<Path> all = Files.list(from)) {
      files = all.filter(Files::isRegularFile).sorted().toList();
    }
    for (Path file : files) {
      String name = file.getFileName().toString();
      if (name.endsWith(".sst") || name.endsWith(".blob")) {
        linkOrCopy(file, to.resolve(name));
      } else if (!LEFT_BEHIND.matcher(name).matches()) {
        copy(file, to.resolve(name));
      }
    }
    StoreDirectory.syncDirectory(to);
  }

  private static void linkOrCopy(Path from, Path to) throws IOException {
    try {
      Files.createLink(to, from);
    } catch (UnsupportedOperationException | FileSystemException e) {
      copy(from, to);
    }
  }

  private static void copy(Path from, Path to) throws IOException {
    Files.copy(from, to);
    try (FileChannel channel = FileChannel.open(to, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }
}
