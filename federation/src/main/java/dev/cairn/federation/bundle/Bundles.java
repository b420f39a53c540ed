package dev.cairn.federation.bundle;

import dev.cairn.asl.error.MalformedException;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.error.UnsupportedVersionException;
import dev.cairn.asl.model.Origin;
import dev.cairn.asl.model.Snapshot;
import dev.cairn.asl.store.LogHead;
import dev.cairn.asl.store.Store;
import dev.cairn.federation.protocol.AppliedStretch;
import dev.cairn.federation.protocol.ConflictSeen;
import dev.cairn.federation.protocol.DeltaReader;
import dev.cairn.federation.protocol.DeltaSink;
import dev.cairn.federation.protocol.PeerMessage;
import dev.cairn.federation.protocol.PeerMessage.CursorEntry;
import dev.cairn.federation.protocol.StoreReplica;
import dev.cairn.federation.protocol.WriterThread;
import dev.cairn.federation.wire.FrameCodec;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.LongConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Makes, checks and applies bundles.
 *
 * <p>A bundle is the delta between a base, or nothing, and a snapshot: the same messages that a
 * session would send, through the same reader and sink. It holds every record of the snapshot past
 * the base, and of each log the few more up to the next checkpoint, if the snapshot does not end at
 * one. Safe for any thread.
 */
public final class Bundles {
  private static final int BUFFER_BYTES = 256 * 1024;

  private Bundles() {}

  /**
   * Writes a bundle. It appears under its name complete and durable, or not at all.
   *
   * @param since what the receiver is known to hold; empty for a bundle from nothing
   * @param until where to end; empty for a fresh snapshot of all that is held, which is kept but
   *     not pinned: a bundle that was made keeps nothing from being erased
   * @throws RefusedException if this store's logs do not contain {@code since} or {@code until}
   * @throws UnavailableException if the file cannot be written
   */
  public static BundleReport write(
      Store store, Path file, Optional<Snapshot> since, Optional<Snapshot> until) {
    return write(store, file, since, until, records -> {});
  }

  /**
   * As the other, watched.
   *
   * @param written told, now and then, how many records more were written
   */
  public static BundleReport write(
      Store store,
      Path file,
      Optional<Snapshot> since,
      Optional<Snapshot> until,
      LongConsumer written) {
    Snapshot end = until.orElseGet(() -> store.unpinnedSnapshot(null).snapshot());
    since.ifPresent(snapshot -> checkHeld(store, snapshot));
    checkHeld(store, end);
    List<CursorEntry> base = since.map(Bundles::cursor).orElse(List.of());
    BundleHeader header =
        new BundleHeader(store.federation(), store.signingKey().publicKey(), end, base);
    Path target = file.toAbsolutePath();
    Path partial = target.resolveSibling(target.getFileName() + ".partial");
    try {
      BundleReport report;
      try {
        report = writePartial(store, header, partial, written);
        Files.move(partial, target, StandardCopyOption.ATOMIC_MOVE);
      } finally {
        Files.deleteIfExists(partial);
      }
      syncFolder(target.getParent());
      return report;
    } catch (IOException e) {
      throw new UnavailableException("cannot write " + file + ": " + e.getMessage(), e);
    }
  }

  private static BundleReport writePartial(
      Store store, BundleHeader header, Path partial, LongConsumer written) throws IOException {
    try (FileChannel channel =
            FileChannel.open(
                partial,
                StandardOpenOption.CREATE,
                StandardOpenOption.TRUNCATE_EXISTING,
                StandardOpenOption.WRITE);
        OutputStream out =
            new BufferedOutputStream(Channels.newOutputStream(channel), BUFFER_BYTES);
        DeltaReader delta =
            new DeltaReader(
                new StoreReplica(store), header.base(), Optional.of(header.snapshot().cut()))) {
      if (!delta.contradictions().isEmpty()) {
        throw new AssertionError(
            "a base that was checked contradicts the log: " + delta.contradictions());
      }
      FrameWriter frames = new FrameWriter(out, BundleFormat.VERSION);
      frames.frame(header.encode());
      long told = 0;
      for (PeerMessage m = delta.next(); m != null; m = delta.next()) {
        frames.frame(FrameCodec.encode(m));
        written.accept(delta.sent().records() - told);
        told = delta.sent().records();
      }
      checkReached(delta.reached(), header.snapshot());
      frames.frame(BundleTrailer.of(header, frames.sha256()).sign(store.signingKey()));
      out.flush();
      channel.force(true);
      return new BundleReport(header, delta.sent(), frames.offset(), 0);
    }
  }

  private static void checkHeld(Store store, Snapshot snapshot) {
    if (!snapshot.federation().equals(store.federation())) {
      throw new RefusedException("a snapshot of federation " + snapshot.federation());
    }
    for (Snapshot.Head head : snapshot.heads()) {
      long held = store.head(head.origin()).map(LogHead::treeSize).orElse(0L);
      if (held < head.treeSize()
          || !store.logRoot(head.origin(), head.treeSize()).equals(head.root())) {
        throw new RefusedException(
            "snapshot "
                + snapshot.key()
                + " has "
                + head.treeSize()
                + " records of "
                + head.origin()
                + " that are not those of this store, which holds "
                + held);
      }
    }
  }

