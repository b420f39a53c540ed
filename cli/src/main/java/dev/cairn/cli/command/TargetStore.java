package dev.cairn.cli.command;

import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.files.FileTree;
import dev.cairn.asl.files.TemporaryFolder;
import dev.cairn.asl.model.NodeId;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.store.Plausibility;
import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.Stage;
import dev.cairn.federation.audit.AuditReport;
import dev.cairn.federation.audit.PeerComparison;
import dev.cairn.federation.audit.ReplayReport;
import dev.cairn.federation.audit.Replayer;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.node.StoreDirectory;
import dev.cairn.federation.protocol.AppliedStretch;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import dev.cairn.federation.protocol.ReplicationListener;
import dev.cairn.federation.protocol.SessionOptions;
import dev.cairn.federation.sync.Room;
import dev.cairn.federation.sync.StoreSync;
import dev.cairn.federation.tls.TlsIdentity;
import dev.cairn.federation.transport.LinkUse;
import dev.cairn.federation.transport.PeerLink;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.LongSupplier;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A store that something is replayed into: one that the user asked for, or one that nobody will
 * see. One owner at a time; must be closed. One that it made goes again unless it is kept.
 */
final class TargetStore implements AutoCloseable {
  private final CairnNode node;
  private final @Nullable TemporaryFolder temporary;
  private final @Nullable Path made;
  private boolean kept;

  private TargetStore(CairnNode node, @Nullable TemporaryFolder temporary, @Nullable Path made) {
    this.node = node;
    this.temporary = temporary;
    this.made = made;
  }

  /** One that goes when it is closed. */
  static TargetStore temporary(CairnCommand cairn, String federation) {
    TemporaryFolder folder = TemporaryFolder.untilExit("cairn-replay-");
    try {
      Path directory = folder.path().resolve("store");
      StoreDirectory.init(directory, federation);
      return new TargetStore(
          StoreDirectory.open(directory, cairn.environment().clock(), Plausibility.ANY),
          folder,
          null);
    } catch (RuntimeException | Error e) {
      folder.close();
      throw e;
    }
  }

  /**
   * The one at {@code directory}, which is made if it is not there.
   *
   * @throws RefusedException if it is of another federation or not empty
   */
  static TargetStore at(CairnCommand cairn, Path directory, String federation) {
    boolean make = !StoreDirectory.isStore(directory);
    if (make) {
      StoreDirectory.init(directory, federation);
    }
    CairnNode node = StoreDirectory.open(directory, cairn.environment().clock(), Plausibility.ANY);
    if (!node.store().federation().equals(federation) || !node.store().heads().isEmpty()) {
      String found = node.store().federation();
      node.close();
      throw new RefusedException(
          found.equals(federation)
              ? "the store at " + directory + " holds records"
              : "the store at "
                  + directory
                  + " is of federation "
                  + found
                  + ", the source of "
                  + federation);
    }
    return new TargetStore(node, null, make ? directory : null);
  }

  CairnNode node() {
    return node;
  }

  /**
   * Replays all that a peer holds. This store dials as the node that it is, not as the user's.
   *
   * @throws dev.cairn.asl.error.CairnException if the peer cannot be had, or what it sends does not
   *     verify
   */
  private ReplayReport pull(CairnCommand cairn, PeerPlaces.Place place, Room room, Due due) {
    Store store = node.store();
    StoreSync sync =
        new StoreSync(store, SessionOptions.DEFAULT, due, cairn.environment().ticker())
            .within(room);
    TlsIdentity identity = new TlsIdentity(store.signingKey(), cairn.environment().clock());
    return new Replayer(store).peer(sync, place.connect(identity));
  }

  /** The same under a bar that counts the records, to the end that the peer tells. */
  ReplayReport watchedPull(CairnCommand cairn, PeerPlaces.Place place, RoomOption option) {
    Due due = new Due();
    RoomOption.Bound bound = option.bound(node.directory());
    Store store = node.store();
    long fresh = store.bytesOnDisk();
    Room room = new Room(() -> Math.max(0, store.bytesOnDisk() - fresh), bound.bytesMax());
    try {
      return cairn
          .console()
          .watching(
              filled("records received", due.records::get), () -> pull(cairn, place, room, due));
    } catch (RefusedException e) {
      throw room.isPassed() ? bound.passed(node.directory(), temporary != null, e) : e;
    }
  }

  /** Replays another store under a bar, no further than {@code until}. */
  ReplayReport watchedReplay(CairnCommand cairn, Store source, Optional<Snapshot> until) {
    long total = until.map(Snapshots::records).orElseGet(() -> Describe.records(source));
    return cairn
        .console()
        .watching(
            filled("records replayed", () -> total),
            () -> new Replayer(node.store()).store(source, until));
  }

  /** Replays a bundle under a bar. */
  ReplayReport watchedReplay(CairnCommand cairn, Source.BundleFile bundle) {
    long total = 2 * BundleFiles.bytes(bundle.file());
    LongAdder read = new LongAdder();
    return cairn
        .console()
        .watching(
            RowsRead.behind(
                List.of(node.store()), () -> Stage.ofBytes("bundle read", total, read.sum())),
            () -> new Replayer(node.store()).bundle(bundle.file(), read::add));
  }

  /**
   * The stages of filling it: what is computed of it then reads its rows.
   *
   * @param total records that are to come, or negative while that is not known
   */
  Supplier<Stage> filled(String task, LongSupplier total) {
    Store store = node.store();
    return RowsRead.behind(
        List.of(store), () -> Stage.of(task, total.getAsLong(), Describe.records(store)));
  }

  /** How many records a peer says that it holds; -1 until it has said so. */
  private static final class Due implements ReplicationListener {
    private final AtomicLong records = new AtomicLong(-1);

    @Override
    public void begins(NodeId peer, List<CursorEntry> logs) {
      long sum = 0;
      for (CursorEntry log : logs) {
        sum = AuditReport.sum(sum, log.treeSize());
      }
      records.set(sum);
    }

    @Override
    public void applied(NodeId peer, AppliedStretch stretch) {
      // What is held is counted.
    }
  }

  /**
   * Compares another store with a peer, and moves no records. This store dials as the node that it
   * is, not as the user's.
   *
   * @return what the link carried
   * @throws dev.cairn.asl.error.CairnException if the peer cannot be had, or what it answers does
   *     not verify
   */
  LinkUse compare(CairnCommand cairn, PeerPlaces.Place place, PeerComparison comparison) {
    Store store = node.store();
    StoreSync sync =
        new StoreSync(
            store,
            SessionOptions.DEFAULT,
            ReplicationListener.NONE,
            cairn.environment().ticker(),
            () -> List.of(comparison.part()));
    TlsIdentity identity = new TlsIdentity(store.signingKey(), cairn.environment().clock());
    PeerLink link = place.connect(identity);
    sync.initiate(link, false, false, null).orThrow();
    return link.use();
  }

  /** It shall stay, if the user asked for it. */
  void keep() {
    kept = true;
  }

  @Override
  public void close() {
    try {
      node.close();
    } finally {
      remove();
    }
  }

  private void remove() {
    if (temporary != null) {
      temporary.close();
    } else if (made != null && !kept) {
      try {
        FileTree.delete(made);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
