package dev.cairn.pel.operator.archive;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.MalformedException;
import dev.cairn.pel.json.JsonReader;
import dev.cairn.pel.model.Mistakes;
import dev.cairn.pel.model.Refusal;
import dev.cairn.pel.operator.archive.ArchiveEntry.Kind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A member as the central directory has it.
 *
 * <pre>
 *   central:  0 "PK\1\2" | 5 made by | 8 flags | 10 method | 16 crc | 20 compressed | 24 size
 *             28 name length | 30 extra length | 32 comment length | 34 disk | 38 external attributes | 42 offset
 *             46 name | extra | comment
 *   local:    0 "PK\3\4" | 6 flags | 8 method | 14 crc | 18 compressed | 22 size
 *             26 name length | 28 extra length | 30 name | extra
 * </pre>
 */
record ZipMember(
    Bytes name,
    int flags,
    int method,
    int crc,
    long compressed,
    long size,
    long offset,
    ArchiveEntry entry) {
  static final int LOCAL_BYTES = 30;
  static final int DESCRIPTOR_BYTES_MAX = 24;
  static final int STORED = 0;
  static final int DEFLATED = 8;

  private static final int CENTRAL = 0x02014b50;
  private static final int CENTRAL_BYTES = 46;
  private static final int LOCAL = 0x04034b50;
  private static final int DESCRIPTOR = 0x08074b50;
  private static final int HAS_DESCRIPTOR = 1 << 3;
  private static final int UTF8 = 1 << 11;
  private static final int DEFLATE_EFFORT = 3 << 1;
  private static final int ZIP64 = 1;
  private static final long ESCAPED = 0xffffffffL;
  private static final int UNIX = 3;
  private static final int FILE_TYPE = 0170000;

  /** Reads the next member of a directory. */
  static ZipMember read(ByteBuffer in) {
    if (in.remaining() < CENTRAL_BYTES || in.getInt(in.position()) != CENTRAL) {
      throw ZipReader.bad("has less in its directory than it counts");
    }
    ByteBuffer fixed = take(in, CENTRAL_BYTES);
    Bytes name = bytes(in, fixed.getShort(28) & 0xffff);
    ByteBuffer extra = take(in, fixed.getShort(30) & 0xffff);
    take(in, fixed.getShort(32) & 0xffff);
    long[] large = {
      fixed.getInt(24) & ESCAPED, fixed.getInt(20) & ESCAPED, fixed.getInt(42) & ESCAPED
    };
    fillFromZip64(extra, large);
    int flags = fixed.getShort(8) & 0xffff;
    int method = fixed.getShort(10) & 0xffff;
    if (fixed.getShort(34) != 0) {
      throw ZipReader.bad("lies on several disks");
    }
    if ((flags & ~(HAS_DESCRIPTOR | UTF8 | DEFLATE_EFFORT)) != 0) {
      throw ZipReader.bad("has a member that is encrypted or otherwise special");
    }
    if (method != STORED && method != DEFLATED) {
      throw ZipReader.bad("has a member of method " + method);
    }
    if (method == STORED && large[0] != large[1]) {
      throw ZipReader.bad("has a stored member of two sizes");
    }
    ArchiveEntry entry = entry(name, flags, large[0], fixed);
    return new ZipMember(
        name, flags, method, fixed.getInt(16), large[1], large[0], large[2], entry);
  }

  private static ByteBuffer take(ByteBuffer in, int length) {
    if (in.remaining() < length) {
      throw ZipReader.bad("has less in its directory than it counts");
    }
    ByteBuffer taken = in.slice(in.position(), length).order(ByteOrder.LITTLE_ENDIAN);
    in.position(in.position() + length);
    return taken;
  }

  private static Bytes bytes(ByteBuffer in, int length) {
    byte[] bytes = new byte[length];
    take(in, length).get(bytes);
    return Bytes.wrap(bytes);
  }

  /** Size, compressed size and offset, each where the short field has no room for it. */
  private static void fillFromZip64(ByteBuffer extra, long[] large) {
    while (extra.remaining() >= 4) {
      int id = extra.getShort() & 0xffff;
      int length = extra.getShort() & 0xffff;
      if (length > extra.remaining()) {
        break;
      }
      ByteBuffer field = take(extra, length);
      for (int i = 0; id == ZIP64 && i < large.length; i++) {
        if (large[i] == ESCAPED && field.remaining() >= Long.BYTES) {
          large[i] = field.getLong();
          if (large[i] < 0) {
            throw ZipReader.bad("has a number beyond 2^63-1");
          }
        }
      }
    }
  }

  private static ArchiveEntry entry(Bytes name, int flags, long size, ByteBuffer fixed) {
    String path = path(name, flags);
    int attributes = fixed.getInt(38);
    boolean unix = fixed.get(5) == UNIX;
    int mode = attributes >>> 16;
    Kind kind = path.endsWith("/") ? Kind.DIRECTORY : unix ? kind(mode) : Kind.FILE;
    if (kind == Kind.DIRECTORY && size != 0) {
      throw ZipReader.bad("has a directory with content");
    }
    return new ArchiveEntry(path, kind, size, unix && mode != 0 ? mode & 07777 : -1, null);
  }

  private static Kind kind(int mode) {
    return switch (mode & FILE_TYPE) {
      case 0, 0100000 -> Kind.FILE;
      case 0040000 -> Kind.DIRECTORY;
      case 0120000 -> Kind.SYMLINK;
      default -> Kind.DEVICE;
    };
  }

  private static String path(Bytes name, int flags) {
    String path;
    try {
      path = JsonReader.decode("zip", name);
    } catch (MalformedException e) {
      throw ZipReader.bad("has a name that is not UTF-8");
    }
    if ((flags & UTF8) == 0 && path.length() != path.chars().filter(c -> c < 0x80).count()) {
      throw ZipReader.bad("has a name that is neither ASCII nor marked as UTF-8");
    }
    if (path.isEmpty() || path.length() > ArchiveReader.PATH_CHARS_MAX || path.indexOf('\0') >= 0) {
      throw ZipReader.bad("has a name of " + path.length() + " characters, or with a zero");
    }
    return path;
  }

  boolean hasDescriptor() {
    return (flags & HAS_DESCRIPTOR) != 0;
  }

  /** Refuses a local header that says something else. */
  void demandSame(ByteBuffer local) {
    boolean same =
        local.getInt(0) == LOCAL
            && (local.getShort(6) & 0xffff) == flags
            && (local.getShort(8) & 0xffff) == method
            && (local.getShort(26) & 0xffff) == name.length()
            && local.limit() == LOCAL_BYTES + name.length() + (local.getShort(28) & 0xffff)
            && local.slice(LOCAL_BYTES, name.length()).equals(name.toByteBuffer());
    if (same) {
      same = hasDescriptor() ? saysNothing(local) : saysTheSame(local);
    }
    if (!same) {
      throw ZipReader.bad("has a member whose local header says something else than the directory");
    }
  }

  private boolean saysTheSame(ByteBuffer local) {
    int extra = local.getShort(28) & 0xffff;
    ByteBuffer fields = local.slice(local.limit() - extra, extra);
    long[] large = {local.getInt(22) & ESCAPED, local.getInt(18) & ESCAPED};
    fillFromZip64(fields.order(ByteOrder.LITTLE_ENDIAN), large);
    return local.getInt(14) == crc && large[0] == size && large[1] == compressed;
  }

  /** With a descriptor the header leaves crc and sizes open, or says them already. */
  private boolean saysNothing(ByteBuffer local) {
    boolean open =
        local.getInt(14) == 0
            && (local.getInt(18) == 0 || local.getInt(18) == -1)
            && (local.getInt(22) == 0 || local.getInt(22) == -1);
    return open || saysTheSame(local);
  }

  /** How long the descriptor is that stands at the beginning of {@code in}; -1 if none does. */
  int descriptorLength(ByteBuffer in) {
    for (int signature = 4; signature >= 0; signature -= 4) {
      boolean signed = signature == 0 || (in.limit() >= 4 && in.getInt(0) == DESCRIPTOR);
      if (signed && in.limit() >= signature + 12 && in.getInt(signature) == crc) {
        boolean small =
            (in.getInt(signature + 4) & ESCAPED) == compressed
                && (in.getInt(signature + 8) & ESCAPED) == size;
        boolean large =
            in.limit() >= signature + 20
                && in.getLong(signature + 4) == compressed
                && in.getLong(signature + 12) == size;
        if (large || small) {
          // A large one of sizes below 2^32 has zeros where a small one would already be over.
          return signature + (large ? 20 : 12);
        }
      }
    }
    return -1;
  }

  /** Refuses a content for what it turned out to be. */
  Refusal wrong(String why) {
    return ZipReader.bad("has a member whose content " + why + ": " + Mistakes.quote(entry.path()));
  }
}
