package dev.cairn.pel.operator.archive;

import dev.cairn.pel.model.Refusal;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Reads a zip archive (PKWARE APPNOTE 6.3) by its central directory, which must agree with all the
 * rest.
 *
 * <pre>
 *   member: local header | content | data descriptor?        one after another from byte 0, no gap, no overlap
 *   central directory | zip64 end record and locator? | end record, whose comment ends the archive
 * </pre>
 *
 * <p>So two readers cannot see two archives in it, and members cannot share bytes. Local headers
 * must say what the central directory says. Refused are encryption, several disks, methods other
 * than stored and deflated, names that are not UTF-8 (marked so, or ASCII), and more content than
 * is wanted. Sizes and checksums are verified as a content is read.
 */
public final class ZipReader implements ArchiveReader {
  private static final int END = 0x06054b50;
  private static final int END_BYTES = 22;
  private static final int COMMENT_BYTES_MAX = 0xffff;
  private static final int ZIP64_LOCATOR = 0x07064b50;
  private static final int ZIP64_LOCATOR_BYTES = 20;
  private static final int ZIP64_END = 0x06064b50;
  private static final int ZIP64_END_BYTES = 56;
  private static final int DIRECTORY_BYTES_MAX = 256 << 20;

  private final ArchiveSource source;
  private final List<ZipMember> members;
  private final long[] dataStarts;
  private int next;

  /** Where the central directory is. */
  private record Directory(long start, long end, long entries) {}

  /**
   * Reads the directory and checks where members lie.
   *
   * @param contentBytesMax most bytes that all contents together may have
   */
  public ZipReader(ArchiveSource source, long contentBytesMax) throws IOException {
    this.source = source;
    Directory directory = findDirectory();
    this.members = readDirectory(directory);
    this.dataStarts = new long[members.size()];
    long content = 0;
    for (ZipMember member : members) {
      content = content + member.size() < 0 ? Long.MAX_VALUE : content + member.size();
    }
    if (content > contentBytesMax) {
      throw new Refusal(
          "too-large",
          "the archive speaks of "
              + content
              + " bytes of content, more than the "
              + contentBytesMax
              + " that are wanted");
    }
    checkPlaces(directory.start());
  }

  static Refusal bad(String what) {
    return new Refusal("bad-zip", what);
  }

  private ByteBuffer read(long from, long to) throws IOException {
    if (from < 0 || to < from || to > source.length()) {
      throw bad("points outside of itself");
    }
    try (InputStream in = source.open(from, to)) {
      return ByteBuffer.wrap(in.readNBytes((int) (to - from))).order(ByteOrder.LITTLE_ENDIAN);
    }
  }

  private Directory findDirectory() throws IOException {
    long length = source.length();
    if (length < END_BYTES) {
      throw bad("shorter than an end record");
    }
    long tailStart = Math.max(0, length - END_BYTES - COMMENT_BYTES_MAX);
    ByteBuffer tail = read(tailStart, length);
    int found = -1;
    for (int at = tail.limit() - END_BYTES; at >= 0; at--) {
      if (tail.getInt(at) == END
          && (tail.getShort(at + 20) & 0xffff) == tail.limit() - at - END_BYTES) {
        if (found >= 0) {
          throw bad("has two ends");
        }
        found = at;
      }
    }
    if (found < 0) {
      throw bad("has no end record that ends it");
    }
    if (tail.getShort(found + 4) != 0
        || tail.getShort(found + 6) != 0
        || tail.getShort(found + 8) != tail.getShort(found + 10)) {
      throw bad("lies on several disks");
    }
    long end = tailStart + found;
    long entries = tail.getShort(found + 10) & 0xffff;
    long size = tail.getInt(found + 12) & 0xffffffffL;
    long start = tail.getInt(found + 16) & 0xffffffffL;
    boolean escaped = entries == 0xffff || size == 0xffffffffL || start == 0xffffffffL;
    Directory large = escaped ? zip64Directory(end) : null;
    if (large != null) {
      return large;
    }
    if (start + size != end) {
      throw bad("has something between its directory and its end, or before it");
    }
    return new Directory(start, end, entries);
  }

