package dev.cairn.federation.node;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.engine.memory.MemoryEngine;
import dev.cairn.asl.engine.rocksdb.RocksEngine;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.files.FileTree;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.StoreConfig;
import dev.cairn.asl.store.StoreLoad;
import dev.cairn.asl.time.WallClock;
import dev.cairn.federation.bootstrap.BootstrapPart;
import dev.cairn.federation.bootstrap.SnapshotTalk;
import dev.cairn.federation.protocol.SessionPart;
import dev.cairn.federation.sync.SyncReport;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;

/**
 * Makes a fresh node that begins with all that a peer holds. Its store grows in a folder beside its
 * place and is renamed to it once every log's root and the state root are those of the snapshot
 * that the peer named; see docs/format/bootstrap.md.
 *
 * <p>What breaks off, by a crash too, is gone on with by the next call for the same place,
 * whichever peer that asks. What does not verify is removed. Safe for any thread; of two calls for
 * one place the second is refused.
 */
public final class StoreBootstrap {
  private static final String DRAFT_PREFIX = ".cairn-bootstrap-";

  private StoreBootstrap() {}

  /** A conversation with the peer, without deltas. */
  @FunctionalInterface
  public interface Call {
    /**
     * Talks until the part and all that the peer wants is done.
     *
     * @param self in whose name: an empty store with the fresh node's key
     */
    SyncReport talk(Store self, SessionPart part);
  }

  /**
   * What came.
   *
   * @param snapshot that the store begins with
   * @param records that came by this call
   * @param bytes of stretches that came by this call
   */
  public record Result(Snapshot snapshot, long records, long bytes) {}

  /** Where a store grows that shall be at {@code place}. */
  public static Path draft(Path place) {
    return parent(place).resolve(DRAFT_PREFIX + place.toAbsolutePath().normalize().getFileName());
  }

  private static Path parent(Path place) {
    Path parent = place.toAbsolutePath().normalize().getParent();
    if (parent == null) {
      throw new IllegalArgumentException("a store cannot be the root of a file system");
    }
    return parent;
  }

  /** Told how far it is. */
  public interface Watcher {
    /** Hears nothing. */
    Watcher NONE = new Watcher() {};

    /** So many records there are to take. */
    default void due(long records) {}

    /** So many of them more were taken. */
    default void took(long records) {}

    /**
     * All is here, and its state is computed, to be compared with what the peer said that it is.
     *
     * @param store open until that is done
     */
    default void compares(Store store) {}
  }

  /**
   * Makes a store, with a key of its own.
   *
   * @param place where; nothing may be there
   * @param federation that the peer belongs to
   * @param watcher told how far it is
   * @throws RefusedException if something is at {@code place}, or the peer refuses
   * @throws MalformedException if what came does not verify; nothing of it is left
   * @throws UnavailableException if the peer broke off: call again
   */
  public static Result run(
      Path place, String federation, Call peer, WallClock clock, Watcher watcher) {
    Path draft = draft(place);
    try {
      StoreDirectory.refuseOccupied(place.toAbsolutePath().normalize());
      begin(draft, federation);
      Result result;
      try {
        result = load(draft, federation, peer, clock, watcher);
        verify(draft, result.snapshot(), clock, watcher);
      } catch (MalformedException e) {
        FileTree.delete(draft);
        throw e;
      }
      StoreDirectory.syncDirectory(draft);
      StoreDirectory.moveInto(draft, place.toAbsolutePath().normalize());
      StoreDirectory.syncDirectory(parent(place));
      return result;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void begin(Path draft, String federation) throws IOException {
    if (!StoreDirectory.isStore(draft)) {
      FileTree.delete(draft);
      var unused = StoreDirectory.init(draft, federation);
      return;
    }
    String begun = StoreDirectory.format(draft).federation();
    if (!begun.equals(federation)) {
      throw new RefusedException(
          draft + " is of federation " + begun + ", not " + federation + ": remove it first");
    }
  }

  private static Result load(
      Path draft, String federation, Call peer, WallClock clock, Watcher watcher) {
    StoreConfig config =
        CairnNode.config(StoreDirectory.format(draft), StoreDirectory.key(draft), clock);
    try (RocksEngine engine = CairnNode.openEngine(draft, false);
        Store self = Store.open(new MemoryEngine(CairnNode.tables()), config)) {
      StoreLoad load = new StoreLoad(engine, config);
      try (SnapshotTalk talk = new SnapshotTalk(load, federation, watcher::due, watcher::took)) {
        boolean done = false;
        try {
          var unused = peer.talk(self, BootstrapPart.asking(talk)).orThrow();
          done = talk.isDone();
        } finally {
          if (!done) {
            load.sync();
          }
        }
        Snapshot snapshot =
            talk.snapshot()
                .filter(told -> talk.isDone())
                .orElseThrow(
                    () ->
                        new UnavailableException(
                            "the peer does not hand over snapshots ("
                                + BootstrapPart.FEATURE
                                + ")"));
        load.finish();
        return new Result(snapshot, talk.records(), talk.bytes());
      }
    }
  }

  /** Folds all that came, and compares it with what the peer said that there is. */
  private static void verify(Path draft, Snapshot snapshot, WallClock clock, Watcher watcher) {
    try (CairnNode node = StoreDirectory.open(draft, clock)) {
      Store store = node.store();
      watcher.compares(store);
      for (Snapshot.Head head : snapshot.heads()) {
        long held = store.head(head.origin()).map(LogHead::treeSize).orElse(0L);
        if (held < head.treeSize()
            || !store.logRoot(head.origin(), head.treeSize()).equals(head.root())
            || store.record(head.origin(), head.treeSize() - 1).orElseThrow().logseq()
                != head.logseq()) {
          throw new MalformedException(
              "the snapshot has another log " + head.origin() + " than its origin signed");
        }
      }
      Bytes root =
          store.cut().equals(snapshot.cut())
              ? store.stateRoot()
              : store.stateRootAt(snapshot.cut());
      if (!root.equals(snapshot.stateRoot())) {
        throw new MalformedException(
            "the snapshot's state root is "
                + snapshot.stateRoot().toHex()
                + ", that of its logs "
                + root.toHex());
      }
    }
  }
}
