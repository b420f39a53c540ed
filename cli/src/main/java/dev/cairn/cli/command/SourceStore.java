package dev.cairn.cli.command;

import dev.cairn.asl.files.TemporaryFolder;
import dev.cairn.asl.store.Store;
import dev.cairn.cli.console.CommandFailure;
import dev.cairn.federation.node.CairnNode;
import dev.cairn.federation.node.StoreDirectory;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Collection;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A source as a store that can be looked at: itself if it is one, never written to, else one that
 * nobody will see, which it was replayed into and verified. One owner; must be closed.
 */
final class SourceStore implements AutoCloseable {
  private final CairnNode node;
  private final AutoCloseable toClose;
  private final boolean unseen;

  private SourceStore(CairnNode node, AutoCloseable toClose, boolean unseen) {
    this.node = node;
    this.toClose = toClose;
    this.unseen = unseen;
  }

  /**
   * A source of whatever kind.
   *
   * @param sources all that the command was given
   * @param peers how a peer is copied
   */
  static SourceStore open(
      CairnCommand cairn, Source source, Collection<Source> sources, PeerOptions peers) {
    if (source instanceof Source.StoreAt at) {
      return open(cairn, at);
    }
    if (source instanceof Source.EvidenceFile evidence) {
      throw CommandFailure.usage(evidence.file() + " is evidence", "check it with 'cairn audit'");
    }
    if (source instanceof Source.BundleFile bundle) {
      return BundleFiles.undamaged(
          bundle.file(),
          () ->
              replayed(
                  cairn,
                  BundleFiles.federation(bundle.file()),
                  target -> target.watchedReplay(cairn, bundle)));
    }
    PeerPlaces.Place place = peers.find(cairn, (Source.Peer) source, sources);
    return replayed(
        cairn, place.federation(), target -> target.watchedPull(cairn, place, peers.room()));
  }

  /**
   * A store as it is now, though another process may write to it; it may be a backup too. Nothing
   * is written to it: what a replay or a program that is run again needs written goes to a folder
   * that nobody will see.
   */
  static SourceStore open(CairnCommand cairn, Source.StoreAt at) {
    AtomicReference<TemporaryFolder> made = new AtomicReference<>();
    try (IndexProgress progress = new IndexProgress(cairn.console())) {
      CairnNode node =
          StoreDirectory.openReadOnly(
              at.directory(),
              cairn.environment().clock(),
              () -> {
                TemporaryFolder scratch = TemporaryFolder.untilExit("cairn-scratch-");
                made.set(scratch);
                return scratch.path().resolve("rows");
              },
              progress);
      return new SourceStore(
          node,
          () -> {
            try {
              node.close();
            } finally {
              close(made.get());
            }
          },
          false);
    } catch (RuntimeException | Error e) {
      try {
        close(made.get());
      } catch (UncheckedIOException left) {
        e.addSuppressed(left); // It goes with the process.
      }
      throw e;
    }
  }

  private static void close(@Nullable TemporaryFolder scratch) {
    if (scratch != null) {
      scratch.close();
    }
  }

  private interface Filling {
    void into(TargetStore target);
  }

  private static SourceStore replayed(CairnCommand cairn, String federation, Filling filling) {
    TargetStore target = TargetStore.temporary(cairn, federation);
    try {
      filling.into(target);
      return new SourceStore(target.node(), target, true);
    } catch (RuntimeException | Error e) {
      target.close();
      throw e;
    }
  }

  /** A store with the same that may be written to: itself if nobody will see it, or a copy. */
  SourceStore writable(CairnCommand cairn) {
    return unseen
        ? new SourceStore(node, () -> {}, true)
        : replayed(
            cairn,
            store().federation(),
            target -> target.watchedReplay(cairn, store(), Optional.empty()));
  }

  /** Where it lies. */
  Path directory() {
    return node.directory();
  }

  Store store() {
    return node.store();
  }

  @Override
  public void close() {
    try {
      toClose.close();
    } catch (RuntimeException e) {
      throw e;
    } catch (Exception e) {
      throw new AssertionError("closing a store throws nothing else", e);
    }
  }
}
