package dev.cairn.asl.store;

import dev.cairn.asl.bytes.Bytes;
import dev.cairn.asl.error.RefusedException;
import dev.cairn.asl.model.ArtifactKey;
import dev.cairn.asl.model.LogClosing;
import dev.cairn.asl.model.PayloadDigest;
import dev.cairn.asl.model.TypeTag;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Which types are structured for a store and its indexes, and what makes them well-formed. Safe for
 * any thread.
 */
final class Structures {
  /** Longest payload of a structured artifact: indexes hold it in memory whole. */
  static final int PAYLOAD_BYTES_MAX = 16 << 20;

  private final List<Index> indexes;
  private final Set<TypeTag> types = new TreeSet<>();

  Structures(List<Index> indexes) {
    this.indexes = List.copyOf(indexes);
    types.add(TypeTag.CLOSING);
    indexes.forEach(index -> types.addAll(index.structuredTypes()));
  }

  boolean isStructured(@Nullable TypeTag tag) {
    return tag != null && types.contains(tag);
  }

  /**
   * True if indexes are folded from this payload of an artifact: the record that it lies beside
   * says so, under whose type it gave the key. What others say of the type changes nothing.
   */
  boolean needs(RowSource rows, ArtifactKey id, LiveRow row, PayloadDigest digest) {
    return PayloadStore.holding(rows, id, row).stream()
        .anyMatch(put -> put.payloadDigest().equals(digest) && isStructured(put.tag()));
  }

  void check(@Nullable TypeTag tag, Bytes payload) {
    if (tag == null || !types.contains(tag)) {
      return;
    }
    if (payload.length() > PAYLOAD_BYTES_MAX) {
      throw new RefusedException(
          tag
              + ": "
              + payload.length()
              + " bytes, more than the "
              + PAYLOAD_BYTES_MAX
              + " of a structured artifact");
    }
    if (tag.equals(TypeTag.CLOSING)) {
      LogClosing.decode(payload);
    }
    for (Index index : indexes) {
      if (index.structuredTypes().contains(tag)) {
        index.check(tag, payload);
      }
    }
  }
}