  private static List<CursorEntry> cursor(Snapshot snapshot) {
    List<CursorEntry> cursor = new ArrayList<>();
    for (Snapshot.Head head : snapshot.heads()) {
      cursor.add(new CursorEntry(head.origin(), head.treeSize(), head.logseq()));
    }
    return cursor;
  }

  private static void checkReached(List<CursorEntry> reached, Snapshot snapshot) {
    Map<Origin, Long> sizes = new TreeMap<>();
    reached.forEach(entry -> sizes.put(entry.origin(), entry.treeSize()));
    for (Snapshot.Head head : snapshot.heads()) {
      if (sizes.getOrDefault(head.origin(), 0L) < head.treeSize()) {
        throw new RefusedException(
            "no checkpoint held here covers the "
                + head.treeSize()
                + " records of "
                + head.origin()
                + " in snapshot "
                + snapshot.key());
      }
    }
  }

  private static void syncFolder(@Nullable Path folder) throws IOException {
    if (folder != null) {
      try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
        channel.force(true);
      }
    }
  }

  /**
   * Reads a whole bundle and checks everything that can be checked without a store.
   *
   * @throws dev.cairn.asl.error.CairnException that names frame, byte and record of what is wrong
   */
  public static BundleReport verify(Path file) {
    return verify(file, bytes -> {});
  }

  /**
   * As the other, watched.
   *
   * @param read told, now and then, how many bytes more were read
   */
  public static BundleReport verify(Path file, LongConsumer read) {
    try (BundleReader reader = BundleReader.open(file)) {
      BundleVerifier verifier = new BundleVerifier(reader.header());
      read.accept(reader.bytesRead());
      for (PeerMessage m = next(reader, read); m != null; m = next(reader, read)) {
        try {
          verifier.accept(m);
        } catch (MalformedException e) {
          throw new MalformedException(reader.place() + ": " + e.getMessage(), e);
        } catch (UnsupportedVersionException e) {
          throw new UnsupportedVersionException(reader.place() + ": " + e.getMessage(), e);
        }
      }
      return new BundleReport(
          reader.header(), verifier.tally(), size(file), verifier.logsWithoutRoots());
    }
  }

  private static @Nullable PeerMessage next(BundleReader reader, LongConsumer read) {
    long before = reader.bytesRead();
    PeerMessage message = reader.next();
    read.accept(reader.bytesRead() - before);
    return message;
  }

  private static long size(Path file) {
    try {
      return Files.size(file);
    } catch (IOException e) {
      throw new UnavailableException("cannot read " + file + ": " + e.getMessage(), e);
    }
  }

  /**
   * Verifies a whole bundle, then takes it into a store. Applying again changes nothing. Logs whose
   * nodes broke the rules, and logs that contradict what is held, are left out and reported.
   *
   * @param applied told of each stretch once it is durable
   * @throws RefusedException if the bundle is of another federation, or begins after what the store
   *     holds
   */
  public static BundleReport apply(Store store, Path file, Consumer<AppliedStretch> applied) {
    return apply(store, file, applied, seen -> {}, bytes -> {});
  }

  /**
   * As the other, telling what does not fit, and watched.
   *
   * @param conflicts told of logs that are held back or left out while the others are taken, and of
   *     the evidence that is new here
   * @param read told, now and then, how many bytes more were read; all are read twice
   */
  public static BundleReport apply(
      Store store,
      Path file,
      Consumer<AppliedStretch> applied,
      Consumer<ConflictSeen> conflicts,
      LongConsumer read) {
    BundleReport verified = verify(file, read);
    checkFits(store, file, verified.header());
    LogsLeftOut leftOut = new LogsLeftOut(store, conflicts);
    try (WriterThread writer = new WriterThread();
        DeltaSink sink =
            new DeltaSink(
                new StoreReplica(store, writer),
                applied,
                leftOut::broken,
                leftOut::examine,
                conflicts);
        BundleReader reader = BundleReader.open(file)) {
      read.accept(reader.bytesRead());
      for (PeerMessage m = next(reader, read); m != null; m = next(reader, read)) {
        leftOut.sees(m);
        sink.accept(m);
      }
      return new BundleReport(
          verified.header(), sink.received(), verified.bytes(), 0, leftOut.reasons());
    } finally {
      leftOut.tell();
    }
  }

  private static void checkFits(Store store, Path file, BundleHeader header) {
    if (!header.federation().equals(store.federation())) {
      throw new RefusedException(
          file + ": of federation " + header.federation() + ", the store of " + store.federation());
    }
    for (CursorEntry entry : header.base()) {
      if (store.frozen().contains(entry.origin())) {
        continue; // nothing more of it is taken
      }
      long held = store.head(entry.origin()).map(LogHead::treeSize).orElse(0L);
      if (held < entry.treeSize()) {
        throw new RefusedException(
            file
                + ": begins behind record "
                + (entry.treeSize() - 1)
                + " of "
                + entry.origin()
                + ", the store holds "
                + held
                + " records: apply an earlier bundle first");
      }
    }
  }
}
