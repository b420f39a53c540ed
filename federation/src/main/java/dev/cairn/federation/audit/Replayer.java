package dev.cairn.federation.audit;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Cut;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.SnapshotInfo;
import dev.cairn.asl.store.Store;
import dev.cairn.asl.store.WorkerThreads;
import dev.cairn.federation.bundle.BundleReport;
import dev.cairn.federation.bundle.Bundles;
import dev.cairn.federation.protocol.DeltaReader;
import dev.cairn.federation.protocol.DeltaSink;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import dev.cairn.federation.protocol.StoreReplica;
import dev.cairn.federation.protocol.WriterThread;
import dev.cairn.federation.sync.StoreSync;
import dev.cairn.federation.sync.SyncReport;
import dev.cairn.federation.transport.PeerLink;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.LongConsumer;
import java.util.function.Supplier;

/**
 * Replays a source into an empty store and compares with every snapshot that the source recorded.
 *
 * <p>Replay is replication: the same reader, the same sink, the same verification, the same
 * indexes. What does not verify is thrown, as it would be in a sync; a snapshot that is not
 * reproduced is reported. One owner, one replay.
 */
public final class Replayer {
  /**
   * Most snapshots published in logs that one replay recomputes: each takes a pass over the state,
   * and anyone may publish any number.
   */
  public static final int PUBLISHED_MAX = 1_000;

  /** Passes over states that are made beside each other. */
  private static final int THREADS = 2;

  private final Store into;
  private final int publishedMax;

  /**
   * @param into where to; of the source's federation and with the source's indexes
   * @throws RefusedException if it holds a record
   */
  public Replayer(Store into) {
    this(into, PUBLISHED_MAX);
  }

  Replayer(Store into, int publishedMax) {
    if (!into.heads().isEmpty()) {
      throw new RefusedException("a replay needs an empty store, this one holds records");
    }
    this.into = into;
    this.publishedMax = publishedMax;
  }

  /**
   * Replays another store of this process. Its own log is signed first; its present state counts as
   * one more snapshot.
   *
   * @param until no further than the first checkpoints that cover this snapshot
   */
  public ReplayReport store(Store source, Optional<Snapshot> until) {
    List<CursorEntry> reached;
    try (WriterThread writer = new WriterThread();
        DeltaSink sink = new DeltaSink(new StoreReplica(into, writer), stretch -> {});
        DeltaReader delta =
            new DeltaReader(new StoreReplica(source), List.of(), until.map(Snapshot::cut));
        WorkerThreads reader = new WorkerThreads("replay", 1)) {
      MessagesAhead messages = new MessagesAhead(delta);
      reader.each(
          messages,
          read -> {
            read.forEach(sink::accept);
            if (read.isEmpty()) {
              messages.end();
            }
          });
      reached = delta.reached();
    }
    Map<ArtifactKey, Snapshot> expected = new TreeMap<>();
    for (SnapshotInfo info : source.snapshots()) {
      if (until.isEmpty() || covers(reached, info.snapshot())) {
        expected.put(info.key(), info.snapshot());
      }
    }
    until.ifPresent(snapshot -> expected.put(snapshot.key(), snapshot));
    return report(expected, () -> Optional.of(present(source, reached)));
  }

  private static boolean covers(List<CursorEntry> reached, Snapshot snapshot) {
    TreeMap<Origin, Long> sizes = new TreeMap<>();
    reached.forEach(entry -> sizes.put(entry.origin(), entry.treeSize()));
    return snapshot.heads().stream()
        .allMatch(head -> sizes.getOrDefault(head.origin(), 0L) >= head.treeSize());
  }

  /** What the source says of its state where the replay ended. */
  private static Snapshot present(Store source, List<CursorEntry> reached) {
    List<Snapshot.Head> heads = new ArrayList<>();
    TreeMap<Origin, Long> logseqs = new TreeMap<>();
    for (CursorEntry entry : reached) {
      Bytes root = source.logRoot(entry.origin(), entry.treeSize());
      heads.add(new Snapshot.Head(entry.origin(), entry.lastLogseq(), entry.treeSize(), root));
      logseqs.put(entry.origin(), entry.lastLogseq());
    }
    return new Snapshot(source.federation(), heads, source.stateRootAt(new Cut(logseqs)));
  }

  /** Verifies and replays a bundle from nothing. */
  public ReplayReport bundle(Path file) {
    return bundle(file, bytes -> {});
  }

  /**
   * The same, for who watches.
   *
   * @param progress told how many bytes more of the file were read, which is read twice
   */
  public ReplayReport bundle(Path file, LongConsumer progress) {
    BundleReport applied = Bundles.apply(into, file, stretch -> {}, seen -> {}, progress);
    if (!applied.leftOut().isEmpty()) {
      throw applied.leftOut().get(0);
    }
    Snapshot snapshot = applied.header().snapshot();
    Map<ArtifactKey, Snapshot> expected = new TreeMap<>();
    expected.put(snapshot.key(), snapshot);
    return report(expected, Optional::empty);
  }

  /**
   * Pulls all that a peer holds and replays it.
   *
   * @param sync of the store that is replayed into
   * @throws dev.cairn.asl.error.CairnException if the sync does not come to its end
   */
  public ReplayReport peer(StoreSync sync, PeerLink link) {
    SyncReport pulled = sync.initiate(link, false, true, null).orThrow();
    if (pulled.conflicts() > 0) {
      throw new MalformedException("peer: " + pulled.session().contradictions());
    }
    return report(new TreeMap<>(), Optional::empty);
  }

  /**
   * What is made of what was replayed.
   *
   * @param expected snapshots that the source states
   * @param present what the source states of its state now: takes a pass over it, which is made
   *     beside the one over the replayed state
   */
  private ReplayReport report(
      Map<ArtifactKey, Snapshot> expected, Supplier<Optional<Snapshot>> present) {
    PublishedSnapshots published =
        new PublishedSnapshots(into, expected.size() + publishedMax, expected);
    try (WorkerThreads threads = new WorkerThreads("replay", THREADS)) {
      List<Optional<Snapshot>> made =
          threads.all(
              List.of(
                  present,
                  () -> {
                    into.stateRoot();
                    published.gather();
                    return Optional.empty();
                  }));
      Map<ArtifactKey, Snapshot> all = published.snapshots();
      made.get(0).ifPresent(snapshot -> all.put(snapshot.key(), snapshot));
      Bytes root = into.stateRoot();
      List<Supplier<SnapshotCheck>> checks = new ArrayList<>();
      for (Snapshot snapshot : all.values()) {
        checks.add(() -> SnapshotCheck.of(into, snapshot, root));
      }
      long records = into.heads().stream().mapToLong(LogHead::treeSize).sum();
      return new ReplayReport(records, root, threads.all(checks), published.leftOut());
    }
  }
}
