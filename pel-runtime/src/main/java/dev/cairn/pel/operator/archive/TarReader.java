package dev.cairn.pel.operator.archive;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.pel.json.JsonReader;
import dev.cairn.pel.model.Refusal;
import dev.cairn.pel.operator.archive.ArchiveEntry.Kind;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Reads a tar archive in one pass: v7, ustar (POSIX.1-1988), pax (POSIX.1-2001) and the long names
 * and sizes of GNU tar.
 *
 * <pre>
 *   header, 512 bytes:  0 name 100 | 100 mode 8 | 124 size 12 | 148 checksum 8 | 156 type 1 | 157 link 100
 *                       257 magic 8 | 345 prefix 155
 * </pre>
 *
 * <p>Refused are headers whose checksum is wrong, numbers and texts out of form, sparse files,
 * members of unknown type, pax records that move members out of their place, contents that end too
 * early, and an archive that does not end in blocks of zeros and nothing else. Memory is bounded by
 * {@link #EXTENSION_BYTES_MAX}.
 */
public final class TarReader implements ArchiveReader {
  /** Longest extended header or long name. */
  static final int EXTENSION_BYTES_MAX = 1 << 20;

  private static final int BLOCK_BYTES = 512;
  private static final int BUFFER_BYTES = 1 << 16;

  private final InputStream in;
  private final byte[] header = new byte[BLOCK_BYTES];
  private long offset;
  private long left;
  private long padding;
  private int count;

  /** What came before a member and speaks of it. */
  private @Nullable String longPath;

  private @Nullable String longLink;
  private long longSize = -1;

  /** Reads {@code in}, and closes it when closed. */
  public TarReader(InputStream in) {
    this.in = in;
  }

  @Override
  public @Nullable ArchiveEntry next() throws IOException {
    skip(left + padding);
    left = 0;
    padding = 0;
    longPath = null;
    longLink = null;
    longSize = -1;
    while (readHeader()) {
      char type = (char) (header[156] & 0xff);
      switch (type) {
        case 'x' -> paxRecords(extension());
        case 'g' -> globalRecords(extension());
        case 'L' -> longPath = once(longPath, zeroEnded(extension()));
        case 'K' -> longLink = once(longLink, zeroEnded(extension()));
        default -> {
          return entry(type);
        }
      }
    }
    if (longPath != null || longLink != null || longSize >= 0) {
      throw bad("ends behind a header that speaks of another member");
    }
    return null;
  }

  private ArchiveEntry entry(char type) {
    if (++count > ENTRIES_MAX) {
      throw new Refusal("too-many-items", "the archive has more than " + ENTRIES_MAX + " members");
    }
    String path = longPath != null ? longPath : path();
    Kind kind = kind(type, path);
    long size = longSize >= 0 ? longSize : number(124, 12, "size");
    if (kind != Kind.FILE && size != 0) {
      throw bad("a " + kind.word() + " with content");
    }
    if (path.isEmpty() || path.length() > PATH_CHARS_MAX) {
      throw bad("a member whose name has " + path.length() + " characters");
    }
    left = size;
    padding = padding(size);
    boolean linked = kind == Kind.SYMLINK || kind == Kind.HARDLINK;
    String link = linked ? longLink != null ? longLink : text(157, 100) : null;
    if (link != null && link.length() > PATH_CHARS_MAX) {
      throw bad("a link of " + link.length() + " characters");
    }
    return new ArchiveEntry(path, kind, size, (int) number(100, 8, "mode") & 07777, link);
  }

  private Kind kind(char type, String path) {
    return switch (type) {
      case '0', '\0', '7' -> path.endsWith("/") ? Kind.DIRECTORY : Kind.FILE;
      case '1' -> Kind.HARDLINK;
      case '2' -> Kind.SYMLINK;
      case '3', '4', '6' -> Kind.DEVICE;
      case '5' -> Kind.DIRECTORY;
      default -> throw bad("a member of unknown type " + (int) type);
    };
  }

  /** Reads a header; false at the archive's end, which is then behind. */
  private boolean readHeader() throws IOException {
    int read = in.readNBytes(header, 0, BLOCK_BYTES);
    if (read < BLOCK_BYTES) {
      throw bad("ends without two blocks of zeros");
    }
    offset += BLOCK_BYTES;
    if (isZero(header, BLOCK_BYTES)) {
      demandZerosToTheEnd();
      return false;
    }
    long sum = 0;
    for (int i = 0; i < BLOCK_BYTES; i++) {
      sum += i >= 148 && i < 156 ? ' ' : header[i] & 0xff;
    }
    if (sum != number(148, 8, "checksum")) {
      throw bad("a header whose checksum is wrong");
    }
    return true;
  }

  private void demandZerosToTheEnd() throws IOException {
    byte[] buffer = new byte[BUFFER_BYTES];
    long zeros = 0;
    for (int read = in.read(buffer); read >= 0; read = in.read(buffer)) {
      if (!isZero(buffer, read)) {
        throw bad("something behind its end");
      }
      zeros += read;
    }
    if (zeros < BLOCK_BYTES || zeros % BLOCK_BYTES != 0) {
      throw bad("ends without two blocks of zeros");
    }
  }

  private static boolean isZero(byte[] bytes, int length) {
    for (int i = 0; i < length; i++) {
      if (bytes[i] != 0) {
        return false;
      }
    }
    return true;
  }

  /** The content of a member that speaks of the next one. */
  private byte[] extension() throws IOException {
    long size = number(124, 12, "size");
    if (size > EXTENSION_BYTES_MAX) {
      throw bad("a header of " + size + " bytes that speaks of another member");
    }
    byte[] content = in.readNBytes((int) size);
    if (content.length < size) {
      throw bad("ends inside a member");
    }
    offset += size;
    skip(padding(size));
    return content;
  }

  private String once(@Nullable String before, String now) {
    if (before != null) {
      throw bad("two headers that speak of one member");
    }
    return now;
  }

  private void paxRecords(byte[] content) {
    for (Map.Entry<String, String> entry : records(content).entrySet()) {
      switch (entry.getKey()) {
        case "path" -> longPath = once(longPath, entry.getValue());
        case "linkpath" -> longLink = once(longLink, entry.getValue());
        case "size" -> {
          if (longSize >= 0) {
            throw bad("two headers that speak of one member");
          }
          longSize = decimal(entry.getValue());
        }
        default -> {
          if (entry.getKey().startsWith("GNU.sparse") || entry.getKey().equals("hdrcharset")) {
            throw bad("a sparse file, or names in another charset");
          }
        }
      }
    }
  }

  /** Comments and times may be said of all members, but not what they are. */
  private void globalRecords(byte[] content) {
    for (String key : records(content).keySet()) {
      if (key.equals("path")
          || key.equals("linkpath")
          || key.equals("size")
          || key.equals("hdrcharset")
          || key.startsWith("GNU.sparse")) {
        throw bad("a global header that moves members");
      }
    }
  }

  /** Records of the form {@code length key=value}, each with 0x0a behind. */
  private Map<String, String> records(byte[] content) {
    Map<String, String> records = new TreeMap<>();
    int at = 0;
    while (at < content.length) {
      int space = at;
      long length = 0;
      while (space < content.length && content[space] >= '0' && content[space] <= '9') {
        length = Math.min(length * 10 + content[space] - '0', EXTENSION_BYTES_MAX + 1L);
        space++;
      }
      long end = at + length;
      if (space == at
          || space == content.length
          || content[space] != ' '
          || end > content.length
          || end <= space + 1
          || content[(int) end - 1] != '\n') {
        throw bad("an extended header out of form");
      }
      String record = utf8(Bytes.copyOf(content, space + 1, (int) end - 1));
      int equal = record.indexOf('=');
      if (equal <= 0
          || records.put(record.substring(0, equal), record.substring(equal + 1)) != null) {
        throw bad("an extended header out of form");
      }
      at = (int) end;
    }
    return records;
  }

  private long decimal(String text) {
    if (text.isEmpty() || text.length() > 18 || !text.chars().allMatch(c -> c >= '0' && c <= '9')) {
      throw bad("a size out of form");
    }
    return Long.parseLong(text);
  }

  private String zeroEnded(byte[] content) {
    int length = content.length;
    if (length > 0 && content[length - 1] == 0) {
      length--;
    }
    return demandNoZero(utf8(Bytes.copyOf(content, 0, length)));
  }

  private String path() {
    String name = text(0, 100);
    boolean ustar = header[257] == 'u' && header[262] == 0;
    String prefix = ustar ? text(345, 155) : "";
    return prefix.isEmpty() ? name : prefix + "/" + name;
  }

  /** A text up to its first zero. */
  private String text(int from, int length) {
    int end = from;
    while (end < from + length && header[end] != 0) {
      end++;
    }
    return utf8(Bytes.copyOf(header, from, end));
  }

  private String utf8(Bytes bytes) {
    try {
      return demandNoZero(JsonReader.decode("tar", bytes));
    } catch (MalformedException e) {
      throw bad("a name that is not UTF-8");
    }
  }

  private String demandNoZero(String text) {
    if (text.indexOf('\0') >= 0) {
      throw bad("a name with a zero in it");
    }
    return text;
  }

  /** Octal digits, with spaces before and a space or zero behind, or GNU's base 256. */
  private long number(int from, int length, String what) {
    if ((header[from] & 0x80) != 0) {
      return base256(from, length, what);
    }
    int at = from;
    int end = from + length;
    while (at < end && header[at] == ' ') {
      at++;
    }
    long value = 0;
    while (at < end && header[at] >= '0' && header[at] <= '7') {
      value = value * 8 + header[at] - '0';
      at++;
    }
    while (at < end) {
      if (header[at] != ' ' && header[at] != 0) {
        throw bad("a " + what + " out of form");
      }
      at++;
    }
    return value;
  }

  private long base256(int from, int length, String what) {
    long value = header[from] & 0x7f;
    for (int i = from + 1; i < from + length; i++) {
      if (value >= 1L << 55) {
        throw bad("a " + what + " out of form");
      }
      value = (value << 8) | (header[i] & 0xff);
    }
    return value;
  }

  private static long padding(long size) {
    return (BLOCK_BYTES - size % BLOCK_BYTES) % BLOCK_BYTES;
  }

  private void skip(long bytes) throws IOException {
    try {
      in.skipNBytes(bytes);
    } catch (EOFException e) {
      throw bad("ends inside a member");
    }
    offset += bytes;
  }

  private Refusal bad(String what) {
    return new Refusal("bad-tar", "at byte " + offset + ": " + what);
  }

  @Override
  public InputStream content() {
    return new Content();
  }

  @Override
  public void close() throws IOException {
    in.close();
  }

  /** What is left of the current member. */
  private final class Content extends InputStream {
    @Override
    public int read() throws IOException {
      byte[] one = new byte[1];
      return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
    }

    @Override
    public int read(byte[] target, int at, int length) throws IOException {
      if (length == 0) {
        return 0;
      }
      if (left == 0) {
        return -1;
      }
      int read = in.read(target, at, (int) Math.min(length, left));
      if (read < 0) {
        throw bad("ends inside a member");
      }
      left -= read;
      offset += read;
      return read;
    }
  }
}
