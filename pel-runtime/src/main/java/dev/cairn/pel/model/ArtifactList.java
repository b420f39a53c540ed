package dev.cairn.pel.model;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.cbor.CborReader;
import dev.cairn.asl.cbor.CborWriter;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.TypeTag;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An ordered list of artifacts as one artifact, of type {@code pel/list}: how a program takes or
 * gives any number of them.
 *
 * <pre>
 *   [1, [[key: bytes 34, label: text / null], ...]]
 * </pre>
 *
 * <p>Deterministic CBOR. The order is the maker's and part of the identity; an artifact may stand
 * more than once.
 *
 * @param items in order
 */
public record ArtifactList(List<Item> items) {
  /** The type of a list. */
  public static final TypeTag TYPE = new TypeTag("pel/list");

  /** Most items. */
  public static final int ITEMS_MAX = 1_000_000;

  /** Longest label, in UTF-16 units. */
  public static final int LABEL_CHARS_MAX = 4096;

  /** Longest encoding, in bytes. */
  public static final int ENCODED_BYTES_MAX = 256 << 20;

  private static final int VERSION = 1;
  private static final int FIELDS = 2;

  /**
   * One artifact of the list.
   *
   * @param key which
   * @param label what the list's maker calls it, say a file name
   */
  public record Item(ArtifactKey key, @Nullable String label) {
    public Item {
      if (label != null && label.length() > LABEL_CHARS_MAX) {
        throw new IllegalArgumentException("a label of " + label.length() + " characters");
      }
    }
  }

  public ArtifactList {
    items = List.copyOf(items);
    if (items.size() > ITEMS_MAX) {
      throw new IllegalArgumentException(items.size() + " items, more than " + ITEMS_MAX);
    }
  }

  /** The artifact's payload. */
  public Bytes encode() {
    CborWriter out = new CborWriter().array(FIELDS).uint(VERSION).array(items.size());
    for (Item item : items) {
      out.array(2).bytes(item.key().bytes());
      if (item.label() == null) {
        out.nul();
      } else {
        out.text(item.label());
      }
    }
    return out.toBytes();
  }

  /** Reads a payload, strictly. */
  public static ArtifactList decode(Bytes encoded) {
    CborReader in = new CborReader("artifact list", encoded);
    in.structure(VERSION, FIELDS);
    int count = Program.bounded(in, ITEMS_MAX);
    List<Item> items = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      in.array(2);
      ArtifactKey key = ArtifactKey.fromBytes(in.bytes(ArtifactKey.BYTES));
      String label = in.nul() ? null : in.text();
      if (label != null && label.length() > LABEL_CHARS_MAX) {
        throw in.malformed("ends a label of " + label.length() + " characters");
      }
      items.add(new Item(key, label));
    }
    in.end();
    return new ArtifactList(items);
  }

  /** The key of this as an artifact of type {@code pel/list}. */
  public ArtifactKey key() {
    return ArtifactKey.of(encode(), TYPE);
  }
}
