package dev.cairn.tgk.segment;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.CairnException;
import dev.cairn.asl.error.DamagedException;
import dev.cairn.asl.error.UnavailableException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.Snapshot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * The folder of a store's sealed segments, one file a snapshot, named after it.
 *
 * <p>A file is whole or not there: it is written under another name, synced, renamed, and the
 * folder synced. Nothing in the folder is needed. Safe for any thread and for several processes.
 */
public final class SegmentFiles {
  private static final String SUFFIX = ".tgkindex";
  private static final String DRAFT_PREFIX = ".draft-";

  private final Path folder;

  /** The segments in a folder, which need not be there. */
  public SegmentFiles(Path folder) {
    this.folder = folder;
  }

  /** Where the segment of a snapshot lies, or would. */
  public Path file(ArtifactKey snapshot) {
    return folder.resolve(snapshot.bytes().toHex() + SUFFIX);
  }

  /** Writes a segment of a snapshot, durably; its file. */
  public Path write(Snapshot snapshot, LiveEdges edges) {
    try {
      Files.createDirectories(folder);
      removeDrafts();
      Path draft = Files.createTempFile(folder, DRAFT_PREFIX, "");
      try {
        write(draft, new SegmentWriter(edges, snapshot.encode()));
        Path file = file(snapshot.key());
        move(draft, file);
        sync(folder);
        return file;
      } finally {
        Files.deleteIfExists(draft);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static void move(Path draft, Path file) throws IOException {
    try {
      Files.move(draft, file, StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException e) {
      throw new UnavailableException(
          file + ": another process seals in the same folder: try again", e);
    }
  }

  private static void write(Path draft, SegmentWriter writer) throws IOException {
    try (FileChannel channel = FileChannel.open(draft, StandardOpenOption.WRITE)) {
      writer.write((part, at) -> write(channel, part, at));
      channel.force(true);
    }
  }

  private static void write(FileChannel channel, ByteBuffer part, long at) throws IOException {
    long place = at;
    while (part.hasRemaining()) {
      place += channel.write(part, place);
    }
  }

  private static void sync(Path folder) throws IOException {
    try (FileChannel channel = FileChannel.open(folder, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  /** What a process that died while it wrote has left; another's that still writes fails. */
  private void removeDrafts() throws IOException {
    try (Stream<Path> files = Files.list(folder)) {
      for (Path file : files.sorted().toList()) {
        if (String.valueOf(file.getFileName()).startsWith(DRAFT_PREFIX)) {
          Files.deleteIfExists(file);
        }
      }
    }
  }

  /** True if there is a file for a snapshot. */
  public boolean isThere(ArtifactKey snapshot) {
    return Files.isRegularFile(file(snapshot));
  }

  /** The segment of a snapshot, if it is sealed. */
  public Optional<Segment> open(ArtifactKey snapshot) {
    Path file = file(snapshot);
    return Files.isRegularFile(file) ? Optional.of(open(file)) : Optional.empty();
  }

  /**
   * Opens a file of this folder.
   *
   * @throws CairnException if it is no segment, or that of another snapshot than its name says
   */
  public Segment open(Path file) {
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.READ)) {
      long size = channel.size();
      if (size > SegmentWriter.SEGMENT_BYTES_MAX) {
        throw new DamagedException(file + ": a damaged graph segment: it has " + size + " bytes");
      }
      ByteBuffer bytes = channel.map(FileChannel.MapMode.READ_ONLY, 0, size);
      Segment segment = Segment.read(bytes, file.toString());
      if (!file.equals(file(segment.snapshot().key()))) {
        throw new DamagedException(file + ": it is the segment of another snapshot");
      }
      return segment;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All files, in order of names; whether they are whole is told by opening them. */
  public List<Path> all() {
    if (!Files.isDirectory(folder)) {
      return List.of();
    }
    List<Path> found = new ArrayList<>();
    try (Stream<Path> files = Files.list(folder)) {
      files.filter(file -> file.toString().endsWith(SUFFIX)).sorted().forEach(found::add);
    } catch (NoSuchFileException e) {
      return List.of();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return Collections.unmodifiableList(found);
  }

  /**
   * The snapshots that there is a file for, each with a stamp that another file in its place would
   * not have, as a rule: its time and its length.
   */
  public SortedMap<ArtifactKey, String> stamps() {
    TreeMap<ArtifactKey, String> stamps = new TreeMap<>();
    for (Path file : all()) {
      String name = String.valueOf(file.getFileName());
      Optional<ArtifactKey> snapshot =
          snapshotOf(name.substring(0, name.length() - SUFFIX.length()));
      String stamp = stamp(file);
      if (snapshot.isPresent() && !stamp.isEmpty()) {
        stamps.put(snapshot.get(), stamp);
      }
    }
    return Collections.unmodifiableSortedMap(stamps);
  }

  private static Optional<ArtifactKey> snapshotOf(String hex) {
    try {
      return hex.length() == 2 * ArtifactKey.BYTES
          ? Optional.of(ArtifactKey.fromBytes(Bytes.fromHex(hex)))
          : Optional.empty();
    } catch (IllegalArgumentException | CairnException e) {
      return Optional.empty(); // Somebody else's file.
    }
  }

  /** The same of the folder: another once files came or went. Empty if it is not there. */
  public String stamp() {
    return stamp(folder);
  }

  private static String stamp(Path path) {
    try {
      BasicFileAttributes found = Files.readAttributes(path, BasicFileAttributes.class);
      return found.lastModifiedTime() + " " + found.size() + " " + found.fileKey();
    } catch (NoSuchFileException e) {
      return "";
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Removes a file, if it is there. Whoever has it open goes on with it. */
  public void remove(Path file) {
    try {
      Files.deleteIfExists(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