  private @Nullable Directory zip64Directory(long end) throws IOException {
    if (end < ZIP64_LOCATOR_BYTES) {
      return null;
    }
    ByteBuffer locator = read(end - ZIP64_LOCATOR_BYTES, end);
    if (locator.getInt(0) != ZIP64_LOCATOR) {
      return null;
    }
    long recordStart = locator.getLong(8);
    if (recordStart != end - ZIP64_LOCATOR_BYTES - ZIP64_END_BYTES) {
      throw bad("has its zip64 end record in a strange place");
    }
    ByteBuffer record = read(recordStart, recordStart + ZIP64_END_BYTES);
    long entries = record.getLong(32);
    long size = record.getLong(40);
    long start = record.getLong(48);
    if (record.getInt(0) != ZIP64_END
        || record.getLong(4) != ZIP64_END_BYTES - 12
        || record.getInt(16) != 0
        || record.getInt(20) != 0
        || record.getLong(24) != entries
        || start < 0
        || size < 0
        || start > recordStart
        || start + size != recordStart) {
      throw bad("has a zip64 end record that says what cannot be");
    }
    return new Directory(start, recordStart, entries);
  }

  private List<ZipMember> readDirectory(Directory directory) throws IOException {
    if (directory.entries() < 0 || directory.entries() > ENTRIES_MAX) {
      throw new Refusal("too-many-items", "the archive has more than " + ENTRIES_MAX + " members");
    }
    if (directory.end() - directory.start() > DIRECTORY_BYTES_MAX) {
      throw bad("has a directory of more than " + DIRECTORY_BYTES_MAX + " bytes");
    }
    ByteBuffer bytes = read(directory.start(), directory.end());
    List<ZipMember> found = new ArrayList<>();
    for (long i = 0; i < directory.entries(); i++) {
      found.add(ZipMember.read(bytes));
    }
    if (bytes.hasRemaining()) {
      throw bad("has more in its directory than it counts");
    }
    return found;
  }

  /** Members fill the archive from its first byte to its directory. */
  private void checkPlaces(long directoryStart) throws IOException {
    Integer[] order = new Integer[members.size()];
    for (int i = 0; i < order.length; i++) {
      order[i] = i;
    }
    java.util.Arrays.sort(order, Comparator.comparingLong(i -> members.get(i).offset()));
    long at = 0;
    for (int index : order) {
      ZipMember member = members.get(index);
      if (member.offset() != at) {
        throw bad("has members that overlap, or something between them");
      }
      dataStarts[index] = checkLocalHeader(member);
      at = dataStarts[index] + member.compressed();
      if (at < 0 || at > directoryStart) {
        throw bad("has members that overlap, or something between them");
      }
      at += member.hasDescriptor() ? descriptor(member, at, directoryStart) : 0;
    }
    if (at != directoryStart) {
      throw bad("has something between its members and its directory");
    }
  }

  private long checkLocalHeader(ZipMember member) throws IOException {
    long from = member.offset();
    if (from > source.length() - ZipMember.LOCAL_BYTES) {
      throw bad("points outside of itself");
    }
    ByteBuffer fixed = read(from, from + ZipMember.LOCAL_BYTES);
    int variable = (fixed.getShort(26) & 0xffff) + (fixed.getShort(28) & 0xffff);
    long end = from + ZipMember.LOCAL_BYTES + variable;
    member.demandSame(read(from, Math.min(end, source.length())));
    return end;
  }

  /** The length of the descriptor behind a content: with or without a signature, 4 or 8 bytes. */
  private long descriptor(ZipMember member, long at, long directoryStart) throws IOException {
    ByteBuffer bytes = read(at, Math.min(at + ZipMember.DESCRIPTOR_BYTES_MAX, directoryStart));
    long length = member.descriptorLength(bytes);
    if (length < 0) {
      throw bad("has a member whose data descriptor says something else than the directory");
    }
    return length;
  }

  @Override
  public @Nullable ArchiveEntry next() {
    return next == members.size() ? null : members.get(next++).entry();
  }

  @Override
  public InputStream content() throws IOException {
    ZipMember member = members.get(next - 1);
    long start = dataStarts[next - 1];
    return new ZipContent(source.open(start, start + member.compressed()), member);
  }

  @Override
  public void close() {}
}
