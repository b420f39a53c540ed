package dev.cairn.asl.cbor;

import dev.cairn.asl.bytes.Bytes;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * A free-form CBOR value, for parameters whose shape the format does not fix: null, boolean,
 * integer, text, bytes, array and map with text keys. No floats. Immutable.
 */
public sealed interface CborValue {
  /** How deep arrays and maps may nest. */
  int DEPTH_MAX = 64;

  /** Null. */
  record Null() implements CborValue {}

  /** True or false. */
  record Bool(boolean value) implements CborValue {}

  /** A signed 64-bit integer. */
  record Int(long value) implements CborValue {}

  /** Text in NFC. */
  record Text(String value) implements CborValue {
    public Text {
      if (!CanonicalText.isCanonical(value)) {
        throw new IllegalArgumentException("text is not well-formed Unicode in NFC");
      }
    }
  }

  /** Bytes. */
  record Binary(Bytes value) implements CborValue {}

  /** An array. */
  record Array(List<CborValue> items) implements CborValue {
    public Array {
      items = List.copyOf(items);
    }
  }

  /**
   * A map with text keys; iteration order is that of the keys' encodings (length first, then
   * bytes).
   */
  record Dict(SortedMap<String, CborValue> entries) implements CborValue {
    public Dict {
      TreeMap<String, CborValue> sorted = new TreeMap<>(Dict::compareKeys);
      sorted.putAll(entries);
      sorted.keySet().forEach(Text::new);
      entries = Collections.unmodifiableSortedMap(sorted);
    }

    /**
     * RFC 8949 section 4.2.1: bytewise order of the encoded keys, which for text is length first.
     */
    private static int compareKeys(String left, String right) {
      Bytes a = Bytes.utf8(left);
      Bytes b = Bytes.utf8(right);
      int byLength = Integer.compare(a.length(), b.length());
      return byLength != 0 ? byLength : a.compareTo(b);
    }
  }

  /** Writes this value, which must not nest deeper than {@value #DEPTH_MAX}. */
  default void writeTo(CborWriter out) {
    writeTo(out, 0);
  }

  private void writeTo(CborWriter out, int depth) {
    if (depth > DEPTH_MAX) {
      throw new IllegalArgumentException("a value nested deeper than " + DEPTH_MAX);
    }
    if (this instanceof Null) {
      out.nul();
    } else if (this instanceof Bool bool) {
      out.bool(bool.value());
    } else if (this instanceof Int number) {
      out.integer(number.value());
    } else if (this instanceof Text text) {
      out.text(text.value());
    } else if (this instanceof Binary binary) {
      out.bytes(binary.value());
    } else if (this instanceof Array array) {
      out.array(array.items().size());
      array.items().forEach(item -> item.writeTo(out, depth + 1));
    } else if (this instanceof Dict dict) {
      out.map(dict.entries().size());
      for (Map.Entry<String, CborValue> entry : dict.entries().entrySet()) {
        out.text(entry.getKey());
        entry.getValue().writeTo(out, depth + 1);
      }
    }
  }

  /** The deterministic encoding of this value alone. */
  default Bytes encode() {
    CborWriter out = new CborWriter();
    writeTo(out);
    return out.toBytes();
  }

  /** Reads one value, strictly. */
  static CborValue read(CborReader in) {
    return read(in, 0);
  }

  private static CborValue read(CborReader in, int depth) {
    if (depth > DEPTH_MAX) {
      throw in.malformed("nested deeper than " + DEPTH_MAX);
    }
    return switch (in.majorAhead()) {
      case CborMajor.UNSIGNED, CborMajor.NEGATIVE -> new Int(in.integer());
      case CborMajor.BYTES -> new Binary(in.bytes());
      case CborMajor.TEXT -> new Text(in.text());
      case CborMajor.ARRAY -> readArray(in, depth);
      case CborMajor.MAP -> readMap(in, depth);
      default -> in.nul() ? new Null() : new Bool(in.bool());
    };
  }

  private static Array readArray(CborReader in, int depth) {
    int count = in.array();
    List<CborValue> items = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      items.add(read(in, depth + 1));
    }
    return new Array(items);
  }

  private static Dict readMap(CborReader in, int depth) {
    int count = in.map();
    TreeMap<String, CborValue> entries = new TreeMap<>();
    String previous = null;
    for (int i = 0; i < count; i++) {
      int start = in.offset();
      String key = in.text();
      if (previous != null && Dict.compareKeys(previous, key) >= 0) {
        throw in.malformed(start, "map keys out of order or twice");
      }
      previous = key;
      entries.put(key, read(in, depth + 1));
    }
    return new Dict(entries);
  }
}
