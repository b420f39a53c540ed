package dev.cairn.tgk.plan.run;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.crypto.HashAlgorithm;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.tgk.plan.Field;
import dev.cairn.tgk.plan.Value;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Values and rows as bytes, of values such that the order of bytes is the order of values.
 *
 * <pre>
 *   path    digest 32 | u16be hash id
 *   value   00                                        absent
 *           01 | UTF-8, each 00 followed by FF | 00   text
 *           02 | u64be, sign bit turned               number
 *           03 | path                                 key
 *   row     01 | path | u32be depth | u32be visible | 00, or 01 | path of via       an item
 *           02 | u8 fields | each: u8 field | value                                values
 * </pre>
 */
final class OrderedBytes {
  /** Length of a path. */
  static final int PATH_BYTES = ArtifactKey.BYTES;

  private static final int TEXT = 1;
  private static final int NUMBER = 2;
  private static final int KEY = 3;
  private static final int ITEM_ROW = 1;
  private static final int VALUE_ROW = 2;

  private OrderedBytes() {}

  static byte[] path(ArtifactKey key) {
    byte[] path = new byte[PATH_BYTES];
    key.digest().copyTo(path, 0);
    path[HashAlgorithm.DIGEST_BYTES] = (byte) (key.algorithm().id() >>> 8);
    path[HashAlgorithm.DIGEST_BYTES + 1] = (byte) key.algorithm().id();
    return path;
  }

  static ArtifactKey key(byte[] bytes, int at) {
    int id =
        ((bytes[at + HashAlgorithm.DIGEST_BYTES] & 0xff) << 8)
            | (bytes[at + HashAlgorithm.DIGEST_BYTES + 1] & 0xff);
    return new ArtifactKey(
        HashAlgorithm.byId(id), Bytes.copyOf(bytes, at, at + HashAlgorithm.DIGEST_BYTES));
  }

  static byte[] u64(long value) {
    return ByteBuffer.allocate(Long.BYTES).putLong(value).array();
  }

  static byte[] u32(int value) {
    return ByteBuffer.allocate(Integer.BYTES).putInt(value).array();
  }

  static byte[] concat(byte[]... parts) {
    int length = 0;
    for (byte[] part : parts) {
      length += part.length;
    }
    byte[] out = new byte[length];
    int at = 0;
    for (byte[] part : parts) {
      System.arraycopy(part, 0, out, at, part.length);
      at += part.length;
    }
    return out;
  }

  /** The values of fields, one behind the other. */
  static byte[] values(Row row, List<Field> fields) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (Field field : fields) {
      write(row.value(field), out);
    }
    return out.toByteArray();
  }

  static void write(@Nullable Value value, ByteArrayOutputStream out) {
    if (value == null) {
      out.write(0);
    } else if (value instanceof Value.Text text) {
      out.write(TEXT);
      for (byte b : text.text().getBytes(StandardCharsets.UTF_8)) {
        out.write(b);
        if (b == 0) {
          out.write(0xff);
        }
      }
      out.write(0);
    } else if (value instanceof Value.Num num) {
      out.write(NUMBER);
      out.writeBytes(u64(num.number() ^ Long.MIN_VALUE));
    } else if (value instanceof Value.Key key) {
      out.write(KEY);
      out.writeBytes(path(key.key()));
    } else {
      throw new AssertionError("ends of edges have no order");
    }
  }

  /** A row as bytes. */
  static byte[] row(Row row) {
    if (row instanceof ItemRow item) {
      ArtifactKey via = item.via();
      return concat(
          new byte[] {ITEM_ROW},
          path(item.key()),
          u32(item.depth()),
          u32(item.visible()),
          new byte[] {(byte) (via == null ? 0 : 1)},
          via == null ? new byte[0] : path(via));
    }
    Map<Field, Value> values = ((ValueRow) row).values();
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(VALUE_ROW);
    out.write(values.size());
    values.forEach(
        (field, value) -> {
          out.write(field.code());
          write(value, out);
        });
    return out.toByteArray();
  }

  /** Reads bytes that {@link #row} wrote. */
  static Row row(byte[] bytes, int at, Resolver resolver) {
    Reader in = new Reader(bytes, at);
    if (in.u8() == ITEM_ROW) {
      ArtifactKey key = in.key();
      int depth = in.u32();
      int visible = in.u32();
      return new ItemRow(resolver, key, depth, in.u8() == 0 ? null : in.key(), visible);
    }
    Map<Field, Value> values = new EnumMap<>(Field.class);
    for (int i = in.u8(); i > 0; i--) {
      Field field = Field.byCode(in.u8());
      Value value = in.value();
      if (value != null) {
        values.put(field, value);
      }
    }
    return new ValueRow(values);
  }

  /** Reads what this class wrote. One owner at a time. */
  static final class Reader {
    private final ByteBuffer in;

    Reader(byte[] bytes, int at) {
      this.in = ByteBuffer.wrap(bytes, at, bytes.length - at);
    }

    int u8() {
      return in.get() & 0xff;
    }

    int u32() {
      return in.getInt();
    }

    long u64() {
      return in.getLong();
    }

    ArtifactKey key() {
      byte[] path = new byte[PATH_BYTES];
      in.get(path);
      return OrderedBytes.key(path, 0);
    }

    @Nullable Value value() {
      return switch (u8()) {
        case TEXT -> text();
        case NUMBER -> new Value.Num(u64() ^ Long.MIN_VALUE);
        case KEY -> new Value.Key(key());
        default -> null;
      };
    }

    private Value text() {
      ByteArrayOutputStream out = new ByteArrayOutputStream();
      while (true) {
        byte b = in.get();
        if (b == 0) {
          if (!in.hasRemaining() || in.get(in.position()) != (byte) 0xff) {
            return new Value.Text(out.toString(StandardCharsets.UTF_8));
          }
          in.get();
        }
        out.write(b);
      }
    }
  }
}
